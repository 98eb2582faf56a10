"""The manner of many calls as small codes: two calls of the same codes are found alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_keys import Codes, interned
from privacy.law.rulebook import Rulebook
from privacy.vendors.calls.manner import DAY_US, NORTH_AMERICA, WEST_US
from privacy.vendors.calls.past_flags import LONG_UNTOLD, TOO_SOON, UNTOLD_OPT_OUT
from privacy.vendors.calls.record import UNTOLD, CallChunk, Column

Integers = NDArray[np.int64]
OLDEST_DAYS = 1_000
NORTH_AMERICAN = 10**10
AREA = 10**7


class MannerCodes:
    """Which codes matter is settled by the rules of the pack."""

    def __init__(self, book: Rulebook) -> None:
        rings = {r.params["min_ring_seconds"] * 1000 for r in book.rules if r.kind == "ring"}
        self._rings = np.array(sorted(rings))
        self.by_day = frozenset(
            rule.id for rule in book.rules if "grace_days_after_publication" in rule.params
        )
        """Rules that ask on which day it was, not only how old a list was."""
        codes = [int(code) for code in book.pack.data["words"]["premium_area_codes"]]
        self._premium = np.array(sorted(codes), dtype=np.int64)

    def of(
        self, chunk: CallChunk, rows: Integers, flags: Integers, by_day: NDArray[np.bool_]
    ) -> Iterator[Codes]:
        """One column of codes for each thing that `manner.look` can see.

        `by_day`: rows that a rule reached which asks for the day.
        """
        for column in (chunk.answered_by, chunk.ended_by, chunk.disposition, chunk.caller_state):
            yield interned(column[rows].astype(np.int64))
        yield Codes((chunk.answered_us[rows] != UNTOLD).astype(np.int64), 2)
        yield Codes(((chunk.has[rows] & Column.ANSWERED) != 0).astype(np.int64), 2)
        ring = chunk.ring_ms[rows]
        bucket = np.searchsorted(self._rings, ring, side="right")
        yield Codes(np.where(ring < 0, 0, bucket + 1).astype(np.int64), len(self._rings) + 2)
        caller = chunk.caller[rows]
        premium = np.isin(caller // AREA, self._premium + 1000) & (caller >= NORTH_AMERICAN)
        yield Codes(premium.astype(np.int64), 2)
        for bit in (TOO_SOON, UNTOLD_OPT_OUT, LONG_UNTOLD):
            yield Codes(((flags & bit) != 0).astype(np.int64), 2)
        yield from self._ages(chunk, rows, by_day)

    def _ages(self, chunk: CallChunk, rows: Integers, by_day: NDArray[np.bool_]) -> Iterator[Codes]:
        listed = chunk.list_us[rows]
        day = chunk.at_us[rows] // DAY_US
        age = np.clip(list_days(chunk, rows), 0, OLDEST_DAYS)
        told = listed != UNTOLD
        yield interned(np.where(told, age, -1))
        yield interned(np.where(told & by_day, day, -1))


def list_days(chunk: CallChunk, rows: Integers) -> Integers:
    """Days from the list's date to the call, as `manner.list_age_days`; may be negative."""
    number = chunk.number[rows]
    american = (number >= NORTH_AMERICA[0]) & (number < NORTH_AMERICA[1])
    at_us = chunk.at_us[rows] - np.where(american, WEST_US, 0)
    return np.asarray(at_us // DAY_US - chunk.list_us[rows] // DAY_US)
