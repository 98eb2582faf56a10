"""Call records as columns, and what a measurement of them yields.

A chunk is any part of a record, in any order. Each gauge keeps sums, extremes and
counts of the chunks it was given, which join exactly: what the whole record decides
(whether any row carries a column) is asked only when the figure is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_columns import UNTOLD, Integers

FIRST_ORDINAL = date(1970, 1, 1).toordinal()
PARTY_BYTES = 16


class Answerer(IntEnum):
    """Who answered, as a code; NOT_TOLD: the value is empty or the column missing."""

    PERSON = 0
    MACHINE = 1
    UNKNOWN = 2
    NOT_TOLD = 3


class Ender(IntEnum):
    """Whose side ended the call, as a code."""

    CALLER = 0
    CALLED = 1
    NOT_TOLD = 2


class Shown(IntEnum):
    """Whether the caller's number was shown, as a code."""

    HIDDEN = 0
    SHOWN = 1
    NOT_TOLD = 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a record as columns of one length; build it with `chunk`.

    `_us` are microseconds since 1970 in UTC, UNTOLD where empty. `day` counts days since
    1970 of the date of `at` on the record's own clock. `ring_s` and `list_age_days` are
    NaN where untold. `party` holds two 64-bit halves of a keyed digest for each row, both
    zero where untold: never a number itself, for gaps may be kept in a file for a while.
    """

    at_us: Integers
    day: Integers
    answered_us: Integers
    agent_us: Integers
    ended_us: Integers
    opt_out_us: Integers
    answered_by: NDArray[np.int8]
    ended_by: NDArray[np.int8]
    shown: NDArray[np.int8]
    ring_s: NDArray[np.float64]
    list_age_days: NDArray[np.float64]
    party: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.at_us)

    def within(self, first: date, last: date) -> Chunk:
        """The rows of these days. Itself where that is all."""
        keep = (self.day >= day_number(first)) & (self.day <= day_number(last))
        return self if keep.all() else self.only(keep)

    def only(self, keep: NDArray[np.bool_]) -> Chunk:
        """The rows where `keep` is true."""
        return Chunk(**{each.name: getattr(self, each.name)[keep] for each in fields(self)})


def chunk(at_us: Integers, day: Integers, **told: Any) -> Chunk:
    """A chunk of these calls; columns that are not given are untold in each row.

    Raises ValueError for columns of different lengths.
    """
    count = len(at_us)
    untold: dict[str, Any] = {
        "answered_us": np.full(count, UNTOLD),
        "agent_us": np.full(count, UNTOLD),
        "ended_us": np.full(count, UNTOLD),
        "opt_out_us": np.full(count, UNTOLD),
        "answered_by": np.full(count, Answerer.NOT_TOLD, dtype=np.int8),
        "ended_by": np.full(count, Ender.NOT_TOLD, dtype=np.int8),
        "shown": np.full(count, Shown.NOT_TOLD, dtype=np.int8),
        "ring_s": np.full(count, np.nan),
        "list_age_days": np.full(count, np.nan),
        "party": np.zeros((count, 2), dtype=np.uint64),
    }
    columns = {
        name: np.asarray(told.pop(name, empty), empty.dtype) for name, empty in untold.items()
    }
    if told or any(len(column) != count for column in (day, *columns.values())):
        raise ValueError("columns of a chunk have known names and one length")
    return Chunk(np.asarray(at_us, np.int64), np.asarray(day, np.int64), **columns)


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - FIRST_ORDINAL


def day_of(number: int) -> date:
    """The date of a number of `day_number`."""
    return date.fromordinal(int(number) + FIRST_ORDINAL)


def parties(digests: Sequence[bytes | None]) -> NDArray[np.uint64]:
    """The column `party` of keyed digests, of which the first 16 bytes count; None: untold."""
    plain = b"".join((told or b"")[:PARTY_BYTES].ljust(PARTY_BYTES, b"\0") for told in digests)
    return np.frombuffer(plain, dtype="<u8").astype(np.uint64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Carried:
    """Which of the columns that decide how others are read some row of the record carries."""

    answered_at: bool = False
    agent_at: bool = False
    opt_out_at: bool = False

    def __or__(self, other: Carried) -> Carried:
        return Carried(
            self.answered_at or other.answered_at,
            self.agent_at or other.agent_at,
            self.opt_out_at or other.opt_out_at,
        )

    @classmethod
    def by(cls, rows: Chunk) -> Carried:
        """Those that the chunk carries."""
        columns = (rows.answered_us, rows.agent_us, rows.opt_out_us)
        return cls(*(bool((column != UNTOLD).any()) for column in columns))


@dataclass(frozen=True, slots=True)
class Measured:
    """The least and the most that a figure can be; None: without bound.

    `rows` counts the rows the figure rests on, `missing` names the columns that
    leave it open.
    """

    lowest: float | None
    highest: float | None
    rows: int
    missing: tuple[str, ...] = ()


class Gauge(Protocol):
    """Measures one thing: chunks in, joined in any order, the figure out."""

    def add(self, rows: Chunk) -> None: ...

    def join(self, other: Self) -> None: ...

    def figure(self, carried: Carried) -> Measured: ...


def plain(value: float) -> float:
    """A whole number as an int: 14 seconds are shown as they were told."""
    return int(value) if float(value).is_integer() else float(value)
