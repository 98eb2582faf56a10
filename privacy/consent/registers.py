"""Do-not-call registers: published states, kept as keyed tags, with their dates.

A list counts once all of it is loaded; the newest published one of a register
counts. A number on no list is not listed, a register never loaded is absent
from the facts, and its absence denies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.consent.records import check_source
from privacy.desk import Desk
from privacy.errors import BadInput, MachineFailed
from privacy.ids import public_id
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RegisterList, RegisterNumber
from privacy.storage.unit import Unit

BATCH = 5_000
REGISTER_ID = re.compile(r"[a-z]{2}_[a-z0-9_]{1,30}")


@dataclass(frozen=True)
class Loaded:
    """A register's newest list."""

    register: str
    published_on: date
    count: int
    list_id: str


def load(
    desk: Desk,
    actor: Actor,
    register: str,
    numbers: Sequence[str],
    published_on: date,
    source: str,
) -> Loaded:
    """Load one published state of E.164 numbers; it replaces older lists of that register.

    BadInput for a register id that is not of the form `gb_tps`, or a date to come.
    """
    actor.require(Act.IMPORT)
    if not REGISTER_ID.fullmatch(register) or published_on > desk.now().date():
        raise BadInput(
            "A register has an id such as gb_tps and a date of publication that has come.",
            what="register",
            next="See docs/law.md for the registers that rules name.",
        )
    check_source(source)
    tags = sorted({desk.vault.keyring.tags.number_tag(number) for number in numbers})
    digest = hashlib.sha256(b"".join(tags)).hexdigest()
    list_id = public_id("l")
    table = table_of(RegisterList)

    def begin(unit: Unit) -> None:
        unit.db.execute(
            insert(table).values(
                id=list_id,
                register_id=register,
                published_on=published_on.isoformat(),
                source=source,
                sha256=digest,
                numbers=len(tags),
            )
        )
        unit.append("register.loading", actor.id, object=register, count=len(tags))

    desk.write(begin)
    for chunk in in_chunks(tags, BATCH):
        desk.write(lambda unit, rows=chunk: _add(unit, actor, list_id, rows))  # type: ignore[misc]
    desk.write(lambda unit: _finish(unit, actor, register, list_id, digest))
    return Loaded(register, published_on, len(tags), list_id)


def current(db: Connection) -> dict[str, Loaded]:
    """The newest loaded list of each register."""
    table = table_of(RegisterList)
    rows = db.execute(
        select(table)
        .where(table.c.loaded_at.is_not(None))
        .order_by(table.c.published_on, table.c.loaded_at)
    )
    return {
        row.register_id: Loaded(
            row.register_id, date.fromisoformat(row.published_on), row.numbers, row.id
        )
        for row in rows
    }


def facts(
    db: Connection, tags: Collection[bytes], now: datetime
) -> dict[bytes, dict[str, dict[str, Any]]]:
    """For each tag the contract's `registers`: listed, published and age in days (UTC)."""
    lists = current(db)
    table = table_of(RegisterNumber)
    listed: set[tuple[str, bytes]] = set()
    ids = [loaded.list_id for loaded in lists.values()]
    for chunk in in_chunks(sorted(set(tags)), 500):
        rows = db.execute(
            select(table.c.list_id, table.c.tag).where(
                table.c.tag.in_(chunk), table.c.list_id.in_(ids)
            )
        )
        listed.update((row.list_id, bytes(row.tag)) for row in rows)
    return {
        tag: {
            name: {
                "listed": (loaded.list_id, tag) in listed,
                "published": loaded.published_on.isoformat(),
                "age_days": max(0, (now.date() - loaded.published_on).days),
            }
            for name, loaded in lists.items()
        }
        for tag in tags
    }


def _add(unit: Unit, actor: Actor, list_id: str, tags: Sequence[bytes]) -> None:
    rows = [(list_id, tag) for tag in tags]
    insert_rows(unit.db, table_of(RegisterNumber), ("list_id", "tag"), rows)
    unit.append("register.part_loaded", actor.id, object=list_id, count=len(rows))


def _finish(unit: Unit, actor: Actor, register: str, list_id: str, digest: str) -> None:
    """Make the list count, and drop the numbers of older and half-loaded lists.

    MachineFailed if an import of the same register that ended meanwhile dropped numbers
    of this list: whoever stands on it would count as not listed.
    """
    table, numbers = table_of(RegisterList), table_of(RegisterNumber)
    lists = unit.db.execute(
        select(table.c.id, table.c.numbers)
        .where(table.c.register_id == register)
        .order_by(table.c.id)
        .with_for_update()
    )
    wanted = {row.id: row.numbers for row in lists}[list_id]
    held = unit.db.execute(
        select(func.count()).select_from(numbers).where(numbers.c.list_id == list_id)
    ).scalar_one()
    if held != wanted:
        raise MachineFailed(
            "The list is not whole: another import of this register ended meanwhile.",
            what=register,
            next="The list did not count. Import it again.",
        )
    unit.db.execute(update(table).where(table.c.id == list_id).values(loaded_at=micros(unit.now)))
    newest = current(unit.db)[register].list_id
    old = select(table.c.id).where(table.c.register_id == register, table.c.id != newest)
    unit.db.execute(delete(numbers).where(numbers.c.list_id.in_(old)))
    unit.append("register.loaded", actor.id, object=register, digest=digest)
