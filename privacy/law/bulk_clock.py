"""Local clocks of many instants at once, and maps of a day's minutes.

A zone is a few whole offsets and the instants between them, found once from the same
zone tables that the scalar judgement reads. A day of a rule is 1,440 minutes, each
open, lifted or closed: windows of the pack begin and end on whole minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_columns import EPOCH, MICROSECOND, Integers
from privacy.law.windows import DayWindows
from privacy.law.zones import zone

MINUTES = 1440
MINUTE_US = 60_000_000
DAY_US = MINUTES * MINUTE_US
# Between two samples a zone changes its clocks at most once.
SAMPLE = timedelta(days=1)
FIRST_DAY = date(1970, 1, 1)

OPEN, CLOSED, LIFTED, INCONVENIENT = 0, 1, 2, 4
BITS = 3
"""Bits a rule takes in a mask; the strictest zone wins when masks are joined by OR."""


def local_clock(at_us: Integers, key: str) -> tuple[Integers, Integers]:
    """Local day (since 1970-01-01) and minute (0 to 1439) of instants in a zone."""
    years = int(at_us.min()) // (366 * DAY_US), int(at_us.max()) // (365 * DAY_US)
    starts, offsets = _offsets(key, 1969 + years[0], 1972 + years[1])
    local = at_us + offsets[np.searchsorted(starts, at_us, side="right") - 1]
    day = local // DAY_US
    return day, (local - day * DAY_US) // MINUTE_US


@lru_cache(maxsize=2048)
def _offsets(key: str, first_year: int, last_year: int) -> tuple[Integers, Integers]:
    """Instants from which each offset of a zone holds, and the offsets, in microseconds."""
    begin = max(first_year, 1970)
    moment, last = (datetime(year, 1, 1, tzinfo=EPOCH.tzinfo) for year in (begin, last_year))
    starts, offsets = [np.iinfo(np.int64).min], [_offset_us(moment, key)]
    while moment < last:
        following = moment + SAMPLE
        if _offset_us(following, key) != offsets[-1]:
            starts.append(_change(moment, following, key))
            offsets.append(_offset_us(following, key))
        moment = following
    return np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _change(before: datetime, after: datetime, key: str) -> int:
    """The first microsecond of the new offset; zones change on whole seconds."""
    old = _offset_us(before, key)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_us(before + timedelta(seconds=middle), key) == old:
            low = middle
        else:
            high = middle
    return (before + timedelta(seconds=high) - EPOCH) // MICROSECOND


def _offset_us(moment: datetime, key: str) -> int:
    offset = moment.astimezone(zone(key)).utcoffset()
    assert offset is not None
    return offset // MICROSECOND


def day_of(number: int) -> date:
    """The date of a local day's number."""
    return FIRST_DAY + timedelta(days=number)


def minute_map(law: DayWindows, lifted: DayWindows, inconvenient: DayWindows) -> NDArray[np.int64]:
    """State of each minute of a day: OPEN, LIFTED or CLOSED, and INCONVENIENT beside it."""
    states = np.full(MINUTES, CLOSED, dtype=np.int64)
    _fill(states, lifted, LIFTED)
    _fill(states, law, OPEN)
    avoided = np.zeros(MINUTES, dtype=np.int64)
    _fill(avoided, inconvenient, INCONVENIENT)
    return states | avoided


def _fill(states: NDArray[np.int64], windows: Iterable[tuple[int, int]], state: int) -> None:
    for start, end in windows:
        assert start % 60 == 0, "windows begin on whole minutes"
        assert end % 60 == 0, "windows end on whole minutes"
        states[start // 60 : end // 60] = state
