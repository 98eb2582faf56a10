"""Rows of legal holds and of keys that are kept on a ground."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from privacy.clock import micros
from privacy.storage.tables.arrivals import Arrival
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Outbox, RequestAttachment, RequestTag
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import DecisionRow
from privacy.storage.tables.people import Subject
from privacy.storage.tables.rights import KeptKey, LegalHold, RequestEvent, RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import KeyClass


def add(unit: Unit, hold_id: str, reason: str, actor_id: str, **columns: object) -> None:
    """`columns`: scope and what it is on."""
    unit.db.execute(
        insert(table_of(LegalHold)).values(
            id=hold_id,
            reason=reason,
            placed_by=actor_id,
            placed_at=micros(unit.now),
            **columns,
        )
    )


def imports(db: Connection, subject_ids: Collection[int]) -> set[str]:
    """The imports from which those persons came."""
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.import_id).where(
            table.c.id.in_(list(subject_ids)), table.c.import_id.is_not(None)
        )
    )
    return set(rows.scalars())


def release(unit: Unit, hold_id: str) -> bool:
    """Whether a hold in force was released."""
    table = table_of(LegalHold)
    changed = unit.db.execute(
        update(table)
        .where(table.c.id == hold_id, table.c.released_at.is_(None))
        .values(released_at=micros(unit.now))
    )
    return bool(changed.rowcount)


def rows(db: Connection) -> Sequence[Row[Any]]:
    """All holds, oldest first."""
    table = table_of(LegalHold)
    return db.execute(select(table).order_by(table.c.placed_at, table.c.id)).all()


def kept_keys(db: Connection, before: date | None = None) -> Sequence[Row[Any]]:
    """Kept keys that are not destroyed; `before`: whose last day lies before that date."""
    table = table_of(KeptKey)
    statement = (
        select(table)
        .where(table.c.destroyed_at.is_(None))
        .order_by(table.c.until_on, table.c.holder_id, table.c.key_class)
    )
    if before is not None:
        statement = statement.where(table.c.until_on < before.isoformat())
    return db.execute(statement).all()


def expire(unit: Unit, holder_id: int, key_class: KeyClass) -> None:
    """Take what the key sealed, and note that the key is gone."""
    kept = table_of(KeptKey)
    unit.db.execute(
        update(kept)
        .where(kept.c.holder_id == holder_id, kept.c.key_class == key_class.value)
        .values(destroyed_at=micros(unit.now))
    )
    if key_class is KeyClass.CONSENT:
        table = table_of(ConsentRow)
        unit.db.execute(
            update(table)
            .where(table.c.subject_id == holder_id)
            .values(subject_id=None, evidence_sealed=None)
        )
    elif key_class is KeyClass.CALLS:
        _expire_calls(unit, holder_id)
    elif key_class is KeyClass.CASE:
        _expire_case(unit, holder_id)


def _expire_calls(unit: Unit, holder_id: int) -> None:
    decisions, words = table_of(DecisionRow), table_of(SuppressionRow)
    unit.db.execute(
        update(decisions)
        .where(decisions.c.holder_id == holder_id)
        .values(holder_id=None, facts_sealed=None)
    )
    unit.db.execute(
        update(words)
        .where(words.c.words_holder_id == holder_id)
        .values(words_holder_id=None, words_row_id=None, words_sealed=None)
    )


def _expire_case(unit: Unit, holder_id: int) -> None:
    requests, events = table_of(RightsRequest), table_of(RequestEvent)
    mine = select(requests.c.id).where(requests.c.holder_id == holder_id)
    unit.db.execute(
        update(events).where(events.c.request_id.in_(mine)).values(note_sealed=None, row_id=None)
    )
    unit.db.execute(
        update(requests).where(requests.c.holder_id == holder_id).values(file_sealed=None)
    )
    came = table_of(Arrival)
    unit.db.execute(
        update(came)
        .where(came.c.holder_id == holder_id)
        .values(name_sealed=None, original_sealed=None)
    )
    files, mail, tags = table_of(RequestAttachment), table_of(Outbox), table_of(RequestTag)
    unit.db.execute(
        update(files)
        .where(files.c.request_id.in_(mine))
        .values(name_sealed=None, content_sealed=None)
    )
    unit.db.execute(
        update(mail).where(mail.c.request_id.in_(mine)).values(to_sealed=None, content_sealed=None)
    )
    unit.db.execute(delete(tags).where(tags.c.request_id.in_(mine)))
