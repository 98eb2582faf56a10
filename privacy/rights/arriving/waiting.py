"""What waits for staff, with the earliest day on which anything it may ask for is due.

The clock runs from the receipt also while nobody has said what a letter is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import clock, intake
from privacy.rights.arriving import store, taking
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.ways import ArrivalState
from privacy.rights.case import IMMEDIATE, Kind
from privacy.rights.clock import Law, statute

# What a letter can ask for of which nobody knows what it asks.
ANYTHING = tuple(kind for kind in Kind if kind not in (*IMMEDIATE, Kind.NOTICE, Kind.INQUIRY))


@dataclass(frozen=True)
class Waiting:
    """An arrival that waits; `due` is the earliest day, None where no law names one."""

    arrival: Arrival
    due: date | None
    kinds: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {
            "id": self.arrival.id,
            "source": self.arrival.source.value,
            "received": rfc3339(self.arrival.received_at),
            "received_local": taking.local(self.arrival),
            "received_by": self.arrival.received_by.value,
            "kinds": list(self.kinds),
            "language": self.arrival.language or None,
            "reason": self.arrival.reason,
            "due": self.due.isoformat() if self.due else None,
        }


def waiting(desk: Desk, *, law: Law = statute) -> list[Waiting]:
    """Every arrival that waits, what is due first first."""
    with desk.reading() as db:
        found = store.listed(db, [ArrivalState.WAITING])
        opened = store.requests_of(db, [each.id for each in found])
    days: dict[tuple[str, str, date], date | None] = {}
    rows = []
    for each in found:
        done = {kind for _, kind in opened[each.id]}
        kinds = tuple(kind for kind in each.kinds if kind not in done)
        asked = [Kind(kind) for kind in kinds] or ANYTHING
        known = [_due(desk, kind, each, days, law) for kind in asked]
        due = min((day for day in known if day is not None), default=None)
        rows.append(Waiting(each, due, kinds))
    return sorted(rows, key=lambda one: (one.due or date.max, one.arrival.received_at))


def _due(
    desk: Desk,
    kind: Kind,
    arrival: Arrival,
    days: dict[tuple[str, str, date], date | None],
    law: Law,
) -> date | None:
    """The first day on which something is owed for that kind; the same day is counted once."""
    controller = desk.config.controller
    on = arrival.received_at.astimezone(ZoneInfo(controller.zone)).date()
    key = (kind.value, arrival.place, on)
    if key not in days:
        days[key] = _counted(desk, kind, arrival, desk.now(), law)
    return days[key]


def _counted(desk: Desk, kind: Kind, arrival: Arrival, now: datetime, law: Law) -> date | None:
    args = (desk, "", kind, arrival.channel, arrival.received_at)
    try:
        case = intake.prepared(*args, arrival.place)
    except BadInput:
        # No law of the pack is of that place: the controller's own counts meanwhile.
        case = intake.prepared(*args)
    clocks = clock.read(desk.config.controller, case, (), now, law=law)
    told = [day for each in clocks.laws for day in (each.target, each.acknowledge_due) if day]
    return min((date.fromisoformat(str(day)[:10]) for day in told), default=None)
