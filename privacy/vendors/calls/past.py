"""Calls in order of number and instant, kept small: what counts against a later one.

A number stands here only as 64 bits of its keyed tag. Order is by instant and then by the
call's own digest, so that it is the same however a file was split or shuffled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from privacy.vendors.calls.record import UNTOLD, CallChunk, Column, Disposition

Integers = NDArray[np.int64]

OUTCOMES = ("", "answered", "no_answer", "busy", "unreachable", "opted_out", "conversation")
_OF_DISPOSITION = {
    Disposition.UNTOLD: 0,
    Disposition.ANSWERED: 1,
    Disposition.NO_ANSWER: 2,
    Disposition.BUSY: 3,
    Disposition.FAILED: 4,
    Disposition.CANCELLED: 2,
    Disposition.ABANDONED: 1,
    Disposition.BLOCKED: 0,
}
_OUTCOME = np.array([_OF_DISPOSITION[state] for state in Disposition], dtype=np.int8)
OPTED_OUT = OUTCOMES.index("opted_out")
NO_SUBJECT = -1
DAY_US = 86_400_000_000


class Earlier(NamedTuple):
    """One earlier call: its instant, outcome, campaign, and whether it could tell an opt-out."""

    at_us: int
    outcome: str
    subject: int
    tells_opt_out: bool


@dataclass(frozen=True, slots=True)
class Past:
    """Columns of one length, sorted by key, instant and digest.

    `second_us` is the later reading of an ambiguous instant; `subject` a digest of what the
    call was about, NO_SUBJECT where untold; `ours`: made by another dialer of the controller.
    """

    key: Integers
    at_us: Integers
    second_us: Integers
    digest: Integers
    subject: Integers
    outcome: NDArray[np.int8]
    tells: NDArray[np.bool_]
    ours: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.key)

    def only(self, chosen: NDArray[np.bool_]) -> Past:
        """Some of the calls, in the same order."""
        return Past(*(getattr(self, name)[chosen] for name in Past.__slots__))

    def span(self, key: int) -> slice:
        """The calls to one number."""
        return slice(
            int(np.searchsorted(self.key, key, "left")),
            int(np.searchsorted(self.key, key, "right")),
        )

    def before(self, key: int, at_us: int, digest: int) -> Before:
        """Calls to a number before a call; of an ambiguous one the later instant that fits.

        Of calls at one instant those with the smaller digest came before.
        """
        span = self.span(key)
        own, first, second = self.digest[span], self.at_us[span], self.second_us[span]

        def fits(moments: Integers) -> NDArray[np.bool_]:
            earlier = (moments < at_us) | ((moments == at_us) & (own <= digest))
            return np.asarray((moments != UNTOLD) & earlier & (own != digest))

        later = fits(second)
        there = np.flatnonzero(later | fits(first))
        return Before(
            np.where(later, second, first)[there],
            self.outcome[span][there],
            self.subject[span][there],
            self.tells[span][there],
        )


@dataclass(frozen=True, slots=True)
class Before:
    """Calls that came before one to the same number, as columns in no order."""

    at_us: Integers
    outcome: NDArray[np.int8]
    subject: Integers
    tells: NDArray[np.bool_]

    def latest(self, most: int, subject: int) -> list[Earlier]:
        """Of each outcome, about the subject and about another, the latest `most`, in order.

        No rule that counts up to `most` calls can tell them from all of them, and somebody
        who was called ten thousand times does not take ten thousand steps for each.
        """
        kind = self.outcome.astype(np.int64) * 2 + (self.subject == subject)
        order = np.lexsort((-self.at_us, kind))
        sorted_kind = kind[order]
        place = np.arange(len(order)) - np.searchsorted(sorted_kind, sorted_kind, "left")
        return sorted(
            Earlier(
                int(self.at_us[index]),
                OUTCOMES[self.outcome[index]],
                int(self.subject[index]),
                bool(self.tells[index]),
            )
            for index in order[place < most].tolist()
        )


_NONE = np.empty(0, dtype=np.int64)
_NEVER = np.empty(0, dtype=np.bool_)
NOTHING = Past(_NONE, _NONE, _NONE, _NONE, _NONE, np.empty(0, dtype=np.int8), _NEVER, _NEVER)


def past_of(chunk: CallChunk, keys: Integers, subjects: Integers) -> Past:
    """The calls of a chunk that were made and whose number is known, not yet in order."""
    made = np.flatnonzero((chunk.number != 0) & ~chunk.blocked)
    outcome = _OUTCOME[chunk.disposition[made].astype(np.int64) + 1]
    answered = (chunk.answered_us[made] != UNTOLD) & (outcome == 0)
    outcome = np.where(answered, 1, outcome)
    # An opt-out of another day was told elsewhere: the call itself did not end in it.
    in_call = np.abs(chunk.opt_out_us[made] - chunk.at_us[made]) < DAY_US
    told = (chunk.opt_out_us[made] != UNTOLD) & in_call
    outcome = np.where(told, OPTED_OUT, outcome).astype(np.int8)
    return Past(
        keys[made],
        chunk.at_us[made],
        chunk.second_us[made],
        chunk.digest[made],
        subjects[made],
        outcome,
        (chunk.has[made] & Column.OPT_OUT) != 0,
        np.zeros(len(made), dtype=np.bool_),
    )


def in_order(parts: Sequence[Past]) -> Past:
    """All of them as one, sorted; the same call told twice stands once."""
    if not parts:
        return NOTHING
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Past.__slots__]
    key, at_us, _, digest = columns[:4]
    order = np.lexsort((digest, at_us, key))
    past = Past(*(column[order] for column in columns))
    return Past(*(getattr(past, name)[~_told_before(past)] for name in Past.__slots__))


def _told_before(past: Past) -> NDArray[np.bool_]:
    """Calls that stand there already: by their digest, or as the vendor's own of that instant."""
    instants = np.ones(len(past), dtype=np.bool_)
    instants[1:] = (past.key[1:] != past.key[:-1]) | (past.at_us[1:] != past.at_us[:-1])
    again = np.zeros(len(past), dtype=np.bool_)
    again[1:] = ~instants[1:] & (past.digest[1:] == past.digest[:-1])
    group = np.cumsum(instants) - 1
    vendors = np.zeros(int(instants.sum()), dtype=np.bool_)
    vendors[group[~past.ours]] = True
    return np.asarray(again | (past.ours & vendors[group]))


