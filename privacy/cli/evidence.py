"""`rightsdesk evidence`: documents that show how the controller's duties are kept."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.controls import clauses, evidence
from privacy.controls.evidence import Evidence, EvidenceKind, New, Why
from privacy.errors import BadInput
from privacy.rights import standing
from privacy.rights.package import writing
from privacy.vault.files import reason_of

DAY = click.DateTime(["%Y-%m-%d"])
COLUMNS = ("id", "kind", "title", "version", "dated_on", "valid_until", "people", "state")


@click.group()
def group() -> None:
    """Policies, training and contracts, by the clause that each of them shows."""


@group.command(
    epilog="Example: rightsdesk evidence add --kind training --clause tcpa.d2 --title 'Do-not-call"
    " training' --version 2026-10 --date 2026-10-02 --valid-until 2027-10-01 --people 14 --file"
    " attendance.pdf"
)
@click.option("--kind", type=click.Choice([kind.value for kind in EvidenceKind]), required=True)
@click.option("--clause", "named", multiple=True, required=True, help="See `evidence clauses`.")
@click.option("--title", required=True, help="Of the document; of no person.")
@click.option("--version", required=True)
@click.option("--date", "dated_on", type=DAY, required=True, help="Its day, or of the training.")
@click.option("--valid-until", type=DAY, help="Its last day; without: until withdrawn.")
@click.option("--people", type=click.IntRange(0), default=0, help="How many were trained.")
@click.option("--staff", multiple=True, metavar="ID", help="Staff id of one who was trained.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Sealed in the desk.")
@click.option("--reference", default="", help="Where it is kept instead.")
@click.option("--sha256", default="", help="Of the file that is kept there.")
@common_options
def add(
    common: Common,
    kind: str,
    named: tuple[str, ...],
    title: str,
    version: str,
    dated_on: datetime,
    valid_until: datetime | None,
    people: int,
    staff: tuple[str, ...],
    path: Path | None,
    reference: str,
    sha256: str,
) -> None:
    """Register a document; its digest stands in the log."""
    if path is not None and (reference or sha256):
        raise BadInput("Sealed here or kept there?", what="--file", next="Give one of the two.")
    new = New(
        EvidenceKind(kind),
        tuple(dict.fromkeys(named)),
        title,
        version,
        dated_on.date(),
        None if valid_until is None else valid_until.date(),
        people,
        tuple(dict.fromkeys(staff)),
        None if path is None else _content(path),
        reference,
        sha256.lower(),
    )
    with open_run(common) as run:
        _answer(run, evidence.add(run.desk, run.actor, new))


@group.command("list", epilog="Example: rightsdesk evidence list --clause tcpa.d2")
@click.option("--clause", default="", help="Filed under this clause only.")
@common_options
def list_command(common: Common, clause: str) -> None:
    """Every document with its state today."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            found = evidence.listed(db)
        today = _today(run)
        rows = [each.document(today) for each in found if not clause or clause in each.clauses]
        run.answer(
            {"schema": "rightsdesk.evidence-list/1", "evidence": rows},
            lambda: table(
                "Evidence",
                COLUMNS,
                [[row[name] for name in COLUMNS] for row in rows],
                empty="Nothing is registered. `rightsdesk evidence add` registers a document.",
            ),
        )


@group.command(epilog="Example: rightsdesk evidence show ev-… --file copy.pdf")
@click.argument("evidence_id")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Open the sealed file here.")
@common_options
def show(common: Common, evidence_id: str, path: Path | None) -> None:
    """One document; with --file its sealed file, which is logged."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            found = evidence.one(db, evidence_id)
        if path is not None:
            writing.refuse_existing(path)
            writing.write_private(path, evidence.read_file(run.desk, run.actor, evidence_id))
        _answer(run, found)


@group.command(epilog="Example: rightsdesk evidence withdraw ev-… --why replaced")
@click.argument("evidence_id")
@click.option("--why", type=click.Choice([why.value for why in Why]), required=True)
@common_options
def withdraw(common: Common, evidence_id: str, why: str) -> None:
    """From now on it shows nothing; it stays on record."""
    with open_run(common) as run:
        _answer(run, evidence.withdraw(run.desk, run.actor, evidence_id, Why(why)))


@group.command("clauses", epilog="Example: rightsdesk evidence clauses")
@common_options
def clauses_command(common: Common) -> None:
    """The clauses that documents are filed under, and which kinds show each."""
    from privacy.cli.running import answer

    rows = [
        {
            "id": each.id,
            "citation": each.citation,
            "title": each.title,
            "needs": list(each.needs),
            "verification": each.verification,
        }
        for each in clauses.clauses()
    ]
    shown = [[row["id"], row["title"], row["citation"], ", ".join(row["needs"])] for row in rows]
    answer(
        common,
        {"schema": "rightsdesk.evidence-clauses/1", "clauses": rows},
        lambda: table("Clauses", ("id", "title", "citation", "shown by"), shown),
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(evidence.LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise BadInput(
            f"A file cannot be read: {reason_of(error)}.", what="--file", next="Check its path."
        ) from None


def _today(run: Run) -> date:
    return run.desk.now().astimezone(ZoneInfo(run.desk.config.controller.zone)).date()


def _answer(run: Run, found: Evidence) -> None:
    document: dict[str, Any] = {"schema": "rightsdesk.evidence/1", **found.document(_today(run))}

    def human() -> None:
        console().print(
            f"{found.id}: {document['kind']} “{found.title}” {found.version},"
            f" {document['state']}, SHA-256 {found.sha256}"
        )

    run.answer(document, human)
