"""Plans brought to their approval, and what an attacker with the database does to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from privacy import actors
from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights import (
    approval,
    planning,
    store,
)
from privacy.rights.case import Kind
from privacy.storage.unit import Unit
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, verified

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


def planned(made: MadeDesk, actor: Actor | None = None, kind: Kind = Kind.ERASURE) -> str:
    """A verified request of a person, planned by that actor (default the handler)."""
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, kind)
    planning.make_plan(made.desk, actor or made.handler, case.id)
    return case.id


def swapped(desk: Desk, table: Any, where: Any, **values: Any) -> None:
    """Somebody with the database password changes rows."""

    def job(unit: Unit) -> None:
        unit.db.execute(update(table).where(where).values(**values))
        unit.append("test.swapped", "attacker")

    desk.write(job)


def standing_of(made: MadeDesk, request_id: str) -> approval.Approval:
    with made.desk.reading() as db:
        return approval.standing_approval(db, store.case(db, request_id))


def alone(made: MadeDesk) -> None:
    """From now on the desk has one person who may approve."""
    actors.deactivate(made.desk, "handler", made.dpo)
    made.clock.advance(SECOND)


def store_case(made: MadeDesk, request_id: str) -> store.Case:
    with made.desk.reading() as db:
        return store.case(db, request_id)