def crowded(past: Past, span_us: int, most: int) -> NDArray[np.bool_]:
    """For each call whether `most` others may lie within the span before it; never too few."""
    count = len(past)
    found = np.zeros(count, dtype=np.bool_)
    if count <= most:
        return found
    # Of several calls at one instant each may be the last, so the window is taken to its end.
    last = _last_of_instant(past)
    first = last - most
    fits = first >= 0
    there = np.where(fits, first, 0)
    latest = np.maximum(past.at_us, past.second_us)
    found = fits & (past.key[there] == past.key) & (latest[there] > past.at_us - span_us)
    return np.asarray(found)


def after_one_of(past: Past, span_us: int, outcomes: Sequence[str]) -> NDArray[np.bool_]:
    """For each call whether one that ended so may lie within the span before it, or is it."""
    codes = [code for code, name in enumerate(OUTCOMES) if name in outcomes]
    marked = np.isin(past.outcome, codes)
    newest = np.maximum.accumulate(np.where(marked, np.arange(len(past)), -1))
    newest = newest[_last_of_instant(past)]
    there = np.maximum(newest, 0)
    latest = np.maximum(past.at_us, past.second_us)
    found = (newest >= 0) & (past.key[there] == past.key)
    return np.asarray(found & (latest[there] > past.at_us - span_us))


def _last_of_instant(past: Past) -> Integers:
    """For each call the last one to its number at its instant."""
    count = len(past)
    ends = np.ones(count, dtype=np.bool_)
    ends[:-1] = (past.key[1:] != past.key[:-1]) | (past.at_us[1:] != past.at_us[:-1])
    places = np.flatnonzero(ends)
    group: Integers = np.cumsum(ends) - ends
    return np.asarray(places[group], dtype=np.int64)
