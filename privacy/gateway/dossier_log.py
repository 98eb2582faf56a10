"""Which entries of the log tell of a consent, an opt-out or a call, and that they stand in it.

A consent that came in a batch is told by the batch's entry, which names how many and not
which. What no entry is found for is left without one, and the dossier says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.audit.entry import parse
from privacy.audit.proving import prove
from privacy.desk import Desk
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of

# A row's instant is read before its transaction waits for the lock.
LATER_AT_MOST = timedelta(minutes=1)
MICROS_A_SECOND = 1_000_000
RECORDED = ("consent.recorded", "consent.withdrawn")
OPTED_OUT = ("optout.recorded",)
RELEASED = "number.released"


@dataclass(frozen=True)
class _Sought:
    """What a row's entry is like: when, which actions, and how it is known."""

    id: str
    at: int
    actions: tuple[str, ...]
    fits: Callable[[dict[str, Any]], bool]


def entries(
    db: Connection,
    records: Iterable[Row[Any]],
    opt_outs: Iterable[Row[Any]],
    names: Collection[str],
) -> dict[str, str]:
    """The entry's id by the public id of what it tells of; `names` are the person's pseudonyms."""
    sought = [*_records(records), *_opt_outs(opt_outs)]
    found = {each.id: _entry(db, each) for each in sought}
    return {name: entry for name, entry in found.items() if entry} | _released(db, names)


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
        own, actor = row.public_id, row.recorded_by

        def fits(entry: dict[str, Any], own: str = own, actor: str = actor) -> bool:
            batch = entry.get("object") is None or str(entry.get("object")).startswith("no-")
            return entry.get("object") == own or (entry["actor"] == actor and batch)

        yield _Sought(own, row.recorded_at, RECORDED, fits)


def _opt_outs(rows: Iterable[Row[Any]]) -> Iterator[_Sought]:
    for row in rows:
        own = row.id

        def fits(entry: dict[str, Any], own: str = own) -> bool:
            return bool(entry.get("object") == own)

        yield _Sought(own, row.since_at, OPTED_OUT, fits)


def _entry(db: Connection, sought: _Sought) -> str:
    """The first entry that fits, at the row's instant or soon after; "" if there is none."""
    table = table_of(AuditEntry)
    last = sought.at + int(LATER_AT_MOST.total_seconds()) * MICROS_A_SECOND
    rows = db.execute(
        select(table.c.id, table.c.body)
        .where(table.c.action.in_(sought.actions), table.c.at >= sought.at, table.c.at <= last)
        .order_by(table.c.at, table.c.id)
    )
    for row in rows:
        if sought.fits(parse(bytes(row.body))):
            return str(row.id)
    return ""
