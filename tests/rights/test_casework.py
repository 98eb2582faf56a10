"""Owner, notes, files, duplicates, merges, answers to complaints and appeals; attackers at them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from privacy.actors import Actor
from privacy.errors import BadInput, Denied, NotFound
from privacy.rights import (
    approval,
    casework,
    duplicates,
    files,
    handling,
    identity,
    intake,
    keeping,
    planning,
    refusal,
    replaying,
    standing,
)
from privacy.rights import store as cases
from privacy.rights.case import Event, Kind, NotNow, State
from privacy.rights.identity import Claims, Evidence
from privacy.rights.intake import Asking, CaseFile
from privacy.rights.store import Case, NewEvent
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestAttachment, RequestTag
from privacy.terms import Role
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import FILE, MAIL, NUMBER, opened, verified

WORDS = "Ms Canarison called and was angry"
NAME = "letter of Canarina Canarison.pdf"
OTHERS = [Actor("auditor", Role.AUDITOR), Actor("admin", Role.ADMIN), Actor("dialer", Role.DIALER)]


def test_a_case_has_an_owner_and_a_deputy_who_can_handle_it(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    after = casework.assign(store.desk, store.dpo, case.id, owner="dpo", deputy="handler")
    assert (after.owner, after.deputy) == ("dpo", "handler")
    for wrong in ({"owner": "nobody"}, {"deputy": "dpo"}, {"owner": "handler"}):
        with pytest.raises(BadInput):
            casework.assign(store.desk, store.dpo, case.id, **wrong)
    assert standing.standing(store.desk, case.id).to_mend == ""


def test_notes_and_files_are_sealed_and_their_opening_is_logged(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    casework.note(made.desk, made.handler, case.id, WORDS)
    number = files.attach(made.desk, made.handler, case.id, NAME, b"%PDF of Canarina")
    assert files.read(made.desk, made.dpo, case.id, number) == (NAME, b"%PDF of Canarina")
    assert list(casework.read_notes(made.desk, made.dpo, case.id).values()) == [WORDS]
    with made.desk.reading() as db:
        log = b"".join(body for _, body in made.desk.log.bodies(db))
        row = db.execute(select(table_of(RequestAttachment))).one()
    for secret in (WORDS, NAME, "Canarina"):
        assert secret.encode() not in log + bytes(row.name_sealed) + bytes(row.content_sealed)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a\\b", "a\nb", "x" * 201])
def test_a_file_has_a_plain_name_and_a_content(made: MadeDesk, name: str) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(BadInput):
        files.attach(made.desk, made.handler, case.id, name, b"x")
    with pytest.raises(BadInput):
        files.attach(made.desk, made.handler, case.id, "x", b"")


def test_files_die_with_the_ground_of_their_case(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    number = files.attach(store.desk, store.handler, case.id, NAME, b"content")
    refusal.refuse(store.desk, store.handler, case.id, "not_identified")
    handling.close(store.desk, store.handler, case.id)
    assert files.read(store.desk, store.handler, case.id, number)[1] == b"content"
    store.clock.at = datetime(2030, 1, 2, tzinfo=UTC)
    assert keeping.sweep(store.desk, store.dpo) >= 1
    with pytest.raises(NotFound):
        files.read(store.desk, store.handler, case.id, number)
    with store.desk.reading() as db:
        row = db.execute(select(table_of(RequestAttachment))).one()
    assert (row.name_sealed, row.content_sealed) == (None, None)


def steps(desk: Any, request_id: str) -> dict[str, Callable[[Actor], object]]:
    """Everything that this room does to a case that exists."""
    return {
        "tell": lambda a: handling.tell(desk, a, request_id, NewEvent(Event.FEE_PAID)),
        "extend": lambda a: handling.extend(desk, a, request_id, "number"),
        "close": lambda a: handling.close(desk, a, request_id),
        "assign": lambda a: casework.assign(desk, a, request_id, owner="dpo"),
        "note": lambda a: casework.note(desk, a, request_id, "words"),
        "read_notes": lambda a: casework.read_notes(desk, a, request_id),
        "name_laws": lambda a: casework.name_laws(desk, a, request_id, laws=("BR_LGPD",)),
        "settle": lambda a: casework.settle(desk, a, request_id, "upheld"),
        "attach": lambda a: files.attach(desk, a, request_id, "x", b"x"),
        "read": lambda a: files.read(desk, a, request_id, 1),
        "merge": lambda a: duplicates.merge(desk, a, request_id, request_id),
        "read_file": lambda a: intake.read_file(desk, a, request_id),
    }


@pytest.mark.parametrize("who", OTHERS, ids=lambda actor: actor.id)
def test_nobody_without_the_act_does_anything_with_an_id_they_know(
    made: MadeDesk, who: Actor
) -> None:
    case = opened(made.desk, made.handler, Kind.COMPLAINT)
    files.attach(made.desk, made.handler, case.id, NAME, b"content")
    before = standing.standing(made.desk, case.id)
    for name, step in steps(made.desk, case.id).items():
        with pytest.raises(Denied):
            step(who)
        assert standing.standing(made.desk, case.id).events == before.events, name


def test_an_id_that_is_not_there_is_not_found_and_never_repeated(made: MadeDesk) -> None:
    for unknown in ("rq-" + "a" * 26, "Canarina Canarison", "' OR 1=1 --"):
        for step in steps(made.desk, unknown).values():
            with pytest.raises((NotFound, NotNow)) as wrong:
                step(made.handler)
            assert unknown.startswith("rq-") or unknown not in str(wrong.value) + wrong.value.what


# -- duplicates and merges ------------------------------------------------------------------


def test_two_requests_that_want_the_same_answer_are_shown_before_anybody_is_proven(
    store: MadeDesk,
) -> None:
    first = opened(store.desk, store.handler, Kind.ACCESS)
    again = opened(store.desk, store.handler, Kind.ACCESS)
    other_kind = opened(store.desk, store.handler, Kind.ERASURE)
    with store.desk.reading() as db:
        assert [each.id for each in duplicates.found(db, first)] == [again.id]
        assert duplicates.found(db, other_kind) == ()
    assert standing.document(store.desk, store.dpo, again.id)["duplicates"] == [first.id]


def test_a_merge_takes_proof_of_each_and_keeps_the_earlier_date_and_all_laws(
    store: MadeDesk,
) -> None:
    add_person(store.desk, NUMBER, MAIL)
    older = verified(store, Kind.ACCESS)
    store.clock.advance(timedelta(days=3))
    newer = verified(store, Kind.ACCESS, "UK_GDPR")
    due = standing.standing(store.desk, older.id).due
    with pytest.raises(NotNow):
        duplicates.merge(store.desk, store.handler, older.id, newer.id)
    merged = duplicates.merge(store.desk, store.handler, newer.id, older.id)
    assert merged.laws == ("EU_GDPR", "UK_GDPR")
    assert standing.standing(store.desk, older.id).due == due
    ended = standing.standing(store.desk, newer.id)
    assert (ended.case.state, ended.case.outcome, ended.case.parent_id) == (
        State.CLOSED,
        "merged",
        older.id,
    )
    assert replaying.differences(ended.case, ended.events) == ()
    assert older.holder_id != newer.holder_id
    assert {kept.request_id for kept in keeping.kept(store.desk)} == {newer.id}
    with pytest.raises(NotNow):
        duplicates.merge(store.desk, store.handler, newer.id, older.id)


def test_a_merge_never_lends_proof_to_a_request_that_has_none(made: MadeDesk) -> None:
    """An attacker opens a request with the victim's address and wants it joined."""
    add_person(made.desk, NUMBER, MAIL)
    victims = verified(made, Kind.ACCESS)
    attackers = opened(made.desk, made.handler, Kind.ACCESS)
    for one, into in ((attackers, victims), (victims, attackers)):
        with pytest.raises((Denied, NotNow)):
            duplicates.merge(made.desk, made.handler, one.id, into.id)
    for case in (attackers, victims):
        each = standing.standing(made.desk, case.id).case
        assert (each.subject_id, each.identity_level) == (case.subject_id, case.identity_level)
        assert each.parent_id is None


