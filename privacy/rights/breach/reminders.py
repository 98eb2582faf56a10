"""Reminders of a breach whose time runs, made by `rightsdesk work`: 48, 24, 6 hours, overdue.

Only that one was made is stored, as a line of the timeline, so that it is made once for
each law and level. What is owed no more is reminded of no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights.breach import register, states, store
from privacy.rights.breach.law import BreachClock, Statute, statute
from privacy.rights.breach.states import Duty, Event, Laws, Standing, State
from privacy.rights.breach.store import Breach, New
from privacy.storage.unit import Unit

# (hours left at most, level): the tightest that is reached is made.
LEVELS = ((0.0, "overdue"), (6.0, "6_hours"), (24.0, "24_hours"), (48.0, "48_hours"))
# Whom a clock points to, and what is owed to them.
TOWARDS = {
    "authority": {Duty.NOTIFY_AUTHORITY, Duty.ASSESS},
    "people": {Duty.TELL_PEOPLE},
    "controller": {Duty.TELL_CONTROLLER},
}


@dataclass(frozen=True)
class Running:
    """An open breach, what it owes, and its clocks that still point to something owed."""

    breach: Breach
    owed: tuple[Duty, ...]
    clocks: tuple[BreachClock, ...]
    made: frozenset[tuple[str, str, str]] = frozenset()

    def hours_left(self, now: datetime) -> float | None:
        """Until the first due instant; None where no law names one."""
        left = [hours for clock in self.clocks if (hours := clock.hours_left(now)) is not None]
        return min(left, default=None)

    def document(self, now: datetime) -> dict[str, Any]:
        """JSON-ready."""
        left = self.hours_left(now)
        return {
            "id": self.breach.id,
            "risk": self.breach.risk,
            "laws": list(self.breach.laws),
            "hours_left": None if left is None else round(left, 2),
            "owed": [duty.value for duty in self.owed],
            "clocks": [clock.document(now) for clock in self.clocks],
        }


def running(desk: Desk, *, law: Statute = statute) -> list[Running]:
    """Every open breach, the one with the fewest hours left first."""
    now = desk.now()
    with desk.reading() as db:
        found = [(each, store.timeline(db, each.id)) for each in store.listed(db, State.OPEN)]
    rows = []
    for each, lines in found:
        laws, standing = store.laws_of(each, lines), store.standing(each, lines)
        owed = states.owed(laws, standing)
        clocks = register.clocks_of(desk, each, now, statute=law)
        made = frozenset(
            (str(line.facts["law"]), str(line.facts["towards"]), str(line.facts["level"]))
            for line in lines
            if line.type is Event.REMINDED
        )
        pointing = tuple(clock for clock in clocks if _points(clock, owed, laws, standing))
        rows.append(Running(each, owed, pointing, made))
    return sorted(rows, key=lambda row: _order(row, now))


def due(desk: Desk, *, law: Statute = statute) -> list[tuple[Running, BreachClock, str]]:
    """Reminders that are wanted now and were not made."""
    now = desk.now()
    return [
        (row, clock, level)
        for row in running(desk, law=law)
        for clock in row.clocks
        if (level := level_of(clock.hours_left(now)))
        and (clock.law, clock.towards, level) not in row.made
    ]


def level_of(hours_left: float | None) -> str:
    """The level that is reached with so many hours left; "" for none. 48.0 hours reach 48."""
    if hours_left is None:
        return ""
    return next((level for most, level in LEVELS if hours_left <= most), "")


def make(desk: Desk, actor: Actor, *, law: Statute = statute) -> int:
    """Make every reminder that is due; how many. Safe to run at once twice."""
    return sum(
        make_one(desk, actor, row.breach.id, clock, level)
        for row, clock, level in due(desk, law=law)
    )


def make_one(desk: Desk, actor: Actor, breach_id: str, clock: BreachClock, level: str) -> int:
    """Make this one, unless another process just did; how many (0 or 1)."""
    facts = {"law": clock.law, "towards": clock.towards, "level": level}

    def job(unit: Unit) -> int:
        store.lock(unit, breach_id)
        for line in store.timeline(unit.db, breach_id):
            if line.type is Event.REMINDED and dict(line.facts) == facts:
                return 0
        store.tell(unit, breach_id, actor.id, New(Event.REMINDED, None, facts))
        unit.append("breach.reminded", actor.id, object=breach_id, fields=[clock.law, level])
        return 1

    return desk.write(job)


def _points(clock: BreachClock, owed: tuple[Duty, ...], laws: Laws, standing: Standing) -> bool:
    """Whether something is owed to whom the clock points to, under its law."""
    if clock.towards == "authority" and clock.law in standing.notified:
        return False
    if clock.towards == "authority" and clock.law not in laws.authority:
        return Duty.ASSESS in owed
    return not TOWARDS[clock.towards].isdisjoint(owed)


def _order(row: Running, now: datetime) -> tuple[float, str]:
    left = row.hours_left(now)
    return (float("inf") if left is None else left, row.breach.id)
