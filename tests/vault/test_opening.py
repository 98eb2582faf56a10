"""Opening by lease: a durable entry first, nobody who is being erased, at most 500."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text, update

from privacy.audit.entry import pseudonym
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, CannotOpen, Fault, KeyMissing
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.unit import Unit
from privacy.terms import KekKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.lookup import Query, find
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from tests.desks import MadeDesk
from tests.persons import Known, add_person
from tests.vault.parts import phone_of, profile_of

NUMBER, MAIL = "+442079460123", "canarina@canarison.example"
ACCESS = OpeningPurpose.ACCESS_REQUEST


def person(desk: Desk, number: str = NUMBER, mail: str = MAIL) -> Known:
    return add_person(desk, number, mail)


def entries(desk: Desk, action: str) -> list[dict[str, object]]:
    table = table_of(AuditEntry)
    with desk.reading() as db:
        bodies = db.execute(
            select(table.c.body).where(table.c.action == action).order_by(table.c.at)
        )
        return [json.loads(bytes(body)) for body in bodies.scalars()]


def set_state(desk: Desk, known: Known, state: SubjectState) -> None:
    table = table_of(Subject)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table).where(table.c.id == known.subject_id).values(state=state.value)
        )
        unit.append("test.state", "test")

    desk.write(job)


def test_an_opening_leaves_one_entry_with_actor_purpose_and_pseudonyms(store: MadeDesk) -> None:
    desk, known = store.desk, person(store.desk)
    parts = [profile_of(desk, known), phone_of(desk, known)]
    opened = desk.vault.open(parts, "dpo", ACCESS, request="rq-1")
    assert json.loads(opened[parts[1].place])["number"] == NUMBER
    (entry,) = entries(desk, "personal_data.opened")
    key = desk.vault.person_keys([(known.subject_id, KeyClass.DESK)])
    log_key = key[known.subject_id, KeyClass.DESK].log_key
    assert log_key is not None
    assert entry["subjects"] == [pseudonym(log_key, desk.log.origin, "2026-11")]
    assert (entry["actor"], entry["purpose"], entry["count"]) == ("dpo", "access_request", 2)
    assert entry["fields"] == ["phone", "profile"]
    assert str(known.subject_id) not in json.dumps(entry)


def test_nothing_is_released_before_its_entry_is_committed(store: MadeDesk) -> None:
    desk = store.desk
    opening = desk.vault.opening([profile_of(desk, person(desk))])
    with pytest.raises(Fault, match="durable"):
        opening.release()

    def job(unit: Unit) -> None:
        opening.record(unit, "dpo", ACCESS)
        with pytest.raises(Fault, match="durable"):
            opening.release()

    desk.write(job)
    assert opening.release()


def test_an_entry_whose_transaction_failed_releases_nothing(store: MadeDesk) -> None:
    desk = store.desk
    opening = desk.vault.opening([profile_of(desk, person(desk))])

    def job(unit: Unit) -> None:
        opening.record(unit, "dpo", ACCESS)
        raise ValueError

    with pytest.raises(ValueError):
        desk.write(job)
    with pytest.raises(Fault, match="durable"):
        opening.release()
    assert entries(desk, "personal_data.opened") == []


@pytest.mark.parametrize("state", [SubjectState.ERASING, SubjectState.ERASED])
@pytest.mark.parametrize("purpose", [ACCESS, OpeningPurpose.LEGAL_GROUND])
def test_an_erasing_person_does_not_open_though_the_keys_are_there(
    made: MadeDesk, state: SubjectState, purpose: OpeningPurpose
) -> None:
    desk, known = made.desk, person(made.desk)
    part = profile_of(desk, known)
    opening = desk.vault.opening([part])
    set_state(desk, known, state)
    with pytest.raises(AnswerIsNo, match="erasure has begun"):
        desk.vault.open([part], "dpo", purpose)
    with pytest.raises(AnswerIsNo):
        desk.write(lambda unit: opening.record(unit, "dpo", purpose))
    assert entries(desk, "personal_data.opened") == []


def test_a_kept_class_of_an_erased_person_opens_for_its_legal_ground_only(made: MadeDesk) -> None:
    desk, known = made.desk, person(made.desk)
    place = Place(Part.CALL_RECORD, known.subject_id, 1)
    (part,) = desk.vault.seal_parts(KeyClass.CALLS, [(place, b"record")])
    assert desk.vault.open([part], "dpo", ACCESS)[place] == b"record"
    set_state(desk, known, SubjectState.ERASED)
    with pytest.raises(AnswerIsNo):
        desk.vault.open([part], "dpo", ACCESS)
    opened = desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)
    assert opened[place] == b"record"
    set_state(desk, known, SubjectState.ERASING)
    with pytest.raises(AnswerIsNo):
        desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)


def test_a_key_of_somebody_whom_main_does_not_know_opens_nothing(made: MadeDesk) -> None:
    desk, known = made.desk, person(made.desk)
    part = profile_of(desk, known)

    def forget(unit: Unit) -> None:
        unit.db.execute(text("DELETE FROM contact_point"))
        unit.db.execute(text("DELETE FROM subject"))
        unit.append("test.forgot", "test")

    desk.write(forget)
    with pytest.raises(AnswerIsNo):
        desk.vault.open([part], "dpo", ACCESS)


def test_a_lease_of_more_than_five_hundred_is_refused(made: MadeDesk) -> None:
    part = profile_of(made.desk, person(made.desk))
    with pytest.raises(Fault, match="at most 500"):
        made.desk.vault.opening([part] * 501)
    made.desk.vault.opening([part] * 500)


def test_one_lost_key_refuses_the_whole_lease(made: MadeDesk) -> None:
    desk = made.desk
    part = profile_of(desk, person(desk))
    stranger = replace(part, place=Place(Part.PROFILE, 1, 1))
    with pytest.raises(KeyMissing):
        desk.vault.open([part, stranger], "dpo", ACCESS)
    assert entries(desk, "personal_data.opened") == []


def test_swapped_ciphertexts_of_two_persons_do_not_open(made: MadeDesk) -> None:
    desk = made.desk
    first, second = person(desk), person(desk, "+442079460124", "other@canarison.example")
    mine, theirs = profile_of(desk, first), profile_of(desk, second)
    phone = phone_of(desk, first)
    for part in (
        replace(mine, sealed=theirs.sealed),
        replace(mine, sealed=phone.sealed),
        replace(mine, place=replace(mine.place, version=2)),
        replace(mine, place=replace(mine.place, row_id=second.subject_id)),
    ):
        with pytest.raises(CannotOpen):
            desk.vault.open([part], "dpo", ACCESS)


def test_a_process_with_the_call_key_only_cannot_open_a_profile(store: MadeDesk) -> None:
    known = person(store.desk)
    profile, phone = profile_of(store.desk, known), phone_of(store.desk, known)
    gateway = store.reopen([KekKind.CALL])
    try:
        assert (
            NUMBER
            in gateway.vault.open([phone], "dialer", OpeningPurpose.CALL)[phone.place].decode()
        )
        (entry,) = entries(gateway, "personal_data.opened")
        assert len(entry["subjects"]) == 1  # type: ignore[arg-type]
        with pytest.raises(KeyMissing):
            gateway.vault.open([profile], "dialer", OpeningPurpose.CALL)
        for key in gateway.vault.keyring.keks:
            assert key[0] is KekKind.CALL
    finally:
        gateway.close()


def test_a_process_without_keys_opens_nothing(made: MadeDesk) -> None:
    known = person(made.desk)
    report = made.reopen([])
    try:
        for part in (profile_of(made.desk, known), phone_of(made.desk, known)):
            with pytest.raises(KeyMissing):
                report.vault.open([part], "auditor", ACCESS)
    finally:
        report.close()


def test_a_lookup_names_every_candidate_and_returns_the_matches_only(store: MadeDesk) -> None:
    desk = store.desk
    wanted, other = person(desk), person(desk, "+442079460124", "other@canarison.example")
    collide(desk, NUMBER, other)
    matches = find(desk.vault, [Query("phone", NUMBER)], "dpo", OpeningPurpose.LOOKUP)
    assert [match.subject_id for match in matches] == [wanted.subject_id]
    (entry,) = entries(desk, "contact.looked_up")
    assert len(entry["subjects"]) == 2  # type: ignore[arg-type]
    assert NUMBER not in json.dumps(entry)


def collide(desk: Desk, number: str, known: Known) -> None:
    """Give `known` the index value of `number`, as a truncated index does by chance."""
    row = {
        "kind": "phone",
        "value": desk.vault.keyring.index.value("phone", number),
        "holder_id": known.subject_id,
        "part_id": known.phone_point,
    }
    desk.vault.writes.write(
        lambda unit: unit.db.execute(insert(table_of(ContactIndex)).values(**row))
    )


def test_a_lookup_that_finds_nobody_is_logged_too(made: MadeDesk) -> None:
    assert find(made.desk.vault, [Query("email", MAIL)], "dpo", OpeningPurpose.LOOKUP) == []
    (entry,) = entries(made.desk, "contact.looked_up")
    assert (entry["count"], entry["subjects"]) == (0, [])


def test_a_lookup_does_not_find_an_erasing_person(made: MadeDesk) -> None:
    known = person(made.desk)
    set_state(made.desk, known, SubjectState.ERASING)
    assert find(made.desk.vault, [Query("phone", NUMBER)], "dpo", OpeningPurpose.LOOKUP) == []


def test_two_processes_that_make_the_same_key_keep_one(store: MadeDesk) -> None:
    desk, known = store.desk, person(store.desk)
    other = store.reopen()
    try:
        place = Place(Part.CASE_FILE, known.subject_id, 1)
        (first,) = desk.vault.seal_parts(KeyClass.CASE, [(place, b"first")])
        other.vault._make_keys([known.subject_id], KeyClass.CASE, other.vault.epoch)
        (second,) = other.vault.seal_parts(KeyClass.CASE, [(place, b"second")])
        for part, plain in ((first, b"first"), (second, b"second")):
            assert other.vault.open([part], "dpo", ACCESS)[place] == plain
    finally:
        other.close()


def test_a_lost_key_of_the_person_is_not_made_anew(made: MadeDesk) -> None:
    part = SealedPart(Place(Part.PROFILE, 5, 5), KeyClass.DESK, b"")
    with pytest.raises(KeyMissing):
        made.desk.vault.seal_parts(KeyClass.DESK, [(part.place, b"profile")])
