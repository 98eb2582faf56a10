"""Restriction of processing (GDPR Article 18): the person's data is only stored.

Written by rights requests, read by the gateway and by everything that would
use the data. Placed through the ledger of no, so that a restored backup cannot
forget it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.consent.joined import joined, numbers_to_lock
from privacy.consent.lines import carried_out, mark_carried_out
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.storage.bulk import in_chunks
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RestrictionRow
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import LedgerKind
from privacy.vault.ledger import Line


def place(desk: Desk, actor: Actor, subject_id: int, reason: str) -> str:
    """Restrict a person; effective when this returns. `reason` is a code, never free text."""
    actor.require(Act.HANDLE_REQUEST)
    numbers = numbers_to_lock(desk, actor.id, [subject_id])
    with desk.reading() as db:
        size = desk.log.head(db).size
    line = desk.ledger.append(
        LedgerKind.RESTRICTION, desk.now(), size, subject=subject_id, scope="placed", note=reason
    )

    def job(unit: Unit) -> None:
        lock_numbers(unit.db, numbers)
        _place(unit, line, actor.id)

    desk.write(job)
    return line.id


def lift(desk: Desk, actor: Actor, restriction_id: str) -> None:
    """Lift a restriction. The person is told before (Article 18(3)): the case sees to it."""
    actor.require(Act.APPROVE_REQUEST)
    table = table_of(RestrictionRow)

    def job(unit: Unit) -> None:
        changed = unit.db.execute(
            update(table)
            .where(table.c.id == restriction_id, table.c.lifted_at.is_(None))
            .values(lifted_at=micros(unit.now))
        )
        if not changed.rowcount:
            raise NotFound("There is no such restriction in force.", what=restriction_id)
        unit.append("restriction.lifted", actor.id, object=restriction_id)

    desk.write(job)


def restricted(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those of `subject_ids` whose data is restricted now, by whichever row of the person."""
    table = table_of(RestrictionRow)
    sets = joined(db, subject_ids)
    people = {one for group in sets.values() for one in group}
    found: set[int] = set()
    for chunk in in_chunks(sorted(people), 500):
        rows = db.execute(
            select(table.c.subject_id).where(
                table.c.subject_id.in_(chunk), table.c.lifted_at.is_(None)
            )
        )
        found.update(rows.scalars())
    return {subject_id for subject_id, group in sets.items() if group & found}


def carry(desk: Desk, line: Line) -> None:
    """Carry out a restriction of the ledger that main does not have."""
    desk.write(lambda unit: _place(unit, line, "rightsdesk"))


def _place(unit: Unit, line: Line, actor_id: str) -> None:
    if carried_out(unit.db, line):
        return
    subjects = table_of(Subject)
    subject_id = int(line.subject)
    if unit.db.execute(select(subjects.c.id).where(subjects.c.id == subject_id)).scalar():
        unit.db.execute(
            insert(table_of(RestrictionRow)).values(
                id=line.id,
                subject_id=subject_id,
                reason=line.note,
                placed_at=micros(datetime.fromisoformat(line.at)),
            )
        )
    mark_carried_out(unit, line)
    unit.append("restriction.placed", actor_id, object=line.id, outcome=line.note)
