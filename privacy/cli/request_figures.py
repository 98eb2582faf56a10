"""`rightsdesk request figures`: the register of requests and California's metrics."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import note, table
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights import figures as register
from privacy.rights import metrics, standing

DAY = click.DateTime(["%Y-%m-%d"])
SHOWN = ("received", "closed", "in_time", "late", "unclear", "part", "denied", "open", "overdue")


@click.command(epilog="Example: rightsdesk request figures --from 2026-01-01 --to 2026-12-31")
@click.option("--from", "first", type=DAY, help="First day of receipt; default 1 January.")
@click.option("--to", "last", type=DAY, help="Last day of receipt; default today.")
@click.option("--size", type=int, help="As of this many entries of the log; default all.")
@click.option("--all-laws", is_flag=True, help="Metrics of every request, not California's only.")
@common_options
def figures(
    common: Common, first: datetime | None, last: datetime | None, size: int | None, all_laws: bool
) -> None:
    """Received, answered, in time, denied; median and mean days (11 CCR 7102).

    Computed from the log and the timelines in one snapshot: the same size gives the same again.
    """
    with open_run(common) as run:
        standing.require_reader(run.actor)
        today = run.desk.now().astimezone(ZoneInfo(run.desk.config.controller.zone)).date()
        from_on = first.date() if first else today.replace(month=1, day=1)
        to_on = last.date() if last else today
        if to_on < from_on:
            raise BadInput("The last day lies before the first.", what="--to", next="Swap them.")
        ledger = register.read(run.desk, size)
        rows = register.register(ledger, from_on, to_on)
        law = None if all_laws else metrics.LAW
        found = metrics.of(ledger.between(from_on, to_on), law)
        document: dict[str, Any] = {
            "schema": "rightsdesk.request-figures/1",
            "from": from_on.isoformat(),
            "to": to_on.isoformat(),
            "log_size": ledger.size,
            "at": rfc3339(ledger.at),
            "register": [asdict(row) for row in rows],
            "metrics": {
                "citation": metrics.CITATION,
                "law": law,
                "rights": [each.document() for each in found],
            },
        }

        def human() -> None:
            table(
                f"Requests received {from_on} to {to_on}",
                ("law", "kind", *SHOWN),
                [(row.law, row.kind, *(getattr(row, name) for name in SHOWN)) for row in rows],
                empty="No request was received in those days.",
            )
            table(
                f"{metrics.CITATION}, {law or 'all laws'}",
                ("right", "received", "complied", "denied", "median days", "mean days"),
                [
                    (
                        each["right"],
                        each["received"],
                        each["complied_in_whole_or_in_part"],
                        each["denied"],
                        each["median_days"],
                        each["mean_days"],
                    )
                    for each in document["metrics"]["rights"]
                ],
            )
            note(f"As of {ledger.size} entries of the log. The same again: --size {ledger.size}")

        run.answer(document, human)
