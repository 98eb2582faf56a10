"""What is tried to prove who asks: codes by their keyed hash, and attempts by claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from privacy.clock import instant, micros
from privacy.rights.case import Event
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import RequestChallenge, RequestEvent
from privacy.storage.unit import Unit


@dataclass(frozen=True)
class Challenge:
    """A code that was made. Without a subject it is a decoy, which nothing answers."""

    code_hash: bytes
    subject_id: int | None
    expires_at: datetime
    tries_left: int


def challenge(db: Connection, request_id: str) -> Challenge | None:
    """The code that is out for a case."""
    table = table_of(RequestChallenge)
    row = db.execute(select(table).where(table.c.request_id == request_id)).one_or_none()
    return None if row is None else _challenge(row)


def set_challenge(unit: Unit, request_id: str, new: Challenge) -> None:
    """Put a code in the place of the one before."""
    drop_challenge(unit, request_id)
    unit.db.execute(
        insert(table_of(RequestChallenge)).values(
            request_id=request_id,
            code_hash=new.code_hash,
            subject_id=new.subject_id,
            expires_at=micros(new.expires_at),
            tries_left=new.tries_left,
        )
    )


def take_try(unit: Unit, request_id: str) -> Challenge | None:
    """Use up one try and give the code to compare with; None if none is left or it is over.

    One statement counts and looks: guesses in parallel queue for the row, and the sixth
    finds nothing, whatever the first five did.
    """
    table = table_of(RequestChallenge)
    row = unit.db.execute(
        update(table)
        .where(
            table.c.request_id == request_id,
            table.c.tries_left > 0,
            table.c.expires_at >= micros(unit.now),
        )
        .values(tries_left=table.c.tries_left - 1)
        .returning(table)
    ).one_or_none()
    return None if row is None else _challenge(row)


def drop_challenge(unit: Unit, request_id: str) -> None:
    """The code that is out proves nothing any more."""
    table = table_of(RequestChallenge)
    unit.db.execute(delete(table).where(table.c.request_id == request_id))


def proofs_tried(db: Connection, request_id: str, start: datetime) -> int:
    """How often somebody tried to prove by claims who they are, from `start` on."""
    table = table_of(RequestEvent)
    found = db.execute(
        select(func.count()).where(
            table.c.request_id == request_id,
            table.c.type == Event.PROOF_TRIED.value,
            table.c.recorded_at >= micros(start),
        )
    )
    return int(found.scalar_one())


def _challenge(row: Row[tuple[object, ...]]) -> Challenge:
    found = row._mapping
    return Challenge(
        bytes(found["code_hash"]),
        found["subject_id"],
        instant(found["expires_at"]),
        found["tries_left"],
    )
