"""Consents that an import brought: from parsed columns to records, each once.

A list's column is no evidence by itself: its grants are kept as undocumented
prior express consent. Its withdrawals go through the ledger of no before the
batch that makes the persons commits. Of a restricted person's row only what is
withdrawn is kept: the rest waits in the list until the restriction is lifted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from privacy.actors import Actor
from privacy.consent import restrictions, store
from privacy.consent.joined import numbers_to_lock
from privacy.consent.ledger import ConsentRecord, RecordKind
from privacy.consent.lines import mark_carried_out
from privacy.consent.records import Evidence, NewRecord
from privacy.contacts.deciding import RowConsents
from privacy.contacts.importing import OnConsents
from privacy.desk import Desk
from privacy.storage.number_locks import lock_numbers
from privacy.storage.unit import Unit
from privacy.terms import Channel, ConsentClass, ContactKind, LedgerKind
from privacy.vault.ledger import Line, new_line

SOURCE = "import"


def keeper(desk: Desk, actor: Actor) -> OnConsents:
    """What an import hands its consents to; see `privacy.contacts.importing.OnConsents`."""

    def keep(rows: Sequence[RowConsents]) -> Callable[[Unit], None] | None:
        now = desk.now()
        wanted = [new for row in rows for new in _records(row, now)]
        with desk.reading() as db:
            news = _new_ones(db, wanted)
            size = desk.log.head(db).size
        if not news:
            return None
        lines = [_line(new, size) for new in news if new.kind is RecordKind.WITHDRAWAL]
        prepared = store.prepare(desk, actor, news)
        withdrawing = {new.subject_id for new in news if new.kind is RecordKind.WITHDRAWAL}
        numbers = numbers_to_lock(desk, actor.id, withdrawing) if lines else set()
        if lines:
            desk.ledger.append_many(lines)

        def insert(unit: Unit) -> None:
            lock_numbers(unit.db, numbers)
            store.insert_prepared(unit, actor, prepared, news)
            for line in lines:
                mark_carried_out(unit, line)

        return insert

    return keep


def _records(row: RowConsents, now: datetime) -> list[NewRecord]:
    """One record for each point that the consent's channel reaches.

    A grant of a day to come proves nothing; a withdrawal of a day to come is one now.
    """
    return [
        NewRecord(
            point.subject_id,
            point.point_id,
            RecordKind(consent.kind),
            consent.purpose.value,
            consent.channel.value,
            ConsentClass.PRIOR_EXPRESS_CONSENT
            if consent.kind == RecordKind.GRANT
            else ConsentClass.WITHDRAWN,
            min(consent.at or now, now),
            SOURCE,
            Evidence(words=consent.source),
        )
        for consent in row.consents
        if consent.kind != RecordKind.GRANT or (consent.at is not None and consent.at <= now)
        for point in row.points
        if (point.kind == ContactKind.EMAIL) == (consent.channel is Channel.EMAIL)
    ]


def _new_ones(db: Connection, wanted: Sequence[NewRecord]) -> list[NewRecord]:
    """Those that the desk does not hold yet: the same list again adds nothing."""
    held = store.consents(db, {new.point_id for new in wanted if new.point_id is not None})
    closed = restrictions.restricted_since(db, {new.subject_id for new in wanted})
    return [
        new
        for new in wanted
        if not _is_held(new, held.get(new.point_id or 0, []))
        and (new.kind is RecordKind.WITHDRAWAL or new.subject_id not in closed)
    ]


def _is_held(new: NewRecord, records: Sequence[ConsentRecord]) -> bool:
    """Whether the desk has this record, or is withdrawn already by another one.

    A withdrawal before a later grant is not enough: what the list withdraws now
    would be lost.
    """
    same = [r for r in records if (r.purpose, r.channel) == (new.purpose, new.channel)]
    if any(r.kind is new.kind and r.effective_at == new.effective_at for r in same):
        return True
    if new.kind is not RecordKind.WITHDRAWAL:
        return False
    void = {r.corrects for r in records if r.corrects}
    grants = [r.effective_at for r in same if r.kind is RecordKind.GRANT]
    withdrawals = [
        r.effective_at for r in same if r.kind is RecordKind.WITHDRAWAL and r.id not in void
    ]
    return bool(withdrawals) and all(at <= max(withdrawals) for at in grants)


def _line(new: NewRecord, size: int) -> Line:
    return new_line(
        LedgerKind.WITHDRAWAL,
        new.effective_at,
        size,
        subject=new.subject_id,
        scope=f"{new.purpose}/{new.channel}",
        note=str(new.point_id),
    )
