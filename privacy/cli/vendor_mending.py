"""`rightsdesk vendor remediation`: what a vendor has to mend, whose it is and by when."""

from __future__ import annotations

from datetime import datetime

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table, visible
from privacy.cli.vendor_answers import DAY, VENDOR
from privacy.errors import BadInput
from privacy.vendors import assessing, remediation, store
from privacy.vendors.mending import State
from privacy.vendors.remediation import Item
from privacy.vendors.scoring import score

COLUMNS = ("due", "severity", "state", "question_id", "finding", "owner", "id")


@click.group("remediation")
def group() -> None:
    """Gaps with owner, due date and state; notes are internal and sealed."""


@group.command("open", epilog="Example: rightsdesk vendor remediation open vd-… --owner vendor")
@VENDOR
@click.option("--question", "questions", multiple=True, help="Only these; default every gap.")
@click.option("--owner", required=True, help="A staff id, or vendor.")
@click.option("--due", type=DAY, help="Its last day; default by severity.")
@click.option("--note", "words", metavar="TEXT|-", default="", help="Internal; sealed.")
@common_options
def open_command(
    common: Common,
    vendor_id: str,
    questions: tuple[str, ...],
    owner: str,
    due: datetime | None,
    words: str,
) -> None:
    """Open an item for each gap of today's score that has none."""
    said = private(words, "Note") or ""
    with open_run(common) as run:
        questionnaire, case = assessing.case_of(run.desk, run.actor, vendor_id)
        gaps = score(questionnaire, case).gaps()
        if questions:
            gaps = [line for line in gaps if line.question.id in questions]
            if len(gaps) != len(set(questions)):
                raise BadInput(
                    "A question that is named has no gap.",
                    what="--question",
                    next="`rightsdesk vendor score` shows where points were lost.",
                )
        made = remediation.open_items(
            run.desk,
            run.actor,
            vendor_id,
            questionnaire,
            gaps,
            owner,
            due=None if due is None else due.date(),
            note=said,
        )
        document = {"schema": "rightsdesk.vendor-remediation-opened/1", "items": made}
        run.answer(document, lambda: console().print(f"Opened {len(made)} items."))


@group.command("list", epilog="Example: rightsdesk vendor remediation list --open")
@click.argument("vendor_id", metavar="[VENDOR]", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only what is not done.")
@common_options
def list_command(common: Common, vendor_id: str | None, only_open: bool) -> None:
    """Items of a vendor, or of all vendors, the first due first."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            chosen = store.vendor(db, vendor_id).id if vendor_id else ""
            items = remediation.of_vendor(db, chosen)
        today = store.today(run.desk)
        rows = [each.document(today) for each in items if not (only_open and each.done)]
        run.answer(
            {"schema": "rightsdesk.vendor-remediations/1", "items": rows},
            lambda: table(
                "To mend",
                COLUMNS,
                [[row[key] for key in COLUMNS] for row in rows],
                empty="Nothing is to mend. `rightsdesk vendor remediation open` opens items.",
            ),
        )


@group.command(
    epilog="Example: rightsdesk vendor remediation move vr-… --to evidence_submitted"
    " --evidence ev-…"
)
@click.argument("item_id")
@click.option("--to", "after", type=click.Choice([s.value for s in State]), required=True)
@click.option("--evidence", "evidence_ids", multiple=True, help="What shows it.")
@common_options
def move(common: Common, item_id: str, after: str, evidence_ids: tuple[str, ...]) -> None:
    """Move an item on. Whoever owns it does not settle it."""
    with open_run(common) as run:
        item = remediation.move(run.desk, run.actor, item_id, State(after), evidence_ids)
        _answer(run, item)


@group.command(epilog="Example: rightsdesk vendor remediation assign vr-… --owner handler")
@click.argument("item_id")
@click.option("--owner", default="", help="A staff id, or vendor.")
@click.option("--due", type=DAY, help="Another last day.")
@common_options
def assign(common: Common, item_id: str, owner: str, due: datetime | None) -> None:
    """Give an item to somebody else, or another day."""
    if not owner and due is None:
        raise BadInput("Give --owner or --due.", what="assign", next="See --help.")
    with open_run(common) as run:
        day = None if due is None else due.date()
        _answer(run, remediation.assign(run.desk, run.actor, item_id, owner=owner, due=day))


@group.command(epilog="Example: rightsdesk vendor remediation note vr-…")
@click.argument("item_id")
@common_options
def note(common: Common, item_id: str) -> None:
    """The internal note of an item; opening it stands in the log."""
    with open_run(common) as run:
        words = remediation.read_note(run.desk, run.actor, item_id)
        document = {"schema": "rightsdesk.vendor-remediation-note/1", "id": item_id, "note": words}
        run.answer(document, lambda: console().print(visible(words, lines=True), markup=False))


def _answer(run: Run, item: Item) -> None:
    row = item.document(store.today(run.desk))
    run.answer(
        {"schema": "rightsdesk.vendor-remediation/1", **row},
        lambda: table("Item", COLUMNS, [[row[key] for key in COLUMNS]]),
    )
