"""The desk's copies of packages in the database: the only module that reads and writes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select, update

from privacy.clock import instant, micros
from privacy.rights.letter_state import LetterState
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import PackageCopy
from privacy.storage.tables.letters import Letter
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

NOT_GONE = tuple(
    state.value
    for state in (
        LetterState.DRAFT,
        LetterState.APPROVED,
        LetterState.QUEUED,
        LetterState.PRINTED,
    )
)


@dataclass(frozen=True)
class Copy:
    """The copy of one approval's package; `content` is sealed, None when it was destroyed.

    The key that opens it belongs to `holder_id` alone and dies with it.
    """

    request_id: str
    approved_seq: int
    holder_id: int
    row_id: int
    content: bytes | None
    sha256: str
    size_bytes: int
    dies_at: datetime
    destroyed_at: datetime | None = None

    def part(self) -> SealedPart:
        """The sealed content at its place, to be opened with a reason."""
        return SealedPart(place(self.row_id), KeyClass.CASE, self.content or b"")


def place(row_id: int) -> Place:
    """Where a copy stands: it is its own holder, so that its key is nobody else's."""
    return Place(Part.CASE_PACKAGE, row_id, row_id)


def add(unit: Unit, new: Copy) -> None:
    """Put a copy in; the caller appends the entry of the release."""
    unit.db.execute(
        insert(table_of(PackageCopy)).values(
            request_id=new.request_id,
            approved_seq=new.approved_seq,
            holder_id=new.holder_id,
            row_id=new.row_id,
            content_sealed=new.content,
            sha256=new.sha256,
            size_bytes=new.size_bytes,
            dies_at=micros(new.dies_at),
        )
    )


def latest(db: Connection, request_id: str) -> Copy | None:
    """The copy of the request's latest package; None if it never released one."""
    table = table_of(PackageCopy)
    row = db.execute(
        select(table)
        .where(table.c.request_id == request_id)
        .order_by(table.c.approved_seq.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _copy(row)


def over(db: Connection, now: datetime) -> list[str]:
    """Requests with a copy whose days are over and that was not destroyed yet."""
    table = table_of(PackageCopy)
    rows = db.execute(
        select(table.c.request_id)
        .where(table.c.dies_at <= micros(now), table.c.destroyed_at.is_(None))
        .distinct()
        .order_by(table.c.request_id)
    )
    return list(rows.scalars())


def live_of(db: Connection, subject_ids: Collection[int]) -> list[int]:
    """Holders of the copies of those persons' packages that were not destroyed."""
    table, requests = table_of(PackageCopy), table_of(RightsRequest)
    rows = db.execute(
        select(table.c.holder_id)
        .join(requests, requests.c.id == table.c.request_id)
        .where(requests.c.subject_id.in_(list(subject_ids)), table.c.destroyed_at.is_(None))
        .order_by(table.c.holder_id)
    )
    return list(rows.scalars())


def destroy(unit: Unit, holder_ids: Collection[int]) -> int:
    """Delete the contents of those copies, and of the letters with their pass phrases.

    How many copies there were. A letter that has not left is cancelled: its key goes too.
    """
    table, letters = table_of(PackageCopy), table_of(Letter)
    holders = list(holder_ids)
    gone = unit.db.execute(
        update(table)
        .where(table.c.holder_id.in_(holders), table.c.destroyed_at.is_(None))
        .values(content_sealed=None, destroyed_at=micros(unit.now))
    )
    unit.db.execute(
        update(letters)
        .where(letters.c.holder_id.in_(holders))
        .values(to_sealed=None, content_sealed=None)
    )
    unit.db.execute(
        update(letters)
        .where(letters.c.holder_id.in_(holders), letters.c.state.in_(NOT_GONE))
        .values(state=LetterState.CANCELLED.value)
    )
    return int(gone.rowcount)


def destroy_over(unit: Unit, request_id: str) -> int:
    """The same for a request's copies whose days are over."""
    table = table_of(PackageCopy)
    over = unit.db.execute(
        select(table.c.holder_id).where(
            table.c.request_id == request_id,
            table.c.dies_at <= micros(unit.now),
            table.c.destroyed_at.is_(None),
        )
    )
    return destroy(unit, list(over.scalars()))


def destroyed_holders(db: Connection) -> list[int]:
    """Holders whose content was deleted: their keys must be gone too."""
    table = table_of(PackageCopy)
    return list(
        db.execute(select(table.c.holder_id).where(table.c.destroyed_at.is_not(None))).scalars()
    )


def living(db: Connection) -> int:
    """How many copies the desk holds now."""
    table = table_of(PackageCopy)
    found = db.execute(
        select(func.count()).select_from(table).where(table.c.destroyed_at.is_(None))
    )
    return int(found.scalar_one())


def _copy(row: Row[tuple[object, ...]]) -> Copy:
    found = row._mapping
    return Copy(
        found["request_id"],
        found["approved_seq"],
        found["holder_id"],
        found["row_id"],
        None if found["content_sealed"] is None else bytes(found["content_sealed"]),
        found["sha256"],
        found["size_bytes"],
        instant(found["dies_at"]),
        None if found["destroyed_at"] is None else instant(found["destroyed_at"]),
    )
