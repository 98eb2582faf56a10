"""Hours of the week on the clock face: start inclusive, end exclusive.

A day's windows are pairs of seconds from 00:00; an empty day is closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)")

DayWindows = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class WeekWindows:
    """Windows of each weekday, Monday first, and of holidays (None: like the weekday)."""

    days: tuple[DayWindows, ...]
    holiday: DayWindows | None = None


def second_of(text: str) -> int:
    """Seconds from 00:00 of `HH:MM`; `24:00` is the end of the day. Raises ValueError."""
    found = TIME.fullmatch(text)
    if not found:
        raise ValueError("no time of day")
    hour, minute = (found[1], found[2]) if found[1] else (found[3], found[4])
    return int(hour) * 3600 + int(minute) * 60


def day_windows(pairs: Any) -> DayWindows:
    """Windows of one day from a list of [start, end] pairs. Raises ValueError."""
    if not isinstance(pairs, list):
        raise ValueError("no list of windows")
    windows = []
    for pair in pairs:
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) for t in pair)
        ):
            raise ValueError("no pair of times")
        start, end = second_of(pair[0]), second_of(pair[1])
        if start >= end:
            raise ValueError("a window ends before it begins")
        windows.append((start, end))
    return tuple(sorted(windows))


def week_windows(table: Any) -> WeekWindows:
    """Windows of a week: a table by weekday (a missing day is closed) or one list for every day.

    Raises ValueError where the table is neither.
    """
    if isinstance(table, list):
        return WeekWindows((day_windows(table),) * 7)
    if not isinstance(table, Mapping) or set(table) - {*WEEKDAYS, "holiday"}:
        raise ValueError("no table of weekdays")
    holiday = day_windows(table["holiday"]) if "holiday" in table else None
    return WeekWindows(tuple(day_windows(table.get(day, [])) for day in WEEKDAYS), holiday)


def second_on_the_clock(local: datetime) -> int:
    """Seconds from 00:00 that a clock shows."""
    return local.hour * 3600 + local.minute * 60 + local.second


def is_open(windows: DayWindows, second: int) -> bool:
    """Whether a window holds that second; its start counts, its end does not."""
    return any(start <= second < end for start, end in windows)
