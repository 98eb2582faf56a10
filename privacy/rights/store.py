"""Cases in the database: the only module that reads and writes them.

A case moves under a row lock, together with its line of the timeline and its
audit entry. What a person wrote is sealed before, under the case's own key.
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
from privacy.rights.case import Event, Kind, NotNow, State, Step, after
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import (
    RequestEvent,
    RequestPackage,
    RightsRequest,
)
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

IDS_AT_ONCE = 500


@dataclass(frozen=True)
class Case:
    """One request as main holds it. Instants are aware UTC.

    `law` is the one named or found first, `laws` all that apply. `link` says what the
    case is to `parent_id`. `letter_on` and `due_on_stated` are days (YYYY-MM-DD) or "".
    `language`: of the letters to whoever asked, "" while nobody knows it.
    """

    id: str
    kind: Kind
    law: str
    channel: str
    state: State
    owner: str
    received_at: datetime
    opened_at: datetime
    holder_id: int
    subject_id: int | None
    identity_level: str
    plan: str
    plan_sha256: str
    planned_by: str
    approved_by: str
    approved_seq: int | None
    outcome: str
    certificate: str
    certificate_sha256: str
    closed_at: datetime | None
    laws: tuple[str, ...] = ()
    deputy: str = ""
    parent_id: str | None = None
    link: str = ""
    asked_by: str = "person"
    authority_ok: bool = False
    harm: str = "ordinary"
    letter_on: str = ""
    due_on_stated: str = ""
    language: str = ""


@dataclass(frozen=True)
class TimelineEvent:
    """One line of the timeline: `at` is when it was so, `recorded_at` when the desk learned it."""

    seq: int
    type: Event
    at: datetime
    recorded_at: datetime
    actor: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    has_note: bool = False


@dataclass(frozen=True)
class NewEvent:
    """A line to be added. `note` is sealed; `facts` are codes for the clock."""

    type: Event
    at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def case(db: Connection, request_id: str) -> Case:
    """The case. NotFound in the same words for an unknown id and one that is no id."""
    table = table_of(RightsRequest)
    row = db.execute(select(table).where(table.c.id == request_id)).one_or_none()
    if row is None:
        raise _not_found(request_id)
    return _case(row)


def exists(db: Connection, request_id: str) -> bool:
    """Whether main knows that case: after a restore it may not."""
    table = table_of(RightsRequest)
    return db.execute(select(table.c.id).where(table.c.id == request_id)).first() is not None


def cases(db: Connection, states: Sequence[State] = ()) -> list[Case]:
    """Cases in those states (default: all), oldest receipt first."""
    table = table_of(RightsRequest)
    statement = select(table).order_by(table.c.received_at, table.c.id)
    if states:
        statement = statement.where(table.c.state.in_([state.value for state in states]))
    return [_case(row) for row in db.execute(statement)]


def of_subjects(db: Connection, subject_ids: Sequence[int]) -> list[Case]:
    """Cases of those persons, oldest receipt first."""
    table = table_of(RightsRequest)
    rows = db.execute(
        select(table)
        .where(table.c.subject_id.in_(list(subject_ids)))
        .order_by(table.c.received_at, table.c.id)
    )
    return [_case(row) for row in rows]


def refuse_unfinished(db: Connection, subject_ids: Sequence[int], request_id: str) -> None:
    """NotNow if another request of those persons is not answered: an erasure leaves
    nothing to answer it with."""
    done = (State.FULFILLED, State.REFUSED, State.CLOSED)
    others = [
        case.id
        for case in of_subjects(db, subject_ids)
        if case.id != request_id and case.state not in done
    ]
    if others:
        raise NotNow(
            f"Another request of this person is not finished ({', '.join(others)}).",
            what=request_id,
            next="Fulfil or refuse it first: an erasure leaves nothing to answer it with.",
        )


def timeline(db: Connection, request_id: str) -> list[TimelineEvent]:
    """The events of a case in the order in which they were recorded."""
    table = table_of(RequestEvent)
    rows = db.execute(select(table).where(table.c.request_id == request_id).order_by(table.c.seq))
    return [_told(row) for row in rows]


def timelines(db: Connection, cases: Sequence[Case]) -> dict[str, list[TimelineEvent]]:
    """The timelines of those cases, read together."""
    table = table_of(RequestEvent)
    found: dict[str, list[TimelineEvent]] = {case.id: [] for case in cases}
    for ids in in_chunks([case.id for case in cases], IDS_AT_ONCE):
        rows = db.execute(
            select(table)
            .where(table.c.request_id.in_(ids))
            .order_by(table.c.request_id, table.c.seq)
        )
        for row in rows:
            found[row.request_id].append(_told(row))
    return found


def sealed_file(db: Connection, request_id: str) -> SealedPart | None:
    """The sealed case file: what the person wrote, and how to reach them."""
    table = table_of(RightsRequest)
    row = db.execute(
        select(table.c.holder_id, table.c.file_sealed).where(table.c.id == request_id)
    ).one_or_none()
    if row is None:
        raise _not_found(request_id)
    if row.file_sealed is None:
        return None
    place = Place(Part.CASE_FILE, row.holder_id, row.holder_id)
    return SealedPart(place, KeyClass.CASE, bytes(row.file_sealed))


def sealed_notes(db: Connection, request_id: str) -> dict[int, SealedPart]:
    """The sealed notes of a timeline, by event number."""
    table, requests = table_of(RequestEvent), table_of(RightsRequest)
    rows = db.execute(
        select(table.c.seq, table.c.row_id, table.c.note_sealed, requests.c.holder_id)
        .join(requests, requests.c.id == table.c.request_id)
        .where(table.c.request_id == request_id, table.c.note_sealed.is_not(None))
    )
    return {
        row.seq: SealedPart(
            Place(Part.CASE_EVENT, row.holder_id, row.row_id),
            KeyClass.CASE,
            bytes(row.note_sealed),
        )
        for row in rows
    }


def add(unit: Unit, new: Case, file_sealed: bytes | None) -> None:
    """Insert a new case; the caller appends its entry and its first event."""
    unit.db.execute(
        insert(table_of(RightsRequest)).values(
            id=new.id,
            holder_id=new.holder_id,
            kind=new.kind.value,
            law=new.law,
            channel=new.channel,
            state=new.state.value,
            owner=new.owner,
            received_at=micros(new.received_at),
            opened_at=micros(new.opened_at),
            subject_id=new.subject_id,
            identity_level=new.identity_level,
            file_sealed=file_sealed,
            plan="",
            plan_sha256="",
            planned_by="",
            approved_by="",
            outcome="",
            certificate="",
            certificate_sha256="",
            laws=" ".join(new.laws or (new.law,)),
            deputy=new.deputy,
            parent_id=new.parent_id,
            link=new.link,
            asked_by=new.asked_by,
            authority_ok=int(new.authority_ok),
            harm=new.harm,
            letter_on=new.letter_on,
            due_on_stated=new.due_on_stated,
            language=new.language,
        )
    )


def move(unit: Unit, request_id: str, step: Step, **values: object) -> Case:
    """Move a case under its row lock and set `values`; NotNow if it may not. The case as it was."""
    table = table_of(RightsRequest)
    before = lock(unit, request_id)
    to = after(request_id, before.kind, before.state, step)
    unit.db.execute(update(table).where(table.c.id == request_id).values(state=to.value, **values))
    return before


def lock(unit: Unit, request_id: str) -> Case:
    """Lock the row of a case and read it. NotFound if there is none."""
    table = table_of(RightsRequest)
    row = unit.db.execute(
        select(table).where(table.c.id == request_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise _not_found(request_id)
    return _case(row)


def set_values(unit: Unit, request_id: str, **values: object) -> None:
    """Set columns of a case without a move."""
    table = table_of(RightsRequest)
    unit.db.execute(update(table).where(table.c.id == request_id).values(**values))


def seal_note(desk: Desk, holder_id: int, note: str) -> tuple[int | None, bytes | None]:
    """A note sealed under the case's key, with its place's row id; (None, None) for none."""
    if not note:
        return None, None
    place_id = row_id(desk.now())
    (part,) = desk.vault.seal_parts(
        KeyClass.CASE, [(Place(Part.CASE_EVENT, holder_id, place_id), note.encode())]
    )
    return place_id, part.sealed


def tell(
    unit: Unit,
    request_id: str,
    actor_id: str,
    event: NewEvent,
    sealed: tuple[int | None, bytes | None] = (None, None),
) -> int:
    """Add a line to the timeline; its number. The case is locked by the caller's move."""
    table = table_of(RequestEvent)
    last = unit.db.execute(
        select(func.max(table.c.seq)).where(table.c.request_id == request_id)
    ).scalar()
    seq = 1 if last is None else int(last) + 1
    unit.db.execute(
        insert(table).values(
            request_id=request_id,
            seq=seq,
            type=event.type.value,
            at=micros(event.at or unit.now),
            recorded_at=micros(unit.now),
            actor=actor_id,
            facts=json.dumps(dict(event.facts), sort_keys=True),
            row_id=sealed[0],
            note_sealed=sealed[1],
        )
    )
    return seq


