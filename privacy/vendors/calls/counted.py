"""A vendor's calls enter what the gate counts, and its opt-outs become the desk's own.

Opt-outs first: each is durable before its call is stored and before anything is shown.
Idempotent: the same call in another export stands once, an opt-out that stands is not
recorded again. No number is kept, only its keyed tag.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.consent import suppression
from privacy.contacts.known import erased_at
from privacy.desk import Desk
from privacy.ids import row_ids
from privacy.storage.bulk import in_chunks, insert_rows, select_in
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionLift, SuppressionRow
from privacy.storage.tables.vendor_calls import VendorCallImport
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.storage.unit import Unit
from privacy.terms import Channel, ContactKind
from privacy.vendors.calls.past import OUTCOMES, past_of
from privacy.vendors.calls.record import UNTOLD, CallChunk

BATCH = 5_000
_Line = tuple[int, bytes, int, str, str, bool]
SOURCE = "vendor_records"
FOREVER = int(np.iinfo(np.int64).max)
COLUMNS = ("id", "import_id", "digest", "tag", "at", "channel", "outcome", "tells_opt_out")


@dataclass
class Counted:
    """What became of an import's calls: counted by the gate, and opt-outs recorded anew."""

    calls: int = 0
    opt_outs: int = 0


def count_calls(desk: Desk, actor: Actor, import_id: str, chunks: Iterable[CallChunk]) -> Counted:
    """Store every call that was made by its number's tag; record every opt-out that was told.

    A number whose person the desk erased is suppressed already and is not stored again.
    """
    actor.require(Act.IMPORT)
    found = Counted()
    for chunk in chunks:
        found.opt_outs += _opt_outs(desk, actor, import_id, chunk)
        found.calls += _store(desk, actor, import_id, chunk)
    return found


def standing(db: Connection, import_id: str) -> Counted:
    """The calls of an import that count now, and the opt-outs that were recorded from it."""
    calls, stops = table_of(VendorCallRow), table_of(SuppressionRow)

    def rows(table: Table, condition: ColumnElement[bool]) -> int:
        return int(
            db.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
        )

    return Counted(
        rows(calls, calls.c.import_id == import_id),
        rows(stops, (stops.c.source == SOURCE) & (stops.c.attempt == import_id)),
    )


def forget(unit: Unit, import_id: str) -> None:
    """An import that was replaced counts no more; the opt-outs that it told stay."""
    table = table_of(VendorCallRow)
    unit.db.execute(delete(table).where(table.c.import_id == import_id))


def _opt_outs(desk: Desk, actor: Actor, import_id: str, chunk: CallChunk) -> int:
    """Each number that told an opt-out in a call, unless one stands that forbids everything.

    The last one of each number: what a consent lifted before it is in force again with it.
    """
    told: dict[bytes, int] = {}
    tags = desk.vault.keyring.tags
    for row in np.flatnonzero((chunk.opt_out_us != UNTOLD) & (chunk.number != 0)).tolist():
        tag = tags.number_tag(f"+{chunk.number[row]}")
        if tag not in told or chunk.opt_out_us[row] > chunk.opt_out_us[told[tag]]:
            told[tag] = int(row)
    with desk.reading() as db:
        covered = covered_until(db, list(told))
    fresh = {
        tag: row
        for tag, row in told.items()
        if tag not in covered or int(chunk.opt_out_us[row]) > covered[tag]
    }
    for tag, row in fresh.items():
        suppression.opt_out_tag(
            desk,
            actor.id,
            tag,
            ContactKind.PHONE,
            source=SOURCE,
            words=_evidence(import_id, chunk, row),
            attempt=import_id,
            value=f"+{chunk.number[row]}",
        )
    return len(fresh)


