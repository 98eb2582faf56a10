"""The notice of Article 14 to everybody of a list that was bought in: one letter a person.

Each is written once: a run that was interrupted goes on where it stopped. The facts are
the same for all, the name, the address and the language are each person's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.contacts.store import Record, opened_records
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import store
from privacy.rights.case import Kind
from privacy.rights.letters import addressing, facts, overrides, remedies
from privacy.rights.letters import store as letter_store
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.letterhead import sender, today
from privacy.rights.letters.store import Draft
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import NoticeTask
from privacy.storage.tables.letters import Letter
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose, SubjectState

KIND = "article14_notice"
PEOPLE_AT_ONCE = 200


@dataclass(frozen=True)
class Written:
    """Letters of one run, by the way that they go; `no_address`: to be handed over."""

    by_email: int = 0
    by_post: int = 0
    no_address: int = 0


def write_notices(
    desk: Desk,
    actor: Actor,
    request_id: str,
    given: Mapping[str, Any],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Written:
    """Write the notice to each person of the task's list who has none yet.

    `given`: facts of staff; the source is the list's own unless they name it. BadInput for a
    request that is no such task; BadFacts names facts that are missing, before anything is
    written.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        people, source = _people(db, request_id)
    if case.kind is not Kind.NOTICE:
        raise BadInput("Only a notice task has such letters.", what=request_id)
    law = case.law
    catalogue().letter(KIND, law)
    found = {
        **sender(desk.config.controller, today(desk)),
        **remedies.facts(law, desk.config.controller.holiday_calendar, today(desk)),
        "reference": request_id,
        "law": law,
        "notice_source": source,
        **facts.of_staff(given, catalogue()),
    }
    counts = {"email": 0, "post": 0, "by_hand": 0}
    for page in in_chunks(people, PEOPLE_AT_ONCE):
        records = opened_records(
            desk, actor, page, OpeningPurpose.RIGHTS_REQUEST, request=request_id
        )
        drafts = [_draft(desk, request_id, found, record) for record in records]
        _keep(desk, actor, drafts)
        for draft in drafts:
            counts[draft.to.form.value] += 1
        progress(sum(counts.values()))
    return Written(counts["email"], counts["post"], counts["by_hand"])


def _people(db: Connection, request_id: str) -> tuple[list[int], str]:
    """Living persons of the task's import who have no letter yet, and the list's source."""
    tasks, subjects, letters = table_of(NoticeTask), table_of(Subject), table_of(Letter)
    task = db.execute(select(tasks).where(tasks.c.request_id == request_id)).one_or_none()
    if task is None:
        return [], ""
    written = select(letters.c.holder_id).where(
        letters.c.request_id == request_id, letters.c.kind == KIND
    )
    rows = db.execute(
        select(subjects.c.id)
        .where(
            subjects.c.import_id == task.import_id,
            subjects.c.state == SubjectState.ACTIVE.value,
            subjects.c.id.not_in(written),
        )
        .order_by(subjects.c.id)
    )
    return list(rows.scalars()), str(task.source)


def _draft(desk: Desk, request_id: str, found: Mapping[str, Any], record: Record) -> Draft:
    to = addressing.of_record(record)
    language = addressing.language_of(record, desk.config.controller.language)
    words = overrides.words(desk, language)
    text = compose(KIND, str(found["law"]), {**found, "person_name": to.name}, words, catalogue())
    return Draft(text, to, record.subject_id, words.sha256, approved=True, request_id=request_id)


def _keep(desk: Desk, actor: Actor, drafts: Sequence[Draft]) -> None:
    sealed = [letter_store.sealed(desk, draft) for draft in drafts]

    def job(unit: Unit) -> None:
        for new in sealed:
            letter_store.add(unit, actor.id, new)

    if sealed:
        desk.write(job)
