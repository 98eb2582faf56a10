"""`rightsdesk hold`: what stops destruction for legal claims, until it ends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value, one_holder
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights import holds, standing
from privacy.terms import OpeningPurpose


@click.group()
def group() -> None:
    """Legal holds (GDPR Article 17(3)(e))."""


@group.command(
    epilog="Example: printf '+442079460000' | rightsdesk hold place --phone - --reason f-17"
)
@click.option("--phone", metavar="N|-")
@click.option("--email", metavar="E|-")
@click.option("--person", type=int, help="Where several share the number: whose.")
@click.option("--request", "request_id", metavar="ID", help="A case, its file and its person.")
@click.option("--query", help="Everybody with import=ID, source=CODE or country=CC.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day; else released.")
@click.option("--reason", required=True, help="A code such as a file number, never a name.")
@common_options
def place(
    common: Common,
    phone: str | None,
    email: str | None,
    person: int | None,
    request_id: str | None,
    query: str | None,
    until: datetime | None,
    reason: str,
) -> None:
    """Place a hold on a person, a case, or everybody whom a query finds."""
    given = [phone or email, request_id, query]
    if sum(each is not None for each in given) != 1:
        raise BadInput(
            "Give a person (--phone or --email), --request or --query.",
            what="hold",
            next="See --help.",
        )
    last = None if until is None else until.date()
    with open_run(common) as run:
        if request_id is not None:
            hold_id = holds.place_on_case(run.desk, run.actor, request_id, reason, until_on=last)
        elif query is not None:
            hold_id = holds.place_on_query(run.desk, run.actor, query, reason, until_on=last)
        else:
            hold_id = _on_person(run, phone, email, person, reason, last)
        document = {"schema": "rightsdesk.hold/1", "id": hold_id, "reason": reason}
        run.answer(document, lambda: console().print(f"Placed {hold_id}"))


def _on_person(
    run: Run,
    phone: str | None,
    email: str | None,
    person: int | None,
    reason: str,
    last: date | None,
) -> str:
    value = contact_value(phone, email, run.desk.config.region or None)
    holder = one_holder(run, value, person, OpeningPurpose.LEGAL_GROUND)
    return holds.place(run.desk, run.actor, holder.subject_id, reason, until_on=last)


@group.command(epilog="Example: rightsdesk hold release ho-…")
@click.argument("hold_id")
@common_options
def release(common: Common, hold_id: str) -> None:
    """Release a hold; what it stopped goes on with the next `rightsdesk work`."""
    with open_run(common) as run:
        holds.release(run.desk, run.actor, hold_id)
        document = {"schema": "rightsdesk.hold/1", "id": hold_id, "released": True}
        run.answer(document, lambda: console().print(f"Released {hold_id}"))


@group.command("list", epilog="Example: rightsdesk hold list --json")
@common_options
def list_command(common: Common) -> None:
    """All holds, ended ones too."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        current = {hold.id for hold in holds.in_force(run.desk)}
        rows = [_row(hold, hold.id in current) for hold in holds.listed(run.desk)]
        columns = ("id", "reason", "scope", "on", "placed", "placed_by", "until", "released")
        run.answer(
            {"schema": "rightsdesk.holds/1", "holds": rows},
            lambda: table(
                "",
                columns,
                [tuple(row[name] for name in columns) for row in rows],
                empty="There is no hold.",
            ),
        )


def _row(hold: holds.Hold, in_force: bool) -> dict[str, Any]:
    return {
        "id": hold.id,
        "reason": hold.reason,
        "scope": hold.scope,
        "on": hold.request_id or hold.query or None,
        "placed_by": hold.placed_by,
        "placed": rfc3339(hold.placed_at),
        "until": None if hold.until_on is None else hold.until_on.isoformat(),
        "released": None if hold.released_at is None else rfc3339(hold.released_at),
        "in_force": in_force,
    }
