"""Vendors in the database: who they are, and what happened to them.

An organisation's name stands in clear, as the ledger of disclosures holds it; its contact
persons are sealed under the vendor's own key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.disclosures.given import COUNTRY, check_recipient, same_organisation
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import Vendor as VendorRow
from privacy.storage.tables.vendors import VendorEvent as EventRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import standing
from privacy.vendors.reading import base

ACTIVE, ENDED = "active", "ended"
TRANSFERRED = "transferred"


@dataclass(frozen=True)
class Vendor:
    """One organisation that calls for the controller. Instants are aware UTC."""

    id: str
    holder_id: int
    row_id: int
    name: str
    country: str
    state: str
    created_at: datetime
    created_by: str

    def document(self) -> dict[str, Any]:
        """The line of a list."""
        return {
            "id": self.id,
            "name": self.name,
            "country": self.country or None,
            "state": self.state,
            "created": self.created_at.isoformat(),
        }


@dataclass(frozen=True)
class Happened:
    """One line of a vendor's history."""

    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    actor: str
    facts: Mapping[str, Any]


def new(
    desk: Desk, actor: Actor, name: str, *, country: str = "", contact: Mapping[str, str] | None
) -> Vendor:
    """Record a vendor. BadInput for a name that stands already or is none of an organisation.

    `contact`: person, e-mail and phone there, as they are to be sealed; None for nobody yet.
    """
    actor.require(Act.ASSESS_VENDOR)
    check_recipient(name)
    if country and not COUNTRY.fullmatch(country):
        raise BadInput("A country has two letters.", what="--country", next="Such as DE.")
    now = desk.now()
    made = Vendor(public_id("vd"), row_id(now), row_id(now), name, country, ACTIVE, now, actor.id)
    sealed = _sealed(desk, made, contact)

    def job(unit: Unit) -> None:
        table = table_of(VendorRow)
        if alike(unit.db, name):
            raise BadInput(
                "A vendor of that name stands already; nothing was saved.",
                what="vendor",
                next="See `rightsdesk vendor list`.",
            )
        unit.db.execute(
            insert(table).values(
                id=made.id,
                holder_id=made.holder_id,
                row_id=made.row_id,
                name=name,
                country=country,
                contact_sealed=sealed,
                state=ACTIVE,
                created_at=micros(now),
                created_by=actor.id,
            )
        )
        standing.begin(unit, made.id, name)
        tell(unit, made.id, "created", actor.id)
        unit.append("vendor.created", actor.id, object=made.id)

    desk.write(job)
    return made


