"""The shortest gap between two calls to one person, over any number of calls.

Chunks come in any order, so each instant must be kept until the end: 24 bytes a call, a
part of a keyed digest and the instant. Beyond HELD calls they go, sorted, into files
without a name, and are read back a range of digests at a time.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.law.conduct_columns import Carried, Chunk, Measured

CALL = np.dtype([("high", np.uint64), ("low", np.uint64), ("at", np.int64)])
HELD = 250_000
"""Calls that are kept in memory, some 6 MB; and about as many are compared at once."""

Run = NDArray[Any]


@dataclass
class ShortestGap:
    """The shortest gap, in hours, between two calls to the same person."""

    calls: int = 0
    untold: int = 0
    held: list[Run] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def add(self, rows: Chunk) -> None:
        told = rows.party.any(axis=1)
        self.calls += len(rows)
        self.untold += len(rows) - int(told.sum())
        kept = np.empty(int(told.sum()), dtype=CALL)
        kept["high"], kept["low"] = rows.party[told].T
        kept["at"] = rows.at_us[told]
        self._hold([kept])

    def join(self, other: ShortestGap) -> None:
        self.calls += other.calls
        self.untold += other.untold
        self.runs += other.runs
        self._hold(other.held)

    def figure(self, _: Carried) -> Measured:
        shortest_us = self._shortest_us()
        hours = None if shortest_us is None else shortest_us / 1_000_000 / 3600
        if self.untold:
            return Measured(0, hours, self.calls, ("party",))
        return Measured(hours, hours, self.calls)

    def _hold(self, blocks: list[Run]) -> None:
        self.held += blocks
        if sum(map(len, self.held)) > HELD:
            self._spill()

    def _spill(self) -> None:
        """Write what is held as one sorted run into a file without a name.

        The map keeps the file, and of its rows only those that are looked at in memory.
        """
        run = _sorted(self.held)
        self.held = []
        with tempfile.TemporaryFile() as file:
            file.write(run.tobytes())
            file.flush()
            self.runs.append(np.memmap(file, CALL, "r", shape=(len(run),)))

    def _shortest_us(self) -> int | None:
        runs = [*self.runs, *([_sorted(self.held)] if self.held else [])]
        pieces = max(1, -(-sum(map(len, runs)) // HELD))
        bounds = [piece * 2**64 // pieces for piece in range(1, pieces)]
        cuts = [[0, *(_cut(run, bound) for bound in bounds), len(run)] for run in runs]
        found: list[int] = []
        for piece in range(pieces):
            slices = [run[cut[piece] : cut[piece + 1]] for run, cut in zip(runs, cuts, strict=True)]
            found += _shortest_of(_sorted(slices)) if slices else []
        return min(found, default=None)


def _sorted(blocks: list[Run]) -> Run:
    """The calls of all blocks by digest and instant."""
    calls = np.concatenate(blocks)
    return calls[np.lexsort((calls["at"], calls["low"], calls["high"]))]


def _cut(run: Run, bound: int) -> int:
    """Index of the first call of a sorted run whose digest begins with `bound` or more."""
    return int(np.searchsorted(run["high"], np.uint64(bound)))


def _shortest_of(calls: Run) -> list[int]:
    """The shortest gap in microseconds within calls sorted by person and instant; none or one."""
    one, next_one = calls[:-1], calls[1:]
    same = (one["high"] == next_one["high"]) & (one["low"] == next_one["low"])
    gaps = (next_one["at"] - one["at"])[same]
    return [int(gaps.min())] if len(gaps) else []
