"""A small erasure runner, by the steps of the two-store protocol and nothing else.

(1) line in the ledger of no; (2) main: erasing, entry; (4) vault: keys; (5) main:
rows stripped, entry; (6) epoch turn; (7) read-back, entry. There are no live calls
here to wait for. Every step is idempotent, so `carry` may run after any crash.
"""

from __future__ import annotations

from sqlalchemy import select, update

from privacy.consent.lines import carried_out, mark_carried_out
from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, LedgerKind, SubjectState
from privacy.vault.epochs import turn
from privacy.vault.erase import bytes_left, commitment, delete_keys, keys_left, wraps_of
from privacy.vault.ledger import Line

AT_ONCE = (KeyClass.CALL, KeyClass.DESK)


def erase(desk: Desk, subject_id: int) -> None:
    """Erase one person and turn the epoch."""
    with desk.reading() as db:
        size = desk.log.head(db).size
    carry(desk, desk.ledger.append(LedgerKind.ERASURE, desk.now(), size, subject=subject_id))


def carry(desk: Desk, line: Line) -> None:
    """Steps 2 to 7; also what a recovery does with a line that main has not carried out."""
    holders = [int(line.subject)]
    wraps = wraps_of(desk.vault, holders, AT_ONCE)
    desk.write(lambda unit: _intend(unit, line, commitment(wraps)))
    delete_keys(desk.vault, holders, AT_ONCE)
    assert bytes_left(desk.vault.writes.engine, wraps) in (0, None)
    desk.write(lambda unit: _strip(unit, line))
    turn(desk.vault, "test", wait_s=0)
    assert keys_left(desk.vault, holders, AT_ONCE) == 0
    desk.write(lambda unit: _verified(unit, line))


def _intend(unit: Unit, line: Line, digest: str) -> None:
    if _state(unit, line) == SubjectState.ACTIVE:
        _change(unit, line, state=SubjectState.ERASING.value)
        unit.append("erasure.intended", "test", commitment=digest)


def _strip(unit: Unit, line: Line) -> None:
    points = table_of(ContactPoint)
    if _state(unit, line) == SubjectState.ERASING:
        _change(unit, line, state=SubjectState.ERASED.value, profile_sealed=None)
        unit.db.execute(
            update(points).where(points.c.subject_id == int(line.subject)).values(sealed=None)
        )
        unit.append("erasure.keys_deleted", "test")


def _state(unit: Unit, line: Line) -> str:
    table = table_of(Subject)
    found = unit.db.execute(select(table.c.state).where(table.c.id == int(line.subject)))
    return str(found.scalar_one())


def _change(unit: Unit, line: Line, **values: str | None) -> None:
    table = table_of(Subject)
    unit.db.execute(update(table).where(table.c.id == int(line.subject)).values(**values))


def _verified(unit: Unit, line: Line) -> None:
    if not carried_out(unit.db, line):
        mark_carried_out(unit, line)
        unit.append("erasure.verified", "test")
