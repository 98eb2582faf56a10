"""The ledger of arrivals in the database: the only module that reads and writes it.

An arrival is added with its entry `arrival.taken`. What came in is sealed; codes,
instants and keyed tags stand open.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from privacy.clock import instant, micros
from privacy.errors import NotFound
from privacy.ids import public_id
from privacy.rights.arriving.ways import ArrivalState, Came, Known, Receipt, Source
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.arrivals import Arrival as ArrivalRow
from privacy.storage.tables.arrivals import ArrivalCase
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

AT_ONCE = 500


@dataclass(frozen=True)
class Arrival:
    """One thing that came in. Instants are aware UTC; `kinds` is what it may ask for."""

    id: str
    source: Source
    channel: str
    state: ArrivalState
    received_at: datetime
    zone: str
    received_by: Known
    taken_at: datetime
    taken_by: str
    holder_id: int
    row_id: int
    size_bytes: int
    media_type: str
    language: str
    language_by: str
    kinds: tuple[str, ...]
    place: str
    batch_id: str | None
    row_number: int | None
    reason: str
    set_aside_at: datetime | None
    held: bool


@dataclass(frozen=True)
class NewArrival:
    """An arrival that is not written yet, with its sealed original."""

    source: Source
    channel: str
    receipt: Receipt
    holder_id: int
    row_id: int
    tag: bytes
    size_bytes: int
    media_type: str
    original_sealed: bytes
    name_sealed: bytes | None = None
    state: ArrivalState = ArrivalState.WAITING
    reason: str = ""
    language: str = ""
    language_by: str = ""
    kinds: tuple[str, ...] = ()
    place: str = ""
    batch_id: str | None = None
    row_number: int | None = None


def add(unit: Unit, actor_id: str, new: NewArrival, zone: str) -> str:
    """Write an arrival with its entry; its id."""
    arrival_id = public_id("ar")
    unit.db.execute(
        insert(table_of(ArrivalRow)).values(
            id=arrival_id,
            source=new.source.value,
            channel=new.channel,
            state=new.state.value,
            received_at=micros(new.receipt.at),
            zone=zone,
            received_by=new.receipt.known.value,
            taken_at=micros(unit.now),
            taken_by=actor_id,
            holder_id=new.holder_id,
            row_id=new.row_id,
            original_tag=new.tag,
            name_sealed=new.name_sealed,
            original_sealed=new.original_sealed,
            size_bytes=new.size_bytes,
            media_type=new.media_type,
            language=new.language,
            language_by=new.language_by,
            kinds=" ".join(new.kinds),
            place=new.place,
            batch_id=new.batch_id,
            row_number=new.row_number,
            reason=new.reason,
            set_aside_at=micros(unit.now) if new.state is ArrivalState.SET_ASIDE else None,
        )
    )
    unit.append(
        "arrival.taken",
        actor_id,
        object=arrival_id,
        fields=[new.source.value, new.channel, new.receipt.known.value, *new.kinds],
        outcome=new.state.value,
    )
    return arrival_id


def add_with_case(
    unit: Unit,
    actor_id: str,
    came: Came,
    case: tuple[str, str, str, int, Receipt],
    sealed: tuple[bytes, int],
    zone: str,
) -> None:
    """Write the arrival of a request that is opened in this transaction, under its case's key.

    `case`: its id, kind, channel, holder and receipt; `sealed`: the original and its size.
    """
    request_id, kind, channel, holder, receipt = case
    arrival_id = add(
        unit,
        actor_id,
        NewArrival(
            source=came.source,
            channel=channel,
            receipt=receipt,
            holder_id=holder,
            row_id=holder,
            # Whoever types the same twice asks twice: nothing else has this tag.
            tag=came.tag or secrets.token_bytes(32),
            size_bytes=sealed[1],
            media_type=came.media_type,
            original_sealed=sealed[0],
            state=ArrivalState.OPENED,
            language=came.language,
            language_by=came.language_by,
            kinds=(kind,),
            batch_id=came.batch_id,
            row_number=came.row_number,
        ),
        zone,
    )
    link(unit, arrival_id, request_id)


def link(unit: Unit, arrival_id: str, request_id: str) -> None:
    """That request was opened by, or joined with, that arrival."""
    unit.db.execute(
        insert(table_of(ArrivalCase)).values(arrival_id=arrival_id, request_id=request_id)
    )


def lock(unit: Unit, arrival_id: str) -> Arrival:
    """Lock an arrival's row and read it. NotFound if there is none."""
    table = table_of(ArrivalRow)
    return _one(
        unit.db.execute(select(table).where(table.c.id == arrival_id).with_for_update()).first()
    )


def set_values(unit: Unit, arrival_id: str, **values: object) -> None:
    table = table_of(ArrivalRow)
    unit.db.execute(update(table).where(table.c.id == arrival_id).values(**values))


def arrival(db: Connection, arrival_id: str) -> Arrival:
    """One arrival. NotFound in the same words for an unknown id and one that is no id."""
    table = table_of(ArrivalRow)
    return _one(db.execute(select(table).where(table.c.id == arrival_id)).first())


