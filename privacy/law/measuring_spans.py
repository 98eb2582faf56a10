"""The spans over which abandonment is measured, and the seconds within which an agent comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

SECONDS = (
    "agent_within_seconds_of_greeting",
    "agent_within_seconds",
)
HOURS_OF_A_DAY = 24
CALENDAR_MONTH = "calendar month"


def begins_on(params: Mapping[str, Any], day: date, first_day: date) -> date:
    """First day of the measuring span that `day` falls into.

    A span is a day, so many successive days from `first_day` on, a calendar month, or all.
    """
    if params.get("measured_over") == CALENDAR_MONTH:
        return day.replace(day=1)
    if params.get("measured_over_hours") == HOURS_OF_A_DAY:
        return day
    days = params.get("measured_over_days")
    if not days:
        return first_day
    return first_day + timedelta(days=(day - first_day).days // int(days) * int(days))


def ends_on(params: Mapping[str, Any], begins: date, last_day: date) -> date:
    """Last day of the span that begins on that day; never after `last_day`."""
    if params.get("measured_over") == CALENDAR_MONTH:
        ends = (begins.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    elif params.get("measured_over_hours") == HOURS_OF_A_DAY:
        ends = begins
    elif days := params.get("measured_over_days"):
        ends = begins + timedelta(days=int(days) - 1)
    else:
        ends = last_day
    return min(ends, last_day)
