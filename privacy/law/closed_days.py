"""Public holidays of a jurisdiction: the pinned library, corrected by the pack's overlay.

The library misses or misdates closed days in every place that has a ban on
them, so the pack adds and replaces days and says for which years that was
reviewed. A day of another year may be a holiday: the caller must close it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import holidays

from privacy.law.pack import load_pack

PACK = "calling"
# Answers kept, by rule's jurisdiction, places and day; never by number or person.
MOST_DAYS = 50_000


@lru_cache(MOST_DAYS)
def is_holiday(jurisdiction: str, places: tuple[str, ...], day: date) -> bool:
    """Whether a day is a holiday where the rule of `jurisdiction` holds.

    `places` are the candidate places of the person (ISO 3166-2 where known); a
    holiday of any of them counts. A year without a reviewed overlay is all holidays.
    """
    table = _table()["holidays"]
    if not table["reviewed_from"] <= day.year <= table["reviewed_to"]:
        return True
    return any(day in holidays_of(place, day.year) for place in _calendars(jurisdiction, places))


@cache
def holidays_of(place: str, year: int) -> frozenset[date]:
    """Holidays of a country or subdivision in a year, overlay applied."""
    days = _library(place, year) | _held_everywhere(place, year)
    for entry in _table()["holiday_overlay"]:
        if entry["jurisdiction"] == place:
            days = _overlaid(days, entry, year)
    return frozenset(days)


@cache
def _calendars(jurisdiction: str, places: tuple[str, ...]) -> tuple[str, ...]:
    country, _, subdivision = jurisdiction.partition("-")
    table = _table()["holidays"]
    if subdivision or country in table["national_only"]:
        return (jurisdiction,)
    known = tuple(place for place in places if place.startswith(f"{country}-"))
    offered = {f"{country}-{code}" for code in _subdivisions(country)}
    if country in table["all_subdivisions_if_unknown"] and not (
        known and offered.issuperset(known)
    ):
        known = tuple(sorted(offered))
    return known or (country,)


def _table() -> Mapping[str, Any]:
    return load_pack(PACK).data


@cache
def _subdivisions(country: str) -> tuple[str, ...]:
    return tuple(holidays.list_supported_countries().get(country, ()))


def _library(place: str, year: int) -> set[date]:
    country, _, subdivision = place.partition("-")
    known = subdivision if subdivision in _subdivisions(country) else None
    offered = holidays.country_holidays(country, subdiv=known).supported_categories
    wanted = tuple(name for name in _table()["holidays"]["categories"] if name in offered)
    return set(holidays.country_holidays(country, subdiv=known, years=year, categories=wanted))


def _held_everywhere(place: str, year: int) -> set[date]:
    """Days that every part of a country with national holidays only holds, such as the
    Monday for a Boxing Day on a Saturday: the person has one wherever he is."""
    if place not in _table()["holidays"]["national_only"]:
        return set()
    parts = [_library(f"{place}-{code}", year) for code in _subdivisions(place)]
    return set[date]().union(*parts[:1]).intersection(*parts)


def _overlaid(days: set[date], entry: Mapping[str, Any], year: int) -> set[date]:
    if entry["action"] == "operator":
        return days  # proclaimed days come with the facts of the call
    named = _named_day(entry["day"], year)
    if named is None or named < date.fromisoformat(entry.get("from", "0001-01-01")):
        return days
    if entry["action"] == "replace":
        days = days - {date(year, *entry["replaces"])}
    return days | {named}


def _named_day(name: str, year: int) -> date | None:
    match name:
        case "mardi-gras":
            return _easter(year) - timedelta(days=47)
        case "good-friday":
            return _easter(year) - timedelta(days=2)
        case "day-after-thanksgiving":
            return _nth_weekday(year, 11, 3, 4) + timedelta(days=1)
        case "election-day":
            return _nth_weekday(year, 11, 0, 1) + timedelta(days=1)
        case "election-day-even-years":
            return _named_day("election-day", year) if year % 2 == 0 else None
        case "juneteenth":
            return _nearest_monday(date(year, 6, 19))
    month, day = name.split("-")
    return date(year, int(month), int(day))


def _nearest_monday(day: date) -> date:
    # Tuesday to Friday go back to Monday, Saturday and Sunday forward to it.
    back = day.weekday()
    return day - timedelta(days=back) if back <= 4 else day + timedelta(days=7 - back)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    # Gregorian computus of Meeus, Jones and Butcher.
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)
