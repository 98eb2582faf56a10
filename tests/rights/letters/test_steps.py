"""What was done on the desk stands in the letter about it: the facts come from the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy.errors import BadFacts
from privacy.rights import (
    approval,
    clock,
    correcting,
    correction_run,
    erasure,
    identity,
    planning,
    restricting,
)
from privacy.rights.breach.facts import BreachFacts
from privacy.rights.case import Kind
from privacy.rights.correction import Asked
from privacy.rights.letter_state import LetterState
from privacy.rights.letters import breach, facts, writing
from privacy.rights.letters import store as letter_store
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.store import Addressee
from privacy.rights.letters.writing import Wanted
from privacy.rights.planning import Refused
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import CLAIMS, MAIL, NUMBER, opened, person_with, verified


@pytest.fixture
def desk(made: MadeDesk) -> MadeDesk:
    """A desk whose controller can be written to."""
    controller = replace(
        made.desk.config.controller, contact="privacy@example.com", dpo_contact="dpo@example.com"
    )
    made.desk.config = replace(made.desk.config, controller=controller)
    return made


def said(made: MadeDesk, request_id: str, kind: str, **given: object) -> tuple[str, LetterState]:
    kept = writing.write(made.desk, made.handler, request_id, Wanted(kind, given=given))
    text, _ = writing.read(made.desk, made.handler, kept.id)
    return " ".join(text.mail().split()), kept.state


def test_an_erasure_s_letter_names_its_day_and_the_entry_that_stays(desk: MadeDesk) -> None:
    brought = person_with(desk, Kind.ERASURE)
    desk.clock.advance(timedelta(days=2))
    erasure.run(desk.desk, desk.dpo, brought.case.id)
    words, state = said(desk, brought.case.id, "erasure_confirmation")
    assert "20 November 2026" in words
    assert "keyed hash" in words
    assert state is LetterState.APPROVED


def test_a_correction_s_letter_names_the_fields_and_no_value(desk: MadeDesk) -> None:
    add_person(desk.desk, NUMBER, MAIL)
    case = opened(desk.desk, desk.handler, Kind.RECTIFICATION)
    case = identity.verify(desk.desk, desk.handler, case.id, identity.Evidence.LOGIN, CLAIMS)
    asked = [Asked("family", "Canaryson", "Canarison"), Asked("phone", "+442079460999", NUMBER)]
    correcting.propose(desk.desk, desk.handler, case.id, asked)
    planning.make_plan(desk.desk, desk.handler, case.id)
    approval.approve(desk.desk, desk.dpo, case.id)
    correction_run.run(desk.desk, desk.handler, case.id)
    words, _ = said(desk, case.id, "correction")
    assert "family name" in words
    assert "phone number" in words
    assert "Canaryson" not in words
    assert "460999" not in words


def test_a_restriction_s_letter_names_its_day(desk: MadeDesk) -> None:
    brought = person_with(desk, Kind.RESTRICTION)
    restricting.run(desk.desk, desk.handler, brought.case.id)
    words, _ = said(desk, brought.case.id, "restriction")
    assert "18 November 2026" in words


def test_a_partial_refusal_that_was_approved_with_its_plan_may_go(desk: MadeDesk) -> None:
    add_person(desk.desk, NUMBER, MAIL)
    case = verified(desk, Kind.ACCESS)
    refused = {"decisions": Refused("eu.15.4", None)}
    planning.make_plan(desk.desk, desk.handler, case.id, refused=refused)
    approval.approve(desk.desk, desk.dpo, case.id)
    words, state = said(desk, case.id, "partial_refusal")
    assert state is LetterState.APPROVED
    assert "Art. 15(4)" in words


def test_a_complaint_s_outcome_is_written_by_its_own_facts(desk: MadeDesk) -> None:
    case = opened(desk.desk, desk.handler, Kind.COMPLAINT, "UK_GDPR")
    words, _ = said(desk, case.id, "complaint_acknowledgement")
    assert "18 November 2026" in words


def notice(**more: object) -> BreachFacts:
    given: dict[str, object] = {
        "reference": "br-1",
        "law": "EU_GDPR",
        "language": "en",
        "happened": "A laptop was stolen.",
        "data": ("name", "phone"),
        "consequences": "Somebody could call you and pretend to be us.",
        "measures": "We have locked the laptop.",
        "contact": "Privacy office, +49 30 1234",
        "advice": "Tell nobody a password by telephone.",
        "began_on": date(2026, 11, 16),
        "aware_on": date(2026, 11, 17),
        **more,
    }
    return BreachFacts(**given)  # type: ignore[arg-type]


def letter_for(made: MadeDesk, told: BreachFacts, subject_id: int) -> str:
    return breach.letter_for(
        made.desk,
        made.handler,
        told,
        breach_id="br-1",
        subject_id=subject_id,
        holder_id=subject_id,
        to=Addressee("Canarina Canarison", MAIL),
    )


def test_a_breach_s_letter_is_written_once_for_each_person_and_looked_at(desk: MadeDesk) -> None:
    known = add_person(desk.desk, NUMBER, MAIL)
    written = letter_for(desk, notice(), known.subject_id)
    assert letter_for(desk, notice(), known.subject_id) == written
    with desk.desk.reading() as db:
        (kept,) = letter_store.listed(db)
    assert (kept.state, kept.breach_id) == (LetterState.DRAFT, "br-1")
    text, _ = writing.read(desk.desk, desk.dpo, written)
    words = " ".join(text.mail().split())
    for value in ("A laptop was stolen", "pretend to be us", "locked the laptop", "+49 30 1234"):
        assert value in words


@pytest.mark.parametrize("name", ["happened", "consequences", "measures", "contact"])
def test_a_breach_s_letter_without_what_the_law_wants_is_not_written(
    desk: MadeDesk, name: str
) -> None:
    with pytest.raises(BadFacts, match=f"breach_{name}"):
        breach.text_of(desk.desk, notice(**{name: ""}), "Canarina")


def test_a_case_gives_only_facts_that_some_letter_knows(desk: MadeDesk) -> None:
    case = opened(desk.desk, desk.handler, Kind.APPEAL, "US_VA")
    looked = facts.Looked(
        case, [], clock.read(desk.desk.config.controller, case, [], case.opened_at)
    )
    found = facts.of_case(desk.desk.config.controller, "US_VA", looked, date(2026, 11, 18))
    assert set(found) <= set(catalogue().variables)
