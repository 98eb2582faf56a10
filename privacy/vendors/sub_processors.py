"""Whom a vendor passes data on to, down the chain, and how complete that is.

EDPB Opinion 22/2024 wants name, address and contact person of every processor down the chain
at hand at all times, whatever the risk; task, place and day of notice stand beside them
(GDPR Article 28(2), 28(4)). Address and contact person are sealed; how much is there can be
counted without opening them. A new one is an event that makes a reassessment due.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.disclosures.given import COUNTRY, DIGITS, WORDS, check_recipient
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_registers import VendorDataTransfer, VendorSubProcessor
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import store

DEEPEST = 8
SEALED = ("address", "contact")
PARTICULARS = ("name", "address", "contact", "task", "country", "notified")
LONGEST = 500
EVENT = "new_subprocessor"


@dataclass(frozen=True)
class SubProcessor:
    """One link of a vendor's chain. `depth` 1: engaged by the vendor itself."""

    id: str
    vendor_id: str
    parent_id: str
    depth: int
    name: str
    country: str
    task: str
    notified_on: str
    has: tuple[str, ...]
    added_by: str
    added_on: date
    ended: bool

    def given(self) -> dict[str, bool]:
        """Which particulars are on record."""
        clear = {
            "name": bool(self.name),
            "task": bool(self.task),
            "country": bool(self.country),
            "notified": bool(self.notified_on),
        }
        return {key: clear.get(key, key in self.has) for key in PARTICULARS}

    def row(self) -> dict[str, Any]:
        given = self.given()
        return {
            "id": self.id,
            "name": self.name,
            "country": self.country or None,
            "task": self.task or None,
            "notified": self.notified_on or None,
            "depth": self.depth,
            "parent": self.parent_id or None,
            "missing": [key for key, there in given.items() if not there],
            "state": "ended" if self.ended else "engaged",
        }


