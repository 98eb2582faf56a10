"""Erasing a person: closed first, keys destroyed, stripped, proved; on both stores."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from privacy.consent import suppression
from privacy.contacts.importing import ImportOptions, import_file
from privacy.contacts.known import erased_at
from privacy.desk import Desk
from privacy.errors import (
    AnswerIsNo,
    BadInput,
    Denied,
    DeskInUse,
    Interrupted,
    KeyMissing,
    MachineFailed,
)
from privacy.rights import (
    approval,
    certificate,
    erasing_store,
    erasure,
    handling,
    holds,
    intake,
    keeping,
    people_store,
    planning,
    standing,
)
from privacy.rights.case import Event, Kind, NotNow, State
from privacy.rights.identity import Claims
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.storage.tables.people import Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, LedgerKind, OpeningPurpose
from privacy.vault.epochs import leave_process, register_process
from privacy.vault.erase import keys_left
from privacy.vault.lookup import Query, find
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from reports import erasure_certificate
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import Known, add_person
from tests.rights.calls import add_call, add_consent, end_call
from tests.rights.flows import FILE, MAIL, NUMBER, US_NUMBER, approved, person_with, verified

ALL_CLASSES = [KeyClass.CALL, KeyClass.DESK, KeyClass.CONSENT, KeyClass.CALLS]


def merge(desk: Desk, into: Known, known: Known) -> None:
    """Join two subjects, as contacts would."""
    table = table_of(Subject)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table).where(table.c.id == known.subject_id).values(merged_into=into.subject_id)
        )
        unit.append("test.merged", "test")

    desk.write(job)


def actions(desk: Desk, request_id: str) -> list[str]:
    with desk.reading() as db:
        entries = [json.loads(body) for _, body in desk.log.bodies(db)]
    return [e["action"] for e in entries if e.get("request") == request_id]


def test_an_erased_person_is_found_nowhere_and_nothing_opens(store: MadeDesk) -> None:
    desk = store.desk
    brought = person_with(store, Kind.ERASURE)
    known = brought.known
    with desk.reading() as db:
        (profile,) = people_store.profile_parts(db, [known.subject_id])
        (phone,) = people_store.phone_parts(db, [known.subject_id])
    case = erasure.run(desk, store.dpo, brought.case.id)
    assert (case.state, case.subject_id) == (State.FULFILLED, None)
    assert keys_left(desk.vault, [known.subject_id], ALL_CLASSES) == 0
    queries = [Query("phone", NUMBER), Query("email", MAIL)]
    assert find(desk.vault, queries, "dpo", OpeningPurpose.LOOKUP) == []
    for part in (profile, phone):
        for purpose in (OpeningPurpose.LOOKUP, OpeningPurpose.LEGAL_GROUND):
            with pytest.raises((AnswerIsNo, KeyMissing)):
                desk.vault.open([part], "dpo", purpose)
    with desk.vault.reads.connect() as db:
        table = table_of(ContactIndex)
        assert db.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_the_entries_come_in_order_and_name_the_person_once(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    erasure.run(made.desk, made.dpo, brought.case.id)
    told = [a for a in actions(made.desk, brought.case.id) if a.startswith("erasure")]
    assert told == ["erasure.intended", "erasure.keys_deleted", "erasure.verified"]
    with made.desk.reading() as db:
        entries = [json.loads(body) for _, body in made.desk.log.bodies(db)]
    naming = [e["action"] for e in entries if e["action"].startswith("erasure") and "subjects" in e]
    assert naming == ["erasure.intended"]
    assert any(e["action"] == "epoch.destroyed" for e in entries)


def test_the_number_stays_suppressed_and_is_not_imported_again(made: MadeDesk) -> None:
    desk = made.desk
    brought = person_with(made, Kind.ERASURE)
    erasure.run(desk, made.dpo, brought.case.id)
    tags = desk.vault.keyring.tags
    both = [tags.number_tag(NUMBER), tags.mail_tag(MAIL)]
    with desk.reading() as db:
        assert set(suppression.suppressed(db, both)) == set(both)
        assert set(erased_at(db, both)) == set(both)


def test_an_opt_out_from_before_outlives_the_erasure(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    receipt = suppression.opt_out(made.desk, made.dpo, phone=NUMBER, source="phone")
    erasure.run(made.desk, made.dpo, brought.case.id)
    table = table_of(SuppressionRow)
    with made.desk.reading() as db:
        assert db.execute(select(table.c.source).where(table.c.id == receipt)).scalar() == "phone"


def test_a_consent_that_lifted_an_opt_out_does_not_outlive_the_erasure(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    suppression.opt_out(made.desk, made.dpo, phone=NUMBER, source="phone")
    made.clock.advance(timedelta(days=3))
    add_consent(made, known)
    tag = made.desk.vault.keyring.tags.number_tag(NUMBER)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag], "marketing", "voice_live") == {}
    case = approved(made, Kind.ERASURE)
    erasure.run(made.desk, made.dpo, case.id)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag], "marketing", "voice_live")


def test_a_merged_set_is_erased_as_a_whole(store: MadeDesk) -> None:
    first = add_person(store.desk, NUMBER, MAIL)
    second = add_person(store.desk, US_NUMBER, "second.mail@example.com")
    third = add_person(store.desk, "+442079460777", "third.mail@example.com")
    merge(store.desk, first, second)
    merge(store.desk, second, third)
    case = approved(store, Kind.ERASURE)
    erasure.run(store.desk, store.dpo, case.id)
    people = [known.subject_id for known in (first, second, third)]
    assert keys_left(store.desk.vault, people, ALL_CLASSES) == 0
    with store.desk.reading() as db:
        assert {known.state for known in people_store.known(db, people)} == {"erased"}
    tags = store.desk.vault.keyring.tags
    with store.desk.reading() as db:
        assert suppression.suppressed(db, [tags.number_tag("+442079460777")])


def test_the_housemate_on_the_same_landline_is_untouched(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    housemate = add_person(made.desk, NUMBER, "housemate@example.com", family="Housemate")
    erasure.run(made.desk, made.dpo, brought.case.id)
    found = find(made.desk.vault, [Query("phone", NUMBER)], "dpo", OpeningPurpose.LOOKUP)
    assert [match.subject_id for match in found] == [housemate.subject_id]


def test_without_a_ground_consent_and_call_records_die_at_once(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    add_consent(made, brought.known)
    add_call(made, brought.known, NUMBER)
    planning.make_plan(made.desk, made.handler, brought.case.id)
    approval.approve(made.desk, made.dpo, brought.case.id)
    erasure.run(made.desk, made.dpo, brought.case.id)
    assert keys_left(made.desk.vault, [brought.known.subject_id], ALL_CLASSES) == 0
    assert keeping.kept(made.desk) == []
    with made.desk.reading() as db:
        consent = db.execute(select(table_of(ConsentRow))).one()
        decision = db.execute(select(table_of(DecisionRow))).one()
    assert (consent.subject_id, consent.evidence_sealed) == (None, None)
    assert (decision.holder_id, decision.facts_sealed) == (None, None)


def test_figures_keep_their_rows_without_the_person(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    attempt = add_call(made, brought.known, NUMBER)
    erasure.run(made.desk, made.dpo, brought.case.id)
    with made.desk.reading() as db:
        row = db.execute(select(table_of(AttemptRow))).one()
        candidate = db.execute(select(table_of(CandidateRow))).one()
    assert (row.id, row.outcome, row.place_code) == (attempt, "COMPLETED", "GB")
    assert (row.subject_id, row.point_id, row.tag) == (None, None, None)
    assert (candidate.subject_id, candidate.point_id, candidate.state) == (None, None, "done")


def us_person(made: MadeDesk) -> tuple[Known, str]:
    """A person with a United States number, a consent and a call, whose erasure is approved."""
    brought = person_with(made, Kind.ERASURE, number=US_NUMBER)
    add_consent(made, brought.known)
    add_call(made, brought.known, US_NUMBER)
    planning.make_plan(made.desk, made.handler, brought.case.id)
    approval.approve(made.desk, made.dpo, brought.case.id)
    return brought.known, brought.case.id


def test_the_certificate_follows_the_turn_and_names_what_is_kept_and_why(
    store: MadeDesk,
) -> None:
    """16 CFR 310.5 keeps telemarketing records five years."""
    known, request_id = us_person(store)
    with pytest.raises(NotNow):
        certificate.report(store.desk, store.dpo, request_id, named=True)
    erasure.run(store.desk, store.dpo, request_id)
    data = certificate.report(store.desk, store.dpo, request_id, named=True)
    erasure_certificate.checked(data)
    assert erasure_certificate.gaps(erasure_certificate.checked(data)) == []
    states = {row["key_class"]: (row["state"], row["citation"]) for row in data["classes"]}
    assert states == {
        "call": ("destroyed", ""),
        "desk": ("destroyed", ""),
        "consent": ("kept", "16 CFR 310.5"),
        "calls": ("kept", "16 CFR 310.5"),
    }
    assert {row["until_on"] for row in data["classes"]} == {None, "2031-11-18"}
    assert data["epoch"]["places"]
    assert data["person"]["name"] == FILE.name
    assert certificate.report(store.desk, store.dpo, request_id, named=False)["person"] is None
    assert keys_left(store.desk.vault, [known.subject_id], [KeyClass.CALL, KeyClass.DESK]) == 0


def test_germany_keeps_the_proof_of_consent_from_the_last_call_and_no_call_record(
    made: MadeDesk,
) -> None:
    """UWG s. 7a: five years from the grant and from each use."""
    known = add_person(made.desk, "+4930901820", MAIL, region="DE", postal_code="10115")
    add_consent(made, known)
    made.clock.advance(timedelta(days=10))
    add_call(made, known, "+4930901820")
    claims = Claims(phone="+4930901820", email=MAIL)
    case = approved(made, Kind.ERASURE, "", claims)
    erasure.run(made.desk, made.dpo, case.id)
    data = certificate.report(made.desk, made.dpo, case.id, named=False)
    kept = {row["key_class"]: row["until_on"] for row in data["classes"] if row["until_on"]}
    assert kept == {"consent": "2031-11-28"}
    left = [c for c in ALL_CLASSES if keys_left(made.desk.vault, [known.subject_id], [c])]
    assert left == [KeyClass.CONSENT]


def test_a_file_with_the_erased_number_is_not_imported_again(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ERASURE)
    erasure.run(made.desk, made.dpo, brought.case.id)
    file = tmp_path / "again.csv"
    file.write_text(
        "first name,last name,phone,email\n"
        f"Canarina,Canarison,{NUMBER},\n"
        f"Canarina,Canarison,,{MAIL}\n"
        "Somebody,Else,+442079460888,else@example.com\n"
    )
    options = ImportOptions(obtained_on=made.clock.now().date(), rejects=tmp_path / "rejects.csv")
    result = import_file(made.desk, made.dpo, file, options)
    assert (result.imported, result.rejected, result.erased) == (1, 2, 2)


def test_what_is_kept_opens_on_its_ground_only_and_dies_on_its_date(made: MadeDesk) -> None:
    known, request_id = us_person(made)
    erasure.run(made.desk, made.dpo, request_id)
    with made.desk.reading() as db:
        row = db.execute(select(table_of(ConsentRow))).one()
    place = Place(Part.CONSENT_EVIDENCE, known.subject_id, row.id)
    part = SealedPart(place, KeyClass.CONSENT, bytes(row.evidence_sealed))
    with pytest.raises(AnswerIsNo):
        made.desk.vault.open([part], "dpo", OpeningPurpose.CONSENT)
    assert b"form 17" in made.desk.vault.open([part], "dpo", OpeningPurpose.LEGAL_GROUND)[place]
    made.clock.advance(timedelta(days=365 * 5 + 3))
    assert keeping.sweep(made.desk, made.dpo) == 2
    assert keys_left(made.desk.vault, [known.subject_id], ALL_CLASSES) == 0
    with made.desk.reading() as db:
        row = db.execute(select(table_of(ConsentRow))).one()
    assert (row.subject_id, row.evidence_sealed) == (None, None)


def test_a_live_call_keeps_the_keys_until_it_has_ended(store: MadeDesk) -> None:
    brought = person_with(store, Kind.ERASURE)
    attempt = add_call(store, brought.known, NUMBER, live=True)
    with pytest.raises(Interrupted):
        erasure.run(store.desk, store.dpo, brought.case.id, wait_s=0)
    assert keys_left(store.desk.vault, [brought.known.subject_id], [KeyClass.CALL]) == 1
    tag = store.desk.vault.keyring.tags.number_tag(NUMBER)
    with store.desk.reading() as db:
        assert suppression.suppressed(db, [tag])
    end_call(store, attempt)
    case = erasure.run(store.desk, store.handler, brought.case.id, wait_s=0)
    assert case.state is State.FULFILLED


def test_from_the_first_commit_on_nothing_of_the_person_opens(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    add_call(made, brought.known, NUMBER, live=True)
    with made.desk.reading() as db:
        (phone,) = people_store.phone_parts(db, [brought.known.subject_id])
    with pytest.raises(Interrupted):
        erasure.run(made.desk, made.dpo, brought.case.id, wait_s=0)
    with pytest.raises(AnswerIsNo):
        made.desk.vault.open([phone], "gateway", OpeningPurpose.CALL)


def test_a_merge_after_the_approval_needs_a_new_plan(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    merge(made.desk, brought.known, add_person(made.desk, US_NUMBER, "other@example.com"))
    with pytest.raises(NotNow):
        erasure.run(made.desk, made.dpo, brought.case.id)
    assert erasure.lines_of(made.desk, brought.case.id) == []


def test_a_hold_after_the_approval_stops_the_run(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    holds.place(made.desk, made.dpo, brought.known.subject_id, "file-17")
    with pytest.raises(Denied):
        erasure.run(made.desk, made.dpo, brought.case.id)
    assert keys_left(made.desk.vault, [brought.known.subject_id], [KeyClass.DESK]) == 1


def test_nothing_runs_before_the_approval_or_twice(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)

    case = verified(made, Kind.ERASURE)
    planning.make_plan(made.desk, made.handler, case.id)
    with pytest.raises(NotNow):
        erasure.run(made.desk, made.dpo, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    erasure.run(made.desk, made.dpo, case.id)
    with pytest.raises(NotNow):
        erasure.run(made.desk, made.dpo, case.id)
    assert actions(made.desk, case.id).count("erasure.verified") == 1


def test_only_an_erasure_is_erased_and_by_one_process(made: MadeDesk) -> None:
    access = person_with(made, Kind.ACCESS)
    with pytest.raises(BadInput):
        erasure.run(made.desk, made.dpo, access.case.id)
    with erasing_store.alone(made.desk), pytest.raises(DeskInUse):
        erasure.run(made.desk, made.dpo, access.case.id)


def test_the_plan_lists_every_step_before_the_first_happens(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    before = standing.document(made.desk, made.dpo, brought.case.id)["steps"]
    assert [step["number"] for step in before] == [1, 2, 3, 4, 5, 6, 7]
    assert {step["done"] for step in before} == {None}
    erasure.run(made.desk, made.dpo, brought.case.id)
    after = standing.document(made.desk, made.dpo, brought.case.id)
    assert all(step["done"] and step["entry"] for step in after["steps"])
    assert [e["type"] for e in after["events"]][-2:] == [Event.STARTED, Event.FULFILLED]


def test_no_file_of_the_desk_holds_the_person_afterwards(made: MadeDesk, tmp_path: Path) -> None:
    known, request_id = us_person(made)
    erasure.run(made.desk, made.dpo, request_id)
    values = (US_NUMBER, MAIL, "Canarina Canarison", "yes, do call me", FILE.contact, FILE.words)
    assert find_leaks(tmp_path, values) == []
    with made.desk.reading() as db:
        row = db.execute(
            select(table_of(Subject)).where(table_of(Subject).c.id == known.subject_id)
        )
        assert row.one().profile_sealed is None


def test_the_certificate_is_written_once_logged_and_closed_to_others(
    made: MadeDesk, tmp_path: Path
) -> None:
    brought = person_with(made, Kind.ERASURE)
    erasure.run(made.desk, made.dpo, brought.case.id)
    out = tmp_path / "certificate.pdf"

    def rendered(kind: str, data: dict[str, Any]) -> bytes:
        assert data["person"]["name"] == FILE.name
        return json.dumps(data).encode()

    digest = certificate.issue(made.desk, made.handler, brought.case.id, out, rendered, named=True)
    assert out.stat().st_mode & 0o777 == 0o600
    with made.desk.reading() as db:
        entries = [json.loads(body) for _, body in made.desk.log.bodies(db)]
    assert [e["digest"] for e in entries if e["action"] == "certificate.issued"] == [digest]
    with pytest.raises(BadInput):
        certificate.issue(made.desk, made.handler, brought.case.id, out, rendered, named=True)


def test_the_file_of_the_case_lives_on_its_own_ground(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    erasure.run(made.desk, made.dpo, brought.case.id)
    handling.close(made.desk, made.handler, brought.case.id)
    assert intake.read_file(made.desk, made.handler, brought.case.id).name == FILE.name
    (kept,) = keeping.kept(made.desk)
    assert (kept.key_class, kept.holder_id) == (KeyClass.CASE, brought.case.holder_id)


def announced(made: MadeDesk, known: Known, scope: str, note: str) -> None:
    """A line of the ledger of no, as a runner leaves it that died right after."""
    with made.desk.reading() as db:
        size = made.desk.log.head(db).size
    tag = b"p" + made.desk.vault.keyring.tags.number_tag(NUMBER)
    made.desk.ledger.append(
        LedgerKind.ERASURE,
        made.desk.now(),
        size,
        subject=known.subject_id,
        tag=tag,
        scope=scope,
        note=note,
    )


def test_what_only_the_ledger_knows_is_carried_out_when_the_desk_opens(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    announced(made, known, "rq-lost-with-a-backup", "1|")
    made.reopen().close()
    assert keys_left(made.desk.vault, [known.subject_id], ALL_CLASSES) == 0
    with made.desk.reading() as db:
        assert [k.state for k in people_store.known(db, [known.subject_id])] == ["erased"]
        steps = erasing_store.steps(db, "rq-lost-with-a-backup")
    assert all(step.done_at for step in steps.values())


def test_an_announcement_torn_by_a_crash_still_erases_the_whole_set(made: MadeDesk) -> None:
    first = add_person(made.desk, NUMBER, MAIL)
    second = add_person(made.desk, US_NUMBER, "second.mail@example.com")
    merge(made.desk, first, second)
    case = approved(made, Kind.ERASURE)
    announced(made, first, case.id, "2|")
    made.reopen().close()
    people = [first.subject_id, second.subject_id]
    assert keys_left(made.desk.vault, people, ALL_CLASSES) == 0
    tag = made.desk.vault.keyring.tags.number_tag(US_NUMBER)
    with made.desk.reading() as db:
        assert suppression.suppressed(db, [tag])
    assert standing.standing(made.desk, case.id).case.state is State.FULFILLED


def test_the_turn_waits_for_a_process_that_holds_the_old_keys(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    register_process(made.desk.vault, "lease", "gateway 17")
    with pytest.raises(MachineFailed) as waiting:
        erasure.run(made.desk, made.dpo, brought.case.id, wait_s=0)
    assert "gateway 17" in str(waiting.value)
    assert standing.standing(made.desk, brought.case.id).case.state is State.RUNNING
    made.reopen().close()
    with pytest.raises(NotNow):
        certificate.report(made.desk, made.dpo, brought.case.id, named=True)
    leave_process(made.desk.vault, "lease")
    case = erasure.run(made.desk, made.dpo, brought.case.id)
    assert case.state is State.FULFILLED
