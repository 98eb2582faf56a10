"""Retention rules: when they end, what they delete, what stops them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput, Denied, NotFound
from privacy.rights import (
    approval,
    erasing_store,
    erasure,
    holds,
    keeping,
    people_store,
    planning,
    refusal,
    retention,
)
from privacy.rights.case import Kind
from privacy.rights.plan import Kept
from privacy.rights.retention_rules import (
    Days,
    Rule,
    Start,
    What,
    ended,
    holding,
    last_day,
    plus_months,
)
from privacy.terms import KeyClass, SubjectState
from privacy.vault.erase import keys_left
from tests.desks import MadeDesk
from tests.persons import Known, add_person
from tests.rights.calls import add_consent
from tests.rights.flows import MAIL, NUMBER, US_NUMBER, approved, opened, verified

CITED = "GDPR Art. 5(1)(e)"
SECOND = "+442079460777"
CREATED = date(2026, 1, 31)
DAYS = Days(CREATED, date(2026, 5, 2))


def rule(start: Start, months: int, what: What = What.PROFILE, active: bool = True) -> Rule:
    return Rule(f"rr-{start}-{months}", what, start, months, "g", CITED, active)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (Start.CREATION, 1, "2026-02-28"),
        (Start.CREATION, 25, "2028-02-29"),
        (Start.LAST_CONTACT, 24, "2028-05-02"),
        (Start.YEAR_END, 72, "2032-12-31"),
        (Start.YEAR_END, 2, "2027-02-28"),
    ],
)
def test_a_rule_ends_by_calendar_months_from_its_start(
    start: Start, months: int, expected: str
) -> None:
    assert str(last_day(rule(start, months), DAYS)) == expected


def test_a_start_that_nobody_recorded_keeps(made: MadeDesk) -> None:
    assert last_day(rule(Start.CONTRACT_END, 1), DAYS) is None
    known = [rule(Start.CREATION, 1), rule(Start.CONTRACT_END, 1)]
    assert holding(known, What.PROFILE, DAYS) is None
    days = Days(CREATED, CREATED, contract_end=date(2026, 3, 31))
    assert holding(known, What.PROFILE, days) == (known[1], date(2026, 4, 30))


def test_the_rule_that_ends_last_holds_and_its_last_day_counts() -> None:
    known = [rule(Start.CREATION, 12), rule(Start.LAST_CONTACT, 12), rule(Start.YEAR_END, 99)]
    known[2] = rule(Start.YEAR_END, 99, active=False)
    until = date(2027, 5, 2)
    assert ended(known, What.PROFILE, {1: DAYS}, until) == {}
    assert ended(known, What.PROFILE, {1: DAYS}, until + timedelta(days=1)) == {
        1: (known[1], until)
    }
    assert ended(known, What.CALLS, {1: DAYS}, date(2099, 1, 1)) == {}


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 600), st.integers(0, 600))
def test_more_months_never_end_earlier(start: date, fewer: int, more: int) -> None:
    low, high = sorted((fewer, more))
    assert start <= plus_months(start, low) <= plus_months(start, high)
    assert plus_months(start, low).day in (start.day, *range(28, 31))


def add_rule(made: MadeDesk, what: What, start: Start, months: int) -> str:
    return retention.add(made.desk, made.dpo, what, start, months, "own_rule", CITED).id


def state_of(made: MadeDesk, known: Known) -> SubjectState:
    with made.desk.reading() as db:
        (found,) = people_store.known(db, [known.subject_id])
    return found.state


def test_a_person_whose_retention_ended_is_erased_and_another_is_not(store: MadeDesk) -> None:
    old = [add_person(store.desk, NUMBER, MAIL), add_person(store.desk, SECOND, "b@example.com")]
    add_rule(store, What.PROFILE, Start.LAST_CONTACT, 12)
    store.clock.advance(timedelta(days=200))
    fresh = add_person(store.desk, "+442079460888", "c@example.com")
    store.clock.advance(timedelta(days=165))
    assert retention.due(store.desk) == []
    store.clock.advance(timedelta(days=1))
    assert len(retention.due(store.desk)) == 2
    assert retention.sweep(store.desk, store.dpo) == 2
    assert {state_of(store, each) for each in old} == {SubjectState.ERASED}
    assert keys_left(store.desk.vault, [each.subject_id for each in old], list(KeyClass)) == 0
    assert state_of(store, fresh) is SubjectState.ACTIVE
    assert retention.sweep(store.desk, store.dpo) == 0


def test_a_preview_changes_nothing_and_looks_ahead(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    rule_id = add_rule(made, What.PROFILE, Start.CREATION, 12)
    (found,) = retention.preview(made.desk, date(2027, 11, 19))
    assert (found.subject_id, found.rule.id) == (known.subject_id, rule_id)
    assert str(found.last_day) == "2027-11-18"
    assert retention.preview(made.desk, date(2027, 11, 18)) == []
    assert state_of(made, known) is SubjectState.ACTIVE


def test_a_hold_and_an_open_request_put_it_off_and_it_goes_on_by_itself(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_rule(made, What.PROFILE, Start.CREATION, 1)
    case = verified(made, Kind.ACCESS)
    hold = holds.place(made.desk, made.dpo, known.subject_id, "file-17")
    made.clock.advance(timedelta(days=40))
    (found,) = retention.preview(made.desk)
    assert set(found.stopped_by) == {hold, case.id}
    assert retention.sweep(made.desk, made.dpo) == 0
    holds.release(made.desk, made.dpo, hold)
    assert retention.sweep(made.desk, made.dpo) == 0
    refusal.refuse(made.desk, made.handler, case.id, "excessive")
    assert retention.sweep(made.desk, made.dpo) == 1
    assert state_of(made, known) is SubjectState.ERASED


def test_a_recorded_contract_end_starts_the_rule(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_rule(made, What.PROFILE, Start.CONTRACT_END, 6)
    made.clock.advance(timedelta(days=4000))
    assert retention.due(made.desk) == []
    on = date(2030, 6, 30)
    retention.record_day(made.desk, made.handler, known.subject_id, Start.CONTRACT_END, on)
    assert [str(each.last_day) for each in retention.due(made.desk)] == ["2030-12-30"]
    with pytest.raises(BadInput):
        retention.record_day(made.desk, made.handler, known.subject_id, Start.CREATION, on)


def test_a_rule_keeps_evidence_that_an_erasure_would_destroy_until_its_day(
    store: MadeDesk,
) -> None:
    known = add_person(store.desk, NUMBER, MAIL)
    add_consent(store, known)
    rule_id = add_rule(store, What.CONSENT, Start.YEAR_END, 12)
    case = approved(store, Kind.ERASURE)
    erasure.run(store.desk, store.dpo, case.id)
    (kept,) = keeping.kept(store.desk)
    assert (kept.key_class, kept.ground) == (KeyClass.CONSENT, rule_id)
    assert (kept.citation, str(kept.until_on)) == (CITED, "2027-12-31")
    assert keys_left(store.desk.vault, [known.subject_id], [KeyClass.CONSENT]) == 1
    store.clock.at = store.clock.at.replace(year=2028, month=1, day=1)
    assert keeping.sweep(store.desk, store.dpo) == 1
    assert keys_left(store.desk.vault, [known.subject_id], [KeyClass.CONSENT]) == 0


def test_a_rule_added_after_the_approval_makes_the_plan_void(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    add_consent(made, known)
    case = approved(made, Kind.ERASURE)
    add_rule(made, What.CONSENT, Start.YEAR_END, 12)
    with pytest.raises(Exception, match="consent_evidence: delete when approved, keep now"):
        erasure.run(made.desk, made.dpo, case.id)
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    erasure.run(made.desk, made.dpo, case.id)


def test_what_the_law_keeps_outlives_the_end_of_retention(made: MadeDesk) -> None:
    known = add_person(made.desk, US_NUMBER, MAIL)
    add_consent(made, known)
    add_rule(made, What.PROFILE, Start.CREATION, 1)
    made.clock.advance(timedelta(days=40))
    assert retention.sweep(made.desk, made.dpo) == 1
    (kept,) = keeping.kept(made.desk)
    assert kept.ground == "us.telemarketing_records.consent"
    with made.desk.reading() as db:
        assert erasing_store.rows_left(db, [known.subject_id], [kept_of(kept)]) == 0


def kept_of(kept: keeping.KeptAlive) -> Kept:
    return Kept(kept.key_class, kept.ground, "", kept.citation, kept.until_on)


def test_rules_are_codes_and_of_whoever_may_approve(made: MadeDesk) -> None:
    args = (What.PROFILE, Start.CREATION)
    with pytest.raises(BadInput):
        retention.add(made.desk, made.dpo, *args, 0, "own_rule", CITED)
    with pytest.raises(BadInput):
        retention.add(made.desk, made.dpo, *args, 1, "Anna Schmidt", CITED)
    with pytest.raises(BadInput):
        retention.add(made.desk, made.dpo, *args, 1, "own_rule", "a;b")
    rule_id = add_rule(made, What.PROFILE, Start.CREATION, 1)
    retention.end_rule(made.desk, made.dpo, rule_id)
    with pytest.raises(NotFound):
        retention.end_rule(made.desk, made.dpo, rule_id)
    assert [each.active for each in retention.listed(made.desk)] == [False]
    opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(Denied):
        retention.sweep(made.desk, type(made.dpo)("auditor", made.dpo.role.AUDITOR))
