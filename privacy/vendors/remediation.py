"""Items to mend: what a vendor has to do, whose it is, by when, and how far it is.

Internal to the controller: notes are sealed and no export for a vendor holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.actors import ACTOR_ID, Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorEvidence, VendorRemediation
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import mending, store
from privacy.vendors.mending import State
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.scoring import Line

VENDOR = "vendor"


@dataclass(frozen=True)
class Item:
    """One item. `owner`: a staff id, or vendor. `shown`: its state, overdue where it is late."""

    id: str
    vendor_id: str
    question_id: str
    finding: str
    severity: str
    owner: str
    due_on: date
    state: State
    evidence_ids: tuple[str, ...]
    opened_at: datetime
    opened_by: str
    verified_at: datetime | None
    verified_by: str
    has_note: bool

    @property
    def done(self) -> bool:
        return self.state in mending.DONE

    @property
    def owned(self) -> bool:
        """Whether somebody still answers for the gap: who mends it, or who accepted its risk."""
        return self.state is not State.VERIFIED

    def document(self, on: date) -> dict[str, Any]:
        return {
            "id": self.id,
            "vendor": self.vendor_id,
            "question_id": self.question_id,
            "finding": self.finding,
            "severity": self.severity,
            "owner": self.owner,
            "due": self.due_on.isoformat(),
            "state": mending.shown_state(self.state, self.due_on, on),
            "evidence_ids": list(self.evidence_ids),
            "verified_by": self.verified_by or None,
            "verified_at": None if self.verified_at is None else self.verified_at.isoformat(),
            "has_note": self.has_note,
        }


def open_items(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    questionnaire: Questionnaire,
    gaps: Sequence[Line],
    owner: str,
    *,
    due: date | None = None,
    note: str = "",
) -> list[str]:
    """An item for each gap that has none open; their ids. Due by severity, if no day is given."""
    actor.require(Act.ASSESS_VENDOR)
    _check_owner(owner)
    today = store.today(desk)
    if due is not None and due < today:
        raise BadInput("That day is past.", what="--due", next="Give today or a later day.")
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
    row, sealed = _seal_note(desk, vendor.holder_id, note)

    def job(unit: Unit) -> list[str]:
        store.lock(unit, vendor.id)
        standing = {each.question_id for each in of_vendor(unit.db, vendor.id) if not each.done}
        made = []
        for line in gaps:
            if line.question.id in standing:
                continue
            severity = mending.severity_of(questionnaire, line)
            item_id = public_id("vr")
            unit.db.execute(
                insert(table_of(VendorRemediation)).values(
                    id=item_id,
                    vendor_id=vendor.id,
                    question_id=line.question.id,
                    finding=mending.finding_of(line),
                    severity=severity,
                    owner=owner,
                    due_on=(due or mending.due_on(questionnaire, severity, today)).isoformat(),
                    state=State.OPEN.value,
                    opened_at=micros(unit.now),
                    opened_by=actor.id,
                    row_id=row,
                    note_sealed=sealed,
                )
            )
            facts = {"item": item_id, "question": line.question.id, "severity": severity}
            store.tell(unit, vendor.id, "remediation_opened", actor.id, facts)
            made.append(item_id)
        unit.append("vendor.remediation_opened", actor.id, object=vendor.id, count=len(made))
        return made

    return desk.write(job)


def move(
    desk: Desk, actor: Actor, item_id: str, after: State, evidence_ids: Iterable[str] = ()
) -> Item:
    """Move an item. It is verified, or its risk accepted, by somebody who does not own it."""
    actor.require(Act.ASSESS_VENDOR)
    added = tuple(evidence_ids)

    def job(unit: Unit) -> Item:
        before = one(unit.db, item_id)
        store.lock(unit, before.vendor_id)
        before = one(unit.db, item_id)
        _check_evidence(unit.db, before.vendor_id, added)
        named = tuple(dict.fromkeys((*before.evidence_ids, *added)))
        mending.check_move(before.state, after, has_evidence=bool(named))
        if after in mending.DONE and actor.id == before.owner:
            raise Denied(
                "Whoever owns an item does not settle it.",
                what=item_id,
                next="A second person verifies it or accepts the risk.",
            )
        done = after in mending.DONE
        _change(
            unit,
            item_id,
            state=after.value,
            evidence_ids=" ".join(named),
            verified_at=micros(unit.now) if done else None,
            verified_by=actor.id if done else "",
        )
        facts = {"item": item_id, "from": before.state.value, "to": after.value}
        store.tell(unit, before.vendor_id, "remediation_moved", actor.id, facts)
        unit.append("vendor.remediation_moved", actor.id, object=item_id, outcome=after.value)
        return one(unit.db, item_id)

    return desk.write(job)


def assign(
    desk: Desk, actor: Actor, item_id: str, *, owner: str = "", due: date | None = None
) -> Item:
    """Give an item to somebody else, or another day."""
    actor.require(Act.ASSESS_VENDOR)
    if owner:
        _check_owner(owner)

    def job(unit: Unit) -> Item:
        before = one(unit.db, item_id)
        store.lock(unit, before.vendor_id)
        after_due = due or before.due_on
        _change(unit, item_id, owner=owner or before.owner, due_on=after_due.isoformat())
        facts = {"item": item_id, "owner": owner or before.owner, "due": after_due.isoformat()}
        store.tell(unit, before.vendor_id, "remediation_assigned", actor.id, facts)
        unit.append("vendor.remediation_assigned", actor.id, object=item_id)
        return one(unit.db, item_id)

    return desk.write(job)


def one(db: Connection, item_id: str) -> Item:
    """The item with that id. NotFound."""
    table = table_of(VendorRemediation)
    row = db.execute(select(table).where(table.c.id == item_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such item.",
            what="remediation",
            next="See `rightsdesk vendor remediation list`.",
        )
    return _item(row)


def of_vendor(db: Connection, vendor_id: str = "") -> list[Item]:
    """Items of a vendor, or of all, by day; those done too."""
    table = table_of(VendorRemediation)
    statement = select(table).order_by(table.c.due_on, table.c.question_id, table.c.id)
    if vendor_id:
        statement = statement.where(table.c.vendor_id == vendor_id)
    return [_item(row) for row in db.execute(statement)]


def read_note(desk: Desk, actor: Actor, item_id: str) -> str:
    """The note of an item, opened; audited."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorRemediation)
    with desk.reading() as db:
        item = one(db, item_id)
        holder = store.vendor(db, item.vendor_id).holder_id
        row = db.execute(
            select(table.c.row_id, table.c.note_sealed).where(table.c.id == item_id)
        ).one()
    if row.note_sealed is None:
        return ""
    part = SealedPart(
        Place(Part.VENDOR_NOTE, holder, row.row_id), KeyClass.CASE, bytes(row.note_sealed)
    )
    opened = desk.vault.open([part], actor.id, OpeningPurpose.VENDOR, object=item_id)
    return opened[part.place].decode()


