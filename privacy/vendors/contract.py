"""The contract check: each clause a task, found with its page in a document. Only ever added to.

A document is a file of the vendor's evidence or a SHA-256; its name and the note are sealed.
What the clauses say of the questionnaire becomes an answer only by `feed`, which names each
answer that it would take the place of.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.ids import row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_registers import VendorClause
from privacy.storage.tables.vendors import VendorEvidence
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import answering, questionnaires, store
from privacy.vendors.answers import Answer, Source, answered
from privacy.vendors.clauses import PAGES, Clause, Found, answers_of, clauses

DIGEST = re.compile(r"[0-9a-f]{64}")
LONGEST_WORDS = 2_000


@dataclass(frozen=True)
class Looked:
    """What was found of one clause. `document`: id of evidence or SHA-256, or ""."""

    clause: Clause
    state: Found
    pages: str
    document: str
    at: datetime
    by: str
    has_words: bool

    def row(self) -> dict[str, Any]:
        return {
            "clause": self.clause.id,
            "what": self.clause.what,
            "cite": self.clause.cite,
            "mark": self.clause.mark,
            "question": self.clause.question or None,
            "state": self.state.value,
            "pages": self.pages or None,
            "document": self.document or None,
            "looked": self.at.isoformat(),
            "by": self.by,
        }


def look(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    clause_id: str,
    state: Found,
    *,
    pages: str = "",
    document: str = "",
    name: str = "",
    note: str = "",
) -> None:
    """Record what the contract says of a clause. What is met, if in part, stands on a page.

    BadInput without page or document; NotFound for evidence that is not this vendor's.
    """
    actor.require(Act.ASSESS_VENDOR)
    _check(clause_id, state, pages, document, name, note)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        check_document(db, vendor.id, document)
    row, sealed = None, None
    if name or note:
        row = row_id(desk.now())
        words = json.dumps({"name": name, "note": note}, ensure_ascii=False).encode()
        place = Place(Part.VENDOR_CLAUSE, vendor.holder_id, row)
        sealed = desk.vault.seal_parts(KeyClass.CASE, [(place, words)])[0].sealed

    def job(unit: Unit) -> None:
        store.lock(unit, vendor.id)
        table = table_of(VendorClause)
        last = unit.db.execute(
            select(func.max(table.c.seq)).where(table.c.vendor_id == vendor.id)
        ).scalar()
        unit.db.execute(
            insert(table).values(
                vendor_id=vendor.id,
                seq=1 if last is None else int(last) + 1,
                clause=clause_id,
                state=state.value,
                pages=pages,
                document=document,
                row_id=row,
                words_sealed=sealed,
                set_at=micros(unit.now),
                set_by=actor.id,
            )
        )
        facts = {"clause": clause_id, "state": state.value}
        store.tell(unit, vendor.id, "clause_looked_at", actor.id, facts)
        unit.append("vendor.clause_looked_at", actor.id, object=vendor.id, outcome=state.value)

    desk.write(job)


def found(db: Connection, vendor_id: str) -> dict[str, Looked]:
    """The newest finding of each clause that was looked at. Opens nothing."""
    table = table_of(VendorClause)
    rows = db.execute(select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.seq))
    return {row.clause: _looked(row) for row in rows if row.clause in clauses()}


def words(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, dict[str, str]]:
    """Name of the document and note of each clause's newest finding, opened; audited."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorClause)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        rows = db.execute(select(table).where(table.c.vendor_id == vendor.id).order_by(table.c.seq))
        newest = {row.clause: row for row in rows}
    parts = {
        key: SealedPart(
            Place(Part.VENDOR_CLAUSE, vendor.holder_id, row.row_id),
            KeyClass.CASE,
            bytes(row.words_sealed),
        )
        for key, row in newest.items()
        if row.words_sealed is not None
    }
    if not parts:
        return {}
    opened = desk.vault.open(
        list(parts.values()), actor.id, OpeningPurpose.VENDOR, object=vendor.id
    )
    return {key: json.loads(opened[part.place]) for key, part in parts.items()}


@dataclass(frozen=True)
class Fed:
    """An answer by the clauses, and the one that stands; None where there is none."""

    answer: Answer
    before: Answer | None

    @property
    def changes(self) -> bool:
        return self.before is None or self.before.value != self.answer.value


def feed(desk: Desk, actor: Actor, vendor_id: str, *, record: bool) -> list[Fed]:
    """What the clauses answer of the questionnaire; recorded only where asked for."""
    before = answering.read(desk, actor, vendor_id)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
        states = {key: each.state for key, each in found(db, vendor.id).items()}
    fed = [
        Fed(answered(questionnaire, key, value, COMMENT, by="controller"), before.get(key))
        for key, value in answers_of(questionnaire, states).items()
    ]
    changing = [each.answer for each in fed if each.changes]
    if record and changing:
        answering.record(desk, actor, vendor.id, changing, Source.TYPED)
    return fed


COMMENT = "By the contract check of the controller."


def _check(clause_id: str, state: Found, pages: str, document: str, name: str, note: str) -> None:
    if clause_id not in clauses():
        raise BadInput(
            "No list has such a clause.",
            what="clause",
            next="See `rightsdesk vendor contract list VENDOR`.",
        )
    if pages and not PAGES.fullmatch(pages):
        raise BadInput("A page is a number, or two: 4 or 4-6.", what="--page", next="Such as 4.")
    if state is not Found.MISSING and not (pages and (document or name)):
        raise BadInput(
            "A clause that is there stands on a page of a document.",
            what="--page",
            next="Give --page, and --document (evidence or SHA-256) or --name.",
        )
    if len(name) + len(note) > LONGEST_WORDS:
        raise BadInput("Name and note are too long.", what="--note", next="Shorten them.")


def check_document(db: Connection, vendor_id: str, document: str) -> None:
    """NotFound for what is neither evidence of this vendor nor a SHA-256; "" is no document."""
    if not document or DIGEST.fullmatch(document):
        return
    table = table_of(VendorEvidence)
    mine = (table.c.id == document) & (table.c.vendor_id == vendor_id)
    if db.execute(select(table.c.id).where(mine)).first() is None:
        raise NotFound(
            "A document is evidence of this vendor, or a SHA-256.",
            what="--document",
            next="See `rightsdesk vendor evidence list`; a name goes into --name.",
        )


def _looked(row: Row[Any]) -> Looked:
    return Looked(
        clauses()[row.clause],
        Found(row.state),
        row.pages,
        row.document,
        instant(row.set_at),
        row.set_by,
        row.words_sealed is not None,
    )
