"""Calls to numbers whose person the controller had erased: `erased_number_dialled`. Pure.

The desk keeps keyed tags of what it erased. A call is one only after the erasure, and where
nobody who has the number now had given a consent since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from privacy.clock import instant
from privacy.vendors.calls.facts import LIVE, NOBODY, RECORDED, World, last_grant
from privacy.vendors.calls.gauges.claim import (
    Claim,
    FirstRows,
    Seen,
    decided,
    not_provable,
)

KIND = "erased_number_dialled"
ERASURES = "desk.erasures"


@dataclass
class Erasures:
    """`purpose` decides which consents count."""

    purpose: str
    calls: int = 0
    rows: FirstRows = field(default_factory=FirstRows)
    _erased: Mapping[int, int] = field(default_factory=dict)
    _world: World | None = None

    def learn(self, world: World, erased: Mapping[int, int]) -> None:
        """`erased`: instants (us) by key, of everybody erased before the last call."""
        self._world, self._erased = world, erased

    def add(self, seen: Seen) -> None:
        self.calls += len(seen)
        if not self._erased:
            return
        known = np.isin(seen.keys, np.array(sorted(self._erased), dtype=np.int64))
        rows = [i for i in np.flatnonzero(known).tolist() if self._counts(seen, i)]
        self.rows.add(seen.chunk.row[np.array(rows, dtype=np.int64)])

    def _counts(self, seen: Seen, index: int) -> bool:
        """The earlier of two instants counts: the call must have been after the erasure."""
        key, at_us = int(seen.keys[index]), int(seen.chunk.at_us[index])
        erased_us = self._erased[key]
        if at_us <= erased_us:
            return False
        person = self._world.people.get(key, NOBODY) if self._world else NOBODY
        grants = [
            last_grant(person, self.purpose, channel.value, instant(at_us))
            for channel in (LIVE, RECORDED)
        ]
        return not any(grant and grant > instant(erased_us) for grant in grants)

    def join(self, other: Erasures) -> None:
        self.calls += other.calls
        self.rows.join(other.rows)
        self._erased = self._erased or other._erased

    def claim(self) -> Claim:
        if not self._erased and not self.rows.count:
            text = "The controller had erased nobody before these calls."
            return not_provable(KIND, text, ERASURES)
        against = f"{self.rows.count:,} calls to numbers of persons who had been erased."
        held = f"No call to any of {len(self._erased):,} numbers that had been erased by then."
        return decided(KIND, against, held, self.rows, self.calls)