def covered_until(db: Connection, tags: Collection[bytes]) -> dict[bytes, int]:
    """For each suppressed tag until when an opt-out is no news; FOREVER where one is unlifted.

    Else the last lift: a consent came after whatever was said before it, and ends with what
    was said since.
    """
    table, lifts = table_of(SuppressionRow), table_of(SuppressionLift)
    found: dict[bytes, int] = {}
    for chunk in in_chunks(sorted(tags), 500):
        rows = db.execute(
            select(table.c.tag, func.max(lifts.c.lifted_at).label("lifted_at"))
            .outerjoin(lifts, lifts.c.suppression_id == table.c.id)
            .where(table.c.tag.in_(chunk))
            .group_by(table.c.id, table.c.tag)
        )
        for row in rows:
            until = FOREVER if row.lifted_at is None else row.lifted_at
            found[bytes(row.tag)] = max(until, found.get(bytes(row.tag), until))
    return found


def _evidence(import_id: str, chunk: CallChunk, row: int) -> bytes:
    """The record that told it; sealed with the opt-out."""
    return json.dumps(
        {
            "record_of": import_id,
            "rows": list(chunk.rows_of(row)),
            "call": chunk.keys[row],
            "opted_out_at": rfc3339(instant(int(chunk.opt_out_us[row]))),
        }
    ).encode()


def _store(desk: Desk, actor: Actor, import_id: str, chunk: CallChunk) -> int:
    tag_of = desk.vault.keyring.tags.number_tag
    numbers, place = np.unique(chunk.number, return_inverse=True)
    tags = [tag_of(f"+{number}") for number in numbers.tolist()]
    # The past has a call's key where the tag's place stands here.
    past = past_of(chunk, place.astype(np.int64), np.zeros(len(chunk), dtype=np.int64))
    with desk.reading() as db:
        erased = erased_at(db, {tags[index] for index in np.unique(past.key).tolist()})
    lines = zip(
        past.digest.tolist(),
        (tags[index] for index in past.key.tolist()),
        np.maximum(past.at_us, past.second_us).tolist(),
        _channels(chunk),
        (OUTCOMES[code] for code in past.outcome.tolist()),
        past.tells.tolist(),
        strict=True,
    )
    # In the order of the index that they go into.
    kept = sorted((line for line in lines if line[1] not in erased), key=lambda line: line[1:3])
    stored = 0
    for rows in in_chunks(kept, BATCH):
        stored += desk.write(lambda unit, rows=rows: _insert(unit, actor, import_id, rows))  # type: ignore[misc]
    return stored


def _channels(chunk: CallChunk) -> list[str]:
    """A channel that nobody told counts for every one."""
    made = np.flatnonzero((chunk.number != 0) & ~chunk.blocked)
    names = {0: Channel.VOICE_LIVE.value, 1: Channel.VOICE_PRERECORDED.value}
    return [names.get(int(code), "") for code in chunk.prerecorded[made]]


def _insert(unit: Unit, actor: Actor, import_id: str, rows: list[_Line]) -> int:
    if not rows:
        return 0
    others = _told_by_others(unit.db, import_id, rows)
    fresh = [row for row in rows if (row[1], row[2]) not in others]
    ids = row_ids(unit.now, len(fresh)) if fresh else []
    values = [(row_id, import_id, *row) for row_id, row in zip(ids, fresh, strict=True)]
    # What this import counted before stays as it is: number, instant and digest are one key.
    table = table_of(VendorCallRow)
    stored = insert_rows(unit.db, table, COLUMNS, values, keep_existing=True)
    unit.append("vendor.calls_counted", actor.id, object=import_id, count=stored)
    return stored


def _told_by_others(db: Connection, import_id: str, rows: list[_Line]) -> set[tuple[bytes, int]]:
    """Numbers and instants of calls that other imports counted.

    Another export may tell the same call under another id, or in another format.
    """
    calls, imports = table_of(VendorCallRow), table_of(VendorCallImport)
    counted = select(calls.c.id).where(calls.c.import_id == imports.c.id).exists()
    if db.execute(select(imports.c.id).where(imports.c.id != import_id, counted)).first() is None:
        return set()
    columns, tags = ("tag", "at", "import_id"), sorted({row[1] for row in rows})
    told = select_in(db, calls, columns, None, tags)
    return {(bytes(tag), at) for tag, at, by in told if by != import_id}
