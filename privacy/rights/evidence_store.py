"""Identity evidence in the database: sealed content until the decision, then the bare row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from privacy.clock import instant, micros
from privacy.rights.case import State
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestEvidence
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

DECIDED = (State.REFUSED, State.FULFILLED, State.CLOSED)


@dataclass(frozen=True)
class Held:
    """One piece of evidence: what kind, since when, and when its content was deleted."""

    request_id: str
    number: int
    row_id: int
    kind: str
    added_at: datetime
    deleted_at: datetime | None


def listed(db: Connection, request_id: str) -> list[Held]:
    """The evidence of a case, content or not, in the order in which it came."""
    table = table_of(RequestEvidence)
    rows = db.execute(
        select(table).where(table.c.request_id == request_id).order_by(table.c.number)
    )
    return [
        Held(
            row.request_id,
            row.number,
            row.row_id,
            row.kind,
            instant(row.added_at),
            None if row.deleted_at is None else instant(row.deleted_at),
        )
        for row in rows
    ]


def sealed(db: Connection, request_id: str, number: int) -> tuple[int, bytes] | None:
    """Row id and sealed content of one piece; None if it is not there or was deleted."""
    table = table_of(RequestEvidence)
    row = db.execute(
        select(table.c.row_id, table.c.content_sealed).where(
            table.c.request_id == request_id,
            table.c.number == number,
            table.c.content_sealed.is_not(None),
        )
    ).one_or_none()
    return None if row is None else (row.row_id, bytes(row.content_sealed))


def part(holder_id: int, row_id: int, content: bytes) -> SealedPart:
    """The sealed content at its place."""
    return SealedPart(Place(Part.IDENTITY_EVIDENCE, holder_id, row_id), KeyClass.CASE, content)


def add(unit: Unit, request_id: str, row_id: int, kind: str, content: bytes) -> int:
    """Add a piece; its number. The case's row is locked, so that numbers do not collide."""
    table, cases = table_of(RequestEvidence), table_of(RightsRequest)
    unit.db.execute(select(cases.c.id).where(cases.c.id == request_id).with_for_update())
    last = unit.db.execute(
        select(func.max(table.c.number)).where(table.c.request_id == request_id)
    ).scalar()
    number = 1 if last is None else int(last) + 1
    unit.db.execute(
        insert(table).values(
            request_id=request_id,
            number=number,
            row_id=row_id,
            kind=kind,
            content_sealed=content,
            added_at=micros(unit.now),
        )
    )
    return number


def delete_contents(unit: Unit, request_id: str, kept: tuple[str, ...]) -> list[int]:
    """Delete the contents of a case except those kinds; row ids of what went."""
    table = table_of(RequestEvidence)
    gone = unit.db.execute(
        update(table)
        .where(
            table.c.request_id == request_id,
            table.c.deleted_at.is_(None),
            table.c.kind.not_in(kept),
        )
        .values(content_sealed=None, deleted_at=micros(unit.now))
        .returning(table.c.row_id)
    )
    return sorted(gone.scalars())


def undecided_over(db: Connection, kept: tuple[str, ...]) -> list[str]:
    """Requests that ended by another way than a proof and still hold contents."""
    table, cases = table_of(RequestEvidence), table_of(RightsRequest)
    rows = db.execute(
        select(table.c.request_id)
        .join(cases, cases.c.id == table.c.request_id)
        .where(
            table.c.deleted_at.is_(None),
            table.c.kind.not_in(kept),
            cases.c.state.in_([state.value for state in DECIDED]),
        )
        .distinct()
        .order_by(table.c.request_id)
    )
    return list(rows.scalars())


def deleted_rows(db: Connection) -> list[int]:
    """Row ids whose content was deleted: their keys must be gone too."""
    table = table_of(RequestEvidence)
    return list(db.execute(select(table.c.row_id).where(table.c.deleted_at.is_not(None))).scalars())
