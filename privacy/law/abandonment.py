"""Abandonment: live calls without an agent in time, as a share of calls answered by a person.

Source: 47 CFR 64.1200(a)(7) and 16 CFR 310.4(b)(4), and their likes; the figures
stand in the pack. Where a row leaves open whether a person answered or whether
an agent came in time, the share has a lowest and a highest value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from privacy.law.conduct_rows import AnsweredBy, Conduct, Measured, Row
from privacy.law.rulebook import Rule
from privacy.law.standing import first

SECONDS = (
    "agent_within_seconds_of_greeting",
    "agent_within_seconds",
)
HOURS_OF_A_DAY = 24
COLUMNS = ("answered_at", "agent_at", "ended_at", "answered_by")


@dataclass(frozen=True, slots=True)
class Share:
    """Bounds of one measuring span: the least and the greatest share of abandoned calls."""

    lowest: float
    highest: float


def abandonment(rule: Rule, conduct: Conduct, own_seconds: float) -> Measured:
    """Bounds of the worst share over the rule's measuring spans."""
    within = timedelta(seconds=first(rule.params, SECONDS) or own_seconds)
    spans: dict[date, list[tuple[bool | None, bool | None]]] = {}
    untold: set[str] = set()
    for row in conduct.rows:
        person, late = _person(row, conduct), _late(row, conduct, within)
        if person is False:
            continue
        if person is None:
            untold.add("answered_by" if "answered_at" in conduct.columns else "answered_at")
        if late is None:
            untold |= _open(row, conduct)
        began_on = begins_on(rule.params, row.day, conduct.first_day)
        spans.setdefault(began_on, []).append((person, late))
    shares = [_share(rows) for rows in spans.values()]
    return Measured(
        lowest=max((share.lowest for share in shares), default=0.0),
        highest=max((share.highest for share in shares), default=0.0),
        rows=sum(len(rows) for rows in spans.values()),
        missing=tuple(name for name in COLUMNS if name in untold),
    )


def _person(row: Row, conduct: Conduct) -> bool | None:
    """Whether a person answered; None where the record leaves it open."""
    match row.answered_by:
        case AnsweredBy.PERSON:
            return True
        case AnsweredBy.MACHINE:
            return False
        case AnsweredBy.UNKNOWN:
            return None
    if row.answered_at is None and "answered_at" in conduct.columns:
        return False
    return None


def _late(row: Row, conduct: Conduct, within: timedelta) -> bool | None:
    """Whether no agent came in time after the answer; None where the record leaves it open."""
    if row.agent_at is None:
        if "agent_at" not in conduct.columns or row.answered_at is None or row.ended_at is None:
            return None
        # A call cannot end before its answer: such a row tells nothing.
        if row.ended_at < row.answered_at:
            return None
        # Nobody came; who hung up before the time was over was not abandoned.
        return row.ended_at - row.answered_at > within
    if row.answered_at is None:
        return None
    return row.agent_at - row.answered_at > within


def _open(row: Row, conduct: Conduct) -> set[str]:
    """The columns for want of which it is not known whether an agent came in time."""
    if row.answered_at is None:
        return {"answered_at"}
    return {"agent_at"} if "agent_at" not in conduct.columns else {"ended_at"}


def begins_on(params: Mapping[str, Any], day: date, first_day: date) -> date:
    """First day of the measuring span that `day` falls into.

    A span is a day, so many successive days from `first_day` on, a calendar month, or all.
    """
    if params.get("measured_over") == "calendar month":
        return day.replace(day=1)
    if params.get("measured_over_hours") == HOURS_OF_A_DAY:
        return day
    days = params.get("measured_over_days")
    if not days:
        return first_day
    return first_day + timedelta(days=(day - first_day).days // int(days) * int(days))


def _share(rows: Iterable[tuple[bool | None, bool | None]]) -> Share:
    """Bounds of the share of late rows among those a person answered.

    For the lowest, an open row is in time, and out where it would only add to
    the late ones; for the highest the other way round.
    """
    low_late = low_all = high_late = high_all = 0
    for person, late in rows:
        if late is True:
            low_late += person is True
            low_all += person is True
            high_late += 1
            high_all += 1
        elif late is False:
            low_all += 1
            high_all += person is True
        else:
            low_all += 1
            high_late += 1
            high_all += 1
    return Share(low_late / low_all if low_all else 0.0, high_late / high_all if high_all else 0.0)
