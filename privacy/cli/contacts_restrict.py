"""`rightsdesk contacts restrict`: storage only, what the person was told, and lifting."""

from __future__ import annotations

from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note
from privacy.clock import rfc3339
from privacy.consent import restrictions
from privacy.contacts import store
from privacy.errors import BadInput, NotFound
from privacy.terms import OpeningPurpose


@click.command(epilog="Example: rightsdesk contacts restrict 381473626 --reason contested")
@click.argument("person", type=int)
@click.option("--reason", type=click.Choice(restrictions.REASONS), help="GDPR Article 18(1).")
@click.option("--informed", metavar="ID", help="The person was told that it will be lifted.")
@click.option("--lift", metavar="ID", help="Lift this restriction, after the person was told.")
@common_options
def restrict(
    common: Common, person: int, reason: str | None, informed: str | None, lift: str | None
) -> None:
    """Restrict a person's data to storage, effective at once; or lift a restriction."""
    if sum(given is not None for given in (reason, informed, lift)) != 1:
        raise BadInput(
            "Give exactly one of --reason, --informed and --lift.", what="restrict", next="--help"
        )
    with open_run(common) as run:
        people = _known(run, person)
        if reason is not None:
            state = "placed"
            for one in sorted(people):
                restrictions.place(run.desk, run.actor, one, reason)
        elif informed is not None:
            state = "informed"
            restrictions.inform(run.desk, run.actor, _of(run, person, informed))
        else:
            state = "lifted"
            restrictions.lift(run.desk, run.actor, _of(run, person, str(lift)))
        with run.desk.reading() as db:
            held = restrictions.of_person(db, person)
        document: dict[str, Any] = {
            "schema": "rightsdesk.restriction/1",
            "ids": [each.id for each in held] if state == "placed" else [informed or lift],
            "state": state,
            "in_force": [
                {
                    "id": each.id,
                    "reason": each.reason,
                    "placed": rfc3339(each.placed_at),
                    "informed": None if each.informed_at is None else rfc3339(each.informed_at),
                }
                for each in held
            ],
        }

        def human() -> None:
            console().print(f"Restriction {state}: {', '.join(map(str, document['ids']))}")
            if state == "placed":
                note("Before it is lifted the person is told: --informed ID, then --lift ID.")

        run.answer(document, human)


def _of(run: Run, person: int, restriction_id: str) -> str:
    """The restriction's id, if it is this person's. NotFound for anybody else's."""
    with run.desk.reading() as db:
        if restriction_id not in {each.id for each in restrictions.of_person(db, person)}:
            raise NotFound("There is no such restriction in force.", what="restriction")
    return restriction_id


def _known(run: Run, person: int) -> set[int]:
    """The person's whole merged set. NotFound for nobody."""
    store.show(run.desk, run.actor, person, OpeningPurpose.RIGHTS_REQUEST)
    with run.desk.reading() as db:
        return store.persons(db, person)
