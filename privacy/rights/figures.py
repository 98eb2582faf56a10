"""Figures of the requests of a period, by law and kind: received, closed, in time, open, overdue.

In time is judged by the clock of each case as its law computes it today; nothing
about being late is stored.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.desk import Desk
from privacy.errors import RightsdeskError
from privacy.rights import clock, store
from privacy.rights.case import Event
from privacy.rights.store import Case, TimelineEvent


@dataclass
class Figures:
    """One row of the report: received = closed + open, closed = in_time + late."""

    law: str
    kind: str
    received: int = 0
    closed: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0


def of_period(
    desk: Desk, from_at: datetime, to_at: datetime, *, law: clock.Law = clock.statute
) -> list[dict[str, Any]]:
    """One row for each law and kind of requests received in [from_at, to_at)."""
    rows: dict[tuple[str, str], Figures] = {}
    now = desk.now()
    with desk.reading() as db:
        cases = [(case, store.timeline(db, case.id)) for case in store.cases(db)]
    for case, events in cases:
        if not from_at <= case.received_at < to_at:
            continue
        row = rows.setdefault((case.law, case.kind.value), Figures(case.law, case.kind.value))
        row.received += 1
        answered = _answered_on(desk, events)
        due = _due_on(desk, case, events, answered or now, law)
        if answered is not None:
            row.closed += 1
            late = due is not None and _local(desk, answered) > due
            row.late += late
            row.in_time += not late
        else:
            row.open += 1
            row.overdue += due is not None and _local(desk, now) > due
    return [asdict(rows[key]) for key in sorted(rows)]


def _answered_on(desk: Desk, events: list[TimelineEvent]) -> datetime | None:
    """When the person was answered: what the request asked for was done, or refused."""
    answers = (Event.FULFILLED, Event.REFUSAL_SENT, Event.DATA_PROVIDED)
    return min((event.at for event in events if event.type in answers), default=None)


def _due_on(
    desk: Desk, case: Case, events: list[TimelineEvent], as_of: datetime, law: clock.Law
) -> date | None:
    """The last day that counts; None where the law names none or cannot tell."""
    try:
        answered = clock.answer(desk.config.controller, case, events, as_of, law=law)
    except RightsdeskError:
        return None
    when, _ = clock.due(answered, events)
    return None if when is None else date.fromisoformat(when[:10])


def _local(desk: Desk, at: datetime) -> date:
    return at.astimezone(ZoneInfo(desk.config.controller.zone)).date()
