"""What other records tell of the numbers of an export: calls, and opt-outs told in them.

Our own dialers' attempts, calls that came with contacts, and other imports of vendors. None of
them holds a number: all are found by keyed tag.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, EarlierCallRow
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.vendors.calls.facts import Stop
from privacy.vendors.calls.past import NO_SUBJECT, OPTED_OUT, OUTCOMES, Past
from privacy.vendors.calls.record import UNTOLD, digest_of

Integers = NDArray[np.int64]
HISTORY_US = 400 * 86_400_000_000
SAME_CALL_US = 60_000_000
"""A vendor's call so near to an attempt at our gate is that attempt: the two clocks differ, and
the gate's instant is before the dialing."""
_TALKED, _STOPPED = ("completed", "speaking", "uncertain"), ("unwanted",)


class Span(NamedTuple):
    """First and last instant of an export's calls, and the import that they are of."""

    first_us: int
    last_us: int
    import_id: str


class _Other(NamedTuple):
    key: int
    at_us: int
    digest: int
    outcome: int
    tells: bool


def other_calls(db: Connection, tags: Mapping[bytes, int], span: Span, own: Sequence[Past]) -> Past:
    """Calls to the same numbers that are not of this import, `own` being those that are."""
    near = _Near(own)
    attempts = (one for one in _attempts(db, tags, span) if not near.same_call(one))
    rows = [*attempts, *_came_with_contacts(db, tags, span), *_imported(db, tags, span)]
    count = len(rows)
    columns = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4).T
    keys, at_us, digest, outcome = columns
    return Past(
        keys,
        at_us,
        np.full(count, UNTOLD, dtype=np.int64),
        digest,
        np.full(count, NO_SUBJECT, dtype=np.int64),
        outcome.astype(np.int8),
        np.array([row.tells for row in rows], dtype=np.bool_),
        np.ones(count, dtype=np.bool_),
    )


def told_elsewhere(db: Connection, tags: Mapping[bytes, int], span: Span) -> dict[int, list[Stop]]:
    """Opt-outs that calls of other imports told: each holds from its call on.

    The desk's own suppression of it begins when that import was read, which may be months
    later: whoever was called in between was called after an opt-out.
    """
    table = table_of(VendorCallRow)
    rows = db.execute(
        select(table.c.tag, table.c.at, table.c.digest).where(
            table.c.outcome == OUTCOMES[OPTED_OUT],
            table.c.at <= span.last_us,
            table.c.import_id != span.import_id,
        )
    )
    found: dict[int, list[Stop]] = {}
    for row in rows:
        key = None if row.tag is None else tags.get(bytes(row.tag))
        if key is not None:
            found.setdefault(key, []).append(Stop(row.at, digest=row.digest))
    return found


def _attempts(db: Connection, tags: Mapping[bytes, int], span: Span) -> Iterator[_Other]:
    table = table_of(AttemptRow)
    rows = db.execute(
        select(table.c.id, table.c.tag, table.c.redeemed_at, table.c.state).where(
            table.c.redeemed_at > span.first_us - HISTORY_US, table.c.redeemed_at <= span.last_us
        )
    )
    for row in rows:
        key = None if row.tag is None else tags.get(bytes(row.tag))
        if key is not None:
            yield _Other(key, row.redeemed_at, digest_of(str(row.id)), _outcome(row.state), True)


def _came_with_contacts(db: Connection, tags: Mapping[bytes, int], span: Span) -> Iterator[_Other]:
    table = table_of(EarlierCallRow)
    rows = db.execute(
        select(table.c.id, table.c.tag, table.c.at, table.c.outcome).where(
            table.c.at > span.first_us - HISTORY_US, table.c.at <= span.last_us
        )
    )
    for row in rows:
        key = None if row.tag is None else tags.get(bytes(row.tag))
        if key is not None:
            yield _Other(key, row.at, digest_of(str(row.id)), _outcome(row.outcome), True)


def _imported(db: Connection, tags: Mapping[bytes, int], span: Span) -> Iterator[_Other]:
    table = table_of(VendorCallRow)
    rows = db.execute(
        select(
            table.c.tag, table.c.at, table.c.outcome, table.c.digest, table.c.tells_opt_out
        ).where(
            table.c.at > span.first_us - HISTORY_US,
            table.c.at <= span.last_us,
            table.c.import_id != span.import_id,
        )
    )
    for row in rows:
        key = None if row.tag is None else tags.get(bytes(row.tag))
        if key is not None:
            digest = digest_of(str(row.digest))
            yield _Other(key, row.at, digest, _outcome(row.outcome), bool(row.tells_opt_out))


class _Near:
    """The calls of the export by number and instant."""

    def __init__(self, own: Sequence[Past]) -> None:
        self._own = own

    @cached_property
    def _calls(self) -> tuple[Integers, Integers]:
        """Keys and instants in order: not sorted before an attempt asks."""
        nothing = np.empty(0, dtype=np.int64)
        keys = np.concatenate([part.key for part in self._own]) if self._own else nothing
        at_us = np.concatenate([part.at_us for part in self._own]) if self._own else nothing
        order = np.lexsort((at_us, keys))
        return keys[order], at_us[order]

    def same_call(self, other: _Other) -> bool:
        keys, at_us = self._calls
        first = int(np.searchsorted(keys, other.key, "left"))
        last = int(np.searchsorted(keys, other.key, "right"))
        place = bisect_left(at_us, other.at_us - SAME_CALL_US, first, last)
        return place < last and int(at_us[place]) <= other.at_us + SAME_CALL_US


def _outcome(told: str) -> int:
    if told in _TALKED:
        return OUTCOMES.index("conversation")
    if told in _STOPPED:
        return OUTCOMES.index("opted_out")
    return OUTCOMES.index(told) if told in OUTCOMES else 0
