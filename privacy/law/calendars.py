"""Public holidays of the controller's seat, from a pinned library and an overlay.

A calendar is named by country and, where holidays differ inside it, by
subdivision: `DE-BE`, `GB-SCT`. The library's public category is used, with days
added that a statute lists and the library lacks, and without days off that are no
public holidays. A law that lists its holidays itself has a calendar of its own in
the pack, which replaces the library.

A holiday that is missing makes a date earlier, one too many makes it later than
the law: so nothing is added without a citation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import metadata

import holidays

from privacy.errors import BadFacts, Fault
from privacy.law.pack import load_pack

_PACK = "rights_calendars"
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True)
class Calendar:
    """Holidays by code. `statutory`: a law's own list. `weekends_only`: no holidays at all."""

    code: str
    statutory: bool = False
    weekends_only: bool = False

    @property
    def country(self) -> str:
        return self.code[:2]

    @property
    def names_a_region(self) -> bool:
        """False where the library knows regions of this country and none was named."""
        return len(self.code) > 2 or not _regions().get(self.country)

    def is_holiday(self, day: date) -> bool:
        """Whether the day is a public holiday. Weekends are not: the counting knows them."""
        return not self.weekends_only and day in _holidays(self.code, day.year, self.statutory)


def calendar_of(code: str, field: str = "holiday_calendar") -> Calendar:
    """The library's calendar of a code such as `DE-BE`. Raises BadFacts(field) if unknown."""
    country, _, region = code.partition("-")
    known = _CODE.fullmatch(code) and country in _regions()
    if not known or (region and region not in _regions()[country]):
        raise BadFacts(
            "The holiday calendar is not known.",
            field=field,
            next="Give the ISO code of the controller's seat, such as DE-BE, GB-SCT or IE.",
        )
    return Calendar(code)


def statutory_calendar(code: str) -> Calendar:
    """The calendar that a law lists itself. An unknown one is a fault of the pack."""
    if not any(row["code"] == code for row in load_pack(_PACK).data["calendar"]):
        raise Fault("A clock counts with a calendar that no pack lists.", what=code)
    return Calendar(code, statutory=True)


@cache
def library_version() -> str:
    """The release of the holiday library."""
    return metadata.version("holidays")


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    known = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(regions) for country, regions in known.items() if len(country) == 2}


@cache
def _holidays(code: str, year: int, statutory: bool) -> frozenset[date]:
    return _listed(code, year) if statutory else _from_library(code, year)


def _from_library(code: str, year: int) -> frozenset[date]:
    country, _, region = code.partition("-")
    pack = load_pack(_PACK).data
    removals = [row["name"] for row in pack["removal"] if row["code"] in (country, code)]
    named = holidays.country_holidays(
        country, subdiv=region or None, years=year, language="en_US" if removals else None
    )
    days = {day for day, name in named.items() if not name.startswith(tuple(removals))}
    for row in pack["overlay"]:
        if row["code"] in (country, code):
            days.add(date(year, row["month"], row["day"]))
    return frozenset(days)


def _listed(code: str, year: int) -> frozenset[date]:
    row = next(row for row in load_pack(_PACK).data["calendar"] if row["code"] == code)
    days = {date.fromisoformat(text) for text in row["dates"]}
    for rule in row["fixed"]:
        days |= _fixed(date(year, rule["month"], rule["day"]), rule)
    for rule in row["weekdays"]:
        days.add(_nth_weekday(year, rule["month"], rule["weekday"], rule["nth"]))
    return frozenset(day for day in days if day.year == year)


def _fixed(day: date, rule: dict[str, object]) -> set[date]:
    if day.weekday() == _SUNDAY and rule.get("sunday_moves"):
        return {day, day + timedelta(days=1)}
    if day.weekday() == _SATURDAY and rule.get("saturday_moves"):
        return {day, day - timedelta(days=1)}
    return {day}


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; -1 is the last."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