def end(desk: Desk, actor: Actor, vendor_id: str) -> None:
    """Record that the vendor calls no more. Its answers and findings stay."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        vendor = lock(unit, vendor_id)
        table = table_of(VendorRow)
        unit.db.execute(update(table).where(table.c.id == vendor.id).values(state=ENDED))
        standing.end(unit, vendor.id)
        tell(unit, vendor.id, "ended", actor.id)
        unit.append("vendor.ended", actor.id, object=vendor.id)

    desk.write(job)


def vendor(db: Connection, vendor_id: str) -> Vendor:
    """The vendor with that id or exact name. NotFound."""
    table = table_of(VendorRow)
    row = db.execute(
        select(table).where((table.c.id == vendor_id) | (table.c.name == vendor_id))
    ).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such vendor.",
            what="vendor",
            next="See `rightsdesk vendor list`; `rightsdesk vendor new NAME` records one.",
        )
    return _vendor(row)


def alike(db: Connection, name: str) -> Vendor | None:
    """The vendor that has that name, or the same one written otherwise."""
    wanted = same_organisation(name)
    return next((each for each in listed(db) if same_organisation(each.name) == wanted), None)


def check_exact(db: Connection, recipient: str) -> None:
    """BadInput for a recipient that is a vendor's name written otherwise: the ledger of
    disclosures and the gateway know a vendor by its exact name."""
    found = alike(db, recipient)
    if found is not None and found.name != recipient:
        raise BadInput(
            "A vendor on record has that name, written otherwise; nothing was done.",
            what="--recipient",
            next=f"Name it with --vendor {found.id}.",
        )


def listed(db: Connection, state: str = "") -> list[Vendor]:
    """Vendors in that state (default: all), by name."""
    table = table_of(VendorRow)
    statement = select(table).order_by(table.c.name)
    if state:
        statement = statement.where(table.c.state == state)
    return [_vendor(row) for row in db.execute(statement)]


def lock(unit: Unit, vendor_id: str) -> Vendor:
    """The vendor under its row lock, to the end of the transaction. NotFound."""
    found = vendor(unit.db, vendor_id)
    table = table_of(VendorRow)
    unit.db.execute(select(table.c.id).where(table.c.id == found.id).with_for_update())
    return found


def tell(
    unit: Unit,
    vendor_id: str,
    type: str,
    actor_id: str,
    facts: Mapping[str, Any] | None = None,
    *,
    at: datetime | None = None,
) -> int:
    """Add a line of codes to the vendor's history; the caller appends the entry.

    It takes the vendor's row lock, so that no two lines get the same number.

    An event that makes a reassessment due says so to the gateway in the same transaction.
    """
    vendors = table_of(VendorRow)
    unit.db.execute(select(vendors.c.id).where(vendors.c.id == vendor_id).with_for_update())
    if type in base().rules.reassess_events:
        standing.due(unit, vendor_id, (at or unit.now).date())
    table = table_of(EventRow)
    last = unit.db.execute(
        select(func.max(table.c.seq)).where(table.c.vendor_id == vendor_id)
    ).scalar()
    seq = 1 if last is None else int(last) + 1
    unit.db.execute(
        insert(table).values(
            vendor_id=vendor_id,
            seq=seq,
            type=type,
            at=micros(at or unit.now),
            recorded_at=micros(unit.now),
            actor=actor_id,
            facts=json.dumps(dict(facts or {}), sort_keys=True),
        )
    )
    return seq


def newest_fact(db: Connection, vendor_id: str) -> int:
    """The number of the newest line that a scoring may rest on; people's data that went to the
    vendor changes no score."""
    table = table_of(EventRow)
    found = select(func.max(table.c.seq)).where(
        table.c.vendor_id == vendor_id, table.c.type != TRANSFERRED
    )
    return int(db.execute(found).scalar() or 0)


def today(desk: Desk) -> date:
    """The day it is in the controller's zone."""
    return desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()


def history(db: Connection, vendor_id: str) -> list[Happened]:
    """What happened to the vendor, in the order in which it was recorded."""
    table = table_of(EventRow)
    rows = db.execute(select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.seq))
    return [
        Happened(
            row.seq,
            row.type,
            instant(row.at),
            instant(row.recorded_at),
            row.actor,
            json.loads(row.facts),
        )
        for row in rows
    ]


def set_contact(
    desk: Desk, actor: Actor, vendor_id: str, contact: Mapping[str, str] | None
) -> None:
    """Put another contact person in the place of the one before, who is gone; None: nobody."""
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        found = vendor(db, vendor_id)
    sealed = _sealed(desk, found, contact)

    def job(unit: Unit) -> None:
        lock(unit, found.id)
        table = table_of(VendorRow)
        unit.db.execute(update(table).where(table.c.id == found.id).values(contact_sealed=sealed))
        tell(unit, found.id, "contact_changed" if contact else "contact_forgotten", actor.id)
        unit.append("vendor.contact_changed", actor.id, object=found.id)

    desk.write(job)


def _sealed(desk: Desk, found: Vendor, contact: Mapping[str, str] | None) -> bytes | None:
    if not contact:
        return None
    words = json.dumps(dict(contact), ensure_ascii=False, sort_keys=True).encode()
    (part,) = desk.vault.seal_parts(KeyClass.CASE, [(_contact_place(found), words)])
    return part.sealed


def read_contact(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, str]:
    """Who to reach at the vendor; audited. Empty where nobody was named."""
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        found = vendor(db, vendor_id)
        table = table_of(VendorRow)
        sealed = db.execute(select(table.c.contact_sealed).where(table.c.id == found.id)).scalar()
    if sealed is None:
        return {}
    part = SealedPart(_contact_place(found), KeyClass.CASE, bytes(sealed))
    opened = desk.vault.open([part], actor.id, OpeningPurpose.VENDOR, object=found.id)
    return dict(json.loads(opened[part.place]))


def _contact_place(found: Vendor) -> Place:
    return Place(Part.VENDOR_CONTACT, found.holder_id, found.row_id)


def _vendor(row: Row[Any]) -> Vendor:
    return Vendor(
        row.id,
        row.holder_id,
        row.row_id,
        row.name,
        row.country,
        row.state,
        instant(row.created_at),
        row.created_by,
    )
