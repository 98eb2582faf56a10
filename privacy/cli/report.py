"""`rightsdesk report KIND`: a document as PDF, written where asked, and logged."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.actors import Act
from privacy.cli import sealed
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.sealed import Sealed
from privacy.cli.showing import console, note
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import certificate
from privacy.rights.package import writing

KINDS = ("campaign-compliance", "erasure-certificate")


@click.command(
    epilog="Example: rightsdesk report campaign-compliance --campaign cm-… --out compliance.pdf"
)
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--campaign", help="Whose campaign-compliance report.")
@click.option("--request", "request_id", help="Whose erasure-certificate (the desk's own copy).")
@click.option("--from", "from_on", help="First day, YYYY-MM-DD (default: everything).")
@click.option("--to", "to_on", help="Last day, YYYY-MM-DD (default: now).")
@click.option("--out", type=click.Path(path_type=Path), help="New file for the PDF.")
@click.option("--sign/--no-sign", default=None, help="Default: as signing.sign says.")
@common_options
def report(
    common: Common,
    kind: str,
    campaign: str | None,
    request_id: str | None,
    from_on: str | None,
    to_on: str | None,
    out: Path | None,
    sign: bool | None,
) -> None:
    """Write a report as PDF with its data attached. An access answer comes with its request."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        target = out or Path(f"{kind}.pdf")
        writing.refuse_existing(target)
        data = _data(run, kind, campaign, request_id, from_on, to_on)
        made = write_report(run.desk, run.actor.id, kind, data, target, sign=sign)
        document = {
            "schema": "rightsdesk.report/1",
            "kind": kind,
            "path": str(target),
            "entry": made.entry,
            "signed": made.signed,
        }
        if made.note:
            note(made.note)
        run.answer(document, lambda: console().print(f"Written: {target}"))


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
