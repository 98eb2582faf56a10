"""Who asks: nothing is proved by a claim alone, a wrong code, or somebody else's case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from privacy.contacts.importing import ImportOptions, import_file
from privacy.errors import NotFound, NotProven
from privacy.rights import challenge_store, evidence, identity
from privacy.rights.case import Kind, State
from privacy.rights.evidence import Piece
from privacy.rights.identity import CODE_LIFE, CODE_TRIES, Claims, Evidence
from privacy.rights.store import Case
from privacy.storage.unit import Unit
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import CLAIMS, DECLARATION, MAIL, NUMBER, opened
from tests.rights.mailbox import code_of

OTHER_MAIL = "another.person@example.com"


def code_for(made: MadeDesk, case: Case, claims: Claims) -> str:
    """The code that the person would find in the mailbox."""
    identity.send_code(made.desk, made.handler, case.id, claims)
    return code_of(made.desk, made.handler, case.id)


def test_two_matching_points_prove_an_access_request(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, CLAIMS)
    assert (proven.state, proven.subject_id) == (State.VERIFIED, known.subject_id)


@pytest.mark.parametrize(
    "claims",
    [
        Claims(phone=NUMBER),
        replace(CLAIMS, given="Somebody", family="Else"),
        replace(CLAIMS, postal_code="EC1A 1BB"),
        replace(CLAIMS, email=OTHER_MAIL),
        Claims(phone="+442079460777", email=OTHER_MAIL),
    ],
)
def test_too_little_or_a_contradiction_proves_nothing(made: MadeDesk, claims: Claims) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, claims)


def test_a_known_and_an_unknown_number_are_refused_in_the_same_words(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    answers = set()
    for number in (NUMBER, "+442079460777"):
        with pytest.raises(NotProven) as refused:
            identity.verify(
                made.desk, made.handler, case.id, Evidence.MATCHING, Claims(phone=number)
            )
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_a_shared_landline_with_the_same_address_proves_nothing(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    add_person(made.desk, NUMBER, OTHER_MAIL, family="Housemate")
    case = opened(made.desk, made.handler, Kind.ACCESS)
    shared = Claims(phone=NUMBER, postal_code="SW1A 1AA")
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, shared)


def test_a_name_tells_the_persons_of_a_shared_landline_apart(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    housemate = add_person(made.desk, NUMBER, OTHER_MAIL, family="Housemate")
    case = opened(made.desk, made.handler, Kind.ACCESS)
    claims = Claims(phone=NUMBER, given="Canarina", family="Housemate")
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, claims)
    assert proven.subject_id == housemate.subject_id


def test_california_wants_three_points_and_a_declaration_for_specific_pieces(
    made: MadeDesk,
) -> None:
    """11 CCR 7062(c)."""
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_CA")
    evidence.add(made.desk, made.handler, case.id, Piece.DECLARATION, DECLARATION)
    for by, claims in (
        (Evidence.MATCHING, CLAIMS),
        (Evidence.MATCHING_DECLARED, Claims(phone=NUMBER, email=MAIL)),
    ):
        with pytest.raises(NotProven):
            identity.verify(made.desk, made.handler, case.id, by, claims)
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING_DECLARED, CLAIMS)
    assert proven.identity_level == "high"


def test_the_code_sent_to_the_contact_point_proves_it(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    code = code_for(made, case, Claims(email=MAIL))
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=code)
    assert proven.subject_id == known.subject_id


def test_the_code_of_another_request_proves_nothing(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    mine = opened(made.desk, made.handler, Kind.ACCESS)
    theirs = opened(made.desk, made.handler, Kind.ACCESS)
    code = code_for(made, mine, Claims(email=MAIL))
    identity.send_code(made.desk, made.handler, theirs.id, Claims(email=MAIL))
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, theirs.id, Evidence.CODE, code=code)


def test_a_code_is_bound_to_its_request_even_if_its_hash_is_copied(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    mine = opened(made.desk, made.handler, Kind.ACCESS)
    theirs = opened(made.desk, made.handler, Kind.ACCESS)
    code = code_for(made, mine, Claims(email=MAIL))
    with made.desk.reading() as db:
        copied = challenge_store.challenge(db, mine.id)
    assert copied is not None

    def copy(unit: Unit) -> None:
        challenge_store.set_challenge(unit, theirs.id, copied)
        unit.append("test.copied", "test")

    made.desk.write(copy)
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, theirs.id, Evidence.CODE, code=code)


def test_a_case_without_a_code_is_not_proved_by_an_empty_one(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code="")


def test_a_code_ends_after_five_wrong_tries(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    code = code_for(made, case, Claims(email=MAIL))
    for tried in ("x" * 8,) * CODE_TRIES + (code,):
        with pytest.raises(NotProven):
            identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=tried)


def test_a_code_ends_after_ten_minutes(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    code = code_for(made, case, Claims(email=MAIL))
    made.clock.advance(CODE_LIFE + timedelta(seconds=1))
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=code)


def test_an_unknown_request_is_not_found_and_its_text_is_not_repeated(made: MadeDesk) -> None:
    with pytest.raises(NotFound) as missing:
        identity.verify(made.desk, made.handler, NUMBER, Evidence.MATCHING, CLAIMS)
    assert NUMBER not in str(missing.value) + missing.value.what


def test_a_name_with_its_postcode_finds_a_person_and_proves_nothing_by_itself(
    made: MadeDesk, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    path.write_text("First Name,Last Name,Postal Code,Country\nCanarina,Adler,10115,DE\n")
    import_file(made.desk, made.dpo, path, ImportOptions(obtained_on=date(2026, 1, 1)))
    claims = Claims(given="Canarina", family="Adler", postal_code="10115")
    case = opened(made.desk, made.handler, Kind.ACCESS)
    evidence.add(made.desk, made.handler, case.id, Piece.DECLARATION, DECLARATION)
    for by in (Evidence.MATCHING, Evidence.MATCHING_DECLARED):
        with pytest.raises(NotProven):
            identity.verify(made.desk, made.handler, case.id, by, claims)
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.DOCUMENT_SEEN, claims)
    assert proven.state is State.VERIFIED
