"""Messages in the database: the only module that reads and writes the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, func, insert, select, update

from privacy.clock import instant, micros
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Outbox
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart


class Delivery(StrEnum):
    """Where a message is on its way. A cancelled one was never given to anybody."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


WAITING = (Delivery.QUEUED, Delivery.SENDING)
LOST = "lost"
"""The connection broke while the mail was given: the server may have taken it."""


@dataclass(frozen=True)
class Message:
    """One message as main holds it; `to` and `content` are sealed, None when they are gone."""

    id: str
    holder_id: int
    request_id: str | None
    kind: str
    row_id: int
    state: Delivery
    tries: int
    next_at: datetime
    created_at: datetime
    sent_at: datetime | None
    error: str
    to_sealed: bytes | None
    content_sealed: bytes | None
    bounced_at: datetime | None = None
    bounce: str = ""

    def parts(self) -> tuple[SealedPart, SealedPart]:
        """Address and content, to be opened with a reason."""
        to, content = places(self.holder_id, self.row_id)
        return (
            SealedPart(to, KeyClass.CASE, self.to_sealed or b""),
            SealedPart(content, KeyClass.CASE, self.content_sealed or b""),
        )


def places(holder_id: int, row_id: int) -> tuple[Place, Place]:
    """Where address and content of a message stand."""
    return (
        Place(Part.OUTBOX_TO, holder_id, row_id),
        Place(Part.OUTBOX_CONTENT, holder_id, row_id),
    )


def add(unit: Unit, new: Message) -> None:
    """Put a message in; the caller appends the entry."""
    unit.db.execute(
        insert(table_of(Outbox)).values(
            id=new.id,
            holder_id=new.holder_id,
            request_id=new.request_id,
            kind=new.kind,
            row_id=new.row_id,
            to_sealed=new.to_sealed,
            content_sealed=new.content_sealed,
            state=new.state.value,
            tries=new.tries,
            next_at=micros(new.next_at),
            error=new.error,
            created_at=micros(new.created_at),
        )
    )


def message(db: Connection, message_id: str) -> Message | None:
    """A message by its id."""
    table = table_of(Outbox)
    row = db.execute(select(table).where(table.c.id == message_id)).one_or_none()
    return None if row is None else _message(row)


def unfinished(db: Connection) -> list[Message]:
    """What waits, failed or came back, oldest first."""
    table = table_of(Outbox)
    rows = db.execute(
        select(table)
        .where(
            table.c.state.in_([*WAITING, Delivery.FAILED]) | table.c.bounced_at.is_not(None),
        )
        .order_by(table.c.created_at, table.c.id)
    )
    return [_message(row) for row in rows]


def locked(unit: Unit, message_id: str) -> Message | None:
    """A message by its id, its row locked until the transaction ends."""
    table = table_of(Outbox)
    row = unit.db.execute(
        select(table).where(table.c.id == message_id).with_for_update()
    ).one_or_none()
    return None if row is None else _message(row)


def set_bounced(unit: Unit, message_id: str, code: str) -> None:
    """A message came back with that code; the caller has locked it."""
    table = table_of(Outbox)
    unit.db.execute(
        update(table)
        .where(table.c.id == message_id)
        .values(bounced_at=micros(unit.now), bounce=code)
    )


def due(db: Connection, now: datetime) -> list[str]:
    """Ids of what may be sent now, oldest first: queued, or left behind by a process that died."""
    table = table_of(Outbox)
    rows = db.execute(
        select(table.c.id)
        .where(table.c.state.in_(WAITING), table.c.next_at <= micros(now))
        .order_by(table.c.created_at, table.c.id)
    )
    return list(rows.scalars())


def counts(db: Connection) -> dict[str, int]:
    """How many messages stand in each state."""
    table = table_of(Outbox)
    rows = db.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return {row[0]: int(row[1]) for row in rows}


def since(db: Connection, request_id: str, kind: str, start: datetime) -> int:
    """How many messages of a kind were put in for a request from `start` on."""
    table = table_of(Outbox)
    found = db.execute(
        select(func.count()).where(
            table.c.request_id == request_id,
            table.c.kind == kind,
            table.c.created_at >= micros(start),
        )
    )
    return int(found.scalar_one())


def claim(unit: Unit, message_id: str, state: Delivery, until: datetime) -> bool:
    """Take a message that is due in that state, until then; False if somebody else has it."""
    table = table_of(Outbox)
    taken = unit.db.execute(
        update(table)
        .where(
            table.c.id == message_id,
            table.c.state == state.value,
            table.c.next_at <= micros(unit.now),
        )
        .values(
            state=Delivery.SENDING.value, tries=table.c.tries + 1, next_at=micros(until), error=""
        )
    )
    return bool(taken.rowcount)


def settle(unit: Unit, message_id: str, state: Delivery, error: str = "") -> None:
    """The message ends in that state; address and content go."""
    table = table_of(Outbox)
    sent = micros(unit.now) if state is Delivery.SENT else None
    unit.db.execute(
        update(table)
        .where(table.c.id == message_id)
        .values(state=state.value, error=error, sent_at=sent, to_sealed=None, content_sealed=None)
    )


def put_back(unit: Unit, message_id: str, at: datetime, error: str) -> None:
    """The message is tried again at `at`."""
    table = table_of(Outbox)
    unit.db.execute(
        update(table)
        .where(table.c.id == message_id)
        .values(state=Delivery.QUEUED.value, next_at=micros(at), error=error)
    )


def cancel(unit: Unit, message_id: str, error: str) -> bool:
    """Cancel a message that waits and that no mail server can have; False if one may have it."""
    table = table_of(Outbox)
    gone = unit.db.execute(
        update(table)
        .where(
            table.c.id == message_id,
            table.c.state == Delivery.QUEUED.value,
            table.c.error != LOST,
        )
        .values(state=Delivery.CANCELLED.value, error=error, to_sealed=None, content_sealed=None)
    )
    return bool(gone.rowcount)


def cancel_waiting(unit: Unit, request_id: str, kind: str, error: str) -> Sequence[str]:
    """Cancel what waits for a request and was not given to a mail server; their ids."""
    table = table_of(Outbox)
    gone = unit.db.execute(
        update(table)
        .where(
            table.c.request_id == request_id,
            table.c.kind == kind,
            table.c.state == Delivery.QUEUED.value,
        )
        .values(state=Delivery.CANCELLED.value, error=error, to_sealed=None, content_sealed=None)
        .returning(table.c.id)
    )
    return list(gone.scalars())


def _message(row: Row[tuple[object, ...]]) -> Message:
    found = row._mapping
    return Message(
        found["id"],
        found["holder_id"],
        found["request_id"],
        found["kind"],
        found["row_id"],
        Delivery(found["state"]),
        found["tries"],
        instant(found["next_at"]),
        instant(found["created_at"]),
        None if found["sent_at"] is None else instant(found["sent_at"]),
        found["error"],
        None if found["to_sealed"] is None else bytes(found["to_sealed"]),
        None if found["content_sealed"] is None else bytes(found["content_sealed"]),
        None if found["bounced_at"] is None else instant(found["bounced_at"]),
        found["bounce"],
    )
