"""What the records show of one claim of the vendor, and the first rows that show it. Pure.

A gauge is given the calls chunk by chunk, in any order, and two gauges of different chunks
join exactly. What a gauge cannot decide it says with the column or fact that would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.vendors.calls.record import CallChunk
from privacy.vendors.contradictions import MOST_ROWS

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
CALLS = "calls"


class Shown(StrEnum):
    """What came of a test: rows against the claim, a figure to hold against it, or neither."""

    CONTRADICTED = "contradicted"
    MEASURED = "measured"
    HELD = "held"
    NOT_PROVABLE = "not_provable"


@dataclass(frozen=True)
class Claim:
    """One test. `rows`: the first records of the file against the claim, of `exceptions` among
    `tested`; `measured` in `unit` where a figure decides. `missing` names what would prove it.
    """

    kind: str
    shown: Shown
    text: str
    rows: tuple[int, ...] = ()
    exceptions: int = 0
    tested: int = 0
    measured: Decimal | None = None
    unit: str = ""
    missing: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "shown": self.shown.value,
            "text": self.text,
            "rows": list(self.rows),
            "exceptions": self.exceptions,
            "tested": self.tested,
            "measured": None if self.measured is None else f"{self.measured:f}",
            "unit": self.unit,
            "missing": list(self.missing),
        }


def not_provable(kind: str, text: str, *missing: str) -> Claim:
    """Nothing is said of the claim; `missing` names columns, or with `desk.` facts of ours."""
    return Claim(kind, Shown.NOT_PROVABLE, text, missing=missing)


def decided(kind: str, against: str, held: str, rows: FirstRows, tested: int) -> Claim:
    """Contradicted where there is a row against it, else held if anything was tested."""
    if rows.count:
        return Claim(kind, Shown.CONTRADICTED, against, rows.listed, rows.count, tested)
    if not tested:
        return not_provable(kind, "The export holds no call that could show it.", CALLS)
    return Claim(kind, Shown.HELD, held, tested=tested)


@dataclass(frozen=True)
class Seen:
    """Calls of a chunk that were made and whose number is known, with their keys."""

    chunk: CallChunk
    keys: Integers

    def __len__(self) -> int:
        return len(self.chunk)


@dataclass
class FirstRows:
    """How many rows there are, and the least row numbers of them."""

    count: int = 0
    _kept: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def add(self, rows: Integers) -> None:
        self.count += len(rows)
        self._kept = np.sort(np.concatenate([self._kept, rows]))[:MOST_ROWS]

    def join(self, other: FirstRows) -> None:
        self.count += other.count
        self._kept = np.sort(np.concatenate([self._kept, other._kept]))[:MOST_ROWS]

    @property
    def listed(self) -> tuple[int, ...]:
        return tuple(self._kept.tolist())
