"""Calls after the controller told the vendor to stop: `call_after_stop`. Pure.

The claim is that all calling stops within an hour, so a call counts from one hour after the
instruction until the next one to go on. In the repeated hour both instants must lie in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy.vendors.calls.gauges.claim import Claim, FirstRows, Seen, decided, not_provable
from privacy.vendors.calls.record import UNTOLD

KIND = "call_after_stop"
WITHIN_US = 3_600_000_000
FOREVER_US = int(np.iinfo(np.int64).max)
STOP = "desk.stop_instruction"
AFTERWARDS = "desk.export_after_the_stop"


@dataclass(frozen=True)
class Stopped:
    """Told to stop at one instant, and to go on at another; FOREVER_US: not yet."""

    from_us: int
    to_us: int = FOREVER_US

    @property
    def due_us(self) -> int:
        return self.from_us + WITHIN_US


@dataclass
class AfterStop:
    """`covered_to_us`: the export is of all calls until then at least."""

    stops: Sequence[Stopped] = ()
    covered_to_us: int = UNTOLD
    calls: int = 0
    either: int = 0
    last_us: int = UNTOLD
    rows: FirstRows = field(default_factory=FirstRows)

    def add(self, seen: Seen) -> None:
        if not len(seen):
            return
        first = seen.chunk.at_us
        second = np.where(seen.chunk.second_us == UNTOLD, first, seen.chunk.second_us)
        in_both = np.zeros(len(seen), dtype=np.bool_)
        in_one = in_both.copy()
        for stop in self.stops:
            one, other = ((at > stop.due_us) & (at < stop.to_us) for at in (first, second))
            in_both |= one & other
            in_one |= one ^ other
        self.calls += len(seen)
        self.either += int((in_one & ~in_both).sum())
        self.last_us = max(self.last_us, int(first.max()))
        self.rows.add(seen.chunk.row[in_both])

    def join(self, other: AfterStop) -> None:
        self.calls += other.calls
        self.either += other.either
        self.last_us = max(self.last_us, other.last_us)
        self.rows.join(other.rows)

    def claim(self) -> Claim:
        if not self.stops:
            return not_provable(KIND, "No instruction to stop is on record.", STOP)
        until = max(self.covered_to_us, self.last_us)
        if not self.rows.count and not any(stop.due_us < until for stop in self.stops):
            text = "The export may end before the vendor had to have stopped."
            return not_provable(KIND, text, AFTERWARDS)
        if not self.rows.count and self.either:
            text = f"{self.either} calls in the repeated hour may have been after the stop."
            return not_provable(KIND, text, "clock_offset")
        against = f"{self.rows.count:,} calls more than an hour after the vendor was told to stop."
        held = "No call more than an hour after the vendor was told to stop."
        return decided(KIND, against, held, self.rows, self.calls)
