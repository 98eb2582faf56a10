"""Evidence is sealed until the decision; then no copy of it opens any more."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from privacy.errors import BadInput, KeyMissing, NotAllowedByLaw, NotFound
from privacy.rights import evidence, evidence_store, identity, store
from privacy.rights.case import Event, Kind, State
from privacy.rights.evidence import Piece
from privacy.rights.identity import Evidence
from privacy.rights.store import Case, NewEvent
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestEvidence
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.erase import keys_left
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import CLAIMS, DECLARATION, MAIL, NUMBER, opened
from tests.rights.test_authority import set_values

DOCUMENT = b"canary-of-an-identity-card 1234567890"


def doubted(made: MadeDesk, law: str = "") -> Case:
    """A person's case in which a doubt was told and a document was copied."""
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE, law)
    event = NewEvent(Event.IDENTITY_REQUESTED, facts={"reasonable_doubt": True})

    def job(unit: Unit) -> None:
        store.tell(unit, case.id, made.handler.id, event)
        unit.append("request.told", made.handler.id, request=case.id)

    made.desk.write(job)
    evidence.add(made.desk, made.handler, case.id, Piece.IDENTITY_DOCUMENT, DOCUMENT)
    return case


def rows(made: MadeDesk) -> list[tuple[int, bytes | None, int | None]]:
    table = table_of(RequestEvidence)
    with made.desk.reading() as db:
        found = db.execute(select(table.c.row_id, table.c.content_sealed, table.c.deleted_at))
        return [(row[0], row[1], row[2]) for row in found]


def logged(made: MadeDesk, action: str) -> int:
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        return len(db.execute(select(table.c.id).where(table.c.action == action)).all())


def test_evidence_opens_for_whoever_decides_and_stands_nowhere_in_clear(store: MadeDesk) -> None:
    case = doubted(store)
    assert evidence.read(store.desk, store.handler, case.id, 1) == DOCUMENT
    assert find_leaks(store.desk.folder, [DOCUMENT.decode()[:26]]) == []


def test_with_the_decision_the_content_goes_and_an_old_copy_opens_no_more(
    store: MadeDesk,
) -> None:
    case = doubted(store)
    ((row_id, before, _),) = rows(store)
    assert before is not None
    copied = evidence_store.part(row_id, row_id, bytes(before))
    identity.verify(store.desk, store.handler, case.id, Evidence.DOCUMENT_SEEN, CLAIMS)
    ((_, after, deleted_at),) = rows(store)
    assert (after, deleted_at is not None) == (None, True)
    with pytest.raises(KeyMissing):
        store.desk.vault.open([copied], "dpo", OpeningPurpose.RIGHTS_REQUEST)
    assert keys_left(store.desk.vault, [row_id], [KeyClass.CASE]) == 0
    assert logged(store, "evidence.deleted") == 1
    with pytest.raises(NotFound):
        evidence.read(store.desk, store.handler, case.id, 1)


def test_the_file_of_the_case_opens_on_when_its_evidence_is_gone(made: MadeDesk) -> None:
    from privacy.rights import intake

    case = doubted(made)
    identity.verify(made.desk, made.handler, case.id, Evidence.DOCUMENT_SEEN, CLAIMS)
    assert intake.read_file(made.desk, made.handler, case.id).name


@pytest.mark.parametrize("state", [State.REFUSED, State.CLOSED, State.FULFILLED])
def test_evidence_of_a_request_that_ended_otherwise_goes_with_the_next_work(
    made: MadeDesk, state: State
) -> None:
    case = doubted(made)
    assert evidence.due(made.desk) == 0
    set_values(made, case, state=state.value)
    assert evidence.due(made.desk) == 1
    evidence.sweep(made.desk, made.handler)
    ((row_id, content, _),) = rows(made)
    assert (content, evidence.due(made.desk)) == (None, 0)
    assert keys_left(made.desk.vault, [row_id], [KeyClass.CASE]) == 0


def test_a_key_left_by_a_crash_between_the_two_stores_goes_with_the_next_work(
    made: MadeDesk,
) -> None:
    case = doubted(made)
    made.desk.write(lambda unit: evidence.delete_in(unit, "handler", case.id))
    ((row_id, _, _),) = rows(made)
    assert keys_left(made.desk.vault, [row_id], [KeyClass.CASE]) == 1
    assert evidence.due(made.desk) == 1
    evidence.sweep(made.desk, made.handler)
    assert keys_left(made.desk.vault, [row_id], [KeyClass.CASE]) == 0


def test_the_sweep_of_keys_that_nobody_knows_spares_evidence(made: MadeDesk) -> None:
    case = doubted(made)
    again = made.reopen()
    assert evidence.read(again, made.handler, case.id, 1) == DOCUMENT
    again.close()


def test_a_signed_declaration_is_kept_under_the_key_of_the_case(made: MadeDesk) -> None:
    """11 CCR 7062(c): signed declarations are part of the records."""
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_CA")
    with pytest.raises(BadInput):
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING_DECLARED, CLAIMS)
    evidence.add(made.desk, made.handler, case.id, Piece.DECLARATION, DECLARATION)
    identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING_DECLARED, CLAIMS)
    assert evidence.read(made.desk, made.handler, case.id, 1) == DECLARATION
    assert evidence.due(made.desk) == 0


@pytest.mark.parametrize("law", ["EU_GDPR", "UK_GDPR"])
def test_no_copy_of_a_document_is_taken_without_a_doubt_that_was_told(
    made: MadeDesk, law: str
) -> None:
    """GDPR Article 12(6)."""
    case = opened(made.desk, made.handler, Kind.ERASURE, law)
    with pytest.raises(NotAllowedByLaw) as refused:
        evidence.add(made.desk, made.handler, case.id, Piece.IDENTITY_DOCUMENT, DOCUMENT)
    assert "12(6)" in refused.value.citation
    assert rows(made) == []


def test_evidence_of_nothing_or_of_everything_is_refused(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    for content in (b"", b"x" * (evidence.LARGEST_BYTES + 1)):
        with pytest.raises(BadInput):
            evidence.add(made.desk, made.handler, case.id, Piece.AUTHORITY, content)
