"""Reminders of due days and escalations, made by `rightsdesk work`.

Computed from the clocks each time; what is stored is only that one was made, so that
it is never made twice for one day. A reminder goes to the owner, the day before also to
the deputy, and what is overdue to the deputy, or to the data protection officers. It
names the request's id, its law and its day: never a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from privacy.actors import Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.rights import standing, store
from privacy.rights.clock import Law, statute
from privacy.rights.standing import OPEN_STATES, Standing
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestReminder
from privacy.storage.unit import Unit

# (days left at most, kind): the tightest that is reached is made.
LEVELS = ((1, "due_tomorrow"), (3, "3_days"), (7, "7_days"))
OVERDUE = "overdue"
OFFICERS = "dpo"
UNANSWERED = frozenset(OPEN_STATES)


@dataclass(frozen=True)
class Reminder:
    """One reminder. `day`: the target that it is about, or for an overdue case the day on
    which it is overdue; `to`: staff ids, or `dpo` for every data protection officer."""

    request_id: str
    kind: str
    day: date
    to: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The reminder in a JSON document."""
        return {
            "id": self.request_id,
            "kind": self.kind,
            "day": self.day.isoformat(),
            "to": list(self.to),
        }


def wanted(each: Standing, on: date) -> Reminder | None:
    """The reminder that a case asks for on that day; None for one with time or no date."""
    if each.case.state not in UNANSWERED or each.next_day is None:
        return None
    day = date.fromisoformat(each.next_day[:10])
    left = (day - on).days
    if each.limit is not None and each.limit[:10] < on.isoformat():
        return Reminder(each.case.id, OVERDUE, on, (each.case.deputy or OFFICERS,))
    for most, kind in LEVELS:
        if left <= most:
            also = (each.case.deputy,) if most == 1 and each.case.deputy else ()
            return Reminder(each.case.id, kind, day, (each.case.owner, *also))
    return None


def due(desk: Desk, *, law: Law = statute) -> list[Reminder]:
    """Reminders that are wanted now and were not made."""
    on = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    found = [wanted(each, on) for each in standing.listed(desk, OPEN_STATES, law=law)]
    table = table_of(RequestReminder)
    with desk.reading() as db:
        made = {tuple(row) for row in db.execute(_keys(table))}
    return [one for one in found if one is not None and _key(one) not in made]


def make(desk: Desk, actor: Actor, *, law: Law = statute) -> int:
    """Make every reminder that is due; how many this call made. Safe to run at once twice."""
    return sum(_make(desk, actor, one) for one in due(desk, law=law))


def made_on(db: Connection, request_ids: Sequence[str], on: date) -> list[Reminder]:
    """What the reminders of that day were about, for unfinished cases."""
    table = table_of(RequestReminder)
    wanted_ids = set(request_ids)
    rows = db.execute(select(table).order_by(table.c.on_day, table.c.request_id))
    found = []
    for row in rows:
        day = date.fromisoformat(row.on_day)
        current = day == on if row.kind == OVERDUE else day >= on
        if row.request_id in wanted_ids and current:
            case = store.case(db, row.request_id)
            to = (case.deputy or OFFICERS,) if row.kind == OVERDUE else (case.owner,)
            found.append(Reminder(row.request_id, row.kind, day, to))
    return found


def _make(desk: Desk, actor: Actor, one: Reminder) -> int:
    table = table_of(RequestReminder)

    def job(unit: Unit) -> int:
        # The row lock of the case makes two runs of `work` wait for each other.
        case = store.lock(unit, one.request_id)
        here = _keys(table).where(
            table.c.request_id == one.request_id,
            table.c.kind == one.kind,
            table.c.on_day == one.day.isoformat(),
        )
        if case.state not in UNANSWERED or unit.db.execute(here).first() is not None:
            return 0
        unit.db.execute(
            insert(table).values(
                request_id=one.request_id,
                kind=one.kind,
                on_day=one.day.isoformat(),
                made_at=micros(unit.now),
            )
        )
        unit.append(
            "request.reminded",
            actor.id,
            request=one.request_id,
            object=one.kind,
            fields=list(one.to),
        )
        return 1

    return desk.write(job)


def _keys(table: Any) -> Any:
    return select(table.c.request_id, table.c.kind, table.c.on_day)


def _key(one: Reminder) -> tuple[str, str, str]:
    return (one.request_id, one.kind, one.day.isoformat())
