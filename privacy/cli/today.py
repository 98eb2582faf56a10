"""`rightsdesk today`: what is overdue, what is due, and what waits for my approval."""

from __future__ import annotations

from collections.abc import Sequence

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.rights import standing
from privacy.rights.standing import Standing, Today


@click.command(epilog="Example: rightsdesk today --json")
@common_options
def today(common: Common) -> None:
    """What is overdue, due within a week, or waits for my approval."""
    with open_run(common) as run:
        found = standing.today(run.desk, run.actor)
        run.answer(standing.today_document(found), lambda: _print(found))


def _print(found: Today) -> None:
    if not any((found.overdue, found.due, found.approvals, found.other)):
        console().print("No request is open.")
        return
    _table("Overdue", found.overdue)
    _table("Due within a week", found.due)
    _table("Waiting for my approval", found.approvals)
    _table("Open besides", found.other)


def _table(title: str, cases: Sequence[Standing]) -> None:
    if cases:
        table(
            title,
            ("due", "kind", "law", "id", "next"),
            [
                (
                    each.target or "clock stands still",
                    each.case.kind.value,
                    each.case.law,
                    each.case.id,
                    each.next_action.value if each.next_action else "",
                )
                for each in cases
            ],
        )
