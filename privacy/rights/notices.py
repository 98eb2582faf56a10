"""The notice that people of a list bought in are owed: one task for each import.

Whoever takes data from elsewhere tells the persons within the law's period, at the
latest with the first communication (GDPR Article 14(3)). The period runs from the day
on which the data was obtained. The task is a case of kind notice, without any person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from privacy import actors
from privacy.actors import ALLOWED, Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.ids import public_id
from privacy.rights import intake, standing, store
from privacy.rights.case import Event, Kind
from privacy.rights.store import Case, NewEvent
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import NoticeTask
from privacy.storage.tables.people import ImportBatch
from privacy.storage.unit import Unit
from privacy.terms import Role

_BOUGHT = re.compile(
    r"\b(bought|purchased?|rented|licen[cs]ed|broker(ed|s)?|third[- ]part(y|ies)|gekauft|gemietet"
    r"|data (vendor|provider|seller)|lead (vendor|provider|seller|list))\b",
    re.IGNORECASE,
)


def is_bought(source: str) -> bool:
    """Whether the words of a source say that somebody else collected the data."""
    return _BOUGHT.search(source) is not None


@dataclass(frozen=True)
class Bought:
    """An import of a list bought in that has no task yet."""

    import_id: str
    source: str
    obtained_on: date
    people: int


def missing(desk: Desk) -> list[Bought]:
    """Imports of lists bought in that brought people and have no task, oldest first."""
    batches, tasks = table_of(ImportBatch), table_of(NoticeTask)
    with desk.reading() as db:
        rows = db.execute(
            select(batches)
            .outerjoin(tasks, tasks.c.import_id == batches.c.id)
            .where(tasks.c.id.is_(None), batches.c.imported + batches.c.merged > 0)
            .order_by(batches.c.started_at)
        ).all()
    return [
        Bought(row.id, row.source, date.fromisoformat(row.obtained_on), row.imported + row.merged)
        for row in rows
        if is_bought(row.source)
    ]


def open_missing(desk: Desk, actor: Actor) -> list[Case]:
    """Open the task of every import that lacks one; what this call opened."""
    opened = [open_task(desk, actor, bought) for bought in missing(desk)]
    return [case for case in opened if case is not None]


def open_task(desk: Desk, actor: Actor, bought: Bought) -> Case | None:
    """Open the one notice task of an import; None if it has one by now.

    The clock runs from the start of the day of obtaining in the controller's zone.
    """
    standing.require_reader(actor)
    zone = ZoneInfo(desk.config.controller.zone)
    start = datetime.combine(bought.obtained_on, time(0), tzinfo=zone)
    received = min(start, desk.now())
    new = intake.prepared(desk, _owner(desk, actor), Kind.NOTICE, "api", received)

    def job(unit: Unit) -> bool:
        if of_import(unit.db, bought.import_id) is not None:
            return False
        store.add(unit, new, None)
        store.tell(unit, new.id, actor.id, NewEvent(Event.OPENED, received, intake.opening(new)))
        unit.db.execute(
            insert(table_of(NoticeTask)).values(
                id=public_id("nt"),
                import_id=bought.import_id,
                source=bought.source,
                obtained_at=micros(received),
                people=bought.people,
                request_id=new.id,
            )
        )
        unit.append(
            "request.opened",
            actor.id,
            request=new.id,
            object=Kind.NOTICE.value,
            fields=list(new.laws),
            count=bought.people,
        )
        return True

    return new if desk.write(job) else None


def _owner(desk: Desk, actor: Actor) -> str:
    """The actor, or a data protection officer where the actor handles no requests."""
    if Act.HANDLE_REQUEST in ALLOWED[actor.role]:
        return actor.id
    officers = [row.id for row in actors.listed(desk) if row.active and row.role == Role.DPO]
    return officers[0] if officers else actor.id


def of_import(db: Connection, import_id: str) -> str | None:
    """The request id of an import's notice task; None if it has none."""
    table = table_of(NoticeTask)
    found = db.execute(select(table.c.request_id).where(table.c.import_id == import_id)).first()
    return None if found is None else str(found.request_id)
