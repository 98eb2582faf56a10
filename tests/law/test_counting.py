"""Counting of periods against a second, naive way of counting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.law.calendars import Calendar, calendar_of, statutory_calendar
from privacy.law.counting import (
    Counting,
    add_business_days,
    add_months,
    elapsed_hours,
    moved_end,
    next_working_day,
    unmoved_end,
)
from tests.law.clock_cases import library_days, walked_due, walked_month_end

PLAIN = Counting("plain", "", "", "")
REGULATION = Counting("regulation", "", "", "", rolls_over=frozenset({5, 6}))
WEEKEND = frozenset({5, 6})
SEATS = ("DE-BE", "DE-BY", "AT", "FR", "IE", "PL", "GB-ENG", "GB-SCT", "GB-NIR")
days = st.dates(date(2018, 5, 25), date(2045, 12, 31))


@given(days, st.integers(1, 15))
def test_months_by_number_agree_with_walking_day_by_day(start: date, months: int) -> None:
    assert add_months(start, months) == walked_month_end(start, months)


@given(days, st.sampled_from([1, 3, 12]), st.sampled_from(SEATS))
def test_a_last_day_under_the_regulation_agrees_with_the_second_way(
    start: date, months: int, code: str
) -> None:
    calendar = calendar_of(code)
    end = unmoved_end(start, "month", months, REGULATION, calendar)
    assert moved_end(end, REGULATION, calendar) == walked_due(start, months, code)


@given(days, st.sampled_from(SEATS))
def test_a_moved_day_is_a_working_day_and_nothing_between_is_one(day: date, code: str) -> None:
    moved = next_working_day(day, calendar_of(code), WEEKEND)
    assert moved.weekday() < 5
    assert moved not in library_days(code, moved.year)
    for n in range((moved - day).days):
        between = day + timedelta(days=n)
        assert between.weekday() >= 5 or between in library_days(code, between.year)


@given(days, st.integers(1, 20))
def test_business_days_are_counted_one_by_one(start: date, count: int) -> None:
    calendar = statutory_calendar("US-CA")
    end = add_business_days(start, count, calendar, WEEKEND)
    walked = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(d.weekday() < 5 and not calendar.is_holiday(d) for d in walked) == count
    assert end.weekday() < 5


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_month_without_that_number_ends_on_its_last_day(
    start: date, months: int, end: date
) -> None:
    """Regulation 1182/71 Art. 3(2)(c)."""
    assert add_months(start, months) == end


def test_switches_of_a_counting_move_the_last_day_by_one() -> None:
    calendar = Calendar("DE", weekends_only=True)
    start = date(2026, 11, 24)
    first_day = Counting("x", "", "", "", first_day_counted=True)
    assert unmoved_end(start, "calendar_day", 45, PLAIN, calendar) == date(2027, 1, 8)
    assert unmoved_end(start, "calendar_day", 45, first_day, calendar) == date(2027, 1, 7)
    after = Counting("x", "", "", "", day_after=True)
    assert moved_end(date(2027, 1, 8), after, calendar) == date(2027, 1, 9)


@given(st.datetimes(datetime(2018, 5, 25), datetime(2040, 1, 1)), st.integers(1, 100))  # noqa: DTZ001
def test_hours_are_elapsed_hours(naive: datetime, hours: int) -> None:
    start = naive.replace(tzinfo=UTC)
    assert elapsed_hours(start, hours, PLAIN) - start == timedelta(hours=hours)
    whole = elapsed_hours(start, hours, Counting("x", "", "", "", whole_hours=True))
    assert timedelta(0) <= whole - start - timedelta(hours=hours) < timedelta(hours=1)