# -- packages that were released ---------------------------------------------------------


def released(db: Connection, request_id: str, approved_seq: int | None) -> bool:
    """Whether that approval has released its package."""
    table = table_of(RequestPackage)
    found = db.execute(
        select(table.c.sha256).where(
            table.c.request_id == request_id, table.c.approved_seq == (approved_seq or 0)
        )
    )
    return found.first() is not None


def add_release(unit: Unit, request_id: str, approved_seq: int, sha256: str, entry_id: str) -> None:
    """That approval has released a package with this digest."""
    unit.db.execute(
        insert(table_of(RequestPackage)).values(
            request_id=request_id,
            approved_seq=approved_seq,
            sha256=sha256,
            entry_id=entry_id,
            released_at=micros(unit.now),
        )
    )


def _told(row: Row[Any]) -> TimelineEvent:
    return TimelineEvent(
        row.seq,
        Event(row.type),
        instant(row.at),
        instant(row.recorded_at),
        row.actor,
        json.loads(row.facts),
        row.note_sealed is not None,
    )


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        kind=Kind(row.kind),
        law=row.law,
        channel=row.channel,
        state=State(row.state),
        owner=row.owner,
        received_at=instant(row.received_at),
        opened_at=instant(row.opened_at),
        holder_id=row.holder_id,
        subject_id=row.subject_id,
        identity_level=row.identity_level,
        plan=row.plan,
        plan_sha256=row.plan_sha256,
        planned_by=row.planned_by,
        approved_by=row.approved_by,
        approved_seq=row.approved_seq,
        outcome=row.outcome,
        certificate=row.certificate,
        certificate_sha256=row.certificate_sha256,
        closed_at=None if row.closed_at is None else instant(row.closed_at),
        laws=tuple(row.laws.split()) or (row.law,),
        deputy=row.deputy,
        parent_id=row.parent_id,
        link=row.link,
        asked_by=row.asked_by,
        authority_ok=bool(row.authority_ok),
        harm=row.harm,
        letter_on=row.letter_on,
        due_on_stated=row.due_on_stated,
        language=row.language,
    )


def _not_found(request_id: str) -> NotFound:
    shown = request_id if request_id.startswith("rq-") and len(request_id) == 29 else "request"
    return NotFound("There is no such request.", what=shown, next="See `rightsdesk request list`.")
