"""Answers of vendors: sealed under the vendor's own key, only ever added, the newest counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, func, insert, select

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadFacts, BadInput
from privacy.ids import row_ids
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorAnswer
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import questionnaires, standing, store, tested
from privacy.vendors.answers import Answer, Source, answered
from privacy.vendors.questionnaire import Questionnaire
from privacy.vendors.scoring import Case, score
from privacy.vendors.store import Vendor

ANSWERED = "answered"
# What more of in an answer is an event that makes a reassessment due, by question.
GROWING = {"scope-02": "new_dialing_mode", "scope-03": "new_country"}


def record(
    desk: Desk, actor: Actor, vendor_id: str, answers: Sequence[Answer], source: Source
) -> int:
    """Seal and add all those answers in one commit; how many. A new dialing mode or a new country
    stands in the vendor's history as the event that it is."""
    return desk.write(recording(desk, actor, vendor_id, answers, source))


def recording(
    desk: Desk,
    actor: Actor,
    vendor_id: str,
    answers: Sequence[Answer],
    source: Source,
    file_sha256: str = "",
) -> Callable[[Unit], int]:
    """The same as a job, for a commit that holds more than answers.

    `file_sha256`: of the file that they came in; the vendor's history keeps it.
    """
    actor.require(Act.ASSESS_VENDOR)
    if not answers:
        raise BadInput("There is no answer.", what="answers", next="Give at least one.")
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
    before = read(desk, actor, vendor.id)
    rows = row_ids(desk.now(), len(answers))
    places = [Place(Part.VENDOR_ANSWER, vendor.holder_id, row) for row in rows]
    texts = [json.dumps(each.document(), ensure_ascii=False).encode() for each in answers]
    sealed = desk.vault.seal_parts(KeyClass.CASE, list(zip(places, texts, strict=True)))
    events = list(_grown(before, answers))
    gates = _failing(desk, vendor.id, before, answers)

    def job(unit: Unit) -> int:
        store.lock(unit, vendor.id)
        table = table_of(VendorAnswer)
        last = unit.db.execute(
            select(func.max(table.c.seq)).where(table.c.vendor_id == vendor.id)
        ).scalar()
        first = 1 if last is None else int(last) + 1
        unit.db.execute(
            insert(table),
            [
                {
                    "vendor_id": vendor.id,
                    "seq": first + number,
                    "row_id": part.place.row_id,
                    "question_id": answer.question,
                    "answer_sealed": part.sealed,
                    "source": source.value,
                    "given_at": micros(unit.now),
                    "recorded_by": actor.id,
                }
                for number, (answer, part) in enumerate(zip(answers, sealed, strict=True))
            ],
        )
        facts = {"count": len(answers), "source": source.value}
        if file_sha256:
            facts["file"] = file_sha256
        store.tell(unit, vendor.id, ANSWERED, actor.id, facts)
        standing.due(unit, vendor.id, store.today(desk))
        for event in events:
            store.tell(unit, vendor.id, event, actor.id)
        standing.failing(unit, vendor.id, gates)
        unit.append("vendor.answered", actor.id, object=vendor.id, count=len(answers))
        return len(answers)

    return job


def read(desk: Desk, actor: Actor, vendor_id: str) -> dict[str, Answer]:
    """The newest answer of each question, opened; audited.

    One to a question that is no longer asked, or that it no longer fits, is left out: the
    question counts as unanswered.
    """
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        vendor = store.vendor(db, vendor_id)
        questionnaire = questionnaires.current(db)
        parts = _newest(db, vendor)
    if not parts:
        return {}
    opened = desk.vault.open(
        list(parts.values()), actor.id, OpeningPurpose.VENDOR, object=vendor.id
    )
    texts = {key: json.loads(opened[part.place]) for key, part in parts.items()}
    return {key: each for key, text in texts.items() if (each := _fitting(questionnaire, text))}


def file_taken(db: Connection, vendor_id: str, file_sha256: str) -> bool:
    """Whether answers of that very file were recorded before."""
    return any(
        line.type == ANSWERED and line.facts.get("file") == file_sha256
        for line in store.history(db, vendor_id)
    )


def count(db: Connection, vendor_id: str) -> int:
    """How many questions the vendor has answered."""
    table = table_of(VendorAnswer)
    found = select(func.count(table.c.question_id.distinct())).where(table.c.vendor_id == vendor_id)
    return int(db.execute(found).scalar_one())


def sources(db: Connection, vendor_id: str) -> dict[str, tuple[str, int]]:
    """Way and instant (microseconds) of the newest answer of each question; opens nothing."""
    table = table_of(VendorAnswer)
    rows = db.execute(
        select(table.c.question_id, table.c.source, table.c.given_at)
        .where(table.c.vendor_id == vendor_id)
        .order_by(table.c.seq)
    )
    return {row.question_id: (row.source, row.given_at) for row in rows}


def _newest(db: Connection, vendor: Vendor) -> dict[str, SealedPart]:
    table = table_of(VendorAnswer)
    newest = (
        select(func.max(table.c.seq))
        .where(table.c.vendor_id == vendor.id)
        .group_by(table.c.question_id)
    )
    rows = db.execute(
        select(table.c.question_id, table.c.row_id, table.c.answer_sealed)
        .where(table.c.vendor_id == vendor.id, table.c.seq.in_(newest))
        .order_by(table.c.question_id)
    )
    return {
        row.question_id: SealedPart(
            Place(Part.VENDOR_ANSWER, vendor.holder_id, row.row_id),
            KeyClass.CASE,
            bytes(row.answer_sealed),
        )
        for row in rows
    }


def _fitting(questionnaire: Questionnaire, text: Mapping[str, str]) -> Answer | None:
    try:
        return answered(
            questionnaire,
            text["question"],
            text["value"],
            text.get("comment", ""),
            by="controller",
        )
    except BadFacts:
        return None


def _failing(
    desk: Desk, vendor_id: str, before: Mapping[str, Answer], answers: Sequence[Answer]
) -> list[str]:
    """Gates that those answers bring to 0, by themselves or against call records that stand."""
    with desk.reading() as db:
        questionnaire = questionnaires.current(db)
        tests = tested.newest(db, vendor_id)
    after = {**before, **{each.question: each for each in answers}}
    new = {each.question for each in answers}
    found = score(questionnaire, Case(store.today(desk), after, tests=tests))
    return [each.question.id for each in found.failed_gates() if each.question.id in new]


def _grown(before: Mapping[str, Answer], answers: Sequence[Answer]) -> Iterator[str]:
    """Events of answers that name more than the ones before them did."""
    for answer in answers:
        old = before.get(answer.question)
        event = GROWING.get(answer.question)
        if event and old and _codes(answer) - _codes(old):
            yield event


def _codes(answer: Answer) -> set[str]:
    return set(answer.value) if isinstance(answer.value, tuple) else set()
