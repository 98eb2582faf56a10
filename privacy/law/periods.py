"""The last day of one period, and the steps that led to it.

`due` is the heart of every date in an answer: from the day of the event, by the
clock's amount and the counting it names, with the days that a pause left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from privacy.law.calendars import Calendar, statutory_calendar
from privacy.law.clock_rules import Clock, Law, Rules
from privacy.law.counting import Counting, elapsed_hours, moved_end, unmoved_end


@dataclass(frozen=True)
class Step:
    """One step towards a date: the rule's id, what it did, the date so far, the citation."""

    rule: str
    text: str
    on: date | datetime
    citation: str


@dataclass(frozen=True)
class Due:
    """The last day that counts, inclusive, and how it was found."""

    on: date
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Setting:
    """The law and the seat of the controller: what a counting needs besides the clock."""

    rules: Rules
    law: Law
    seat: Calendar

    def calendar(self, counting: Counting) -> Calendar:
        """The calendar that may move a date under this counting.

        A list of the law's own comes first. The seat's holidays count only where the
        law looks to that country (Regulation 1182/71 Art. 2): elsewhere weekends alone
        count, which never makes a date later than the law.
        """
        if counting.own_calendar:
            return statutory_calendar(counting.own_calendar)
        return self._moving_seat

    @cached_property
    def _moving_seat(self) -> Calendar:
        if self.seat.country in self.law.holiday_countries:
            return self.seat
        return replace(self.seat, weekends_only=True)

    def counting(self, clock: Clock, other: str = "") -> Counting:
        return self.rules.countings[other or clock.counting]


def due(
    clock: Clock,
    start: date,
    setting: Setting,
    *,
    extra_days: int = 0,
    extended: bool = False,
    counting: str = "",
) -> Due:
    """The last day of the clock's period that starts with the event on `start`.

    `extra_days` are days that a pause left out; `extended` takes the whole period with
    its extension, from the same start; `counting` names another reading's counting.
    """
    how = setting.counting(clock, counting)
    calendar = setting.calendar(how)
    amount = clock.extension_total if extended else clock.amount
    end = unmoved_end(start, clock.unit, amount, how, calendar)
    text = f"{_period(amount, clock.unit)} from {start}"
    text = f"With an extension at most {text}" if extended else text
    steps = [Step(clock.id, text, end, clock.citation)]
    return _finished(end, steps, how, calendar, extra_days)


def due_in_two_steps(clock: Clock, start: date, setting: Setting, extra_days: int = 0) -> Due:
    """The other reading of an extension: counted on from the end of the first period."""
    how = setting.counting(clock)
    calendar = setting.calendar(how)
    first = unmoved_end(start, clock.unit, clock.amount, how, calendar)
    longer = clock.extension_total - clock.amount
    end = unmoved_end(first, clock.unit, longer, how, calendar)
    steps = [Step(clock.id, f"{_period(longer, clock.unit)} from {first}", end, clock.citation)]
    return _finished(end, steps, how, calendar, extra_days)


def due_instant(clock: Clock, start: datetime, setting: Setting, counting: str = "") -> datetime:
    """The instant at which a period in hours ends, in UTC; `start` is aware."""
    return elapsed_hours(start, clock.amount, setting.counting(clock, counting))


def _finished(
    end: date, steps: list[Step], how: Counting, calendar: Calendar, extra_days: int
) -> Due:
    if extra_days:
        end += timedelta(days=extra_days)
        steps.append(Step(steps[0].rule, f"{extra_days} days left out", end, steps[0].citation))
    moved = moved_end(end, how, calendar)
    text = how.text if moved == end else f"{how.text}; moved from {end}"
    steps.append(Step(how.id, text, moved, how.citation))
    return Due(moved, tuple(steps))


def _period(amount: int, unit: str) -> str:
    words = unit.replace("_", " ")
    return f"{amount} {words}" if amount == 1 else f"{amount} {words}s"
