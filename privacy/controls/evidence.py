"""The evidence register: documents of the controller that show how its duties are kept.

A document is never changed, only withdrawn with a reason; a new version is a new row. Its
digest is of the exact bytes. The file is sealed under a key of its own, or stays where the
reference says. Who was trained stands as a count and staff ids; names stand in the sealed
file at most.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.actors import ACTOR_ID, Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.controls.clauses import clauses
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.controls import ControlEvidence
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

ADDED, WITHDRAWN = "control_evidence.added", "control_evidence.withdrawn"
LARGEST_FILE_BYTES = 8 << 20
LONGEST_TEXT = 200
MOST_STAFF = 1_000
DIGEST = re.compile(r"[0-9a-f]{64}")
TABLE = table_of(ControlEvidence)


class EvidenceKind(StrEnum):
    """What kind of document it is."""

    POLICY = "policy"
    PROCEDURE = "procedure"
    TRAINING = "training"
    SCRIPT = "script"
    CONTRACT = "contract"
    REVIEW = "review"
    TEST = "test"
    OTHER = "other"


class Why(StrEnum):
    """Why a document was withdrawn."""

    REPLACED = "replaced"
    WRONG = "wrong"
    ENDED = "ended"


@dataclass(frozen=True)
class New:
    """A document to be registered. `content` None: it stays where `reference` says, and
    `sha256` is what its owner computed."""

    kind: EvidenceKind
    clauses: tuple[str, ...]
    title: str
    version: str
    dated_on: date
    valid_until: date | None = None
    people: int = 0
    staff: tuple[str, ...] = ()
    content: bytes | None = None
    reference: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Evidence:
    """A registered document, without its file."""

    id: str
    kind: EvidenceKind
    clauses: tuple[str, ...]
    title: str
    version: str
    dated_on: date
    valid_until: date | None
    people: int
    staff: tuple[str, ...]
    sha256: str
    size_bytes: int
    reference: str
    sealed: bool
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_why: str

    def state(self, on: date) -> str:
        """in_force, expired, not_yet (dated later) or withdrawn, on that day."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.dated_on > on:
            return "not_yet"
        return "expired" if self.valid_until is not None and self.valid_until < on else "in_force"

    def document(self, on: date) -> dict[str, Any]:
        """JSON-ready, with its state on that day."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "clauses": list(self.clauses),
            "title": self.title,
            "version": self.version,
            "dated_on": self.dated_on.isoformat(),
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "people": self.people,
            "staff": list(self.staff),
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "kept": "sealed" if self.sealed else "by_reference",
            "reference": self.reference,
            "added_at": rfc3339(self.added_at),
            "added_by": self.added_by,
            "state": self.state(on),
            "withdrawn_at": None if self.withdrawn_at is None else rfc3339(self.withdrawn_at),
            "withdrawn_why": self.withdrawn_why,
        }


def add(desk: Desk, actor: Actor, new: New) -> Evidence:
    """Register a document; logged with its digest. BadInput for what does not fit together."""
    actor.require(Act.APPROVE_REQUEST)
    _check(new, desk.now().date())
    now = desk.now()
    digest = new.sha256 if new.content is None else hashlib.sha256(new.content).hexdigest()
    holder, row, sealed = None, None, None
    if new.content is not None:
        holder, row = row_id(now), row_id(now)
        place = Place(Part.CONTROL_EVIDENCE, holder, row)
        (part,) = desk.vault.seal_parts(KeyClass.CASE, [(place, new.content)])
        sealed = part.sealed
    evidence_id = public_id("ev")

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(TABLE).values(
                id=evidence_id,
                kind=new.kind.value,
                clauses=" ".join(new.clauses),
                title=new.title,
                version=new.version,
                dated_on=new.dated_on.isoformat(),
                valid_until="" if new.valid_until is None else new.valid_until.isoformat(),
                people=max(new.people, len(new.staff)),
                staff=" ".join(new.staff),
                file_sha256=digest,
                file_bytes=0 if new.content is None else len(new.content),
                reference=new.reference,
                holder_id=holder,
                row_id=row,
                file_sealed=sealed,
                added_at=micros(unit.now),
                added_by=actor.id,
            )
        )
        unit.append(ADDED, actor.id, object=evidence_id, digest=digest, outcome=new.kind.value)

    desk.write(job)
    with desk.reading() as db:
        return one(db, evidence_id)


def withdraw(desk: Desk, actor: Actor, evidence_id: str, why: Why) -> Evidence:
    """From now on it shows nothing; row and file stay. BadInput if it was withdrawn before."""
    actor.require(Act.APPROVE_REQUEST)

    def job(unit: Unit) -> None:
        found = one(unit.db, evidence_id)
        if found.withdrawn_at is not None:
            raise BadInput("It was withdrawn before.", what=evidence_id, next="Nothing to do.")
        unit.db.execute(
            update(TABLE)
            .where(TABLE.c.id == evidence_id)
            .values(withdrawn_at=micros(unit.now), withdrawn_by=actor.id, withdrawn_why=why.value)
        )
        unit.append(WITHDRAWN, actor.id, object=evidence_id, outcome=why.value)

    desk.write(job)
    with desk.reading() as db:
        return one(db, evidence_id)


def read_file(desk: Desk, actor: Actor, evidence_id: str) -> bytes:
    """The sealed file; opening is audited. NotFound where it is kept by reference."""
    actor.require(Act.REPORT)
    with desk.reading() as db:
        row = db.execute(select(TABLE).where(TABLE.c.id == evidence_id)).one_or_none()
    if row is None:
        raise _unknown(evidence_id)
    if row.file_sealed is None:
        raise NotFound("Its file is kept by reference.", what=evidence_id, next=row.reference)
    place = Place(Part.CONTROL_EVIDENCE, row.holder_id, row.row_id)
    part = SealedPart(place, KeyClass.CASE, bytes(row.file_sealed))
    opened = desk.vault.open([part], actor.id, OpeningPurpose.LEGAL_GROUND, object=evidence_id)
    return opened[place]


def one(db: Connection, evidence_id: str) -> Evidence:
    """The document with that id. NotFound."""
    row = db.execute(select(TABLE).where(TABLE.c.id == evidence_id)).one_or_none()
    if row is None:
        raise _unknown(evidence_id)
    return _evidence(row)


def listed(db: Connection, at: datetime | None = None) -> list[Evidence]:
    """Every document, in the order of registration; as of `at` what came later is not there."""
    statement = select(TABLE).order_by(TABLE.c.added_at, TABLE.c.id)
    if at is not None:
        statement = statement.where(TABLE.c.added_at <= micros(at))
    found = [_evidence(row) for row in db.execute(statement)]
    return found if at is None else [_as_of(each, at) for each in found]


def showing(
    found: Iterable[Evidence], clause: str, kinds: Sequence[str], on: date
) -> list[Evidence]:
    """Those in force on a day that are filed under a clause and of one of the kinds."""
    return [
        each
        for each in found
        if clause in each.clauses and each.kind.value in kinds and each.state(on) == "in_force"
    ]


def _as_of(found: Evidence, at: datetime) -> Evidence:
    """As it was then: a later withdrawal had not happened."""
    if found.withdrawn_at is None or found.withdrawn_at <= at:
        return found
    return replace(found, withdrawn_at=None, withdrawn_by="", withdrawn_why="")


def _check(new: New, today: date) -> None:
    known = {clause.id for clause in clauses()}
    unknown = [name for name in new.clauses if name not in known]
    if unknown or not new.clauses:
        raise BadInput(
            "A document is filed under clauses that there are.",
            what="--clause",
            next=f"One or more of {', '.join(sorted(known))}.",
        )
    for name, text in (("--title", new.title), ("--version", new.version)):
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise BadInput(f"A text of 1 to {LONGEST_TEXT} characters.", what=name, next="Mend it.")
    if new.dated_on > today:
        raise BadInput("A document is not of a day to come.", what="--date", next="Mend it.")
    if new.valid_until is not None and new.valid_until < new.dated_on:
        raise BadInput("It ends before it begins.", what="--valid-until", next="Mend it.")
    if len(new.staff) > MOST_STAFF or not all(ACTOR_ID.fullmatch(each) for each in new.staff):
        raise BadInput(
            "Who was trained stands as staff ids, never as names.",
            what="--staff",
            next="a-z, 0-9, dot, dash, underscore; or give --people COUNT alone.",
        )
    if new.kind is EvidenceKind.TRAINING and not (new.people or new.staff):
        raise BadInput("How many were trained?", what="--people", next="Give --people or --staff.")
    _check_file(new)


def _check_file(new: New) -> None:
    if new.content is not None and len(new.content) > LARGEST_FILE_BYTES:
        raise BadInput("That file is too large.", what="--file", next="Keep it by reference.")
    if new.content is None and not (new.reference and DIGEST.fullmatch(new.sha256)):
        raise BadInput(
            "A document is sealed here, or kept elsewhere under a digest.",
            what="--file",
            next="Give --file, or --reference WHERE with --sha256 DIGEST.",
        )


def _evidence(row: Row[Any]) -> Evidence:
    return Evidence(
        row.id,
        EvidenceKind(row.kind),
        tuple(row.clauses.split()),
        row.title,
        row.version,
        date.fromisoformat(row.dated_on),
        date.fromisoformat(row.valid_until) if row.valid_until else None,
        row.people,
        tuple(row.staff.split()),
        row.file_sha256,
        row.file_bytes,
        row.reference,
        row.file_sealed is not None,
        instant(row.added_at),
        row.added_by,
        None if row.withdrawn_at is None else instant(row.withdrawn_at),
        row.withdrawn_by,
        row.withdrawn_why,
    )


def _unknown(evidence_id: str) -> NotFound:
    return NotFound(
        "There is no such evidence.", what=evidence_id, next="See `rightsdesk evidence list`."
    )