def _seal_note(desk: Desk, holder_id: int, note: str) -> tuple[int | None, bytes | None]:
    if not note:
        return None, None
    row = row_id(desk.now())
    place = Place(Part.VENDOR_NOTE, holder_id, row)
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, note.encode())])
    return row, sealed.sealed


def _check_owner(owner: str) -> None:
    if not ACTOR_ID.fullmatch(owner):
        raise BadInput(
            "An owner is a staff id, or vendor.",
            what="--owner",
            next="See `rightsdesk actor list`.",
        )


def _check_evidence(db: Connection, vendor_id: str, evidence_ids: Sequence[str]) -> None:
    """Another vendor's file backs nothing here."""
    table = table_of(VendorEvidence)
    found = db.execute(
        select(table.c.id).where(table.c.id.in_(evidence_ids), table.c.vendor_id == vendor_id)
    ).scalars()
    if set(evidence_ids) - set(found):
        raise NotFound(
            "The vendor has no such evidence.",
            what="--evidence",
            next="See `rightsdesk vendor evidence list`.",
        )


def _change(unit: Unit, item_id: str, **values: object) -> None:
    table = table_of(VendorRemediation)
    unit.db.execute(update(table).where(table.c.id == item_id).values(**values))


def _item(row: Row[Any]) -> Item:
    return Item(
        row.id,
        row.vendor_id,
        row.question_id,
        row.finding,
        row.severity,
        row.owner,
        date.fromisoformat(row.due_on),
        State(row.state),
        tuple(row.evidence_ids.split()),
        instant(row.opened_at),
        row.opened_by,
        None if row.verified_at is None else instant(row.verified_at),
        row.verified_by,
        row.note_sealed is not None,
    )
