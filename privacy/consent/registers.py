"""Do-not-call registers: published states, kept as keyed tags, with their dates.

A list counts once all of it is loaded; the newest published one of a register
counts. A number on no list is not listed, a register never loaded is absent
from the facts, and its absence denies. Of older lists stay the changes from one to the
next, so that it can be told who stood on the list of an earlier day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.consent.records import check_source
from privacy.desk import Desk
from privacy.errors import BadInput, MachineFailed
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import in_chunks, insert_rows, select_among
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RegisterChange, RegisterList, RegisterNumber
from privacy.storage.unit import Unit

BATCH = 5_000
MILLISECOND = timedelta(milliseconds=1)
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
    if newest == list_id:
        _keep_changes(unit, register, list_id)
    old = select(table.c.id).where(table.c.register_id == register, table.c.id != newest)
    unit.db.execute(delete(numbers).where(numbers.c.list_id.in_(old)))
    unit.append("register.loaded", actor.id, object=register, digest=digest)


def _keep_changes(unit: Unit, register: str, list_id: str) -> None:
    """Who came onto the new list, and who left the one before, as of the new one's day."""
    table, numbers = table_of(RegisterList), table_of(RegisterNumber)
    rows = unit.db.execute(
        select(table.c.id, table.c.published_on)
        .where(table.c.register_id == register, table.c.loaded_at.is_not(None))
        .order_by(table.c.published_on, table.c.loaded_at)
    ).all()
    if len(rows) < 2:
        return
    before, published_on = rows[-2].id, rows[-1].published_on
    # Each batch has a millisecond of its own: ids that were drawn apart could meet.
    at = unit.now
    for listed, here, there in ((True, list_id, before), (False, before, list_id)):
        other = numbers.alias()
        moved = (
            select(numbers.c.tag)
            .outerjoin(other, (other.c.tag == numbers.c.tag) & (other.c.list_id == there))
            .where(numbers.c.list_id == here, other.c.tag.is_(None))
        )
        tags = [bytes(tag) for tag in unit.db.execute(moved).scalars()]
        for chunk in in_chunks(tags, BATCH):
            ids, at = row_ids(at, len(chunk)), at + MILLISECOND
            insert_rows(
                unit.db,
                table_of(RegisterChange),
                ("id", "register_id", "tag", "published_on", "listed"),
                [
                    (row_id, register, tag, published_on, listed)
                    for row_id, tag in zip(ids, chunk, strict=True)
                ],
            )


@dataclass(frozen=True)
class Dated:
    """A register over time: days of its loaded lists, who is on the newest, who moved when.

    `changes` hold for a tag each day on which it came (True) or went, in order.
    """

    published: tuple[date, ...]
    now: frozenset[bytes]
    changes: dict[bytes, tuple[tuple[date, bool], ...]]


def history(db: Connection, tags: Collection[bytes]) -> dict[str, Dated]:
    """What each register said of those tags, since the first list that was loaded whole.

    An older list that was loaded after a newer one is no state: who stood on it is not kept.
    """
    table, numbers = table_of(RegisterList), table_of(RegisterNumber)
    rows = db.execute(
        select(table.c.register_id, table.c.published_on, table.c.loaded_at)
        .where(table.c.loaded_at.is_not(None))
        .order_by(table.c.loaded_at, table.c.published_on)
    ).all()
    days: dict[str, list[date]] = {}
    for row in rows:
        held, day = days.setdefault(row.register_id, []), date.fromisoformat(row.published_on)
        if not held or day >= held[-1]:
            held.append(day)
    wanted, newest = frozenset(tags), current(db)
    on: dict[str, set[bytes]] = {name: set() for name in days}
    for name in days.keys() & newest.keys():
        listed = ("list_id", newest[name].list_id)
        on[name] = {bytes(tag) for (tag,) in select_among(db, numbers, ("tag",), listed, wanted)}
    return {
        name: Dated(tuple(dict.fromkeys(days[name])), frozenset(on[name]), _moves(db, name, wanted))
        for name in days
    }


def _moves(
    db: Connection, register: str, tags: Collection[bytes]
) -> dict[bytes, tuple[tuple[date, bool], ...]]:
    """When each of the tags came onto the register or left it, in order."""
    columns = ("tag", "published_on", "id", "listed")
    fixed = ("register_id", register)
    found: dict[bytes, list[tuple[date, bool]]] = {}
    rows = select_among(db, table_of(RegisterChange), columns, fixed, tags)
    for tag, published_on, _, listed in sorted(rows, key=lambda row: (row[1], row[2])):
        found.setdefault(bytes(tag), []).append((date.fromisoformat(published_on), bool(listed)))
    return {tag: tuple(moves) for tag, moves in found.items()}
