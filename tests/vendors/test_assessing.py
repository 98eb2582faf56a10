"""A vendor on the desk: asked, answered, backed, tested, scored, mended, assessed again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.desk import Desk
from privacy.errors import BadInput, CannotOpen, Denied, NotFound
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendors import VendorAnswer
from privacy.terms import KeyClass, OpeningPurpose, Role
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import (
    answering,
    assessing,
    claims,
    files,
    giving,
    questionnaires,
    reassessing,
    remediation,
    rounds,
    tested,
)
from privacy.vendors import store as vendors
from privacy.vendors.answers import Answer, Source, answered
from privacy.vendors.mending import ALLOWED, State
from privacy.vendors.reading import base
from privacy.vendors.scoring import Outcome, score
from privacy.vendors.store import Vendor
from tests.desks import MadeDesk
from tests.vendors.cases import finding, given
from tests.vendors.test_questionnaire import OWN

BASE = base()
TODAY = date(2026, 11, 18)
SECRET_WORDS = "the vault key lies under the mat"
NAME = "Example Dialer Ltd"


def vendor_of(made: MadeDesk, name: str = NAME) -> Vendor:
    return vendors.new(made.desk, made.dpo, name, contact=None)


def answer_all(made: MadeDesk, vendor: Vendor, **changes: Any) -> None:
    told = given({key.replace("_", "-"): value for key, value in changes.items()})
    answering.record(made.desk, made.dpo, vendor.id, list(told.values()), Source.FORM)


def back_all(made: MadeDesk, vendor: Vendor, until: date = TODAY + timedelta(days=400)) -> str:
    return files.keep(
        made.desk,
        made.dpo,
        vendor.id,
        sorted(BASE.questions),
        "proof.pdf",
        SECRET_WORDS.encode(),
        valid_from=TODAY,
        valid_until=until,
    )


def events_of(made: MadeDesk, vendor: Vendor) -> list[str]:
    with made.desk.reading() as db:
        return [line.type for line in vendors.history(db, vendor.id)]


@pytest.fixture
def full(made: MadeDesk) -> tuple[MadeDesk, Vendor]:
    """A vendor that has answered everything well, with evidence for all of it."""
    vendor = vendor_of(made)
    rounds.ask(made.desk, made.dpo, vendor.id, TODAY + timedelta(days=30))
    answer_all(made, vendor)
    back_all(made, vendor)
    return made, vendor


def test_a_vendor_is_scored_from_what_stands_on_the_desk_and_the_scoring_is_kept(
    store: MadeDesk,
) -> None:
    vendor = vendor_of(store)
    rounds.ask(store.desk, store.dpo, vendor.id, TODAY)
    answer_all(store, vendor)
    told = assessing.assess(store.desk, store.dpo, vendor.id)
    # Nothing is backed: every point counts half, and half of a hundred is under every bar.
    assert (told["total"], told["outcome"], told["tier"]) == ("50", "not_approved", "medium")
    evidence_id = back_all(store, vendor)
    told = assessing.assess(store.desk, store.dpo, vendor.id)
    assert (told["total"], told["outcome"]) == ("100", "approved")
    with store.desk.reading() as db:
        kept = assessing.history(db, vendor.id)
        assert assessing.last(db, vendor.id) == kept[1]
    assert [each.total for each in kept] == ["50", "100"]
    assert kept[0].questionnaire_sha256 == kept[1].questionnaire_sha256 == BASE.sha256
    assert kept[0].facts_sha256 != kept[1].facts_sha256
    again = assessing.explanation(store.desk, store.dpo, kept[0].id)
    assert (again["total"], again["id"]) == ("50", kept[0].id)
    assert files.read(store.desk, store.dpo, evidence_id) == ("proof.pdf", SECRET_WORDS.encode())
    files.withdraw(store.desk, store.dpo, evidence_id)
    assert assessing.assess(store.desk, store.dpo, vendor.id)["total"] == "50"


def test_the_newest_answer_counts_and_older_ones_stay(store: MadeDesk) -> None:
    vendor = vendor_of(store)
    for value in ("no", "partly", "yes"):
        answer = answered(BASE, "contract-03", value, by="vendor")
        answering.record(store.desk, store.dpo, vendor.id, [answer], Source.TYPED)
    assert answering.read(store.desk, store.dpo, vendor.id)["contract-03"].value == "yes"
    with store.desk.reading() as db:
        assert answering.count(db, vendor.id) == 1
        assert db.execute(text("SELECT count(*) FROM vendor_answer")).scalar() == 3
    engine = store.desk.writes.engine
    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as db:
        db.execute(text("DELETE FROM vendor_answer"))


def test_no_answer_evidence_note_or_explanation_stands_in_any_file(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    comment = answered(BASE, "contract-03", "partly", SECRET_WORDS, by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [comment], Source.FORM)
    open_gaps(made, vendor, "handler", note=SECRET_WORDS)
    assessing.assess(made.desk, made.dpo, vendor.id)
    needles = [SECRET_WORDS.encode(), b"proof.pdf", b"partly", b"Times 0.5"]
    for path in made.desk.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert [needle for needle in needles if needle in content] == []


def test_an_answer_of_one_vendor_does_not_open_under_another(made: MadeDesk) -> None:
    mine, other = vendor_of(made), vendor_of(made, "Other Dialer Ltd")
    answer_all(made, mine)
    answer_all(made, other)
    table = table_of(VendorAnswer)
    with made.desk.reading() as db:
        row = db.execute(table.select().where(table.c.vendor_id == mine.id)).first()
    assert row is not None
    place = Place(Part.VENDOR_ANSWER, other.holder_id, row.row_id)
    stolen = SealedPart(place, KeyClass.CASE, bytes(row.answer_sealed))
    with pytest.raises(CannotOpen):
        made.desk.vault.open([stolen], "dpo", OpeningPurpose.VENDOR)


def test_opening_answers_stands_in_the_log_before_they_are_there(made: MadeDesk) -> None:
    vendor = vendor_of(made)
    answer_all(made, vendor)
    answering.read(made.desk, made.dpo, vendor.id)
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        rows = db.execute(table.select().order_by(table.c.at)).all()
    bodies = [parse(bytes(row.body)) for row in rows]
    opened = [each for each in bodies if each.get("purpose") == "vendor"]
    assert opened[-1]["actor"] == "dpo"
    assert opened[-1]["object"] == vendor.id


def open_gaps(made: MadeDesk, vendor: Vendor, owner: str, **more: Any) -> list[str]:
    questionnaire, case = assessing.case_of(made.desk, made.dpo, vendor.id)
    gaps = score(questionnaire, case).gaps()
    return remediation.open_items(
        made.desk, made.dpo, vendor.id, questionnaire, gaps, owner, **more
    )


def test_findings_contradict_claims_and_a_new_run_takes_the_place_of_the_old_one(
    store: MadeDesk,
) -> None:
    vendor = vendor_of(store)
    answer_all(store, vendor)
    back_all(store, vendor)
    found = [finding("outside_hours", 2), finding("ring_too_short", 0)]
    assert claims.record(store.desk, store.dpo, vendor.id, "run-1", found) == ["hours-01"]
    told = assessing.assess(store.desk, store.dpo, vendor.id)
    assert told["contradicted"] == ["hours-01"]
    line = next(each for each in told["questions"] if each["id"] == "hours-01")
    assert line["claim_vs_record"][0]["rows"] == [2, 3]
    assert line["claim_vs_record"][0]["run"] == "run-1"
    held = next(each for each in told["questions"] if each["id"] == "hours-04")
    assert [each["contradicts"] for each in held["claim_vs_record"]] == [False]
    mended = [finding("outside_hours", 0)]
    assert claims.record(store.desk, store.dpo, vendor.id, "run-2", mended) == []
    assert assessing.assess(store.desk, store.dpo, vendor.id)["contradicted"] == []
    with store.desk.reading() as db:
        assert [each.run_id for each in tested.newest(db, vendor.id)] == ["run-2", "run-1"]
    for wrong in (finding("colour"), replace(finding("outside_hours"), exceptions=101)):
        with pytest.raises(BadInput):
            claims.record(store.desk, store.dpo, vendor.id, "run-3", [wrong])


def test_gaps_become_items_due_by_severity_and_make_a_vendor_conditional(
    store: MadeDesk,
) -> None:
    vendor = vendor_of(store)
    answer_all(
        store,
        vendor,
        scope_01=50_000,
        rights_01="longer_or_untested",
        contract_03="no",
        hours_04="no",
        consent_02={"numerator": 0, "denominator": 25},
        data_01={"numerator": 0, "denominator": 5},
        data_02="no",
        data_04="yes",
    )
    back_all(store, vendor)
    told = assessing.assess(store.desk, store.dpo, vendor.id)
    assert told["gates_failed"] == ["consent-02"]
    made = open_gaps(store, vendor, "vendor")
    with store.desk.reading() as db:
        items = {each.question_id: each for each in remediation.of_vendor(db, vendor.id)}
    assert len(items) == len(made) == 7
    expected = {
        "consent-02": ("critical", 7),
        "rights-01": ("high", 30),
        "contract-03": ("medium", 60),
        "hours-04": ("low", 90),
    }
    for key, (severity, days) in expected.items():
        assert (items[key].severity, items[key].due_on) == (severity, TODAY + timedelta(days))
    assert open_gaps(store, vendor, "vendor") == []
    # The gate mended, 85 is missed by less than ten, and every gap has an owner.
    answering.record(
        store.desk,
        store.dpo,
        vendor.id,
        [answered(BASE, "consent-02", {"numerator": 25, "denominator": 25}, by="vendor")],
        Source.FORM,
    )
    # By hand: 5 + 3 + 2 + 4 + 4 + 4 points of 270 are lost: 248 / 270.
    told = assessing.assess(store.desk, store.dpo, vendor.id)
    assert told["total"] == "91.85"
    assert "section_under_50:data" in told["reasons"]
    assert told["outcome"] == "conditional"


def test_an_item_moves_only_along_its_states_and_is_settled_by_a_second_person(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    answer_all(made, vendor, hours_01="one_source")
    (item_id,) = open_gaps(made, vendor, "dpo", note=SECRET_WORDS)
    desk, dpo, handler = made.desk, made.dpo, made.handler
    assert remediation.read_note(desk, dpo, item_id) == SECRET_WORDS
    with pytest.raises(BadInput, match="cannot become"):
        remediation.move(desk, handler, item_id, State.VERIFIED)
    with pytest.raises(BadInput, match="evidence that is named"):
        remediation.move(desk, handler, item_id, State.EVIDENCE_SUBMITTED)
    other = vendor_of(made, "Other Dialer Ltd")
    with pytest.raises(NotFound):
        remediation.move(desk, handler, item_id, State.EVIDENCE_SUBMITTED, [back_all(made, other)])
    proof = back_all(made, vendor)
    remediation.move(desk, handler, item_id, State.EVIDENCE_SUBMITTED, [proof])
    with pytest.raises(Denied, match="owns an item"):
        remediation.move(desk, dpo, item_id, State.VERIFIED)
    done = remediation.move(desk, handler, item_id, State.VERIFIED)
    assert (done.verified_by, done.evidence_ids, done.done) == ("handler", (proof,), True)
    back = remediation.move(desk, handler, item_id, State.OPEN)
    assert (back.verified_by, back.verified_at) == ("", None)
    assert set(ALLOWED) == set(State)


def test_items_are_reminded_of_once_for_each_level_and_are_overdue_after_their_day(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    answer_all(made, vendor, hours_01="one_source")
    (item_id,) = open_gaps(made, vendor, "vendor", due=TODAY + timedelta(days=10))
    kinds = []
    for _ in range(14):
        kinds += [each.kind for each in reassessing.remind(made.desk, made.dpo)]
        made.clock.advance(timedelta(days=1))
    assert kinds == ["7_days", "due_tomorrow", "overdue"]
    with made.desk.reading() as db:
        item = remediation.one(db, item_id)
    assert item.document(TODAY + timedelta(days=10))["state"] == "open"
    assert item.document(TODAY + timedelta(days=11))["state"] == "overdue"
    remediation.assign(made.desk, made.dpo, item_id, due=TODAY + timedelta(days=15))
    assert [each.kind for each in reassessing.remind(made.desk, made.dpo)] == ["due_tomorrow"]


def test_two_runs_of_work_at_once_ask_and_remind_once(store: MadeDesk) -> None:
    vendor = vendor_of(store)
    answer_all(store, vendor)
    assessing.assess(store.desk, store.dpo, vendor.id)
    open_gaps(store, vendor, "vendor", due=TODAY)
    reassessing.tell_event(store.desk, store.dpo, vendor.id, "breach")
    with ThreadPoolExecutor(2) as runs:
        asked = [runs.submit(reassessing.begin, store.desk, store.dpo) for _ in range(2)]
        made = [runs.submit(reassessing.remind, store.desk, store.dpo) for _ in range(2)]
    assert all(each.result() is not None for each in asked)
    types = events_of(store, vendor)
    items = types.count("remediation_opened")
    assert (types.count("asked"), types.count("reminded")) == (1, items)
    assert sum(len(each.result()) for each in made) == items


def due_reason(made: MadeDesk) -> str:
    found = reassessing.due(made.desk)
    return found[0].reason if found else ""


@pytest.mark.parametrize("event", BASE.rules.reassess_events)
def test_each_event_of_the_file_makes_a_reassessment_due_at_once_until_it_is_scored(
    full: tuple[MadeDesk, Vendor], event: str
) -> None:
    made, vendor = full
    assessing.assess(made.desk, made.dpo, vendor.id)
    assert due_reason(made) == ""
    reassessing.tell_event(made.desk, made.dpo, vendor.id, event)
    assert due_reason(made) == event
    assessing.assess(made.desk, made.dpo, vendor.id)
    assert due_reason(made) == ""
    with pytest.raises(BadInput):
        reassessing.tell_event(made.desk, made.dpo, vendor.id, "scored")


def test_a_new_mode_a_new_country_and_a_contradiction_are_events_by_themselves(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    for change, event in (
        ({"scope_02": ["predictive", "prerecorded", "preview"]}, "new_dialing_mode"),
        ({"scope_03": ["DE", "FR", "GB", "US-CA"]}, "new_country"),
    ):
        assessing.assess(made.desk, made.dpo, vendor.id)
        answer_all(made, vendor, **{"scope_02": ["predictive", "prerecorded", "preview"], **change})
        assert due_reason(made) == event
    assessing.assess(made.desk, made.dpo, vendor.id)
    fewer = {"scope_02": ["predictive"], "scope_03": ["DE"]}
    answer_all(made, vendor, **fewer)
    assert due_reason(made) == "answers_changed"
    claims.record(made.desk, made.dpo, vendor.id, "run-1", [finding("outside_hours")])
    assert due_reason(made) == "contradicted"


def test_a_reassessment_is_due_by_period_and_when_evidence_ends(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    told = assessing.assess(made.desk, made.dpo, vendor.id)
    assert told["next_review"] == "2027-11-18"
    made.clock.advance(timedelta(days=364))
    assert due_reason(made) == ""
    made.clock.advance(timedelta(days=1))
    assert due_reason(made) == "period"
    made.clock.advance(timedelta(days=36))
    assert due_reason(made) == "evidence_ended"
    vendors.end(made.desk, made.dpo, vendor.id)
    assert due_reason(made) == ""


def test_a_vendor_that_was_never_scored_is_due_once_its_answers_were(made: MadeDesk) -> None:
    vendor = vendor_of(made)
    assert due_reason(made) == "never_scored"
    rounds.ask(made.desk, made.dpo, vendor.id, TODAY + timedelta(days=5))
    assert due_reason(made) == ""
    made.clock.advance(timedelta(days=6))
    assert due_reason(made) == "never_scored"
    with pytest.raises(BadInput, match="past"):
        rounds.ask(made.desk, made.dpo, vendor.id, TODAY)


def test_an_own_question_is_asked_from_then_on_and_its_answers_leave_with_it(
    full: tuple[MadeDesk, Vendor],
) -> None:
    made, vendor = full
    extended = questionnaires.add(made.desk, made.dpo, OWN)
    answer = answered(extended, "acme:local-01", "yes", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [answer], Source.FORM)
    told = assessing.assess(made.desk, made.dpo, vendor.id)
    assert told["questionnaire"]["sha256"] == extended.sha256
    # Answered and not backed: 2.5 of its 5 points, of 275.
    assert told["total"] == "99.09"
    questionnaires.remove(made.desk, made.dpo, "acme")
    assert assessing.assess(made.desk, made.dpo, vendor.id)["total"] == "100"
    with pytest.raises(NotFound):
        questionnaires.remove(made.desk, made.dpo, "acme")


def test_evidence_needs_a_question_a_plain_name_and_days_in_order(made: MadeDesk) -> None:
    vendor = vendor_of(made)

    def keep(
        name: str = "a.pdf", content: bytes = b"x", question: str = "hours-01", until: date = TODAY
    ) -> str:
        return files.keep(
            made.desk,
            made.dpo,
            vendor.id,
            [question],
            name,
            content,
            valid_from=TODAY,
            valid_until=until,
        )

    assert keep()
    for wrong in (
        {"name": "a/b.pdf"},
        {"content": b""},
        {"question": "hours-99"},
        {"until": TODAY - timedelta(days=1)},
    ):
        with pytest.raises(BadInput):
            keep(**wrong)


def test_whoever_may_not_assess_opens_and_changes_nothing(full: tuple[MadeDesk, Vendor]) -> None:
    made, vendor = full
    auditor = Actor("auditor", Role.AUDITOR)
    answer = answered(BASE, "contract-03", "yes", by="vendor")
    for act in (
        lambda: answering.read(made.desk, auditor, vendor.id),
        lambda: answering.record(made.desk, auditor, vendor.id, [answer], Source.TYPED),
        lambda: assessing.assess(made.desk, auditor, vendor.id),
        lambda: assessing.compare(made.desk, auditor, [vendor.id]),
        lambda: giving.own_file(made.desk, auditor, vendor.id),
        lambda: claims.record(made.desk, auditor, vendor.id, "r", [finding("outside_hours")]),
        lambda: rounds.ask(made.desk, auditor, vendor.id, TODAY),
        lambda: questionnaires.add(made.desk, auditor, OWN),
    ):
        with pytest.raises(Denied):
            act()


def test_vendors_compare_on_one_scale_and_nothing_is_kept(full: tuple[MadeDesk, Vendor]) -> None:
    made, vendor = full
    other = vendor_of(made, "Other Dialer Ltd")
    answer_all(made, other)
    told = assessing.compare(made.desk, made.dpo, [other.id, vendor.id])
    assert [each["id"] for each in told["vendors"]] == [vendor.id, other.id]
    assert [each["total"] for each in told["vendors"]] == ["100", "50"]
    assert "scored" not in events_of(made, vendor)
    assert Outcome(told["vendors"][0]["outcome"]) is Outcome.APPROVED


def test_the_file_for_a_vendor_holds_its_own_and_nothing_of_another_or_internal(
    full: tuple[MadeDesk, Vendor],
) -> None:
    """From the vendor's side: everything that it must not learn is looked for in its file."""
    made, vendor = full
    other = vendors.new(
        made.desk, made.dpo, "Rival Dialer Ltd", contact={"person": "Rival Contact"}
    )
    rival = answered(BASE, "contract-03", "partly", "rival comment", by="vendor")
    answering.record(made.desk, made.dpo, other.id, [rival], Source.FORM)
    files.keep(
        made.desk,
        made.dpo,
        other.id,
        ["hours-01"],
        "rival.pdf",
        b"rival proof",
        valid_from=TODAY,
        valid_until=TODAY,
    )
    claims.record(made.desk, made.dpo, other.id, "rival-run", [finding("ring_too_short", 77)])
    own = answered(BASE, "hours-01", "one_source", "own comment", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [own, Answer("scope-01", 900)], Source.FORM)
    open_gaps(made, vendor, "vendor", note="internal opinion")
    (internal,) = _second_item(made, vendor)
    assessing.assess(made.desk, made.dpo, vendor.id)
    told = giving.own_file(made.desk, made.dpo, vendor.id)
    text_of_it = json.dumps(told)
    for word in (
        "rival",
        "Rival",
        other.id,
        "opinion",
        "doubt",
        "handler",
        internal,
        "outcome",
        "conditional",
        "total",
        "dpo",
    ):
        assert word not in text_of_it
    assert {each["question"] for each in told["answers"]} == set(given())
    hours = next(each for each in told["answers"] if each["question"] == "hours-01")
    assert (hours["value"], hours["comment"]) == ("one_source", "own comment")
    assert [each["question_id"] for each in told["to_mend"]] == ["hours-01"]
    assert len(told["evidence"]) == 1


def _second_item(made: MadeDesk, vendor: Vendor) -> list[str]:
    """An item that the controller's own staff owns."""
    own = answered(BASE, "hours-03", "per_number", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [own], Source.FORM)
    return open_gaps(made, vendor, "handler", note="internal doubt")


def test_what_is_handed_out_stands_in_the_log_first(full: tuple[MadeDesk, Vendor]) -> None:
    made, vendor = full
    giving.hand_out(made.desk, made.dpo, vendor.id, "ab" * 32)
    assert events_of(made, vendor)[-1] == "exported"
    assert _actions(made.desk)[-1] == "vendor.exported"


def _actions(desk: Desk) -> list[str]:
    table = table_of(AuditEntry)
    with desk.reading() as db:
        rows = db.execute(table.select().order_by(table.c.at)).all()
    return [str(parse(bytes(row.body))["action"]) for row in rows]


def test_nothing_of_an_answer_stands_in_the_log(full: tuple[MadeDesk, Vendor]) -> None:
    made, _ = full
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        bodies = b"".join(bytes(row.body) for row in db.execute(table.select()).all())
    assert b"stricter_of_both" not in bodies
    assert NAME.encode() not in bodies
