"""Letters of real cases on real desks: what may be written, who looks, what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from privacy.errors import BadFacts, BadInput, Denied, NotAllowedByLaw, NotFound
from privacy.rights import approval, casework, clock, intake, optout, planning, refusal, store
from privacy.rights.case import Event, Kind, NotNow
from privacy.rights.intake import CaseFile
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.letters import store as letter_store
from privacy.rights.letters import writing
from privacy.rights.letters.store import Addressee
from privacy.rights.letters.writing import Wanted
from privacy.rights.store import NewEvent
from privacy.settings import DeskConfig
from privacy.terms import Language
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import FILE, MAIL, NUMBER, opened, verified
from tests.rights.letter_rows import entries

REASON = {"extension_reason": "your request concerns many systems"}
ADDRESS = "privacy@example.com"


@pytest.fixture(autouse=True)
def reachable(request: pytest.FixtureRequest) -> None:
    """A controller who can be written to, as letters need."""
    for name in ("made", "store"):
        if name in request.fixturenames:
            made: MadeDesk = request.getfixturevalue(name)
            made.desk.config = with_contact(made)


def with_contact(made: MadeDesk, **more: str) -> DeskConfig:
    controller = replace(
        made.desk.config.controller, contact=ADDRESS, dpo_contact="dpo@example.com", **more
    )
    return replace(made.desk.config, controller=controller)


def write(made: MadeDesk, request_id: str, kind: str, **more: object) -> letter_store.Kept:
    given = more.pop("given", {})
    wanted = Wanted(kind, given=given, **more)  # type: ignore[arg-type]
    return writing.write(made.desk, made.handler, request_id, wanted)


def words_in(made: MadeDesk, letter: letter_store.Kept) -> str:
    text, _ = writing.read(made.desk, made.handler, letter.id)
    return " ".join(text.mail().split())


def test_an_acknowledgement_names_case_receipt_and_last_day(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    letter = write(store, case.id, "acknowledgement")
    assert (letter.state, letter.form) == (LetterState.APPROVED, Form.EMAIL)
    said = words_in(store, letter)
    assert case.id in said
    assert "18 November 2026" in said
    assert "18 December 2026" in said
    assert "Dear Canarina Canarison" in said
    (entry,) = entries(store, "letter.written")
    assert entry["object"] == f"{letter.id} acknowledgement"
    assert entry["digest"] == letter.sha256


def test_no_word_of_a_letter_and_no_name_stands_in_clear(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    write(made, case.id, "acknowledgement")
    made.desk.sign_checkpoint()
    for path in Path(made.desk.folder).rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert b"Canarina" not in held
            assert b"canarina.reply" not in held
            assert b"18 December 2026" not in held


def test_an_extension_after_its_last_day_is_refused_before_it_is_written(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.advance(timedelta(days=32))
    with pytest.raises(NotAllowedByLaw):
        write(made, case.id, "extension", given=REASON)
    with made.desk.reading() as db:
        assert letter_store.listed(db) == []


def test_an_extension_that_only_another_law_allows_is_refused_for_the_letter_s_own(
    made: MadeDesk,
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_VA")
    casework.name_laws(made.desk, made.handler, case.id, laws=("EU_GDPR",))
    made.clock.advance(timedelta(days=35))
    with pytest.raises(NotAllowedByLaw):
        write(made, case.id, "extension", law="EU_GDPR", given=REASON)
    said = words_in(made, write(made, case.id, "extension", law="US_VA", given=REASON))
    assert "February 16, 2027" in said
    assert "December 18" not in said


def test_an_extension_names_the_new_last_day_and_tells_the_clock_only_when_it_is_sent(
    made: MadeDesk,
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = write(made, case.id, "extension", given=REASON)
    assert "18 February 2027" in words_in(made, letter)
    assert "your request concerns many systems" in words_in(made, letter)
    with made.desk.reading() as db:
        told = store.timeline(db, case.id)
    assert [event.type.value for event in told] == ["opened"]


def test_an_extension_names_the_stricter_reading_of_the_new_day_not_of_the_old_one(
    made: MadeDesk,
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_CA")
    controller, now = made.desk.config.controller, made.desk.now()
    said = words_in(made, write(made, case.id, "extension", given=REASON))
    assert "February 15, 2027" in said
    assert "January" not in said
    with made.desk.reading() as db:
        told = store.timeline(db, case.id)
    event = NewEvent(Event.EXTENSION_NOTICE, now, {"reason": "complexity"})
    (law,) = clock.read(controller, case, told, now, more=[event]).laws
    assert (law.due, law.safe_due, law.target) == ("2027-02-16", "2027-02-15", "2027-02-15")


def test_a_letter_names_the_earliest_day_of_all_laws_of_its_case(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS, "US_VA")
    casework.name_laws(made.desk, made.handler, case.id, laws=("EU_GDPR",))
    said = words_in(made, write(made, case.id, "acknowledgement", law="US_VA"))
    assert "December 18, 2026" in said
    assert "January" not in said


def test_a_law_that_is_not_the_case_s_has_no_letter_in_it(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadInput, match="not under this law"):
        write(made, case.id, "acknowledgement", law="US_CA")


def test_a_law_without_such_a_letter_refuses_it_with_its_reason(made: MadeDesk) -> None:
    from tests.rights.letters.letters import PACK

    row = PACK.row("restriction", "US_VA")
    assert row.none
    case = opened(made.desk, made.handler, Kind.RESTRICTION, "US_VA")
    with pytest.raises(NotFound, match=r"no such letter under this law"):
        write(made, case.id, "restriction")


def test_nobody_is_asked_for_proof_of_an_opt_out(made: MadeDesk) -> None:
    acted = optout.act(
        made.desk, made.handler, Kind.OPT_OUT, phones=(NUMBER,), channel="phone", file=FILE
    )
    with pytest.raises(NotAllowedByLaw):
        write(made, acted.case.id, "identity_request", given={"identity_asked": ["a code"]})
    letter = write(made, acted.case.id, "opt_out_confirmation")
    assert letter.state is LetterState.APPROVED
    assert "18 November 2026" in words_in(made, letter)


def test_a_refusal_waits_for_another_pair_of_eyes_than_its_writer_s(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    refusal.refuse(store.desk, store.handler, case.id, "excessive")
    given = {"excess_facts": "Five requests of the same kind came within two months."}
    letter = write(store, case.id, "refusal", given=given)
    assert letter.state is LetterState.DRAFT
    with pytest.raises(Denied):
        writing.approve(store.desk, store.handler, letter.id)
    approved = writing.approve(store.desk, store.dpo, letter.id)
    assert (approved.state, approved.approved_by) == (LetterState.APPROVED, store.dpo.id)
    with pytest.raises(NotNow):
        writing.approve(store.desk, store.dpo, letter.id)
    said = words_in(store, letter)
    assert "Berliner Beauftragte für Datenschutz" in said
    assert "Five requests of the same kind" in said


def test_a_refusal_before_anything_was_refused_is_not_written(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadFacts) as stopped:
        write(made, case.id, "refusal")
    assert "grounds" in stopped.value.field


def test_a_letter_with_a_hole_is_not_kept(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadFacts) as stopped:
        write(made, case.id, "extension")
    assert stopped.value.field == "extension_reason"
    with made.desk.reading() as db:
        assert letter_store.listed(db) == []
    assert entries(made, "letter.written") == []


def test_a_letter_about_another_right_is_refused(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadInput, match="none for a request of kind access"):
        write(made, case.id, "erasure_confirmation")
    for kind in ("breach_persons", "identity_code"):
        with pytest.raises(BadInput, match="own step"):
            write(made, case.id, kind)


def test_the_language_is_the_one_asked_for_the_case_s_the_person_s_or_the_controller_s(
    made: MadeDesk,
) -> None:
    add_person(made.desk, NUMBER, MAIL, language="de-AT")
    case = verified(made, Kind.ACCESS)
    assert write(made, case.id, "acknowledgement", language="en").language == "en"
    assert writing.language_of(made.desk, made.handler, case) is Language.GERMAN
    french = replace(case, language="fr")
    assert writing.language_of(made.desk, made.handler, french) is Language.FRENCH
    unknown = replace(case, subject_id=None)
    assert writing.language_of(made.desk, made.handler, unknown) is Language.ENGLISH
    made.desk.config = with_contact(made, language="it")
    assert writing.language_of(made.desk, made.handler, unknown) is Language.ITALIAN
    with pytest.raises(BadInput, match="not written in that language"):
        writing.language_of(made.desk, made.handler, case, "pt")


def test_a_cancelled_letter_loses_its_words(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = write(made, case.id, "acknowledgement")
    assert writing.cancel(made.desk, made.handler, letter.id).state is LetterState.CANCELLED
    with pytest.raises(NotNow):
        writing.read(made.desk, made.handler, letter.id)


def test_a_dry_run_keeps_nothing(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    draft = writing.preview(made.desk, made.handler, case.id, Wanted("acknowledgement"))
    assert case.id in draft.text.mail()
    with made.desk.reading() as db:
        assert letter_store.listed(db) == []


@pytest.mark.parametrize(
    ("contact", "form", "lines"),
    [
        ("a@example.com", Form.EMAIL, ()),
        ("1 Wharf Lane; London E14", Form.POST, ("1 Wharf Lane", "London E14")),
        ("1 Wharf Lane\nLondon E14\n", Form.POST, ("1 Wharf Lane", "London E14")),
        ("+442079460123", Form.BY_HAND, ()),
        ("", Form.BY_HAND, ()),
        ("a@example.com\r\nBcc: b@example.com", Form.POST, None),
    ],
)
def test_a_letter_goes_by_the_way_that_its_address_allows(
    contact: str, form: Form, lines: tuple[str, ...] | None
) -> None:
    to = writing.addressee(CaseFile("Canarina Canarison", contact))
    assert to.form is form
    if lines is not None:
        assert to.lines == lines
    assert isinstance(to, Addressee)


def test_an_appeal_is_answered_once_decided_and_a_denial_names_the_attorney_general(
    made: MadeDesk,
) -> None:
    case = intake.open_request(
        made.desk, made.handler, Kind.APPEAL, channel="email", file=FILE, law="US_VA"
    )
    given = {"appeal_outcome": "the first decision stands", "appeal_reasons": "as before"}
    with pytest.raises(NotNow, match="not recorded yet"):
        write(made, case.id, "appeal_answer", given=given)
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    casework.settle(made.desk, made.handler, case.id, "denied")
    said = words_in(made, write(made, case.id, "appeal_answer", given=given))
    assert "Attorney General of Virginia" in said


def test_a_letter_that_an_answer_is_with_it_waits_for_the_approval_of_that_answer(
    made: MadeDesk,
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ACCESS)
    with pytest.raises(NotNow, match="not approved yet"):
        write(made, case.id, "access_answer")
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    assert write(made, case.id, "access_answer").state is LetterState.APPROVED
