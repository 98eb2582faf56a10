"""Breaches in the database: the only module of this room that writes their rows.

A line of the timeline is added under the row lock of its breach, judged there by
`states`, and commits with its audit entry. What is written in words is sealed under the
breach's own case key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.ids import row_id
from privacy.rights.breach import law, states
from privacy.rights.breach.states import Event, Laws, Standing, Told
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import Breach as BreachRow
from privacy.storage.tables.breaches import BreachEvent as EventRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

PROCESSOR = "processor"


@dataclass(frozen=True)
class Breach:
    """One incident as main holds it. Instants are aware UTC. `laws`: the first one leads."""

    id: str
    holder_id: int
    row_id: int
    laws: tuple[str, ...]
    state: str
    risk: str
    aware_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None


@dataclass(frozen=True)
class Line:
    """One line of the timeline: `at` is when it was so, `recorded_at` when the desk learned it."""

    seq: int
    type: Event
    at: datetime
    recorded_at: datetime
    actor: str
    facts: Mapping[str, Any]
    has_note: bool = False


@dataclass(frozen=True)
class New:
    """A line to be added; `note` is sealed."""

    type: Event
    at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def breach(db: Connection, breach_id: str) -> Breach:
    """The breach with that id. NotFound."""
    table = table_of(BreachRow)
    row = db.execute(select(table).where(table.c.id == breach_id)).one_or_none()
    if row is None:
        raise NotFound(
            "The register has no such breach.", what="breach", next="See `rightsdesk breach list`."
        )
    return _breach(row)


def listed(db: Connection, state: str = "") -> list[Breach]:
    """Breaches in that state (default: all), by when the controller became aware."""
    table = table_of(BreachRow)
    statement = select(table).order_by(table.c.aware_at, table.c.id)
    if state:
        statement = statement.where(table.c.state == state)
    return [_breach(row) for row in db.execute(statement)]


def timeline(db: Connection, breach_id: str) -> list[Line]:
    """The timeline in the order in which it was recorded."""
    table = table_of(EventRow)
    rows = db.execute(select(table).where(table.c.breach_id == breach_id).order_by(table.c.seq))
    return [_line(row) for row in rows]


def standing(found: Breach, lines: Sequence[Line]) -> Standing:
    """How the timeline leaves it. NotNow for rows that were changed."""
    told = [Told(line.type, line.actor, line.facts) for line in lines]
    return states.replayed(found.id, laws_of(found, lines), told)


def laws_of(found: Breach, lines: Sequence[Line]) -> Laws:
    """What its laws ask for, and whether the desk's owner is only a processor."""
    role = lines[0].facts.get("role") if lines else ""
    return law.duties(found.laws, as_processor=role == PROCESSOR)


def add(unit: Unit, new: Breach, account: bytes) -> None:
    """Store a new breach; its opening line is added by `tell`."""
    unit.db.execute(
        insert(table_of(BreachRow)).values(
            id=new.id,
            holder_id=new.holder_id,
            row_id=new.row_id,
            account_sealed=account,
            laws=" ".join(new.laws),
            state=new.state,
            risk=new.risk,
            aware_at=micros(new.aware_at),
            began_at=None if new.began_at is None else micros(new.began_at),
            ended_at=None if new.ended_at is None else micros(new.ended_at),
            opened_at=micros(new.opened_at),
            opened_by=new.opened_by,
        )
    )


def lock(unit: Unit, breach_id: str) -> Breach:
    """The breach under its row lock, to the end of the transaction. NotFound."""
    table = table_of(BreachRow)
    unit.db.execute(select(table.c.id).where(table.c.id == breach_id).with_for_update())
    return breach(unit.db, breach_id)


def tell(
    unit: Unit,
    breach_id: str,
    actor_id: str,
    new: New,
    note: tuple[int | None, bytes | None] = (None, None),
) -> int:
    """Add a line under the breach's lock, with state and risk as they follow; its number.

    NotNow where it may not happen. The caller appends the audit entry.
    """
    found = lock(unit, breach_id)
    lines = timeline(unit.db, breach_id)
    laws = laws_of(found, lines) if lines else Laws(frozenset())
    before = standing(found, lines) if lines else Standing()
    after = states.after(breach_id, laws, before, Told(new.type, actor_id, new.facts))
    assert after.state is not None
    table = table_of(EventRow)
    last = unit.db.execute(
        select(func.max(table.c.seq)).where(table.c.breach_id == breach_id)
    ).scalar()
    seq = 1 if last is None else int(last) + 1
    unit.db.execute(
        insert(table).values(
            breach_id=breach_id,
            seq=seq,
            type=new.type.value,
            at=micros(new.at or unit.now),
            recorded_at=micros(unit.now),
            actor=actor_id,
            facts=json.dumps(dict(new.facts), sort_keys=True),
            row_id=note[0],
            note_sealed=note[1],
        )
    )
    closed = micros(unit.now) if new.type is Event.CLOSED else None
    set_values(unit, breach_id, state=after.state.value, risk=after.risk.value, closed_at=closed)
    return seq


def set_values(unit: Unit, breach_id: str, **values: object) -> None:
    """Change columns of a breach."""
    table = table_of(BreachRow)
    unit.db.execute(update(table).where(table.c.id == breach_id).values(**values))


def sealed_account(db: Connection, found: Breach) -> SealedPart | None:
    """The account, sealed; None once it was destroyed."""
    table = table_of(BreachRow)
    sealed = db.execute(select(table.c.account_sealed).where(table.c.id == found.id)).scalar()
    if sealed is None:
        return None
    return SealedPart(account_place(found), KeyClass.CASE, bytes(sealed))


def account_place(found: Breach) -> Place:
    """Where the account stands."""
    return Place(Part.BREACH_ACCOUNT, found.holder_id, found.row_id)


def seal_note(desk: Desk, holder_id: int, note: str) -> tuple[int | None, bytes | None]:
    """Row id and sealed words of a line; nothing for none."""
    if not note:
        return None, None
    row = row_id(desk.now())
    place = Place(Part.BREACH_NOTE, holder_id, row)
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, note.encode())])
    return row, sealed.sealed


def sealed_notes(db: Connection, found: Breach) -> dict[int, SealedPart]:
    """The sealed notes of a timeline, by number."""
    table = table_of(EventRow)
    rows = db.execute(
        select(table.c.seq, table.c.row_id, table.c.note_sealed).where(
            table.c.breach_id == found.id, table.c.note_sealed.is_not(None)
        )
    )
    return {
        row.seq: SealedPart(
            Place(Part.BREACH_NOTE, found.holder_id, row.row_id),
            KeyClass.CASE,
            bytes(row.note_sealed),
        )
        for row in rows
    }


def _breach(row: Row[Any]) -> Breach:
    def at(value: int | None) -> datetime | None:
        return None if value is None else instant(value)

    return Breach(
        row.id,
        row.holder_id,
        row.row_id,
        tuple(row.laws.split()),
        row.state,
        row.risk,
        instant(row.aware_at),
        at(row.began_at),
        at(row.ended_at),
        instant(row.opened_at),
        row.opened_by,
        at(row.closed_at),
    )


def _line(row: Row[Any]) -> Line:
    return Line(
        row.seq,
        Event(row.type),
        instant(row.at),
        instant(row.recorded_at),
        row.actor,
        json.loads(row.facts),
        row.note_sealed is not None,
    )
