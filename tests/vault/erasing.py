"""A small erasure runner, by the steps of the two-store protocol and nothing else.

(1) line in the ledger of no; (2) main: erasing, entry; (4) vault: keys; (5) main:
rows stripped, entry; (6) epoch turn; (7) read-back, entry. There are no live calls
here to wait for. Every step is idempotent, so `go_on` may run after any crash.
"""

from __future__ import annotations

from sqlalchemy import select, update

from privacy.consent.lines import carried_out, mark_carried_out
from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, LedgerKind, SubjectState
from privacy.vault.epochs import turn, unfinished
from privacy.vault.erase import bytes_left, commitment, delete_keys, keys_left, wraps_of
from privacy.vault.ledger import Line

AT_ONCE = (KeyClass.CALL, KeyClass.DESK)


def erase(desk: Desk, subject_id: int) -> None:
    """Erase one person and turn the epoch."""
    with desk.reading() as db:
        size = desk.log.head(db).size
    line = desk.ledger.append(LedgerKind.ERASURE, desk.now(), size, subject=subject_id)
    carry(desk, line)
    if not turned_since(desk, subject_id):
        turn(desk.vault, "test", wait_s=0)
    verify(desk, subject_id)


def carry(desk: Desk, line: Line) -> None:
    """Steps 2, 4 and 5; what a recovery does with a line that main has not carried out."""
    subject_id = int(line.subject)
    wraps = wraps_of(desk.vault, [subject_id], AT_ONCE)
    desk.write(lambda unit: _intend(unit, line, commitment(wraps)))
    delete_keys(desk.vault, [subject_id], AT_ONCE)
    assert bytes_left(desk.vault.writes.engine, wraps) in (0, None)
    desk.write(lambda unit: _strip(unit, line))


def turned_since(desk: Desk, subject_id: int) -> bool:
    """Whether a turn that a crash had left open was already finished by recovery."""
    with desk.reading() as db:
        return unfinished(db) is None and desk.vault.epoch > 1


def verify(desk: Desk, subject_id: int) -> None:
    assert keys_left(desk.vault, [subject_id], AT_ONCE) == 0
    desk.write(lambda unit: unit.append("erasure.verified", "test"))


def _intend(unit: Unit, line: Line, digest: str) -> None:
    table = table_of(Subject)
    if carried_out(unit.db, line):
        return
    changed = unit.db.execute(
        update(table)
        .where(table.c.id == int(line.subject), table.c.state == SubjectState.ACTIVE)
        .values(state=SubjectState.ERASING.value)
    )
    if changed.rowcount:
        unit.append("erasure.intended", "test", commitment=digest)


def _strip(unit: Unit, line: Line) -> None:
    subjects, points = table_of(Subject), table_of(ContactPoint)
    if carried_out(unit.db, line):
        return
    subject_id = int(line.subject)
    assert unit.db.execute(
        select(subjects.c.state).where(subjects.c.id == subject_id)
    ).scalar_one() in (SubjectState.ERASING, SubjectState.ERASED)
    unit.db.execute(
        update(subjects)
        .where(subjects.c.id == subject_id)
        .values(state=SubjectState.ERASED.value, profile_sealed=None)
    )
    unit.db.execute(update(points).where(points.c.subject_id == subject_id).values(sealed=None))
    mark_carried_out(unit, line)
    unit.append("erasure.keys_deleted", "test")
