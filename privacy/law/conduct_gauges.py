"""What `law conduct` measures besides shares and gaps: rings, numbers, ends of calls, lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_columns import UNTOLD
from privacy.law.call_lists import superseded
from privacy.law.conduct_columns import (
    Answerer,
    Carried,
    Chunk,
    Ender,
    Measured,
    Shown,
    day_of,
    plain,
)

SECOND_US = 1_000_000


@dataclass
class _Rings:
    """Calls of one kind: how many, how many with a ring told, and the shortest of those."""

    calls: int = 0
    told: int = 0
    shortest_s: float | None = None

    def add(self, rings_s: NDArray[np.float64]) -> None:
        told = rings_s[~np.isnan(rings_s)]
        shortest_s = float(told.min()) if len(told) else None
        self.join(_Rings(len(rings_s), len(told), shortest_s))

    def join(self, other: _Rings) -> None:
        self.calls += other.calls
        self.told += other.told
        self.shortest_s = _least(self.shortest_s, other.shortest_s)


@dataclass
class ShortestRing:
    """The shortest ring, in seconds, of a call that the caller ended unanswered.

    Whoever declines or is busy ended it; without `ended_by` the caller may have.
    `unknown`: an answerer unknown; `untold`: no answer told, which is unanswered if the
    record has answers at all.
    """

    unknown: _Rings = field(default_factory=_Rings)
    untold: _Rings = field(default_factory=_Rings)

    def add(self, rows: Chunk) -> None:
        rung = (rows.answered_us == UNTOLD) & (rows.ended_by != Ender.CALLED)
        self.unknown.add(rows.ring_s[rung & (rows.answered_by == Answerer.UNKNOWN)])
        self.untold.add(rows.ring_s[rung & (rows.answered_by == Answerer.NOT_TOLD)])

    def join(self, other: ShortestRing) -> None:
        self.unknown.join(other.unknown)
        self.untold.join(other.untold)

    def figure(self, carried: Carried) -> Measured:
        both = _Rings()
        both.join(self.unknown)
        both.join(self.untold)
        missing = ["ring_seconds"] if both.told < both.calls else []
        lowest = 0 if missing else _shown(both.shortest_s)
        # It may have been answered, and an answered call may ring short.
        if self.unknown.calls or (self.untold.calls and not carried.answered_at):
            missing.append("answered_by" if carried.answered_at else "answered_at")
        surely = _shown(self.untold.shortest_s) if carried.answered_at else None
        return Measured(lowest, surely, both.calls, tuple(missing))


@dataclass
class Withheld:
    """Calls that showed no number."""

    calls: int = 0
    hidden: int = 0
    untold: int = 0

    def add(self, rows: Chunk) -> None:
        self.calls += len(rows)
        self.hidden += int((rows.shown == Shown.HIDDEN).sum())
        self.untold += int((rows.shown == Shown.NOT_TOLD).sum())

    def join(self, other: Withheld) -> None:
        self.calls += other.calls
        self.hidden += other.hidden
        self.untold += other.untold

    def figure(self, _: Carried) -> Measured:
        missing = ("caller_number_shown",) if self.untold else ()
        return Measured(self.hidden, self.hidden + self.untold, self.calls, missing)


@dataclass
class SlowestEnd:
    """The longest time, in seconds, from an opt-out to the end of its call."""

    calls: int = 0
    asked: int = 0
    ended: int = 0
    slowest_us: int = 0

    def add(self, rows: Chunk) -> None:
        asked = rows.opt_out_us != UNTOLD
        told = asked & (rows.ended_us != UNTOLD)
        spans = rows.ended_us[told] - rows.opt_out_us[told]
        # Whoever asks after the call, by another way, was not kept on the line.
        slowest_us = max(int(spans.max()), 0) if len(spans) else 0
        self.join(SlowestEnd(len(rows), int(asked.sum()), len(spans), slowest_us))

    def join(self, other: SlowestEnd) -> None:
        self.calls += other.calls
        self.asked += other.asked
        self.ended += other.ended
        self.slowest_us = max(self.slowest_us, other.slowest_us)

    def figure(self, carried: Carried) -> Measured:
        if self.calls and not carried.opt_out_at:
            return Measured(0, None, 0, ("opt_out_at",))
        slowest_s = self.slowest_us / SECOND_US
        if self.ended < self.asked:
            return Measured(slowest_s, None, self.asked, ("ended_at",))
        return Measured(slowest_s, slowest_s, self.asked)


@dataclass
class SupersededLists:
    """Calls checked against a list that a later publication, after its grace, had ended."""

    params: Mapping[str, Any]
    calls: int = 0
    ended: int = 0
    untold: int = 0

    def add(self, rows: Chunk) -> None:
        told = ~np.isnan(rows.list_age_days)
        self.calls += len(rows)
        self.untold += len(rows) - int(told.sum())
        kinds, counts = np.unique(
            np.stack([rows.list_age_days[told], rows.day[told].astype(np.float64)]),
            axis=1,
            return_counts=True,
        )
        for age, day, count in zip(*kinds, counts, strict=True):
            if superseded(float(age), self.params, day_of(int(day))):
                self.ended += int(count)

    def join(self, other: SupersededLists) -> None:
        self.calls += other.calls
        self.ended += other.ended
        self.untold += other.untold

    def figure(self, _: Carried) -> Measured:
        missing = ("list_age_days",) if self.untold else ()
        return Measured(self.ended, self.ended + self.untold, self.calls, missing)


@dataclass
class OldestList:
    """The age in days of the oldest list that a call was checked against."""

    calls: int = 0
    told: int = 0
    oldest_days: float = 0

    def add(self, rows: Chunk) -> None:
        ages = rows.list_age_days[~np.isnan(rows.list_age_days)]
        oldest_days = float(ages.max()) if len(ages) else 0
        self.join(OldestList(len(rows), len(ages), oldest_days))

    def join(self, other: OldestList) -> None:
        self.calls += other.calls
        self.told += other.told
        self.oldest_days = max(self.oldest_days, other.oldest_days)

    def figure(self, _: Carried) -> Measured:
        oldest = plain(self.oldest_days)
        if self.told < self.calls:
            return Measured(oldest, None, self.calls, ("list_age_days",))
        return Measured(oldest, oldest, self.calls)


def _least(one: float | None, other: float | None) -> float | None:
    told = [value for value in (one, other) if value is not None]
    return min(told, default=None)


def _shown(value: float | None) -> float | None:
    return None if value is None else plain(value)
