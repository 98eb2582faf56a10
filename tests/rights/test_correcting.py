"""Rectification: proposed, seen by who approves, run once, killed anywhere, with its history."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.consent import ledger, restrictions, suppression
from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.contacts import store as contacts
from privacy.errors import BadInput, Denied, Interrupted
from privacy.gateway.issue import issue
from privacy.gateway.redeem import redeem
from privacy.rights import (
    approval,
    correcting,
    correction_run,
    correction_store,
    identity,
    planning,
    store,
)
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.correction import Asked
from privacy.rights.identity import Claims, Evidence
from privacy.rights.store import Case
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow
from privacy.storage.tables.people import ContactPoint
from privacy.storage.tables.vault import ContactIndex
from privacy.terms import ConsentClass, ContactKind, OpeningPurpose, Role
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene
from tests.persons import Known, add_person
from tests.rights.flows import CLAIMS, MAIL, NUMBER, opened

NEW_NUMBER, NEW_MAIL, NEW_NAME = "+442079460777", "canarina.new@example.org", "Newcanarius"
RIGHTS = OpeningPurpose.RIGHTS_REQUEST
MARKETING = ("marketing", "voice_live")
NUMBER_CHANGE = Asked("phone", NEW_NUMBER, NUMBER)
ALL = (
    Asked("family", NEW_NAME),
    NUMBER_CHANGE,
    Asked("email", NEW_MAIL, MAIL),
    Asked("address.postal_code", "EC1A 1BB"),
)


class Killed(Exception):
    """The process dies here."""


def person(made: MadeDesk) -> tuple[Known, Case]:
    known = add_person(made.desk, NUMBER, MAIL)
    made.clock.advance(timedelta(minutes=1))
    case = opened(made.desk, made.handler, Kind.RECTIFICATION)
    return known, identity.verify(made.desk, made.handler, case.id, Evidence.LOGIN, CLAIMS)


def approved(made: MadeDesk, asked: tuple[Asked, ...] = ALL, **given: Any) -> tuple[Known, Case]:
    known, case = person(made)
    correcting.propose(made.desk, made.handler, case.id, asked, **given)
    planning.make_plan(made.desk, made.handler, case.id)
    return known, approval.approve(made.desk, made.dpo, case.id)


def run(made: MadeDesk, case: Case) -> Case:
    return correction_run.run(made.desk, made.handler, case.id)


def shown(made: MadeDesk, known: Known) -> contacts.Record:
    (record,) = contacts.show(made.desk, made.handler, known.subject_id, RIGHTS)
    return record


def found(made: MadeDesk, **by: str) -> list[int]:
    return [r.subject_id for r in contacts.find(made.desk, made.handler, RIGHTS, **by)]


def grant(made: MadeDesk, known: Known, point: int | None) -> None:
    new = NewRecord(
        known.subject_id,
        point,
        RecordKind.GRANT,
        *MARKETING,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        made.clock.now(),
        "form",
    )
    consent_store.record(made.desk, made.handler, [new])


def new_point(made: MadeDesk, known: Known) -> int:
    table = table_of(ContactPoint)
    with made.desk.reading() as db:
        return int(
            db.execute(
                select(table.c.id).where(
                    table.c.subject_id == known.subject_id,
                    table.c.kind == "phone",
                    table.c.id != known.phone_point,
                )
            ).scalar_one()
        )


def test_what_was_approved_is_corrected_and_the_person_is_found_by_it(store: MadeDesk) -> None:
    known, case = approved(store)
    assert run(store, case).outcome == "corrected"
    record = shown(store, known)
    name = record.profile["names"][0]
    assert (name["family"], name["full"]) == (NEW_NAME, f"Canarina {NEW_NAME}")
    assert [phone["number"] for phone in record.phones] == [NEW_NUMBER]
    assert [mail["address"] for mail in record.profile["emails"]] == [NEW_MAIL]
    assert record.phones[0]["postal_code"] == "EC1A 1BB", "calls are judged by the new place"
    assert found(store, phone=NEW_NUMBER) == found(store, email=NEW_MAIL) == [known.subject_id]
    assert found(store, surname=NEW_NAME, postcode="EC1A 1BB", region="GB") == [known.subject_id]
    assert found(store, phone=NUMBER) == found(store, email=MAIL) == []


def test_no_index_row_of_the_old_values_is_left(made: MadeDesk) -> None:
    _, case = approved(made)
    run(made, case)
    table, index = table_of(ContactIndex), made.desk.vault.keyring.index
    with made.desk.vault.reads.connect() as db:
        rows = {tuple(row) for row in db.execute(select(table.c.kind, table.c.value))}
    assert ("phone", index.value("phone", NUMBER)) not in rows
    assert ("email", index.value("email", MAIL)) not in rows
    assert ("phone", index.value("phone", NEW_NUMBER)) in rows


def test_the_profile_before_is_kept_sealed_and_opens_as_it_was(made: MadeDesk) -> None:
    known, case = approved(made)
    before = shown(made, known).profile
    run(made, case)
    with made.desk.reading() as db:
        (old,) = correction_store.history(db, [known.subject_id])
    opened = made.desk.vault.open([old.part], "dpo", RIGHTS)
    document = json.loads(opened[old.part.place])
    assert document["profile"] == before
    assert document["phones"] == {str(known.phone_point): NUMBER}
    assert find_leaks(made.desk.folder, {NEW_NAME, NEW_NUMBER, NEW_MAIL, NUMBER, MAIL}) == []


def test_old_and_new_are_shown_to_the_approver_and_to_nobody_who_proposed(
    made: MadeDesk,
) -> None:
    _, case = person(made)
    correcting.propose(made.desk, made.handler, case.id, [NUMBER_CHANGE])
    plan = planning.make_plan(made.desk, made.handler, case.id)
    assert NUMBER not in json.dumps(plan)
    assert NEW_NUMBER not in json.dumps(plan)
    with pytest.raises(Denied, match="whoever approves"):
        correcting.preview(made.desk, made.handler, case.id)
    with pytest.raises(Denied):
        correcting.preview(made.desk, Actor("admin", Role.ADMIN), case.id)
    (change,) = correcting.preview(made.desk, made.dpo, case.id)
    assert (change.field, change.old, change.new) == ("phone", NUMBER, NEW_NUMBER)


def test_a_correction_changed_after_the_approval_does_not_run(made: MadeDesk) -> None:
    known, case = approved(made, (NUMBER_CHANGE,))
    correcting.propose(made.desk, made.handler, case.id, [Asked("phone", "+442079460999", NUMBER)])
    with pytest.raises(NotNow, match="void"):
        run(made, case)
    assert [phone["number"] for phone in shown(made, known).phones] == [NUMBER]


def test_nothing_is_corrected_without_a_second_person(made: MadeDesk) -> None:
    known, case = person(made)
    correcting.propose(made.desk, made.handler, case.id, [NUMBER_CHANGE])
    planning.make_plan(made.desk, made.handler, case.id)
    with pytest.raises(Denied):
        approval.approve(made.desk, made.handler, case.id)
    with pytest.raises(NotNow):
        run(made, case)
    assert [phone["number"] for phone in shown(made, known).phones] == [NUMBER]


def test_a_plan_needs_a_proposal(made: MadeDesk) -> None:
    _, case = person(made)
    with pytest.raises(NotNow, match="Nothing is proposed"):
        planning.make_plan(made.desk, made.handler, case.id)


@pytest.mark.parametrize("for_all", [True, False])
def test_consent_does_not_travel_to_a_new_number(made: MadeDesk, for_all: bool) -> None:
    known, case = approved(made, (NUMBER_CHANGE,))
    grant(made, known, None if for_all else known.phone_point)
    made.clock.advance(timedelta(minutes=1))
    planning.make_plan(made.desk, made.handler, case.id)
    case = approval.approve(made.desk, made.dpo, case.id)
    run(made, case)
    point = new_point(made, known)
    with made.desk.reading() as db:
        records = consent_store.consents(db, [point])[point]
    assert ledger.in_force(records, *MARKETING, made.clock.now()) == []
    grant(made, known, point)
    with made.desk.reading() as db:
        records = consent_store.consents(db, [point])[point]
    assert len(ledger.in_force(records, *MARKETING, made.clock.now())) == 1, "a new one counts"


def test_an_opt_out_holds_at_the_old_number_and_at_the_new_one(store: MadeDesk) -> None:
    _, case = approved(store, (NUMBER_CHANGE, Asked("email", NEW_MAIL, MAIL)))
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    suppression.opt_out(store.desk, store.handler, email=MAIL, source="person")
    run(store, case)
    kinds = {
        NUMBER: ContactKind.PHONE,
        NEW_NUMBER: ContactKind.PHONE,
        MAIL: ContactKind.EMAIL,
        NEW_MAIL: ContactKind.EMAIL,
    }
    tags = {value: suppression.tag_of(store.desk, kind, value) for value, kind in kinds.items()}
    with store.desk.reading() as db:
        assert set(suppression.suppressed(db, tags.values())) == set(tags.values())


def test_what_was_withdrawn_at_the_old_number_is_withdrawn_at_the_new_one(
    made: MadeDesk,
) -> None:
    known, case = approved(made, (NUMBER_CHANGE,))
    consent_store.withdraw(
        made.desk,
        made.handler,
        known.subject_id,
        known.phone_point,
        purpose="marketing",
        source="call",
    )
    run(made, case)
    point = new_point(made, known)
    with made.desk.reading() as db:
        records = consent_store.consents(db, [point])[point]
    assert [(r.kind, r.purpose) for r in records] == [(RecordKind.WITHDRAWAL, "marketing")]


def test_contested_data_is_restricted_at_once_and_until_the_person_was_told(
    made: MadeDesk,
) -> None:
    known, case = approved(made, contested=True)
    with made.desk.reading() as db:
        (held,) = restrictions.of_person(db, known.subject_id)
    assert (held.reason, held.request_id) == ("contested", case.id)
    run(made, case)
    with made.desk.reading() as db:
        assert restrictions.restricted(db, [known.subject_id]), "a correction lifts nothing"
    with pytest.raises(Denied, match="not told yet"):
        restrictions.lift(made.desk, made.dpo, held.id)


def test_another_restriction_refuses_a_correction_without_the_persons_word(
    made: MadeDesk,
) -> None:
    known, case = person(made)
    restrictions.place(made.desk, made.handler, known.subject_id, "needed_for_claims")
    with pytest.raises(Denied, match="restricted"):
        correcting.propose(made.desk, made.handler, case.id, ALL)
    correcting.propose(made.desk, made.handler, case.id, ALL, agreed=True)


STEPS = ("refusals", "write", "unindex", "recipients")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_correction_killed_at_any_step_goes_on_and_ends_the_same(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    killed_and_run_again(made, monkeypatch, step, when)


def test_a_correction_killed_while_it_writes_goes_on_on_both_stores(
    store: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_and_run_again(store, monkeypatch, "write", "after")


def killed_and_run_again(
    store: MadeDesk, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    known, case = approved(store, contested=True)
    suppression.opt_out(store.desk, store.handler, phone=NUMBER, source="person")
    real: Callable[[Any], Any] = getattr(correction_run._Work, step)

    def dying(self: Any) -> Any:
        job = real(self)
        if when == "before":
            raise Killed

        def half(unit: Any) -> Any:
            job(unit)
            raise Killed

        return half

    with monkeypatch.context() as patch:
        patch.setattr(correction_run._Work, step, dying)
        with pytest.raises(Killed):
            run(store, case)
    desk = store.reopen()
    try:
        done = correction_run.run(desk, store.handler, case.id)
        again = desk
        with again.reading() as db:
            assert len(correction_store.history(db, [known.subject_id])) == 1
            tags = again.vault.keyring.tags
            wanted = [tags.number_tag(NUMBER), tags.number_tag(NEW_NUMBER)]
            assert set(suppression.suppressed(db, wanted)) == set(wanted)
            points = db.execute(
                select(func.count())
                .select_from(table_of(ContactPoint))
                .where(table_of(ContactPoint).c.subject_id == known.subject_id)
            ).scalar_one()
            log = [parse(body)["action"] for _, body in again.log.bodies(db)]
    finally:
        desk.close()
    assert done.state is State.FULFILLED
    assert points == 2
    assert log.count("contact.corrected") == 1
    assert [phone["number"] for phone in shown(store, known).phones] == [NEW_NUMBER]
    assert found(store, phone=NUMBER) == []


def test_a_live_call_is_waited_for(made: MadeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    known, case = approved(made, (NUMBER_CHANGE,))
    with monkeypatch.context() as patch:
        patch.setattr("privacy.rights.people_store.live_attempts", lambda *_: 1)
        with pytest.raises(Interrupted, match="has not ended"):
            run(made, case)
    assert [phone["number"] for phone in shown(made, known).phones] == [NUMBER]
    assert run(made, case).state is State.FULFILLED


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ([], "Nothing"),
        ([Asked("shoe_size", "9")], "no field"),
        ([Asked("phone", "Canarina 911", NUMBER)], "cannot be read"),
        ([Asked("phone", NEW_NUMBER, "+442079460111")], "none of this person's"),
        ([Asked("family", "Canarison")], "already"),
        ([Asked("family", "A"), Asked("family", "B")], "twice"),
        ([Asked("family", "x" * 501)], "too long"),
    ],
)
def test_what_cannot_be_corrected_is_refused_without_naming_a_value(
    made: MadeDesk, asked: list[Asked], word: str
) -> None:
    _, case = person(made)
    with pytest.raises(BadInput, match=word) as refused:
        correcting.propose(made.desk, made.handler, case.id, asked)
    assert "anari" not in refused.value.message + refused.value.what + refused.value.next


def test_a_number_that_is_not_theirs_is_taken_away(made: MadeDesk) -> None:
    known, case = approved(made, (Asked("phone", "", NUMBER),))
    run(made, case)
    assert shown(made, known).phones == ()
    with made.desk.reading() as db:
        assert store.case(db, case.id).state is State.FULFILLED


def correction_of(made: MadeDesk, old: str) -> Case:
    case = opened(made.desk, made.handler, Kind.RECTIFICATION)
    identity.verify(made.desk, made.handler, case.id, Evidence.LOGIN, Claims(phone=old))
    correcting.propose(made.desk, made.handler, case.id, [Asked("phone", NEW_NUMBER, old)])
    planning.make_plan(made.desk, made.handler, case.id)
    return approval.approve(made.desk, made.dpo, case.id)


def test_no_call_goes_to_a_number_that_was_corrected(store: MadeDesk) -> None:
    stage = scene(store, 2)
    (permit,) = issue(stage.gate, stage.dialer, stage.campaign, 1, ["p-1"]).permits
    redeem(stage.gate, stage.dialer, permit.permit)
    table = table_of(AttemptRow)
    with store.desk.reading() as db:
        called = db.execute(select(table.c.point_id)).scalar_one()
    # The gate holds the other one opened in memory.
    other = next(n for n, one in enumerate(stage.people) if one.phone_point != called)
    run(store, correction_of(store, number(other)))
    candidates = table_of(CandidateRow)
    with store.desk.reading() as db:
        states = db.execute(
            select(candidates.c.state, candidates.c.last_rule).where(
                candidates.c.point_id == stage.people[other].phone_point
            )
        ).all()
    assert [tuple(row) for row in states] == [("denied", correction_store.REPLACED)]
    assert issue(stage.gate, stage.dialer, stage.campaign, 2, ["p-2", "p-3"]).permits == ()
    stage.wait(120)
    assert issue(stage.gate, stage.dialer, stage.campaign, 2, ["p-4", "p-5"]).permits == ()


def test_a_correction_waits_for_a_permit_that_is_out(made: MadeDesk) -> None:
    stage = scene(made, 1)
    (permit,) = issue(stage.gate, stage.dialer, stage.campaign, 1, ["p-1"]).permits
    case = correction_of(made, number(0))
    with pytest.raises(Interrupted, match="has not ended"):
        run(made, case)
    assert redeem(stage.gate, stage.dialer, permit.permit).number == number(0)
