"""Rounds of asking: when a vendor was asked, why, and by which day it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorRound
from privacy.storage.unit import Unit
from privacy.vendors import store

FIRST, PERIOD, ASKED = "first", "period", "asked"


@dataclass(frozen=True)
class Round:
    """One asking. `due_on` is the last day that counts; after it silence scores 0."""

    number: int
    reason: str
    opened_at: datetime
    due_on: date

    def document(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "reason": self.reason,
            "opened": self.opened_at.isoformat(),
            "due": self.due_on.isoformat(),
        }


def ask(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    due_on: date,
    reason: str = "",
    *,
    after: int | None = None,
) -> Round:
    """Ask a vendor, for the first time or again. BadInput for a day that is past.

    The round before ends with it; what was answered stays and counts until it is answered anew.
    `after`: only if that is the number of the newest round still (0: none); else that one stays.
    """
    actor.require(Act.ASSESS_VENDOR)
    if due_on < store.today(desk):
        raise BadInput(
            "A vendor cannot answer by a day that is past.",
            what="--due",
            next="Give today or a later day.",
        )

    def job(unit: Unit) -> Round:
        vendor = store.lock(unit, vendor_id)
        before = current(unit.db, vendor.id)
        last = 0 if before is None else before.number
        if before is not None and after is not None and last != after:
            return before
        number = last + 1
        why = reason or (FIRST if before is None else ASKED)
        table = table_of(VendorRound)
        unit.db.execute(
            update(table)
            .where(table.c.vendor_id == vendor.id, table.c.closed_at.is_(None))
            .values(closed_at=micros(unit.now))
        )
        unit.db.execute(
            insert(table).values(
                vendor_id=vendor.id,
                number=number,
                reason=why,
                opened_at=micros(unit.now),
                opened_by=actor.id,
                due_on=due_on.isoformat(),
            )
        )
        facts = {"round": number, "due": due_on.isoformat(), "reason": why}
        store.tell(unit, vendor.id, "asked", actor.id, facts)
        unit.append("vendor.asked", actor.id, object=vendor.id, count=number)
        return Round(number, why, unit.now, due_on)

    return desk.write(job)


def current(db: Connection, vendor_id: str) -> Round | None:
    """The newest round; None where the vendor was never asked."""
    table = table_of(VendorRound)
    row = db.execute(
        select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.number.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Round(row.number, row.reason, instant(row.opened_at), date.fromisoformat(row.due_on))
