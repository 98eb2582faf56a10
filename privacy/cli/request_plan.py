"""`rightsdesk request plan`, `approve`, `refuse`, `refusal`: deciding, before anything is done."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.plan_shown import print_plan, print_refusal
from privacy.cli.request_shown import show_case
from privacy.cli.running import Run, open_run
from privacy.cli.showing import table
from privacy.errors import BadInput
from privacy.rights import approval, planning, refusal, refusal_grounds, standing, store
from privacy.rights.planning import Refused

LARGEST_FILE_BYTES = 65_536


@click.command(epilog="Example: rightsdesk request plan rq-… --refuse decisions=eu.15.4 --dry-run")
@click.argument("request_id")
@click.option("--dry-run", is_flag=True, help="List everything and store nothing.")
@click.option(
    "--refuse",
    "refused",
    multiple=True,
    metavar="KIND=GROUND[@DAY]",
    help="Refuse one kind of data on a ground; an erasure keeps it until DAY.",
)
@click.option("--all", "show_all", is_flag=True, help="Also kinds of which nothing is held.")
@common_options
def plan(
    common: Common, request_id: str, dry_run: bool, refused: tuple[str, ...], show_all: bool
) -> None:
    """List everything that fulfilling will do, before the first of it happens."""
    fields = dict(_refused(each) for each in refused)
    with open_run(common) as run:
        made = planning.make_plan(run.desk, run.actor, request_id, refused=fields, dry_run=dry_run)
        document = {
            "schema": "rightsdesk.request-plan/1",
            **made,
            "desk": run.desk.config.desk_id,
            "dry_run": dry_run,
            "plan_sha256": planning.digest_of(made),
        }
        run.answer(document, lambda: print_plan(document, show_all=show_all))


def _refused(text: str) -> tuple[str, Refused]:
    key, equals, rest = text.partition("=")
    ground, at, day = rest.partition("@")
    try:
        until = date.fromisoformat(day) if at else None
    except ValueError:
        until = None
    if not equals or not ground or (at and until is None):
        raise BadInput(
            "A part is refused as KIND=GROUND or KIND=GROUND@DAY.",
            what="--refuse",
            next="Example: --refuse consent_evidence=eu.17.3.e@2029-12-31",
        )
    return key, Refused(ground, until)


@click.command(epilog="Example: rightsdesk --as dpo request approve rq-…")
@click.argument("request_id")
@click.option("--after-wait", is_flag=True, help="A desk of one person, 24 hours after planning.")
@click.option(
    "--outside",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The signed file of an approver outside the desk.",
)
@click.option("--break-glass", metavar="REASON", help="DPO alone; a code, marked everywhere.")
@common_options
def approve(
    common: Common, request_id: str, after_wait: bool, outside: Path | None, break_glass: str | None
) -> None:
    """Approve the plan: a second person, never the one who planned it."""
    if after_wait + (outside is not None) + (break_glass is not None) > 1:
        raise BadInput("Give one way of approving.", what="approve", next="See --help.")
    with open_run(common) as run:
        if after_wait:
            approval.approve_after_wait(run.desk, run.actor, request_id)
        elif outside is not None:
            with outside.open("rb") as file:
                content = file.read(LARGEST_FILE_BYTES)
            approval.approve_outside(run.desk, run.actor, request_id, content)
        elif break_glass is not None:
            approval.break_glass(run.desk, run.actor, request_id, break_glass)
        else:
            approval.approve(run.desk, run.actor, request_id)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request refuse rq-… --reason not_identified")
@click.argument("request_id")
@click.option("--reason", default="", help="A code that the law knows: see `request grounds`.")
@click.option("--ground", default="", help="One ground, where several have the reason's code.")
@click.option("--note", "note_text", metavar="TEXT|-", help="Kept sealed.")
@common_options
def refuse(
    common: Common, request_id: str, reason: str, ground: str, note_text: str | None
) -> None:
    """Refuse a request, with its statutory ground; the person is told by a letter."""
    if bool(reason) == bool(ground):
        raise BadInput("Give --reason or --ground.", what="--reason", next="See `request grounds`.")
    written = private(note_text, "Note") or ""
    with open_run(common) as run:
        refusal.refuse(run.desk, run.actor, request_id, reason, written, ground=ground)
        show_case(run, request_id)


@click.command("refusal", epilog="Example: rightsdesk request refusal rq-… --json")
@click.argument("request_id")
@common_options
def refusal_command(common: Common, request_id: str) -> None:
    """What a refusal must tell: grounds, complaint, court, appeal."""
    with open_run(common) as run:
        found = refusal.of_case(run.desk, run.actor, request_id)
        run.answer(found, lambda: print_refusal(found))


@click.command("grounds", epilog="Example: rightsdesk request grounds rq-…")
@click.argument("request_id")
@common_options
def grounds_command(common: Common, request_id: str) -> None:
    """On which grounds this request may be refused, in whole or in part."""
    with open_run(common) as run:
        rows = _grounds(run, request_id)
        document = {"schema": "rightsdesk.grounds/1", "id": request_id, "grounds": rows}
        run.answer(document, lambda: print_grounds(rows))


def print_grounds(rows: list[dict[str, Any]]) -> None:
    """Grounds for people."""
    table(
        "Grounds",
        ("ground", "reason", "of", "what", "law", "read"),
        [
            (r["ground"], r["reason"], r["scope"], r["what"], r["citation"], r["status"])
            for r in rows
        ],
    )


def _grounds(run: Run, request_id: str) -> list[dict[str, Any]]:
    standing.require_reader(run.actor)
    with run.desk.reading() as db:
        case = store.case(db, request_id)
    found = refusal_grounds.grounds(case.kind, case.law)
    return [{**each.document(), "scope": each.scope} for each in found]
