"""Counting of statutory periods: months by number, days, business days, hours.

Regulation 1182/71 Art. 3: the day of the event is not counted (1); a period in
months ends with the day of the same number, or the month's last day where there
is none (2)(c); holidays and weekends inside count (3); a last day on one moves to
the end of the next working day (4), never for hours. Art. 3(5), two working days
in every period, could only lengthen and is not applied. Other laws count by the
same few switches, which are data: see `Counting`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from privacy.law.calendars import Calendar


@dataclass(frozen=True)
class Counting:
    """How the last day of a period is found.

    `rolls_over`: weekdays (0 Monday) that move a last day, public holidays besides;
    empty means that nothing moves it. `closed`: weekdays that are no business days.
    `first_day_counted`: the day of the event is day 1. `day_after`: the answer is the
    first day after the period. `whole_hours`: the hour of the event is not counted.
    `own_calendar`: a list of the law's own instead of the controller's calendar.
    """

    id: str
    text: str
    citation: str
    status: str
    rolls_over: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    first_day_counted: bool = False
    day_after: bool = False
    whole_hours: bool = False
    own_calendar: str = ""


def add_months(day: date, months: int) -> date:
    """The day of the same number `months` later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_working_day(day: date, calendar: Calendar, weekend: Container[int]) -> date:
    """The day itself, or the first one after it that is no weekend day and no holiday."""
    while day.weekday() in weekend or calendar.is_holiday(day):
        day += timedelta(days=1)
    return day


def add_business_days(day: date, days: int, calendar: Calendar, closed: Container[int]) -> date:
    """The last of `days` business days after `day`, which itself is not counted."""
    for _ in range(days):
        day = next_working_day(day + timedelta(days=1), calendar, closed)
    return day


def unmoved_end(start: date, unit: str, amount: int, how: Counting, calendar: Calendar) -> date:
    """The last day of a period from `start`, before a holiday or weekend moves it.

    `unit` is month, calendar_day or business_day; `start` is the day of the event.
    """
    if unit == "business_day":
        return add_business_days(start, amount, calendar, how.closed)
    back = timedelta(days=1 if how.first_day_counted else 0)
    end = add_months(start, amount) if unit == "month" else start + timedelta(days=amount)
    return end - back


def moved_end(end: date, how: Counting, calendar: Calendar) -> date:
    """The last day after weekends and holidays moved it, where this counting lets them."""
    if how.rolls_over:
        end = next_working_day(end, calendar, how.rolls_over)
    return end + timedelta(days=1) if how.day_after else end


def elapsed_hours(start: datetime, hours: int, how: Counting) -> datetime:
    """The instant that many elapsed hours after `start` (aware), in UTC.

    Summer time moves the local time of the answer, not its length. With
    `whole_hours` the hour of the event is left out, which is a later reading.
    """
    start = start.astimezone(UTC)
    if how.whole_hours and start != start.replace(minute=0, second=0, microsecond=0):
        start = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return start + timedelta(hours=hours)