def add(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    name: str,
    *,
    country: str = "",
    task: str = "",
    notified_on: str = "",
    parent: str = "",
    details: Mapping[str, str] | None = None,
) -> str:
    """Record a sub-processor; its id. What is not known stays out and shows as missing.

    `details`: address and contact, as they are to be sealed. BadInput, NotFound for a parent
    that is none of this vendor's.
    """
    actor.require(Act.ASSESS_VENDOR)
    told = {key: text for key, text in (details or {}).items() if text}
    _check(name, country, task, notified_on, told)
    made, row = public_id("vp"), row_id(desk.now())
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
    sealed = None
    if told:
        place = Place(Part.VENDOR_SUB_PROCESSOR, vendor.holder_id, row)
        text = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        sealed = desk.vault.seal_parts(KeyClass.CASE, [(place, text)])[0].sealed

    def job(unit: Unit) -> str:
        store.lock(unit, vendor.id)
        unit.db.execute(
            insert(table_of(VendorSubProcessor)).values(
                id=made,
                vendor_id=vendor.id,
                parent_id=parent,
                depth=_depth(unit.db, vendor.id, parent),
                name=name,
                country=country,
                task=task,
                notified_on=notified_on,
                has=" ".join(sorted(told)),
                row_id=row,
                details_sealed=sealed,
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        store.tell(unit, vendor.id, EVENT, actor.id, {"sub_processor": made})
        unit.append("vendor.sub_processor_added", actor.id, object=made)
        return made

    return desk.write(job)


def end(desk: Desk, actor: Actor, sub_processor_id: str) -> None:
    """It works for the vendor no more, nor does whom it engaged. Their transfers end too."""
    actor.require(Act.ASSESS_VENDOR)
    table, abroad = table_of(VendorSubProcessor), table_of(VendorDataTransfer)

    def job(unit: Unit) -> None:
        row = one(unit.db, sub_processor_id)
        store.lock(unit, row.vendor_id)
        ending = _below(engaged(unit.db, row.vendor_id), row.id)
        for kept, key in ((table, table.c.id), (abroad, abroad.c.sub_processor_id)):
            unit.db.execute(
                update(kept)
                .where(key.in_(ending), kept.c.ended_at.is_(None))
                .values(ended_at=micros(unit.now))
            )
        store.tell(unit, row.vendor_id, "sub_processor_ended", actor.id, {"count": len(ending)})
        unit.append("vendor.sub_processor_ended", actor.id, object=row.id, count=len(ending))

    desk.write(job)


def one(db: Connection, sub_processor_id: str) -> SubProcessor:
    """The sub-processor with that id. NotFound."""
    table = table_of(VendorSubProcessor)
    row = db.execute(select(table).where(table.c.id == sub_processor_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such sub-processor.",
            what="sub-processor",
            next="See `rightsdesk vendor sub-processor list VENDOR`.",
        )
    return _one(row)


def engaged(db: Connection, vendor_id: str, *, ended: bool = False) -> list[SubProcessor]:
    """Those of a vendor, each under who engaged it; with those that ended if asked."""
    table = table_of(VendorSubProcessor)
    statement = select(table).where(table.c.vendor_id == vendor_id)
    if not ended:
        statement = statement.where(table.c.ended_at.is_(None))
    rows = [_one(row) for row in db.execute(statement.order_by(table.c.name, table.c.id))]
    return _chained(rows)


def completeness(rows: Sequence[SubProcessor]) -> Fraction | None:
    """Particulars on record of those there should be; None where nobody is engaged."""
    if not rows:
        return None
    return Fraction(sum(sum(each.given().values()) for each in rows), len(rows) * len(PARTICULARS))


def details(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, dict[str, str]]:
    """Address and contact person of each, opened; audited."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorSubProcessor)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        rows = db.execute(
            select(table.c.id, table.c.row_id, table.c.details_sealed).where(
                table.c.vendor_id == vendor.id,
                table.c.details_sealed.is_not(None),
                table.c.ended_at.is_(None),
            )
        ).all()
    parts = {
        row.id: SealedPart(
            Place(Part.VENDOR_SUB_PROCESSOR, vendor.holder_id, row.row_id),
            KeyClass.CASE,
            bytes(row.details_sealed),
        )
        for row in rows
    }
    if not parts:
        return {}
    opened = desk.vault.open(
        list(parts.values()), actor.id, OpeningPurpose.VENDOR, object=vendor.id
    )
    return {key: json.loads(opened[part.place]) for key, part in parts.items()}


def _check(name: str, country: str, task: str, notified_on: str, told: Mapping[str, str]) -> None:
    check_recipient(name)
    if country and not COUNTRY.fullmatch(country):
        raise BadInput("A country has two letters.", what="--country", next="Such as DE.")
    if not WORDS.fullmatch(task) or DIGITS.search(task):
        raise BadInput(
            "The task stands in clear: no number, address or e-mail.",
            what="--task",
            next="Say it in at most 120 signs.",
        )
    if notified_on:
        check_day(notified_on, "--notified")
    if set(told) - set(SEALED) or any(len(text) > LONGEST for text in told.values()):
        raise BadInput(
            f"Address and contact have at most {LONGEST} signs.", what="details", next="Shorten it."
        )


def check_day(text: str, option: str) -> None:
    """BadInput for what is no day."""
    try:
        date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise BadInput("A day such as 2026-11-30.", what=option, next="Write it so.") from None


def _depth(db: Connection, vendor_id: str, parent: str) -> int:
    if not parent:
        return 1
    above = one(db, parent)
    if above.vendor_id != vendor_id or above.ended:
        raise NotFound(
            "The vendor has no such sub-processor.", what="--under", next="Look its id up."
        )
    if above.depth >= DEEPEST:
        raise BadInput(
            f"A chain has at most {DEEPEST} links.", what="--under", next="Look the chain over."
        )
    return above.depth + 1


def _below(rows: Sequence[SubProcessor], top: str) -> list[str]:
    found = [top]
    for each in rows:
        if each.parent_id in found:
            found.append(each.id)
    return found


def _chained(rows: Sequence[SubProcessor]) -> list[SubProcessor]:
    """Depth first: each directly before those that it engaged."""
    here = {each.id for each in rows}
    under: dict[str, list[SubProcessor]] = {}
    for each in rows:
        under.setdefault(each.parent_id if each.parent_id in here else "", []).append(each)
    found: list[SubProcessor] = []
    waiting = list(reversed(under.get("", [])))
    while waiting:
        found.append(waiting.pop())
        waiting += reversed(under.get(found[-1].id, []))
    return found


def _one(row: Row[Any]) -> SubProcessor:
    return SubProcessor(
        row.id,
        row.vendor_id,
        row.parent_id,
        row.depth,
        row.name,
        row.country,
        row.task,
        row.notified_on,
        tuple(row.has.split()),
        row.added_by,
        instant(row.added_at).date(),
        row.ended_at is not None,
    )
