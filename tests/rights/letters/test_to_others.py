"""Letters to others than whoever asked: recipients, and people of a list that was bought."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from privacy.contacts.importing import import_file
from privacy.errors import BadFacts, BadInput, Denied
from privacy.rights import disclosing, notices, restricting, sending
from privacy.rights.case import Kind
from privacy.rights.letter_state import LetterState
from privacy.rights.letters import store as letter_store
from privacy.rights.letters import to_people, writing
from privacy.rights.letters.store import Addressee
from privacy.rights.letters.writing import Wanted
from tests.contacts.lists import options
from tests.desks import MadeDesk
from tests.rights.flows import opened, person_with

LIST = """given,family,email,phone,language
Canarina,Canarison,canarina@example.com,+442079460123,de
Birdy,Birdson,birdy@example.com,+442079460124,
Nomail,Nomailson,,+442079460125,fr
"""
NOTICE = {
    "notice_purposes": [{"purpose": "calls about offers", "basis": "GDPR Art. 6(1)(f)"}],
    "notice_categories": ["name", "phone number"],
    "notice_source": "Sample Lists Ltd",
    "notice_source_kind": "not_public",
    "notice_recipients": ["Sample Call Centre Ltd"],
    "notice_storage": "two years",
    "notice_automated": "there are none",
    "notice_interests": "offering goods",
}


@pytest.fixture
def desk(made: MadeDesk) -> MadeDesk:
    controller = replace(
        made.desk.config.controller, contact="privacy@example.com", dpo_contact="dpo@example.com"
    )
    made.desk.config = replace(made.desk.config, controller=controller)
    return made


def task(made: MadeDesk, folder: Path) -> str:
    """A list that was bought in, and the notice task that its import opened."""
    path = folder / "list.csv"
    path.write_text(LIST)
    bought = replace(options(), source="bought: Sample Lists Ltd")
    assert import_file(made.desk, made.dpo, path, bought).imported == 3
    (case,) = notices.open_missing(made.desk, made.dpo)
    return case.id


def words_of(made: MadeDesk, letter: letter_store.Kept) -> tuple[str, Addressee]:
    text, to = writing.read(made.desk, made.handler, letter.id)
    return " ".join(text.mail().split()), to


def test_everybody_of_a_bought_list_gets_one_notice_in_their_language(
    desk: MadeDesk, tmp_path: Path
) -> None:
    request_id = task(desk, tmp_path)
    made = to_people.write_notices(desk.desk, desk.handler, request_id, NOTICE)
    assert (made.by_email, made.by_post, made.no_address) == (2, 0, 1)
    again = to_people.write_notices(desk.desk, desk.handler, request_id, NOTICE)
    assert again == to_people.Written()
    with desk.desk.reading() as db:
        kept = letter_store.listed(db, request_id=request_id)
    assert sorted(each.language for each in kept) == ["de", "en", "fr"]
    for each in kept:
        words, to = words_of(desk, each)
        assert to.name in words
        assert "Sample Lists Ltd" in words


def test_a_notice_without_its_facts_is_written_to_nobody(desk: MadeDesk, tmp_path: Path) -> None:
    request_id = task(desk, tmp_path)
    less = {name: value for name, value in NOTICE.items() if name != "notice_purposes"}
    with pytest.raises(BadFacts, match="notice_purposes"):
        to_people.write_notices(desk.desk, desk.handler, request_id, less)
    with desk.desk.reading() as db:
        assert letter_store.listed(db) == []


def test_another_request_has_no_notices(desk: MadeDesk) -> None:
    case = opened(desk.desk, desk.handler, Kind.ACCESS)
    with pytest.raises(BadInput, match="notice task"):
        to_people.write_notices(desk.desk, desk.handler, case.id, NOTICE)


def test_a_recipient_s_letter_never_goes_to_the_person(desk: MadeDesk) -> None:
    brought = person_with(desk, Kind.RESTRICTION)
    restricting.run(desk.desk, desk.handler, brought.case.id)
    given = {"recipient_record": "record 4711"}
    with pytest.raises(BadInput, match="somebody else"):
        writing.write(
            desk.desk, desk.handler, brought.case.id, Wanted("recipients_notice", given=given)
        )
    to = writing.given_addressee({"name": "Sample Dialing Ltd", "email": "dpo@dialing.example"})
    kept = writing.write(
        desk.desk, desk.handler, brought.case.id, Wanted("recipients_notice", given=given, to=to)
    )
    words, addressed = words_of(desk, kept)
    assert addressed.email == "dpo@dialing.example"
    assert "record 4711" in words
    assert "restricted" in words
    assert "Canarina" not in words


def test_a_letter_to_a_recipient_that_left_is_a_line_of_the_ledger_and_no_second_one(
    desk: MadeDesk,
) -> None:
    brought = person_with(desk, Kind.RESTRICTION)
    restricting.run(desk.desk, desk.handler, brought.case.id)
    given = {"recipient_record": "record seventeen"}
    to = writing.given_addressee({"name": "Sample Dialing Ltd", "email": "dpo@dialing.example"})
    for _ in range(2):
        wanted = Wanted("recipients_notice", given=given, to=to)
        kept = writing.write(desk.desk, desk.handler, brought.case.id, wanted)
        with desk.desk.reading() as db:
            before = disclosing.notices(db, brought.case.id)
        sending.handed_over(desk.desk, desk.handler, kept.id)
    assert len(before) == 1
    with desk.desk.reading() as db:
        (line,) = disclosing.notices(db, brought.case.id)
    assert line.given.recipient == "Sample Dialing Ltd"
    assert line.at == before[0].at


def test_a_recipient_whose_name_may_not_stand_in_the_ledger_gets_no_letter(desk: MadeDesk) -> None:
    brought = person_with(desk, Kind.RESTRICTION)
    restricting.run(desk.desk, desk.handler, brought.case.id)
    to = writing.given_addressee({"name": "+44 20 7946 0018", "email": "dpo@dialing.example"})
    wanted = Wanted("recipients_notice", given={"recipient_record": "seventeen"}, to=to)
    with pytest.raises(BadInput, match="organisation"):
        writing.write(desk.desk, desk.handler, brought.case.id, wanted)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "x"},
        {"email": "a@example.com\r\nBcc: b@example.com"},
        {"email": "a@example.com, b@example.com"},
        {"email": 3},
        {"lines": "one"},
        {"lines": ["x"], "phone": "1"},
    ],
)
def test_an_addressee_of_another_form_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(BadFacts):
        writing.given_addressee(json.loads(json.dumps(document)))


def test_what_is_the_persons_goes_to_somebody_else_only_after_another_pair_of_eyes(
    desk: MadeDesk,
) -> None:
    case = opened(desk.desk, desk.handler, Kind.ACCESS)
    other = Addressee("Zwetschgen Agent", "agent@example.net")
    wanted = Wanted("acknowledgement", to=other)
    letter = writing.write(desk.desk, desk.handler, case.id, wanted)
    assert letter.state is LetterState.DRAFT
    with pytest.raises(Denied):
        writing.approve(desk.desk, desk.handler, letter.id)
    assert writing.approve(desk.desk, desk.dpo, letter.id).state is LetterState.APPROVED
