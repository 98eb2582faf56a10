"""Transfers of a vendor to other countries: where to, by which safeguard, assessed when.

GDPR Chapter V: Article 45 (adequacy), 46 (safeguards, with an assessment of the country's law:
CJEU C-311/18), 49 (derogations). A safeguard whose day is past, or one that needs an assessment
and has none, is shown as lapsed or open; nothing here decides that a transfer is lawful.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.disclosures.given import COUNTRY
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_registers import VendorDataTransfer
from privacy.storage.unit import Unit
from privacy.vendors import store, sub_processors
from privacy.vendors.contract import check_document


class Tool(StrEnum):
    """What a transfer rests on."""

    ADEQUACY = "adequacy"
    DPF = "dpf"
    SCC = "scc"
    BCR = "bcr"
    UK_IDTA = "uk_idta"
    UK_ADDENDUM = "uk_addendum"
    CODE = "code_of_conduct"
    CERTIFICATION = "certification"
    DEROGATION = "derogation"
    NONE = "none"


CITES = {
    Tool.ADEQUACY: "GDPR Art. 45",
    Tool.DPF: "GDPR Art. 45, Decision (EU) 2023/1795",
    Tool.SCC: "GDPR Art. 46(2)(c), Decision (EU) 2021/914",
    Tool.BCR: "GDPR Art. 46(2)(b), Art. 47",
    Tool.UK_IDTA: "UK GDPR Art. 46, DPA 2018 s. 119A",
    Tool.UK_ADDENDUM: "UK GDPR Art. 46, DPA 2018 s. 119A",
    Tool.CODE: "GDPR Art. 46(2)(e)",
    Tool.CERTIFICATION: "GDPR Art. 46(2)(f)",
    Tool.DEROGATION: "GDPR Art. 49",
    Tool.NONE: "GDPR Art. 44",
}
# Safeguards of Article 46 need an assessment of the country's law.
ASSESSED = frozenset(
    {Tool.SCC, Tool.BCR, Tool.UK_IDTA, Tool.UK_ADDENDUM, Tool.CODE, Tool.CERTIFICATION}
)


@dataclass(frozen=True)
class Abroad:
    """One transfer. Days as text, "" where there is none."""

    id: str
    vendor_id: str
    sub_processor_id: str
    country: str
    tool: Tool
    assessed_on: str
    valid_until: str
    document: str
    ended: bool

    def state(self, on: date) -> str:
        """covered, unassessed, lapsed or uncovered on that day."""
        if self.tool is Tool.NONE:
            return "uncovered"
        if self.valid_until and date.fromisoformat(self.valid_until) < on:
            return "lapsed"
        return "unassessed" if self.tool in ASSESSED and not self.assessed_on else "covered"

    def row(self, on: date) -> dict[str, Any]:
        return {
            "id": self.id,
            "country": self.country,
            "to": self.sub_processor_id or None,
            "tool": self.tool.value,
            "cite": CITES[self.tool],
            "assessed": self.assessed_on or None,
            "valid_until": self.valid_until or None,
            "document": self.document or None,
            "state": "ended" if self.ended else self.state(on),
        }


def add(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    country: str,
    tool: Tool,
    *,
    to: str = "",
    assessed_on: str = "",
    valid_until: str = "",
    document: str = "",
) -> str:
    """Record a transfer to a country, by the vendor or the sub-processor `to`; its id."""
    actor.require(Act.ASSESS_VENDOR)
    if not COUNTRY.fullmatch(country):
        raise BadInput("A country has two letters.", what="COUNTRY", next="Such as IN.")
    for text, option in ((assessed_on, "--assessed"), (valid_until, "--until")):
        if text:
            sub_processors.check_day(text, option)
    made = public_id("vx")

    def job(unit: Unit) -> str:
        vendor = store.lock(unit, vendor_id)
        check_document(unit.db, vendor.id, document)
        if to and to not in {each.id for each in sub_processors.engaged(unit.db, vendor.id)}:
            raise NotFound(
                "The vendor has no such sub-processor.", what="--to", next="Look its id up."
            )
        unit.db.execute(
            insert(table_of(VendorDataTransfer)).values(
                id=made,
                vendor_id=vendor.id,
                sub_processor_id=to,
                country=country,
                tool=tool.value,
                assessed_on=assessed_on,
                valid_until=valid_until,
                document=document,
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        facts = {"transfer": made, "country": country, "tool": tool.value}
        store.tell(unit, vendor.id, "transfer_abroad", actor.id, facts)
        unit.append("vendor.transfer_abroad", actor.id, object=made, outcome=tool.value)
        return made

    return desk.write(job)


def end(desk: Desk, actor: Actor, transfer_id: str) -> None:
    """The transfer has ended. NotFound."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorDataTransfer)

    def job(unit: Unit) -> None:
        mine = table.c.id == transfer_id
        row = unit.db.execute(select(table.c.vendor_id).where(mine)).one_or_none()
        if row is None:
            raise NotFound(
                "There is no such transfer.",
                what="transfer",
                next="See `rightsdesk vendor abroad list VENDOR`.",
            )
        store.lock(unit, row.vendor_id)
        unit.db.execute(
            update(table).where(mine, table.c.ended_at.is_(None)).values(ended_at=micros(unit.now))
        )
        store.tell(unit, row.vendor_id, "transfer_abroad_ended", actor.id, {"id": transfer_id})
        unit.append("vendor.transfer_abroad_ended", actor.id, object=transfer_id)

    desk.write(job)


def listed(db: Connection, vendor_id: str, *, ended: bool = False) -> list[Abroad]:
    """Transfers of a vendor by country; with those that ended if asked."""
    table = table_of(VendorDataTransfer)
    statement = select(table).where(table.c.vendor_id == vendor_id)
    if not ended:
        statement = statement.where(table.c.ended_at.is_(None))
    return [_abroad(row) for row in db.execute(statement.order_by(table.c.country, table.c.id))]


def _abroad(row: Row[Any]) -> Abroad:
    return Abroad(
        row.id,
        row.vendor_id,
        row.sub_processor_id,
        row.country,
        Tool(row.tool),
        row.assessed_on,
        row.valid_until,
        row.document,
        row.ended_at is not None,
    )
