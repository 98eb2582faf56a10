"""How far a file of agents' requests was taken, so that an interrupted one goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import insert, select, update

from privacy.actors import Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.ids import public_id
from privacy.rights.arriving.ways import Source
from privacy.storage.tables.arrivals import ArrivalBatch
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit


@dataclass(frozen=True)
class Batch:
    """A file that was begun: `next_row` rows of it are done."""

    id: str
    next_row: int
    opened: int
    rejected: int


class Counted(Protocol):
    """Counts of a run."""

    read: int
    opened: int
    rejected: int


def begun(desk: Desk, actor: Actor, file_tag: bytes) -> Batch:
    """The batch of that file, begun now or before. A finished file begins at its end."""
    table = table_of(ArrivalBatch)

    def job(unit: Unit) -> Batch:
        row = unit.db.execute(select(table).where(table.c.file_tag == file_tag)).first()
        if row is not None:
            return Batch(row.id, row.next_row, row.opened, row.rejected)
        new = Batch(public_id("ab"), 0, 0, 0)
        unit.db.execute(
            insert(table).values(
                id=new.id,
                source=Source.AGENT.value,
                file_tag=file_tag,
                next_row=0,
                opened=0,
                rejected=0,
                started_at=micros(unit.now),
                started_by=actor.id,
            )
        )
        unit.append("arrival.batch_begun", actor.id, object=new.id)
        return new

    return desk.write(job)


def save(desk: Desk, actor: Actor, batch_id: str, counted: Counted) -> None:
    """Note how far it is."""
    _set(desk, actor, batch_id, counted, "arrival.batch_went_on", done=False)


def finish(desk: Desk, actor: Actor, batch_id: str, counted: Counted) -> None:
    """Note that the whole file was taken."""
    _set(desk, actor, batch_id, counted, "arrival.batch_finished", done=True)


def _set(
    desk: Desk, actor: Actor, batch_id: str, counted: Counted, action: str, *, done: bool
) -> None:
    table = table_of(ArrivalBatch)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table)
            .where(table.c.id == batch_id)
            .values(
                next_row=counted.read,
                opened=counted.opened,
                rejected=counted.rejected,
                finished_at=micros(unit.now) if done else None,
            )
        )
        unit.append(action, actor.id, object=batch_id, count=counted.read)

    desk.write(job)
