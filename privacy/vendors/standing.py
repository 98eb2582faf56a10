"""Whether a vendor may have numbers: one row that the gateway reads in its own transactions.

It is written in the transaction of whatever changes it: a scoring, an event that makes a
reassessment due, a gate that an answer or a finding brings to 0, the end of the vendor. The
gateway decides on it (privacy/gateway/vendors.py); nothing here opens anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import insert, select, update

from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_registers import VendorStanding
from privacy.storage.unit import Unit
from privacy.vendors.scoring import Evidence, Scoring


def begin(unit: Unit, vendor_id: str, name: str) -> None:
    """A vendor that was never scored: no numbers yet."""
    unit.db.execute(insert(table_of(VendorStanding)).values(vendor_id=vendor_id, name=name))


def end(unit: Unit, vendor_id: str) -> None:
    """The vendor calls no more."""
    _change(unit, vendor_id, ended=1)


def scored(unit: Unit, vendor_id: str, found: Scoring, evidence: Iterable[Evidence]) -> None:
    """As a scoring leaves it. It is due again by its period, or when evidence of that day ends."""
    ends = [
        each.valid_until + timedelta(days=1)
        for each in evidence
        if found.on <= each.valid_until < date.max
    ]
    _change(
        unit,
        vendor_id,
        outcome=found.outcome.value,
        failed=" ".join(line.question.id for line in found.failed_gates()),
        review_on=min([found.next_review_on, *ends]).isoformat(),
    )


def due(unit: Unit, vendor_id: str, day: date) -> None:
    """A reassessment is due from that day on, if none was due earlier."""
    table = table_of(VendorStanding)
    before = unit.db.execute(
        select(table.c.review_on).where(table.c.vendor_id == vendor_id)
    ).scalar_one()
    if not before or day.isoformat() < before:
        _change(unit, vendor_id, review_on=day.isoformat())


def failing(unit: Unit, vendor_id: str, gates: Iterable[str]) -> None:
    """Those gates stand at 0 now; only a new scoring says otherwise."""
    table = table_of(VendorStanding)
    before = unit.db.execute(
        select(table.c.failed).where(table.c.vendor_id == vendor_id)
    ).scalar_one()
    now = dict.fromkeys([*str(before).split(), *gates])
    if list(now) != before.split():
        _change(unit, vendor_id, failed=" ".join(now))


def _change(unit: Unit, vendor_id: str, **values: object) -> None:
    table = table_of(VendorStanding)
    unit.db.execute(update(table).where(table.c.vendor_id == vendor_id).values(**values))
