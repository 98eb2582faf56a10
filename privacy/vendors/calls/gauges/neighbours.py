"""Numbers shown that follow the area of the person called: `neighbour_numbers`. Pure.

Only the North American plan tells an area by its number. Matching is shown where, in two areas
or more, each of ten calls or more showed a number of that very area, and no call elsewhere
showed one of it: a pool that is used at random does not do that. Where one number alone was
shown, or none of the called person's area ever, nothing was matched. What lies between would
need the reason for the pool.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from privacy.vendors.calls.gauges.claim import (
    Claim,
    FirstRows,
    Seen,
    decided,
    not_provable,
)
from privacy.vendors.calls.gauges.placed import areas
from privacy.vendors.calls.record import NO_NUMBER, NumberState

KIND = "neighbour_numbers"
CALLER = "calling_number"
POOL = "desk.reason_of_the_number_pool"
FEWEST_CALLS, FEWEST_AREAS = 10, 2
PAIR = 10_000


@dataclass
class Neighbours:
    """Calls by area shown and area called; rows of calls that showed the called person's area."""

    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    rows: dict[int, FirstRows] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    untold: int = 0
    abroad: int = 0

    def add(self, seen: Seen) -> None:
        caller, called = seen.chunk.caller, areas(seen.chunk.number)
        told = caller != NO_NUMBER
        # A number that was withheld was shown to nobody, and follows no area.
        withheld = seen.chunk.caller_state == NumberState.WITHHELD
        self.untold += int((~told & ~withheld).sum())
        if len(self.shown) < FEWEST_AREAS:
            self.shown |= set(np.unique(caller[told])[:FEWEST_AREAS].tolist())
        by_area = told & (called > 0)
        self.abroad += int((told & ~by_area).sum())
        own = areas(caller)
        pairs, counts = np.unique((own * PAIR + called)[by_area], return_counts=True)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            self.pairs[divmod(pair, PAIR)] += count
        matched = by_area & (own == called)
        for area in np.unique(called[matched]).tolist():
            rows = self.rows.setdefault(area, FirstRows())
            rows.add(seen.chunk.row[matched & (called == area)])

    def join(self, other: Neighbours) -> None:
        self.pairs.update(other.pairs)
        for area, rows in other.rows.items():
            self.rows.setdefault(area, FirstRows()).join(rows)
        self.shown |= other.shown
        self.untold += other.untold
        self.abroad += other.abroad

    def claim(self) -> Claim:
        tested = sum(self.pairs.values()) + self.abroad
        matched = self._matched()
        if len(matched) >= FEWEST_AREAS:
            rows = FirstRows()
            for area in matched:
                rows.join(self.rows[area])
            text = (
                f"{rows.count:,} calls into {len(matched)} areas showed a number of the called"
                " person's own area, which was shown nowhere else."
            )
            return decided(KIND, text, "", rows, tested)
        if self.untold or not tested:
            text = f"{self.untold:,} calls tell no number that was shown."
            return not_provable(KIND, text, CALLER)
        one = len(self.shown) <= 1
        if not one and (self.rows or self.abroad):
            text = "Several numbers were shown, some of the called person's area or country."
            return not_provable(KIND, text, POOL)
        held = "No more than one number was shown." if one else "No number followed the area."
        return decided(KIND, "", held, FirstRows(), tested)

    def _matched(self) -> list[int]:
        """Areas of which every call showed their own number, which no other area was shown."""
        called: Counter[int] = Counter()
        shown: Counter[int] = Counter()
        for (own, area), count in self.pairs.items():
            called[area] += count
            shown[own] += count
        return sorted(
            area
            for area in self.rows
            if self.pairs[area, area] >= FEWEST_CALLS
            and self.pairs[area, area] == called[area] == shown[area]
        )
