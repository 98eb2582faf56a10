"""`rightsdesk vendor fact`: what is on record of a vendor that no call record tells."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import table
from privacy.cli.vendor_answers import DAY, VENDOR
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.vendors import stated, store
from privacy.vendors.calls.store import import_of

COLUMNS = ("what", "at", "facts", "by")


@click.group("fact")
def group() -> None:
    """Dated facts that audits of call records hold the vendor's claims against."""


@group.command("stop", epilog="Example: rightsdesk vendor fact stop vd-… --at 2026-11-02T18:00:00Z")
@VENDOR
@instant_option("--at", "When the vendor was told; default now.")
@common_options
def stop(common: Common, vendor_id: str, at: datetime | None) -> None:
    """The vendor was told to stop all calling: a call an hour later contradicts its claim."""
    with open_run(common) as run:
        stated.told_to_stop(run.desk, run.actor, vendor_id, at or run.desk.now())
        _answer(run, vendor_id)


@group.command("go-on", epilog="Example: rightsdesk vendor fact go-on vd-…")
@VENDOR
@instant_option("--at", "When the vendor was told; default now.")
@common_options
def go_on(common: Common, vendor_id: str, at: datetime | None) -> None:
    """The vendor was told that it may call again."""
    with open_run(common) as run:
        stated.told_to_go_on(run.desk, run.actor, vendor_id, at or run.desk.now())
        _answer(run, vendor_id)


@group.command("areas", epilog="Example: rightsdesk vendor fact areas vd-… --codes 212,404")
@VENDOR
@click.option("--codes", required=True, help="Area codes, with commas; all that it covers.")
@instant_option("--at", "From when they were; default now.")
@common_options
def areas(common: Common, vendor_id: str, codes: str, at: datetime | None) -> None:
    """The area codes that the subscription to the national registry covers."""
    told = [code.strip() for code in codes.split(",")]
    with open_run(common) as run:
        stated.areas_covered(run.desk, run.actor, vendor_id, told, at or run.desk.now())
        _answer(run, vendor_id)


@group.command(
    "abandonment",
    epilog="Example: rightsdesk vendor fact abandonment vd-… --campaign spring --percent 2.4"
    " --from 2026-03-02 --to 2026-03-31",
)
@VENDOR
@click.option("--campaign", required=True, help="Its name in the export; a digest of it is kept.")
@click.option("--percent", required=True, help="As the vendor wrote it, such as 2.4.")
@click.option("--from", "since", type=DAY, required=True, help="First day of the period.")
@click.option("--to", "until", type=DAY, required=True, help="Its last day.")
@common_options
def abandonment(
    common: Common, vendor_id: str, campaign: str, percent: str, since: datetime, until: datetime
) -> None:
    """A share of abandoned calls that the vendor stated for a campaign and period.

    The days are those of the measuring period as the audit shows it.
    """
    try:
        figure = Decimal(percent)
    except InvalidOperation:
        figure = Decimal("NaN")
    if not figure.is_finite():
        raise BadInput("That is no number.", what="--percent", next="Give it like 2.4.")
    with open_run(common) as run:
        days = since.date(), until.date()
        stated.abandonment_stated(run.desk, run.actor, vendor_id, campaign, days, figure)
        _answer(run, vendor_id)


@group.command(
    "call",
    epilog="Example: rightsdesk vendor fact call vd-… --import vi-… --record 17"
    " --at 2026-11-02T18:00:07Z",
)
@VENDOR
@click.option("--import", "import_id", metavar="vi-…", required=True, help="The export.")
@click.option("--record", type=click.IntRange(1), required=True, help="Its record number.")
@instant_option("--at", "When that call truly was, by an own clock.")
@common_options
def call(common: Common, vendor_id: str, import_id: str, record: int, at: datetime | None) -> None:
    """A call whose true instant is known, such as one to an own phone: it proves the clock."""
    if at is None:
        raise BadInput("When was the call?", what="--at", next="Give the instant.")
    with open_run(common) as run:
        with run.desk.reading() as db:
            vendor = store.vendor(db, vendor_id).id
            if import_of(db, import_id).vendor_id != vendor:
                raise BadInput(
                    "That export is another vendor's.",
                    what="--import",
                    next="See `rightsdesk vendor calls list`.",
                )
        stated.call_known(run.desk, run.actor, vendor, import_id, record, at)
        _answer(run, vendor)


@group.command("list", epilog="Example: rightsdesk vendor fact list vd-… --json")
@VENDOR
@common_options
def list_command(common: Common, vendor_id: str) -> None:
    """All facts on record of the vendor."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        _answer(run, vendor_id)


def _answer(run: Run, vendor_id: str) -> None:
    with run.desk.reading() as db:
        vendor = store.vendor(db, vendor_id).id
        rows = stated.documents(db, vendor)
    document = {"schema": "rightsdesk.vendor-facts/1", "vendor": vendor, "facts": rows}
    run.answer(
        document,
        lambda: table(
            "Facts on record",
            COLUMNS,
            [
                (
                    row["what"].replace("_", " "),
                    row["at"],
                    " ".join(f"{key}={value}" for key, value in row["facts"].items()),
                    row["by"],
                )
                for row in rows
            ],
            empty="No fact is on record. `rightsdesk vendor fact stop` records one.",
        ),
    )
