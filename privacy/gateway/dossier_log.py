"""Which entries of the log tell of a consent, an opt-out or a call, and that they stand in it.

A consent that came in a batch is told by the batch's entry, which names how many and not
which. What no entry is found for is left without one, and the dossier says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from privacy.audit.entry import parse
from privacy.audit.proving import prove
from privacy.desk import Desk
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of

# A row's instant is read before its transaction waits for the lock.
LATER_AT_MOST_US = 60 * 1_000_000
RECORDED = frozenset({"consent.recorded", "consent.withdrawn"})
OPTED_OUT = frozenset({"optout.recorded"})
RELEASED = "number.released"
_ENTRY = table_of(AuditEntry)
_ENTRIES = (
    select(_ENTRY.c.id, _ENTRY.c.at, _ENTRY.c.actor, _ENTRY.c.action, _ENTRY.c.body)
    .where(
        _ENTRY.c.action.in_(sorted(RECORDED | OPTED_OUT)),
        _ENTRY.c.at >= bindparam("first"),
        _ENTRY.c.at <= bindparam("last"),
    )
    .order_by(_ENTRY.c.at, _ENTRY.c.id)
)


@dataclass(frozen=True)
class _Sought:
    """A row whose entry is sought: when it was written, by whom, and what its entry does.

    `batch`: it may have come with others, told by an entry that names none of them.
    """

    id: str
    at: int
    actor: str
    actions: frozenset[str]
    batch: bool


def entries(
    db: Connection,
    records: Iterable[Row[Any]],
    opt_outs: Iterable[Row[Any]],
    names: Collection[str],
) -> dict[str, str]:
    """The entry's id by the public id of what it tells of; `names` are the person's pseudonyms."""
    sought = [*_records(records), *_opt_outs(opt_outs)]
    found: dict[str, str] = {}
    for some, first, last in _windows(sought):
        found |= _told(some, db.execute(_ENTRIES, {"first": first, "last": last}))
    order = {each.id: found[each.id] for each in sought if each.id in found}
    return order | _released(db, names)


def names_of(desk: Desk, people: Collection[int], ats: Iterable[datetime]) -> set[str]:
    """The person's pseudonyms of the months of those instants; none once the key is gone."""
    months = {f"{at:%Y-%m}": at for at in ats}
    return {name for at in months.values() for name in desk.vault.pseudonyms(people, {}, at)}


def _released(db: Connection, names: Collection[str]) -> dict[str, str]:
    """The entry of each call's release, by the attempt that it names."""
    subjects, table = table_of(AuditSubject), table_of(AuditEntry)
    rows = db.execute(
        select(table.c.id, table.c.body)
        .join(subjects, subjects.c.entry_id == table.c.id)
        .where(subjects.c.pseudonym.in_(list(names)), table.c.action == RELEASED)
    )
    return {str(parse(bytes(row.body)).get("object", "")): str(row.id) for row in rows}


def proven(desk: Desk, entry_ids: Iterable[str]) -> dict[str, Any]:
    """A checkpoint signed now, and each entry with its inclusion proof; see `prove`."""
    ids = sorted(set(entry_ids))
    proof = prove(desk, ids, 0)
    named = zip(ids, proof["entries"], strict=True)
    return {**proof, "entries": [{"id": name, **each} for name, each in named]}


def _records(rows: Iterable[Row[Any]]) -> Iterator[_Sought]:
    for row in rows:
        yield _Sought(row.public_id, row.recorded_at, row.recorded_by, RECORDED, batch=True)


def _opt_outs(rows: Iterable[Row[Any]]) -> Iterator[_Sought]:
    for row in rows:
        yield _Sought(row.id, row.since_at, "", OPTED_OUT, batch=False)


def _windows(sought: Iterable[_Sought]) -> Iterator[tuple[list[_Sought], int, int]]:
    """Rows whose entries may lie in the same stretch of the log, and that stretch.

    No entry lies in two of them, so each is read once however many rows it is held against.
    """
    some: list[_Sought] = []
    for each in sorted(sought, key=lambda each: each.at):
        if some and each.at > some[-1].at + LATER_AT_MOST_US:
            yield some, some[0].at, some[-1].at + LATER_AT_MOST_US
            some = []
        some.append(each)
    if some:
        yield some, some[0].at, some[-1].at + LATER_AT_MOST_US


def _told(some: Sequence[_Sought], rows: Iterable[Row[Any]]) -> dict[str, str]:
    """The entry of each row: the first that names it, else the first of a batch of its actor."""
    named: dict[tuple[str, str], list[tuple[int, str]]] = {}
    batches: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        about = parse(bytes(row.body)).get("object")
        if about is not None:
            named.setdefault((row.action, str(about)), []).append((row.at, row.id))
        if about is None or str(about).startswith("no-"):
            batches.setdefault((row.action, row.actor), []).append((row.at, row.id))
    found = {}
    for each in some:
        own = [_first(named.get((action, each.id), ()), each.at) for action in each.actions]
        of_batch = [
            _first(batches.get((action, each.actor), ()), each.at) for action in each.actions
        ]
        hits = [hit for hit in own if hit] or [hit for hit in of_batch if hit and each.batch]
        if hits:
            found[each.id] = min(hits)[1]
    return found


def _first(entries_: Sequence[tuple[int, str]], at: int) -> tuple[int, str] | None:
    """The first of the entries, which are in order, from that instant on and soon after."""
    place = bisect_left(entries_, (at, ""))
    found = entries_[place] if place < len(entries_) else None
    return found if found and found[0] <= at + LATER_AT_MOST_US else None
