"""What there is of a person, counted and digested for a plan, by relations and keyed tags."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from privacy.desk import Desk
from privacy.rights.inventory import HELD
from privacy.rights.inventory_kinds import FoundBy, Held
from privacy.rights.plan_items import Facts
from privacy.storage.bulk import in_chunks
from privacy.storage.tables import everything
from privacy.storage.tables.arrivals import ArrivalCase
from privacy.storage.tables.base import table_of
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.writing import database_errors
from privacy.terms import KEK_OF_CLASS, KeyClass
from privacy.vault.store import key_table

NOT_COUNTED = Facts(None)


@dataclass(frozen=True)
class Whose:
    """By what a person's rows are found."""

    people: tuple[int, ...]
    tags: tuple[bytes, ...]
    requests: tuple[str, ...] = ()
    case_holders: tuple[int, ...] = ()


def whose(db: Connection, people: Sequence[int], tags: Collection[bytes]) -> Whose:
    """With the requests of those persons and the holders of their case keys."""
    table = table_of(RightsRequest)
    rows = db.execute(
        select(table.c.id, table.c.holder_id)
        .where(table.c.subject_id.in_(list(people)))
        .order_by(table.c.id)
    ).all()
    return Whose(
        tuple(sorted(people)),
        tuple(sorted(tags)),
        tuple(row.id for row in rows),
        tuple(row.holder_id for row in rows),
    )


def facts(desk: Desk, of: Whose, only: Collection[str] | None = None) -> dict[str, Facts]:
    """Rows and their digest for every kind of data in the inventory, or for `only` those."""
    main, vault = everything.load()
    found: dict[str, Facts] = {}
    with desk.reading() as db:
        for held in HELD:
            if held.store == "main" and (only is None or held.key in only):
                found[held.key] = _facts(db, main.tables[held.table], held, of)
    if only is not None:
        return found
    with database_errors(), desk.vault.reads.connect() as db:
        for held in HELD:
            if held.store == "vault" and held.found_by is not FoundBy.LEDGER:
                found[held.key] = _facts(db, vault.tables[held.table], held, of)
    found["ledger_of_no"] = Facts(_lines(desk, of))
    return found


def key_counts(desk: Desk, of: Whose) -> dict[KeyClass, int]:
    """How many keys of each class the person and the person's cases have."""
    found: dict[KeyClass, int] = {}
    with database_errors(), desk.vault.reads.connect() as db:
        for key_class in KeyClass:
            table = key_table(KEK_OF_CLASS[key_class])
            holders = of.case_holders if key_class is KeyClass.CASE else of.people
            counted = db.execute(
                select(func.count())
                .select_from(table)
                .where(table.c.key_class == key_class.value, table.c.holder_id.in_(holders))
            )
            found[key_class] = int(counted.scalar_one())
    return found


def _facts(db: Connection, table: Table, held: Held, of: Whose) -> Facts:
    if held.found_by in (FoundBy.PSEUDONYM, FoundBy.INCIDENT):
        return NOT_COUNTED
    keys = [column.name for column in table.primary_key.columns]
    columns = [table.c[name] for name in dict.fromkeys((*keys, *held.digest))]
    rows: list[str] = []
    for condition in _conditions(table, held.found_by, of):
        statement = select(*columns).where(condition)
        if held.unless_null:
            statement = statement.where(table.c[held.unless_null].is_not(None))
        rows.extend("|".join(_text(value) for value in row) for row in db.execute(statement))
    distinct = sorted(set(rows))
    return Facts(len(distinct), hashlib.sha256("\n".join(distinct).encode()).hexdigest())


def _conditions(table: Table, found_by: FoundBy, of: Whose) -> Iterable[ColumnElement[bool]]:
    if found_by is FoundBy.TAG:
        for chunk in in_chunks(list(of.tags), 500):
            yield table.c.tag.in_(chunk)
        return
    people = list(of.people)
    if found_by is FoundBy.OTHER:
        yield or_(table.c.subject_id.in_(people), table.c.other_id.in_(people))
    elif found_by is FoundBy.SUBJECT:
        yield (table.c.id if table.name == "subject" else table.c.subject_id).in_(people)
    elif found_by is FoundBy.HOLDER:
        yield table.c.holder_id.in_([*people, *of.case_holders])
    elif found_by is FoundBy.WORDS:
        yield table.c.words_holder_id.in_(people)
    elif found_by is FoundBy.CASE_HOLDER:
        yield table.c.holder_id.in_(list(of.case_holders))
    elif found_by is FoundBy.REQUEST:
        name = "id" if table.name == "rights_request" else "request_id"
        yield table.c[name].in_(list(of.requests))
    elif found_by is FoundBy.ARRIVAL:
        links = table_of(ArrivalCase)
        asked = select(links.c.arrival_id).where(links.c.request_id.in_(list(of.requests)))
        yield table.c.id.in_(asked)


def _lines(desk: Desk, of: Whose) -> int:
    people = {str(subject_id) for subject_id in of.people}
    tags = {tag.hex() for tag in of.tags}
    return sum(str(line.subject) in people or line.tag in tags for line in desk.ledger.lines())


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)
