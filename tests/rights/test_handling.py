"""Planning, the second person, the clock's events, refusing, closing; on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from privacy.actors import Actor
from privacy.errors import BadFacts, BadInput, Denied, NotAllowedByLaw
from privacy.rights import (
    approval,
    erasure,
    handling,
    holds,
    intake,
    keeping,
    planning,
    refusal,
    standing,
    store,
    today,
)
from privacy.rights.case import Event, Kind, NotNow, State
from privacy.rights.store import NewEvent
from privacy.terms import KeyClass, Role
from privacy.vault.erase import keys_left
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import FILE, MAIL, NUMBER, opened, person_with, verified


def test_whoever_planned_may_not_approve(store: MadeDesk) -> None:
    add_person(store.desk, NUMBER, MAIL)
    case = verified(store, Kind.ACCESS)
    planning.make_plan(store.desk, store.handler, case.id)
    with pytest.raises(Denied):
        approval.approve(store.desk, store.handler, case.id)
    assert approval.approve(store.desk, store.dpo, case.id).state is State.APPROVED


def test_an_auditor_may_neither_open_nor_approve(made: MadeDesk) -> None:
    auditor = Actor("auditor", Role.AUDITOR)
    with pytest.raises(Denied):
        opened(made.desk, auditor, Kind.ACCESS)
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.ACCESS)
    planning.make_plan(made.desk, made.handler, case.id)
    with pytest.raises(Denied):
        approval.approve(made.desk, auditor, case.id)


def test_a_new_plan_takes_the_approval_back(made: MadeDesk) -> None:
    case = person_with(made, Kind.ACCESS).case
    planning.make_plan(made.desk, made.dpo, case.id)
    now = standing.standing(made.desk, case.id).case
    assert (now.state, now.approved_by, now.planned_by) == (State.PLANNED, "", "dpo")


def test_an_extension_told_in_time_moves_the_due_date(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    assert standing.standing(made.desk, case.id).due == "2026-12-18"
    handling.extend(made.desk, made.handler, case.id, "complexity")
    assert standing.standing(made.desk, case.id).due == "2027-02-18"


def test_a_late_extension_is_refused_and_not_recorded(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    store.clock.advance(timedelta(days=31))
    with pytest.raises(NotAllowedByLaw) as refused:
        handling.extend(store.desk, store.handler, case.id, "complexity")
    assert refused.value.exit_code == 1
    after = standing.standing(store.desk, case.id)
    assert [event.type for event in after.events] == [Event.OPENED]


def test_california_counts_by_its_own_days(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE, "US_CA")
    each = standing.standing(made.desk, case.id)
    assert (each.due, each.target) == ("2027-01-02", "2027-01-01")


def test_the_clock_runs_from_the_receipt_and_not_from_the_opening(made: MadeDesk) -> None:
    received = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    case = intake.open_request(
        made.desk, made.handler, Kind.ACCESS, channel="post", file=FILE, received_at=received
    )
    assert standing.standing(made.desk, case.id).due == "2026-12-02"


def test_a_receipt_to_come_or_an_unknown_law_opens_nothing(made: MadeDesk) -> None:
    later = made.clock.now() + timedelta(minutes=1)
    with pytest.raises(BadInput):
        intake.open_request(made.desk, made.handler, Kind.ACCESS, channel="post", received_at=later)
    with pytest.raises(BadFacts):
        opened(made.desk, made.handler, Kind.ACCESS, "ATLANTIS")
    assert standing.listed(made.desk) == []


def test_a_note_is_sealed_and_opens_only_with_a_reason(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    words = "what do you mean by everything, Ms Canarison?"
    event = NewEvent(Event.CLARIFICATION_REQUESTED, None, {"large_amount": True}, words)
    handling.tell(made.desk, made.handler, case.id, event)
    with made.desk.reading() as db:
        (part,) = store.sealed_notes(db, case.id).values()
    assert words.encode() not in part.sealed
    assert intake.read_file(made.desk, made.handler, case.id) == FILE


def test_a_refusal_answers_the_clock_and_then_closes(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    refusal.refuse(made.desk, made.handler, case.id, "not_identified")
    assert [each.case.id for each in today.today(made.desk, made.dpo).other] == [case.id]
    assert handling.close(made.desk, made.handler, case.id).state is State.CLOSED
    assert today.today(made.desk, made.dpo).other == ()


def test_the_file_of_a_closed_case_dies_with_its_ground(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    refusal.refuse(store.desk, store.handler, case.id, "not_identified", "no answer came")
    handling.close(store.desk, store.handler, case.id)
    (kept,) = keeping.kept(store.desk)
    assert kept.until_on.isoformat() == "2029-12-31"
    store.clock.at = datetime(2029, 12, 31, 22, 59, tzinfo=UTC)
    assert keeping.sweep(store.desk, store.dpo) == 0
    store.clock.at = datetime(2029, 12, 31, 23, 0, tzinfo=UTC)
    assert keeping.sweep(store.desk, store.dpo) == 1
    assert keys_left(store.desk.vault, [case.holder_id], [KeyClass.CASE]) == 0
    assert intake.read_file(store.desk, store.handler, case.id) == intake.NO_FILE


def test_a_legal_hold_refuses_an_erasure_until_it_is_released(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    hold = holds.place(made.desk, made.dpo, known.subject_id, "file-17")
    case = verified(made, Kind.ERASURE)
    with pytest.raises(Denied):
        planning.make_plan(made.desk, made.handler, case.id)
    holds.release(made.desk, made.dpo, hold)
    assert planning.make_plan(made.desk, made.handler, case.id)["people"] == 1


def test_an_erasure_waits_for_the_answer_to_an_access_request(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    asked = verified(made, Kind.ACCESS)
    case = verified(made, Kind.ERASURE)
    with pytest.raises(NotNow):
        planning.make_plan(made.desk, made.handler, case.id)
    refusal.refuse(made.desk, made.handler, asked.id, "excessive")
    planning.make_plan(made.desk, made.handler, case.id)


def test_today_shows_what_is_late_what_is_due_and_what_waits_for_me(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    late = opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.advance(timedelta(days=27))
    waiting = verified(made, Kind.ACCESS)
    planning.make_plan(made.desk, made.handler, waiting.id)
    found = today.today(made.desk, made.dpo)
    assert [each.case.id for each in found.due] == [late.id]
    assert [each.case.id for each in found.approvals] == [waiting.id]
    assert today.today(made.desk, made.handler).approvals == ()
    made.clock.advance(timedelta(days=4))
    assert [each.case.id for each in today.today(made.desk, made.dpo).overdue] == [late.id]


def test_a_case_due_today_is_not_overdue(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    made.clock.at = datetime(2026, 12, 18, 22, 59, tzinfo=UTC)
    found = today.today(made.desk, made.dpo)
    assert (found.overdue, [each.case.id for each in found.due]) == ((), [case.id])


def test_nothing_of_the_person_stands_in_the_log(made: MadeDesk) -> None:
    approved_case = person_with(made, Kind.ACCESS).case
    assert approved_case.state is State.APPROVED
    with made.desk.reading() as db:
        log = b"".join(body for _, body in made.desk.log.bodies(db))
    for value in (NUMBER, MAIL, FILE.name, FILE.contact, FILE.words):
        assert value.encode() not in log


def test_an_answer_that_is_owed_stops_the_run_and_its_case_loses_the_person(made: MadeDesk) -> None:
    erased = person_with(made, Kind.ERASURE)
    late = verified(made, Kind.ACCESS)
    with pytest.raises(NotNow):
        erasure.run(made.desk, made.dpo, erased.case.id)
    refusal.refuse(made.desk, made.handler, late.id, "excessive")
    erasure.run(made.desk, made.dpo, erased.case.id)
    with made.desk.reading() as db:
        assert store.case(db, late.id).subject_id is None


def test_a_reason_is_a_code_because_it_stands_in_the_log(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    for reason in (FILE.name, MAIL, "", "x" * 60):
        with pytest.raises(BadInput):
            refusal.refuse(made.desk, made.handler, case.id, reason)
        with pytest.raises(BadInput):
            handling.extend(made.desk, made.handler, case.id, reason)
    assert [e.type for e in standing.standing(made.desk, case.id).events] == [Event.OPENED]
