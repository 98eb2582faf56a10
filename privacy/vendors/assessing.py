"""Scoring a vendor from what stands on the desk, and the history of its scorings.

Each scoring is kept with the digests of what it rested on; its explanation holds the vendor's
answers and is sealed like them. A what-if stores nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.errors import MachineFailed, NotFound
from privacy.ids import public_id, row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorScoring
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import (
    answering,
    files,
    questionnaires,
    remediation,
    rounds,
    standing,
    store,
    tested,
)
from privacy.vendors.answers import Answer
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.scored import Changed, document, facts_digest, percent, side_by_side, what_if
from privacy.vendors.scoring import Case, Scoring, score
from privacy.vendors.store import Vendor

SCORED = "scored"
TRIES = 5
"""How often a scoring begins anew because something was recorded while it was made."""


@dataclass(frozen=True)
class Kept:
    """One scoring of the history, without its explanation. `total`: text, or "" for none."""

    id: str
    vendor_id: str
    seq: int
    round: int
    scored_at: datetime
    scored_by: str
    questionnaire_sha256: str
    facts_sha256: str
    tier: str
    total: str
    outcome: str
    next_review_on: date

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "round": self.round or None,
            "at": rfc3339(self.scored_at),
            "by": self.scored_by,
            "tier": self.tier,
            "total": self.total or None,
            "outcome": self.outcome,
            "next_review": self.next_review_on.isoformat(),
            "questionnaire_sha256": self.questionnaire_sha256,
            "facts_sha256": self.facts_sha256,
        }


def case_of(desk: Desk, actor: Actor, vendor_id: str) -> tuple[Questionnaire, Case]:
    """Everything that a scoring of the vendor rests on today; opening the answers is audited."""
    answers = answering.read(desk, actor, vendor_id)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
        asked = rounds.current(db, vendor.id)
        items = remediation.of_vendor(db, vendor.id)
        return questionnaire, Case(
            on=store.today(desk),
            answers=answers,
            evidence=files.counting(db, vendor.id),
            tests=tested.newest(db, vendor.id),
            due_on=None if asked is None else asked.due_on,
            owned=frozenset(each.question_id for each in items if each.owned),
        )


def assess(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, Any]:
    """Score the vendor now, keep it, and return the whole explanation with its id.

    What is recorded while it is scored is not lost: the scoring begins anew, so that no finding
    or event of meanwhile is written over. MachineFailed where that goes on.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
    for _ in range(TRIES):
        told = _assessed(desk, actor, vendor)
        if told is not None:
            return told
    raise MachineFailed(
        "The vendor's record changed each time while it was scored; nothing was saved.",
        what="vendor",
        next="Score it again when the other command has ended.",
    )


def _assessed(desk: Desk, actor: Actor, vendor: Vendor) -> dict[str, Any] | None:
    """A scoring that was kept; None where something was recorded after it had read."""
    with desk.reading() as db:
        seen = store.newest_fact(db, vendor.id)
        asked = rounds.current(db, vendor.id)
    questionnaire, case = case_of(desk, actor, vendor.id)
    found = score(questionnaire, case)
    scoring_id, row = public_id("vs"), row_id(desk.now())
    told = {
        **document(questionnaire, case, found),
        "id": scoring_id,
        "vendor": {"id": vendor.id, "name": vendor.name},
    }
    place = Place(Part.VENDOR_ANSWER, vendor.holder_id, row)
    text = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, text)])

    def job(unit: Unit) -> bool:
        store.lock(unit, vendor.id)
        if store.newest_fact(unit.db, vendor.id) != seen:
            return False
        table = table_of(VendorScoring)
        last = unit.db.execute(
            select(func.max(table.c.seq)).where(table.c.vendor_id == vendor.id)
        ).scalar()
        unit.db.execute(
            insert(table).values(
                id=scoring_id,
                vendor_id=vendor.id,
                seq=1 if last is None else int(last) + 1,
                round=0 if asked is None else asked.number,
                row_id=row,
                scored_at=micros(unit.now),
                scored_by=actor.id,
                questionnaire_sha256=questionnaire.sha256,
                facts_sha256=facts_digest(case),
                tier=found.tier.value,
                total=percent(found.total) or "",
                outcome=found.outcome.value,
                next_review_on=found.next_review_on.isoformat(),
                document_sealed=sealed.sealed,
            )
        )
        standing.scored(unit, vendor.id, found, case.evidence)
        facts = {"scoring": scoring_id, "outcome": found.outcome.value}
        store.tell(unit, vendor.id, SCORED, actor.id, facts)
        unit.append("vendor.scored", actor.id, object=scoring_id, outcome=found.outcome.value)
        return True

    return told if desk.write(job) else None


def suppose(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    answers: Sequence[Answer],
    *,
    backed: Sequence[str] = (),
    disproved: Sequence[str] = (),
) -> Changed:
    """What those answers, evidence or mended findings would change. Nothing is stored."""
    questionnaire, case = case_of(desk, actor, vendor_id)
    return what_if(questionnaire, case, answers, backed=backed, disproved=disproved)


def compare(desk: Desk, actor: Actor, vendor_ids: Sequence[str]) -> dict[str, Any]:
    """Those vendors side by side as they stand today, on one questionnaire; opened, not kept."""
    scored: dict[str, tuple[str, Scoring]] = {}
    questionnaire: Questionnaire | None = None
    for vendor_id in vendor_ids:
        with desk.reading() as db:
            vendor = store.vendor(db, vendor_id)
        questionnaire, case = case_of(desk, actor, vendor.id)
        scored[vendor.id] = (vendor.name, score(questionnaire, case))
    if questionnaire is None:
        raise NotFound("There is nobody to compare.", what="vendor", next="Name two vendors.")
    return side_by_side(questionnaire, scored)


def history(db: Connection, vendor_id: str) -> list[Kept]:
    """Every scoring of the vendor, the first one first. Opens nothing."""
    table = table_of(VendorScoring)
    rows = db.execute(select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.seq))
    return [_kept(row) for row in rows]


def last(db: Connection, vendor_id: str) -> Kept | None:
    """The newest scoring; None for a vendor that was never scored."""
    table = table_of(VendorScoring)
    row = db.execute(
        select(table).where(table.c.vendor_id == vendor_id).order_by(table.c.seq.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _kept(row)


def explanation(desk: Desk, actor: Actor, scoring_id: str) -> dict[str, Any]:
    """The explanation of a scoring as it was made, opened; audited. NotFound."""
    actor.require(Act.ASSESS_VENDOR)
    table = table_of(VendorScoring)
    with desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == scoring_id)).one_or_none()
        if row is None:
            raise NotFound(
                "There is no such scoring.",
                what="scoring",
                next="See `rightsdesk vendor history VENDOR`.",
            )
        vendor = store.vendor(db, row.vendor_id)
    place = Place(Part.VENDOR_ANSWER, vendor.holder_id, row.row_id)
    part = SealedPart(place, KeyClass.CASE, bytes(row.document_sealed))
    opened = desk.vault.open([part], actor.id, OpeningPurpose.VENDOR, object=scoring_id)
    return dict(json.loads(opened[place]))


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        row.id,
        row.vendor_id,
        row.seq,
        row.round,
        instant(row.scored_at),
        row.scored_by,
        row.questionnaire_sha256,
        row.facts_sha256,
        row.tier,
        row.total,
        row.outcome,
        date.fromisoformat(row.next_review_on),
    )
