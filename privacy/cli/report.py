"""`rightsdesk report KIND`: a document as PDF, HTML, JSON or CSV, written where asked, logged."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.actors import Act
from privacy.cli import sealed
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, answer, open_run
from privacy.cli.sealed import Sealed
from privacy.cli.showing import console, note, table
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import certificate
from privacy.rights.package import writing

# How each kind is made; what is not made by `report` comes with the work that it is about.
MADE_BY: dict[str, str] = {
    "campaign-compliance": "rightsdesk report campaign-compliance --campaign CAMPAIGN",
    "erasure-certificate": "rightsdesk report erasure-certificate --request REQUEST",
    "access-answer": "rightsdesk request answer REQUEST (all four forms in its package)",
    "letter": "rightsdesk letter issue LETTER (PDF)",
}
KINDS = tuple(kind for kind, how in MADE_BY.items() if how.startswith("rightsdesk report "))
FORMATS = ("pdf", "html", "json", "csv")


@click.command(
    epilog="Example: rightsdesk report campaign-compliance --campaign cm-… --out compliance.pdf"
)
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="pdf",
    show_default=True,
    help="html: one page; json: the data; csv: a ZIP of tables.",
)
@click.option("--campaign", help="Whose campaign-compliance report.")
@click.option("--request", "request_id", help="Whose erasure-certificate (the desk's own copy).")
@click.option("--from", "from_on", help="First day, YYYY-MM-DD (default: everything).")
@click.option("--to", "to_on", help="Last day, YYYY-MM-DD (default: now).")
@click.option("--out", type=click.Path(path_type=Path), help="New file for the PDF.")
@click.option("--sign/--no-sign", default=None, help="Default: as signing.sign says.")
@common_options
def report(
    common: Common,
    kind: str | None,
    form: str,
    campaign: str | None,
    request_id: str | None,
    from_on: str | None,
    to_on: str | None,
    out: Path | None,
    sign: bool | None,
) -> None:
    """Write a report with its data attached; without a KIND, list the kinds there are."""
    if kind is None:
        list_kinds(common)
        return
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        target = out or Path(f"{kind}.{'zip' if form == 'csv' else form}")
        writing.refuse_existing(target)
        data = _data(run, kind, campaign, request_id, from_on, to_on)
        if form == "pdf":
            made = write_report(run.desk, run.actor.id, kind, data, target, sign=sign)
        else:
            content, entry = sealed.make_form(run.desk, run.actor.id, kind, form, data)
            writing.write_private(target, content)
            made = Sealed(content, entry, "")
        document = {
            "schema": "rightsdesk.report/1",
            "kind": kind,
            "format": form,
            "path": str(target),
            "entry": made.entry,
            "signed": made.signed,
        }
        if made.note:
            note(made.note)
        run.answer(document, lambda: console().print(f"Written: {target}"))


def list_kinds(common: Common) -> None:
    """The kinds of reports, a line each: what it is, for whom, and what makes it."""
    from reports.render import KINDS as MODULES
    from reports.render import report_of

    found = {kind: report_of(kind) for kind in MODULES}
    rows = [
        {"kind": kind, "about": it.ABOUT, "for": it.FOR_WHOM, "made_by": MADE_BY.get(kind, "")}
        for kind, it in found.items()
    ]
    document = {"schema": "rightsdesk.report-kinds/1", "kinds": rows}

    def human() -> None:
        table(
            "", ("report", "what it is", "made by"),
            [(row["kind"], row["about"], row["made_by"]) for row in rows],
        )  # fmt: skip

    answer(common, document, human)


def write_report(
    desk: Desk,
    actor_id: str,
    kind: str,
    data: dict[str, Any],
    target: Path,
    *,
    sign: bool | None = None,
) -> Sealed:
    """Make the document, log its digest, sign it, then write it with mode 0600."""
    made = sealed.make(desk, actor_id, kind, data, sign=sign)
    writing.write_private(target, made.pdf)
    return made


def _data(
    run: Run,
    kind: str,
    campaign: str | None,
    request_id: str | None,
    from_on: str | None,
    to_on: str | None,
) -> dict[str, Any]:
    if kind == "erasure-certificate":
        if request_id is None:
            raise BadInput("Whose certificate?", what="--request", next="Give the request's id.")
        return certificate.report(run.desk, run.actor, request_id, named=False)
    from privacy.cli import campaign_report

    if campaign is None:
        raise BadInput("Which campaign?", what="--campaign", next="See `campaign status`.")
    zone = run.desk.config.controller.zone
    start = _day(from_on, "--from", zone) or datetime(2000, 1, 1, tzinfo=UTC)
    end = _day(to_on, "--to", zone, end=True) or run.desk.now()
    return campaign_report.data(run.desk, run.actor, campaign, start, end)


def _day(text: str | None, option: str, zone: str, *, end: bool = False) -> datetime | None:
    """Midnight at the day's beginning (or end) in the controller's zone; None for None."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput("That is not a date.", what=option, next="YYYY-MM-DD.") from None
    return datetime.combine(day + timedelta(days=end), time(0), tzinfo=ZoneInfo(zone))