def test_a_merge_of_two_persons_is_denied(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    add_person(made.desk, "+442079460199", "o@example.com", family="Other")
    mine = verified(made, Kind.ACCESS)
    theirs = opened(made.desk, made.handler, Kind.ACCESS)
    claims = Claims(phone="+442079460199", email="o@example.com", given="Canarina", family="Other")
    identity.verify(made.desk, made.handler, theirs.id, Evidence.MATCHING, claims)
    with pytest.raises(Denied):
        duplicates.merge(made.desk, made.handler, theirs.id, mine.id)


def test_a_tag_of_an_address_goes_when_the_request_is_closed(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    assert tags(made) == 1
    refusal.refuse(made.desk, made.handler, case.id, "not_identified")
    handling.close(made.desk, made.handler, case.id)
    assert tags(made) == 0
    intake.open_request(
        made.desk, made.handler, Kind.ACCESS, channel="post", file=CaseFile("x", "a street 5", "")
    )
    assert tags(made) == 0


def tags(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        return int(db.execute(select(func.count()).select_from(table_of(RequestTag))).scalar_one())


# -- complaints, appeals, reviews -------------------------------------------------------------


def reviewed(made: MadeDesk, kind: Kind, asking: Asking = intake.PLAIN, law: str = "") -> Case:
    case = intake.open_request(
        made.desk, made.handler, kind, channel="email", file=FILE, asking=asking, law=law
    )
    planning.make_plan(made.desk, made.handler, case.id)
    return case


def test_a_complaint_is_answered_when_a_second_person_has_looked_at_it(store: MadeDesk) -> None:
    case = reviewed(store, Kind.COMPLAINT, law="UK_GDPR")
    with pytest.raises(NotNow):
        casework.settle(store.desk, store.handler, case.id, "not_upheld")
    with pytest.raises(Denied):
        approval.approve(store.desk, store.handler, case.id)
    approval.approve(store.desk, store.dpo, case.id)
    with pytest.raises(BadInput):
        casework.settle(store.desk, store.handler, case.id, "granted")
    done = casework.settle(store.desk, store.handler, case.id, "not_upheld", "we looked twice")
    assert (done.state, done.outcome) == (State.FULFILLED, "not_upheld")


def test_an_appeal_is_not_decided_by_those_who_refused(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    parent = opened(made.desk, made.handler, Kind.ERASURE, "US_VA")
    refusal.refuse(made.desk, made.handler, parent.id, "not_identified")
    about = Asking(parent_id=parent.id, link="appeal")
    case = reviewed(made, Kind.APPEAL, about, "US_VA")
    approval.approve(made.desk, made.dpo, case.id)
    assert standing.standing(made.desk, case.id).due == "2027-01-17"
    done = casework.settle(made.desk, made.handler, case.id, "granted")
    assert (done.outcome, done.parent_id, done.link) == ("granted", parent.id, "appeal")
    own = Asking(parent_id=None, link="appeal")
    again = intake.open_request(
        made.desk, made.dpo, Kind.APPEAL, channel="email", asking=own, law="US_VA"
    )
    assert again.parent_id is None


def test_an_appeal_about_a_request_that_is_not_there_opens_nothing(made: MadeDesk) -> None:
    about = Asking(parent_id="rq-" + "a" * 26, link="appeal")
    with pytest.raises(NotFound):
        intake.open_request(made.desk, made.handler, Kind.APPEAL, channel="email", asking=about)
    assert standing.listed(made.desk) == []


def test_a_human_review_needs_proof_and_approval(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.HUMAN_REVIEW)
    with pytest.raises(NotNow):
        casework.settle(made.desk, made.handler, case.id, "changed")
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    assert casework.settle(made.desk, made.handler, case.id, "changed").outcome == "changed"


def test_a_row_that_was_changed_behind_the_timeline_is_to_mend(store: MadeDesk) -> None:
    """Somebody with the database writes `approved` into a row: it is shown and not believed."""
    add_person(store.desk, NUMBER, MAIL)
    case = opened(store.desk, store.handler, Kind.ACCESS)

    def forge(unit: Any) -> None:
        from_row = {"state": State.APPROVED.value, "approved_by": "dpo"}
        cases.set_values(unit, case.id, **from_row)
        unit.append("test.forged", "dpo")

    store.desk.write(forge)
    each = standing.standing(store.desk, case.id)
    assert "state" in each.to_mend
    assert "received" not in each.to_mend
