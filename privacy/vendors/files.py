"""Evidence of vendors: files sealed with their names, each valid from one day to another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorEvidence
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import questionnaires, standing, store
from privacy.vendors.scoring import Evidence
from privacy.vendors.store import Vendor

LARGEST_BYTES = 20 * 1024 * 1024
LONGEST_NAME = 200
WITHDRAWN = "evidence_withdrawn"


@dataclass(frozen=True)
class Kept:
    """A file on record: what may be told of it without opening it."""

    evidence: Evidence
    size_bytes: int
    added_by: str
    withdrawn: bool

    def document(self, on: date) -> dict[str, Any]:
        each = self.evidence
        state = "withdrawn" if self.withdrawn else "valid" if each.valid(on) else "not_valid"
        return {
            "id": each.id,
            "questions": sorted(each.questions),
            "valid_from": each.valid_from.isoformat(),
            "valid_until": each.valid_until.isoformat(),
            "state": state,
            "sha256": each.sha256,
            "size_bytes": self.size_bytes,
            "added_by": self.added_by,
        }


def keep(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    questions: Sequence[str],
    name: str,
    content: bytes,
    *,
    valid_from: date,
    valid_until: date,
) -> str:
    """Seal a file that backs those questions on the days from and until, both included; its id.

    BadInput for an empty or too large file, a name that is a path, days in the wrong order, or a
    question that is not asked.
    """
    job = keeping(
        desk,
        actor,
        vendor_id,
        questions,
        name,
        content,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return desk.write(job)


def keeping(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    questions: Sequence[str],
    name: str,
    content: bytes,
    *,
    valid_from: date,
    valid_until: date,
) -> Callable[[Unit], str]:
    """The same as a job, for a commit that holds more than one file."""
    actor.require(Act.ASSESS_VENDOR)
    _check(name, content, valid_from, valid_until)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        known = questionnaires.current(db).questions
    if not questions or any(each not in known for each in questions):
        raise BadInput(
            "Evidence backs one or more questions of the questionnaire.",
            what="--question",
            next="See `rightsdesk vendor questionnaire`.",
        )
    evidence_id, row = public_id("ev"), row_id(desk.now())
    name_part, content_part = desk.vault.seal_parts(
        KeyClass.CASE,
        [(_name_place(vendor, row), name.encode()), (_content_place(vendor, row), content)],
    )

    def job(unit: Unit) -> str:
        store.lock(unit, vendor.id)
        unit.db.execute(
            insert(table_of(VendorEvidence)).values(
                id=evidence_id,
                vendor_id=vendor.id,
                questions=" ".join(sorted(set(questions))),
                row_id=row,
                name_sealed=name_part.sealed,
                content_sealed=content_part.sealed,
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
                valid_from=valid_from.isoformat(),
                valid_until=valid_until.isoformat(),
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        facts = {"evidence": evidence_id, "questions": len(set(questions))}
        store.tell(unit, vendor.id, "evidence_added", actor.id, facts)
        unit.append("vendor.evidence_added", actor.id, object=evidence_id)
        return evidence_id

    return job


def listed(db: Connection, vendor_id: str) -> list[Kept]:
    """The files of a vendor in the order in which they were added, withdrawn ones too."""
    table = table_of(VendorEvidence)
    rows = db.execute(
        select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.added_at, table.c.id)
    )
    return [
        Kept(
            Evidence(
                row.id,
                frozenset(row.questions.split()),
                date.fromisoformat(row.valid_from),
                date.fromisoformat(row.valid_until),
                row.sha256,
            ),
            row.size_bytes,
            row.added_by,
            row.withdrawn_at is not None,
        )
        for row in rows
    ]


def counting(db: Connection, vendor_id: str) -> tuple[Evidence, ...]:
    """The evidence that scoring looks at: what was not withdrawn."""
    return tuple(each.evidence for each in listed(db, vendor_id) if not each.withdrawn)


def read(desk: Desk, actor: Actor, evidence_id: str) -> tuple[str, bytes]:
    """(name, content) of a file; audited. NotFound."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorEvidence)
    with desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == evidence_id)).one_or_none()
        if row is None:
            raise _missing()
        vendor = store.vendor(db, row.vendor_id)
    name = SealedPart(_name_place(vendor, row.row_id), KeyClass.CASE, bytes(row.name_sealed))
    content = SealedPart(
        _content_place(vendor, row.row_id), KeyClass.CASE, bytes(row.content_sealed)
    )
    opened = desk.vault.open([name, content], actor.id, OpeningPurpose.VENDOR, object=evidence_id)
    return opened[name.place].decode(), opened[content.place]


def withdraw(desk: Desk, actor: Actor, evidence_id: str) -> None:
    """Record that a file backs nothing any more; it stays readable for what rested on it."""
    actor.require(Act.ASSESS_VENDOR)

    def job(unit: Unit) -> None:
        table = table_of(VendorEvidence)
        row = unit.db.execute(
            select(table.c.vendor_id, table.c.valid_from, table.c.valid_until).where(
                table.c.id == evidence_id, table.c.withdrawn_at.is_(None)
            )
        ).one_or_none()
        if row is None:
            raise _missing()
        vendor_id = row.vendor_id
        store.lock(unit, vendor_id)
        unit.db.execute(
            update(table).where(table.c.id == evidence_id).values(withdrawn_at=micros(unit.now))
        )
        store.tell(unit, vendor_id, WITHDRAWN, actor.id, {"evidence": evidence_id})
        today = store.today(desk).isoformat()
        if row.valid_from <= today <= row.valid_until:
            standing.due(unit, vendor_id, store.today(desk))
        unit.append("vendor.evidence_withdrawn", actor.id, object=evidence_id)

    desk.write(job)


def plain_name(name: str) -> bool:
    """Whether it is one file's name: no path, no sign that steers a screen or turns its order."""
    fits = 0 < len(name) <= LONGEST_NAME and name.isprintable() and name not in (".", "..")
    return fits and not any(each in name for each in "/\\")


def _check(name: str, content: bytes, valid_from: date, valid_until: date) -> None:
    if not content or len(content) > LARGEST_BYTES:
        raise BadInput(
            f"Evidence has 1 to {LARGEST_BYTES} bytes.",
            what="file",
            next="Split it, or give the part that matters.",
        )
    if not plain_name(name):
        raise BadInput("A file's name is one plain name.", what="file", next="Rename the file.")
    if valid_until < valid_from:
        raise BadInput(
            "Evidence ends before it begins.", what="--until", next="Give its last day, included."
        )


def _missing() -> NotFound:
    return NotFound(
        "There is no such evidence.", what="evidence", next="See `rightsdesk vendor evidence list`."
    )


def _name_place(vendor: Vendor, row: int) -> Place:
    return Place(Part.VENDOR_NOTE, vendor.holder_id, row)


def _content_place(vendor: Vendor, row: int) -> Place:
    return Place(Part.VENDOR_EVIDENCE, vendor.holder_id, row)
