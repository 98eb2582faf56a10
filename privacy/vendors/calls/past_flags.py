"""What earlier calls mean for each call, as bits: crowded windows, gaps, untold opt-outs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from privacy.vendors.calls.manner import SHORTEST_TERM_US
from privacy.vendors.calls.past import Past, after_one_of, crowded
from privacy.vendors.calls.record import UNTOLD
from privacy.vendors.calls.windows import Window

Integers = NDArray[np.int64]

LATEST_US = int(np.iinfo(np.int64).max)
TOO_SOON = 1 << 62
UNTOLD_OPT_OUT = 1 << 61
AMBIGUOUS = 1 << 60
LONG_UNTOLD = 1 << 59


class PastFlags:
    """Bits of each call of the past: below LONG_UNTOLD one for each window.

    AMBIGUOUS: some call to the number has two instants, so only `one` can tell.
    """

    def __init__(self, past: Past, windows: Sequence[Window], gap_us: int) -> None:
        self._past = past
        bits = np.zeros(len(past), dtype=np.int64)
        for number, window in enumerate(windows if len(past) else ()):
            bits |= _full(past, window).astype(np.int64) << number
        if len(past):
            bits |= _too_soon(past, gap_us) * TOO_SOON
            bits |= _before(past, ~past.tells) * UNTOLD_OPT_OUT
            bits |= _long_before(past, ~past.tells, SHORTEST_TERM_US) * LONG_UNTOLD
            bits |= _anywhere(past, past.second_us != UNTOLD) * AMBIGUOUS
        self._bits = bits

    def of(self, keys: Integers, at_us: Integers, digest: Integers) -> Integers:
        """The bits of each call; 0 for one that is not among them."""
        past = self._past
        if not len(past):
            return np.zeros(len(keys), dtype=np.int64)
        low = np.searchsorted(past.key, keys, "left")
        high = np.searchsorted(past.key, keys, "right")
        left = np.flatnonzero(low < high)
        # Halves of each number's calls, which are in order of instant and digest.
        while len(left):
            middle = (low[left] + high[left]) // 2
            moment = past.at_us[middle]
            before = (moment < at_us[left]) | (
                (moment == at_us[left]) & (past.digest[middle] < digest[left])
            )
            low[left] = np.where(before, middle + 1, low[left])
            high[left] = np.where(before, high[left], middle)
            left = left[low[left] < high[left]]
        place = np.minimum(low, len(past) - 1)
        hit = (past.key[place] == keys) & (past.at_us[place] == at_us)
        hit &= past.digest[place] == digest
        return np.where(hit, self._bits[place], 0)


def _full(past: Past, window: Window) -> NDArray[np.bool_]:
    """For each call whether the window before it may hold as many as its rules allow."""
    if window.outcomes:
        return after_one_of(past, window.span_us, window.outcomes)
    return crowded(past, window.span_us, window.most)


def _too_soon(past: Past, gap_us: int) -> Integers:
    """Whether the call just before to the same number lies within the gap."""
    found = np.zeros(len(past), dtype=np.int64)
    same = past.key[1:] == past.key[:-1]
    found[1:] = same & (past.at_us[:-1] > past.at_us[1:] - gap_us)
    return found


def _before(past: Past, marked: NDArray[np.bool_]) -> Integers:
    """Whether an earlier call to the same number is marked."""
    total = np.concatenate([[0], np.cumsum(marked)])
    starts = np.searchsorted(past.key, past.key, "left")
    return np.asarray(total[np.arange(len(past))] > total[starts], dtype=np.int64)


def _long_before(past: Past, marked: NDArray[np.bool_], span_us: int) -> Integers:
    """Whether a marked call to the same number lies further back than the span."""
    starts = np.flatnonzero(np.diff(past.key, prepend=past.key[:1] - 1))
    first = np.minimum.reduceat(np.where(marked, past.at_us, LATEST_US), starts)
    group = np.searchsorted(starts, np.arange(len(past)), side="right") - 1
    return np.asarray(first[group] < past.at_us - span_us, dtype=np.int64)


def _anywhere(past: Past, marked: NDArray[np.bool_]) -> Integers:
    """Whether any call to the same number is marked."""
    return np.isin(past.key, past.key[marked]).astype(np.int64)
