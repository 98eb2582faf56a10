"""Shared by the deadline tests: short ways to ask, and a second way to count months.

The counting here is written from the text of Regulation 1182/71 alone and shares no
code with the product: it walks day by day and asks the holiday library directly.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays

from privacy.law.deadlines import answer

EU, UK, UK_ACT, CALIFORNIA = "EU_GDPR", "UK_GDPR", "UK_DPA2018", "US_CA"
SEAT = {
    EU: ("DE-BE", "Europe/Berlin"),
    UK: ("GB-ENG", "Europe/London"),
    UK_ACT: ("GB-ENG", "Europe/London"),
    CALIFORNIA: ("US-CA", "America/Los_Angeles"),
}


def facts(law: str, kind: str, received: str, **more: Any) -> dict[str, Any]:
    """A facts document at the law's usual seat, unless `more` names another."""
    calendar, zone = SEAT.get(law, ("US-CA", "America/New_York"))
    document: dict[str, Any] = {
        "law": law,
        "request_kind": kind,
        "received": received,
        "holiday_calendar": calendar,
        "zone": zone,
    }
    return {**document, **more}


def ask(law: str, kind: str, received: str, **more: Any) -> dict[str, Any]:
    """The answer to such a document."""
    return answer(facts(law, kind, received, **more))


def event(type: str, at: str, **more: Any) -> dict[str, Any]:
    return {"type": type, "at": at, **more}


def asked_identity(at: str) -> dict[str, Any]:
    """Proof asked for on reasonable doubt and without undue delay."""
    return event("identity_requested", at, undue_delay=False, reasonable_doubt=True)


@cache
def library_days(code: str, year: int) -> frozenset[date]:
    country, _, region = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def walked_month_end(start: date, months: int) -> date:
    """The day of the same number `months` on, else the last day of that month, by walking."""
    day, left = start, months
    while left:
        day += timedelta(days=1)
        if day.day == 1:
            left -= 1
    while day.day != start.day and (day + timedelta(days=1)).day != 1:
        day += timedelta(days=1)
    return day


def walked_working_day(day: date, code: str) -> date:
    while day.isoweekday() >= 6 or day in library_days(code, day.year):
        day += timedelta(days=1)
    return day


def walked_due(start: date, months: int, code: str) -> date:
    """Regulation 1182/71 Art. 3(2)(c) and (4), the second way."""
    return walked_working_day(walked_month_end(start, months), code)
