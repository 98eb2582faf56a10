"""Holidays of the seat: the library, what it lacks, and a law's own list."""

from __future__ import annotations

from datetime import date

import pytest

from privacy.errors import BadFacts, Fault
from privacy.law.calendars import calendar_of, library_version, statutory_calendar
from privacy.law.pack import load_pack


@pytest.mark.parametrize(
    ("code", "day", "holiday"),
    [
        ("DE-BE", date(2026, 3, 8), True),
        ("DE-BY", date(2026, 3, 8), False),
        ("DE-BY", date(2026, 1, 6), True),
        ("DE-BE", date(2026, 1, 6), False),
        ("DE", date(2026, 1, 6), False),
        ("GB-SCT", date(2026, 11, 30), True),
        ("GB-ENG", date(2026, 11, 30), False),
        ("GB-ENG", date(2026, 4, 6), True),
        ("GB-SCT", date(2026, 4, 6), False),
        ("GB-SCT", date(2026, 6, 15), True),
        ("NL", date(2026, 5, 5), True),
        ("NL", date(2027, 5, 5), True),
        ("NL", date(2026, 4, 3), True),
        ("HU", date(2026, 8, 20), True),
        ("HU", date(2026, 8, 21), False),
        ("FI", date(2026, 6, 19), False),
        ("FI", date(2026, 12, 24), False),
        ("FI", date(2026, 12, 25), True),
        ("LV", date(2026, 6, 22), False),
        ("LV", date(2026, 6, 23), True),
        ("BG", date(2026, 1, 2), False),
        ("BG", date(2026, 1, 1), True),
    ],
)
def test_holidays_are_those_of_the_region(code: str, day: date, holiday: bool) -> None:
    assert calendar_of(code).is_holiday(day) is holiday


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2026, 2, 12), True),
        (date(2026, 2, 17), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 3), False),
        (date(2026, 4, 24), True),
        (date(2026, 6, 19), True),
        (date(2026, 7, 3), False),
        (date(2026, 7, 4), True),
        (date(2027, 7, 5), True),
        (date(2027, 6, 18), False),
        (date(2026, 9, 9), True),
        (date(2026, 9, 25), True),
        (date(2026, 10, 12), True),
        (date(2026, 11, 11), True),
        (date(2028, 11, 10), True),
        (date(2028, 11, 11), True),
        (date(2026, 11, 26), True),
        (date(2026, 11, 27), False),
        (date(2027, 12, 24), False),
        (date(2027, 12, 31), False),
        (date(2028, 1, 1), True),
        (date(2023, 1, 2), True),
        (date(2026, 5, 25), True),
        (date(2026, 5, 18), False),
    ],
)
def test_california_lists_its_holidays_itself(day: date, holiday: bool) -> None:
    """Gov. Code 6700, 6701: a Sunday moves to Monday, only 11 November from Saturday to Friday."""
    assert statutory_calendar("US-CA").is_holiday(day) is holiday


def test_a_country_without_its_region_has_no_holiday_that_a_region_lacks() -> None:
    whole, region = calendar_of("DE"), calendar_of("DE-BE")
    year = [date(2026, m, d) for m in range(1, 13) for d in range(1, 29)]
    assert all(region.is_holiday(day) for day in year if whole.is_holiday(day))
    assert not whole.names_a_region
    assert region.names_a_region


@pytest.mark.parametrize("code", ["", "XX", "DE-", "DE-ZZ", "D", "DE-BE ", "de-BE", "DE_BE", "٣٣"])
def test_a_calendar_that_is_not_known_is_refused(code: str) -> None:
    with pytest.raises(BadFacts) as raised:
        calendar_of(code)
    assert raised.value.field == "holiday_calendar"


def test_a_statutory_calendar_that_no_pack_lists_is_a_fault() -> None:
    with pytest.raises(Fault):
        statutory_calendar("US-NV")


@pytest.mark.parametrize("kind", ["overlay", "removal", "calendar"])
def test_every_change_to_the_library_has_a_source(kind: str) -> None:
    for row in load_pack("rights_calendars").data[kind]:
        assert row["citation"]
        assert row["url"].startswith("https://")
        assert row["status"] in {"verified", "secondary", "memory"}


def test_the_library_is_pinned() -> None:
    assert library_version() == "0.109"