def by_tag(db: Connection, tag: bytes) -> Arrival | None:
    """The arrival of which that is the keyed tag of the original."""
    table = table_of(ArrivalRow)
    row = db.execute(select(table).where(table.c.original_tag == tag)).first()
    return None if row is None else _arrival(row)


def listed(
    db: Connection, states: Iterable[ArrivalState] = (), sources: Iterable[Source] = ()
) -> list[Arrival]:
    """Arrivals in those states and by those ways (default: all), oldest receipt first."""
    table = table_of(ArrivalRow)
    statement = select(table).order_by(table.c.received_at, table.c.id)
    if names := [state.value for state in states]:
        statement = statement.where(table.c.state.in_(names))
    if ways := [source.value for source in sources]:
        statement = statement.where(table.c.source.in_(ways))
    return [_arrival(row) for row in db.execute(statement)]


def requests_of(db: Connection, arrival_ids: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """(id, kind) of the requests of each arrival."""
    links, cases = table_of(ArrivalCase), table_of(RightsRequest)
    found: dict[str, list[tuple[str, str]]] = {one: [] for one in arrival_ids}
    for ids in in_chunks(sorted(arrival_ids), AT_ONCE):
        rows = db.execute(
            select(links.c.arrival_id, cases.c.id, cases.c.kind)
            .join(cases, cases.c.id == links.c.request_id)
            .where(links.c.arrival_id.in_(ids))
            .order_by(cases.c.opened_at, cases.c.id)
        )
        for row in rows:
            found[row.arrival_id].append((row.id, row.kind))
    return found


def sources_of(db: Connection, request_ids: Sequence[str]) -> dict[str, str]:
    """By which way each request came first; none for a task of the desk's own."""
    links, table = table_of(ArrivalCase), table_of(ArrivalRow)
    found: dict[str, str] = {}
    for ids in in_chunks(list(request_ids), AT_ONCE):
        rows = db.execute(
            select(links.c.request_id, table.c.source)
            .join(table, table.c.id == links.c.arrival_id)
            .where(links.c.request_id.in_(ids))
            .order_by(table.c.taken_at.desc(), table.c.id)
        )
        found |= {row.request_id: row.source for row in rows}
    return found


def ended_with(db: Connection, request_id: str) -> dict[int, list[str]]:
    """Holders of what opened that request, none of whose requests is open, with those requests."""
    links, table, cases = table_of(ArrivalCase), table_of(ArrivalRow), table_of(RightsRequest)
    mine = select(links.c.arrival_id).where(links.c.request_id == request_id)
    rows = db.execute(
        select(table.c.holder_id, cases.c.id, cases.c.closed_at, cases.c.holder_id.label("own"))
        .join(links, links.c.arrival_id == table.c.id)
        .join(cases, cases.c.id == links.c.request_id)
        .where(table.c.id.in_(mine))
    ).all()
    open_still = {row.holder_id for row in rows if row.closed_at is None}
    with_the_case = {row.holder_id for row in rows if row.holder_id == row.own}
    found: dict[int, list[str]] = {}
    for row in rows:
        if row.holder_id not in open_still | with_the_case:
            found.setdefault(row.holder_id, []).append(row.id)
    return found


def sealed(db: Connection, arrival_id: str) -> tuple[SealedPart, SealedPart | None] | None:
    """The sealed original and the sealed name of its file; None when they are gone."""
    table = table_of(ArrivalRow)
    row = db.execute(select(table).where(table.c.id == arrival_id)).one()
    if row.original_sealed is None:
        return None
    parts = [
        SealedPart(Place(part, row.holder_id, row.row_id), KeyClass.CASE, bytes(content))
        for part, content in (
            (Part.ARRIVAL, row.original_sealed),
            (Part.ARRIVAL_NAME, row.name_sealed),
        )
        if content is not None
    ]
    return parts[0], parts[1] if len(parts) > 1 else None


def counts(db: Connection) -> dict[tuple[str, str, str], int]:
    """How many came by each way, in each state, with each reason."""
    table = table_of(ArrivalRow)
    by = (table.c.source, table.c.state, table.c.reason)
    rows = db.execute(select(*by, func.count().label("n")).group_by(*by).order_by(*by))
    return {(row.source, row.state, row.reason): int(row.n) for row in rows}


def _one(row: Row[Any] | None) -> Arrival:
    if row is None:
        raise NotFound(
            "There is no such arrival.", what="arrival", next="See `rightsdesk intake list`."
        )
    return _arrival(row)


def _arrival(row: Row[Any]) -> Arrival:
    return Arrival(
        id=row.id,
        source=Source(row.source),
        channel=row.channel,
        state=ArrivalState(row.state),
        received_at=instant(row.received_at),
        zone=row.zone,
        received_by=Known(row.received_by),
        taken_at=instant(row.taken_at),
        taken_by=row.taken_by,
        holder_id=row.holder_id,
        row_id=row.row_id,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        language=row.language,
        language_by=row.language_by,
        kinds=tuple(row.kinds.split()),
        place=row.place,
        batch_id=row.batch_id,
        row_number=row.row_number,
        reason=row.reason,
        set_aside_at=None if row.set_aside_at is None else instant(row.set_aside_at),
        held=row.original_sealed is not None,
    )
