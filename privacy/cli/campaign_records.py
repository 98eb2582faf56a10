"""`rightsdesk campaign records`: call records of our own, exported and looked at for gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.cli.when import instant_option
from privacy.disclosures.given import UNNAMED, Role
from privacy.gateway import record_export
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.record_export import PURPOSES, Wish
from privacy.gateway.record_fields import Check, retention_years
from privacy.gateway.record_pages import Which, count, opening, pages
from privacy.terms import KekKind, OpeningPurpose

EXPORT_SCHEMA = "rightsdesk.call-records-export/1"
CHECK_SCHEMA = "rightsdesk.call-records-check/1"
LOOKED_AT = "calls.records_checked"
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)


@click.group()
def records() -> None:
    """Call records as 16 CFR 310.5 and others want them kept (docs/call-records.md)."""


@records.command(
    epilog="Example: rightsdesk campaign records export cm-… --format csv --out calls.csv"
    " --purpose authority --recipient 'Federal Trade Commission'"
)
@click.argument("campaign")
@instant_option("--from", "Calls from this instant on.")
@instant_option("--to", "Calls before this instant.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file, 0600.")
@click.option("--purpose", required=True, type=click.Choice(list(PURPOSES)), help="Why it leaves.")
@click.option("--recipient", required=True, metavar="NAME", help="The organisation that gets it.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role not in UNNAMED]),
    default=Role.AUTHORITY.value,
    show_default=True,
    help="What the recipient is.",
)
@click.option("--country", metavar="CC", default="", help="Where the recipient is, such as US.")
@common_options
def export(
    common: Common,
    campaign: str,
    form: str,
    out: Path,
    purpose: str,
    recipient: str,
    role: str,
    country: str,
    **bounds: datetime | None,
) -> None:
    """Write a campaign's calls with their numbers to a new file, for one recipient.

    The log has its digest before the file has its name. Given again after a break, it goes on.
    """
    with open_run(common, (KekKind.CALL,)) as run, progress() as bar:
        task = bar.add_task("Calls", total=None)
        wish = Wish(
            _which(run, campaign, bounds),
            form,
            purpose,
            recipient,
            Role(role),
            country,
            open_end=bounds["to"] is None,
        )
        done = record_export.export(
            run.desk,
            run.actor,
            out,
            wish,
            progress=lambda rows, of: bar.update(task, completed=rows, total=of),
        )
        bar.stop()
        document = {
            "schema": EXPORT_SCHEMA,
            "id": done.id,
            "campaign": campaign,
            "file": str(out),
            "about": str(record_export.about_of(out)) if form == "csv" else None,
            "format": form,
            "purpose": purpose,
            "recipient": recipient,
            "count": done.count,
            "without_number": done.without_number,
            "resumed_at": done.resumed_at,
            "sha256": done.sha256,
            "entry": done.entry_id,
        }

        def human() -> None:
            console().print(f"{done.count:,} calls in {out}, for {recipient}.", markup=False)
            if done.without_number:
                note(f"{done.without_number:,} without the number: erased, restricted or closed.")
            note(f"Keep call records {retention_years()} years (16 CFR 310.5); the desk does.")

        run.answer(document, human)


@records.command(epilog="Example: rightsdesk campaign records check cm-…")
@click.argument("campaign")
@instant_option("--from", "Calls from this instant on.")
@instant_option("--to", "Calls before this instant.")
@common_options
def check(common: Common, campaign: str, **bounds: datetime | None) -> None:
    """Does each call have each required field? What is missing is named; exit code 1 then.

    The sealed facts are opened for it, with an entry for each batch; no number is shown.
    """
    with open_run(common, (KekKind.CALL,)) as run, progress() as bar:
        run.actor.require(Act.REPORT)
        which = _which(run, campaign, bounds)
        task = bar.add_task("Calls", total=count(run.desk, which))
        found = Check()
        opens = opening(run.desk, run.actor, OpeningPurpose.LEGAL_GROUND, LOOKED_AT, campaign)
        for page in pages(run.desk, which, opens):
            found.add(page.rows)
            bar.update(task, completed=found.calls)
        bar.stop()
        document = {
            "schema": CHECK_SCHEMA,
            "campaign": campaign,
            "calls": found.calls,
            "complete": found.complete,
            "keep_for_years": retention_years(),
            "fields": found.document(),
        }
        run.answer(document, lambda: _show(document))
    if not found.complete:
        click.get_current_context().exit(1)


def _show(document: dict[str, Any]) -> None:
    columns = ("law", "field", "citation", "checked", "calls", "missing", "where or why")
    rows = [
        [
            each["law"],
            each["item"],
            each["citation"],
            each["status"],
            f"{each['calls']:,}" if each["kept"] == "call" else "",
            f"{each['missing']:,}" if each["missing"] else "",
            each["where"] or ", ".join(f"{why}: {n:,}" for why, n in each["why"].items()),
        ]
        for each in document["fields"]
    ]
    table("Required fields of call records", columns, rows)
    if not document["calls"]:
        note("No call in that time.")
    elif document["complete"]:
        note(f"Each of {document['calls']:,} calls has each required field.")
    else:
        note("Fields are missing; --json names calls by id.")


def _which(run: Run, campaign: str, bounds: dict[str, datetime | None]) -> Which:
    with run.desk.reading() as db:
        campaign_of(db, campaign)
    # Everything up to this very instant, itself included.
    until = bounds["to"] or run.desk.now().replace(microsecond=999_999)
    return Which(campaign, bounds["from"] or BEGIN, until)
