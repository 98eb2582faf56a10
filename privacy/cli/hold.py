"""`rightsdesk hold`: legal holds, which stop an erasure until they are released."""

from __future__ import annotations

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value, one_holder
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
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
@click.option("--reason", required=True, help="A code such as a file number, never a name.")
@common_options
def place(
    common: Common, phone: str | None, email: str | None, person: int | None, reason: str
) -> None:
    """Place a hold on a person."""
    with open_run(common) as run:
        value = contact_value(phone, email, run.desk.config.region or None)
        holder = one_holder(run, value, person, OpeningPurpose.LEGAL_GROUND)
        hold_id = holds.place(run.desk, run.actor, holder.subject_id, reason)
        document = {"schema": "rightsdesk.hold/1", "id": hold_id, "reason": reason}
        run.answer(document, lambda: console().print(f"Placed {hold_id}"))


@group.command(epilog="Example: rightsdesk hold release ho-…")
@click.argument("hold_id")
@common_options
def release(common: Common, hold_id: str) -> None:
    """Release a hold."""
    with open_run(common) as run:
        holds.release(run.desk, run.actor, hold_id)
        document = {"schema": "rightsdesk.hold/1", "id": hold_id, "released": True}
        run.answer(document, lambda: console().print(f"Released {hold_id}"))


@group.command("list", epilog="Example: rightsdesk hold list --json")
@common_options
def list_command(common: Common) -> None:
    """All holds, released ones too."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        rows = [
            {
                "id": hold.id,
                "reason": hold.reason,
                "placed_by": hold.placed_by,
                "placed": rfc3339(hold.placed_at),
                "released": None if hold.released_at is None else rfc3339(hold.released_at),
            }
            for hold in holds.listed(run.desk)
        ]
        run.answer(
            {"schema": "rightsdesk.holds/1", "holds": rows},
            lambda: table(
                "",
                ("id", "reason", "placed", "by", "released"),
                [(r["id"], r["reason"], r["placed"], r["placed_by"], r["released"]) for r in rows],
                empty="There is no hold.",
            ),
        )
