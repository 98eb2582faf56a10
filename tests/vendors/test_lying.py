"""A vendor that lies: what it does after its approval, what it sends again, and other names."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from privacy.errors import BadFacts, BadInput, MachineFailed
from privacy.gateway.issue import issue
from privacy.gateway.vendors import why_not
from privacy.vendors import (
    answering,
    assessing,
    claims,
    files,
    giving,
    reassessing,
    received,
    tested,
)
from privacy.vendors import store as vendors
from privacy.vendors.answers import Source, answered
from privacy.vendors.reading import base
from privacy.vendors.scoring import Status, score
from privacy.vendors.store import Vendor
from tests.desks import MadeDesk
from tests.gateway.scene import scene
from tests.gateway.test_vendors import COMPANY, approved, dialer, refused
from tests.vendors import cases
from tests.vendors.cases import finding

VENDOR = Vendor(
    "vd-1", 1, 1, COMPANY, "GB", vendors.ACTIVE, datetime(2026, 11, 18, tzinfo=UTC), "dpo"
)


def said(made: MadeDesk, vendor: Vendor, question: str, value: Any) -> None:
    answer = answered(base(), question, value, by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [answer], Source.FORM)


def reasons(made: MadeDesk) -> list[str]:
    return [each.reason for each in reassessing.due(made.desk)]


def gate_says(made: MadeDesk, name: str = COMPANY) -> str:
    with made.desk.reading() as db:
        return why_not(db, made.desk.config, name, made.desk.now())


@pytest.mark.parametrize("kind", ["finding", "answer", "event", "withdrawal"])
def test_what_is_recorded_while_a_vendor_is_scored_is_not_written_over(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    vendor = approved(made)
    looked: list[str] = []
    reading = assessing.case_of

    def meanwhile(*args: Any) -> Any:
        found = reading(*args)
        looked.append(kind)
        if len(looked) == 1 and kind == "finding":
            tests = [finding("call_to_internal_list")]
            claims.record(made.desk, made.dpo, vendor.id, "run-1", tests)
        elif len(looked) == 1 and kind == "answer":
            said(made, vendor, "contract-02", "no")
        elif len(looked) == 1 and kind == "event":
            reassessing.tell_event(made.desk, made.dpo, vendor.id, "breach")
        elif len(looked) == 1:
            with made.desk.reading() as db:
                (kept,) = files.listed(db, vendor.id)
            files.withdraw(made.desk, made.dpo, kept.evidence.id)
        return found

    monkeypatch.setattr(assessing, "case_of", meanwhile)
    told = assessing.assess(made.desk, made.dpo, vendor.id)
    assert len(looked) == 2
    if kind in ("finding", "answer"):
        assert told["gates_failed"]
        assert "at 0" in gate_says(made)
    with made.desk.reading() as db:
        assert len(assessing.history(db, vendor.id)) == 2


def test_a_scoring_that_never_comes_to_rest_says_so_and_keeps_nothing(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = approved(made)
    reading = assessing.case_of

    def meanwhile(*args: Any) -> Any:
        found = reading(*args)
        reassessing.tell_event(made.desk, made.dpo, vendor.id, "breach")
        return found

    monkeypatch.setattr(assessing, "case_of", meanwhile)
    with pytest.raises(MachineFailed):
        assessing.assess(made.desk, made.dpo, vendor.id)
    with made.desk.reading() as db:
        assert len(assessing.history(db, vendor.id)) == 1


def test_answers_that_change_after_an_approval_make_a_new_scoring_due_and_then_stop_numbers(
    made: MadeDesk,
) -> None:
    vendor = approved(made)
    assert reasons(made) == []
    said(made, vendor, "hours-04", "no")
    assert reasons(made) == ["answers_changed"]
    # Whoever has just answered is scored, not asked again.
    assert reassessing.begin(made.desk, made.dpo) == []
    assert gate_says(made) == ""
    made.clock.advance(timedelta(days=15))
    assert "overdue" in gate_says(made)
    assessing.assess(made.desk, made.dpo, vendor.id)
    assert (reasons(made), gate_says(made)) == ([], "")


def test_evidence_that_is_withdrawn_after_an_approval_makes_a_new_scoring_due(
    made: MadeDesk,
) -> None:
    vendor = approved(made)
    with made.desk.reading() as db:
        (kept,) = files.listed(db, vendor.id)
    files.withdraw(made.desk, made.dpo, kept.evidence.id)
    assert reasons(made) == ["evidence_withdrawn"]
    made.clock.advance(timedelta(days=15))
    assert "overdue" in gate_says(made)
    assert assessing.assess(made.desk, made.dpo, vendor.id)["outcome"] == "not_approved"


def test_a_claim_that_call_records_contradict_already_fails_its_gate_once_it_is_made(
    made: MadeDesk,
) -> None:
    """Approved with a modest claim that the records bear out; then the vendor claims more."""
    vendor = approved(made)
    said(made, vendor, "abandon-01", "0.9")
    tests = [finding("abandoned_share", 3, "0.8")]
    assert claims.record(made.desk, made.dpo, vendor.id, "run-1", tests) == []
    assessing.assess(made.desk, made.dpo, vendor.id)
    assert gate_says(made) == ""
    said(made, vendor, "abandon-01", "0.1")
    assert "abandon-01" in gate_says(made)


def test_an_older_export_however_clean_takes_no_finding_of_later_calls_away(
    made: MadeDesk,
) -> None:
    vendor = approved(made)

    def of(last_day: str, run: str, exceptions: int) -> list[str]:
        one = replace(
            finding("outside_hours", exceptions), period_from="2026-01-01", period_to=last_day
        )
        return claims.record(made.desk, made.dpo, vendor.id, run, [one])

    assert of("2026-11-01", "run-1", 2) == ["hours-01"]
    assert of("2026-06-30", "run-2", 0) == []
    with made.desk.reading() as db:
        assert [each.run_id for each in tested.newest(db, vendor.id)] == ["run-1"]
    assert assessing.assess(made.desk, made.dpo, vendor.id)["contradicted"] == ["hours-01"]
    # Nor does an older breach come back once later calls held.
    assert of("2026-11-10", "run-3", 0) == []
    assert of("2026-06-30", "run-4", 1) == []
    assert assessing.assess(made.desk, made.dpo, vendor.id)["contradicted"] == []


def test_a_report_dated_in_the_future_counts_half_like_one_of_no_known_day() -> None:
    for day, value in (("2026-09-01", 1), ("2099-01-01", 0.5), (None, 0.5)):
        found = score(base(), cases.whole({"security-01.report_on": day}))
        assert found.line("security-01").value == value, day


def saved(vendor: Vendor, value: str, content: bytes = b"proof") -> bytes:
    file = {
        "questions": ["contract-02"],
        "name": "dpa.pdf",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }
    return json.dumps(
        {
            "schema": "rightsdesk.vendor-answers/1",
            "vendor": vendor.id,
            "questionnaire_sha256": base().sha256,
            "answers": [{"question": "contract-02", "value": value}],
            "evidence": [file],
        }
    ).encode()


def test_a_form_of_before_that_comes_again_sets_no_answer_and_no_evidence_back(
    made: MadeDesk,
) -> None:
    vendor = vendors.new(made.desk, made.dpo, COMPANY, contact=None)
    old, new = saved(vendor, "yes"), saved(vendor, "no", b"other")
    first = received.take(made.desk, made.dpo, vendor.id, old)
    assert (first.questions, first.changed) == (("contract-02",), ())
    (proof,) = first.evidence
    files.withdraw(made.desk, made.dpo, proof)
    second = received.take(made.desk, made.dpo, vendor.id, new)
    assert (second.questions, second.changed) == (("contract-02",), ("contract-02",))
    replayed = received.take(made.desk, made.dpo, vendor.id, old)
    assert (replayed.questions, replayed.evidence) == ((), ())
    assert replayed.kept == ("contract-02",)
    assert answering.read(made.desk, made.dpo, vendor.id)["contract-02"].value == "no"
    meant = received.take(made.desk, made.dpo, vendor.id, old, again=True)
    assert (meant.questions, len(meant.evidence)) == (("contract-02",), 1)
    assert answering.read(made.desk, made.dpo, vendor.id)["contract-02"].value == "yes"


def test_a_vendor_s_name_written_otherwise_is_that_vendor(made: MadeDesk) -> None:
    vendor = approved(made)
    set_up = scene(made, 2)
    one = dialer(set_up)
    assert one.outside is not None
    names = ("EXAMPLE DIALER LTD.", "Example-Dialer Ltd", "Example Dialers Ltd")
    *others, stranger = [replace(one, outside=replace(one.outside, company=name)) for name in names]
    assert all(issue(set_up.gate, one, set_up.campaign, 1, ["p-1"]) for one in others)
    claims.record(made.desk, made.dpo, vendor.id, "run-1", [finding("call_to_internal_list")])
    for one in others:
        refused(set_up, one)
    issue(set_up.gate, stranger, set_up.campaign, 1, ["p-2"])
    for name in ("example dialer ltd", "Example Dialer, Ltd."):
        with pytest.raises(BadInput):
            vendors.new(made.desk, made.dpo, name, contact=None)
        with made.desk.reading() as db, pytest.raises(BadInput):
            vendors.check_exact(db, name)
    with made.desk.reading() as db:
        vendors.check_exact(db, COMPANY)
        vendors.check_exact(db, "Example Dialers Ltd")


def test_what_the_controller_records_of_a_vendor_is_not_in_the_vendor_s_file(
    made: MadeDesk,
) -> None:
    vendor = vendors.new(made.desk, made.dpo, COMPANY, contact=None)
    fact = answered(base(), "scope-04.separate_basis", "recorded", by="controller")
    own = answered(base(), "contract-02", "yes", by="vendor")
    answering.record(made.desk, made.dpo, vendor.id, [fact, own], Source.TYPED)
    told = giving.own_file(made.desk, made.dpo, vendor.id)
    assert [each["question"] for each in told["answers"]] == ["contract-02"]


def test_answers_that_would_hide_a_gate_do_not_hide_what_the_records_show() -> None:
    """No recorded voice is used, says the vendor, and its own calls played one."""
    test = replace(finding("prerecorded_without_consent", 3), tested=100)
    case = cases.whole({"scope-02": ["manual"], "consent-06": None}, tests=(test,))
    line = score(base(), case).line("consent-06")
    assert line.status is Status.CONTRADICTED
    assert line.value == 0


@pytest.mark.parametrize(
    "name", ["\x1b[2Jx.pdf", "\u202efdp.exe", "..", "a\tb", "\ud800.pdf", "C:\\x"]
)
def test_a_file_s_name_that_steers_a_screen_or_is_a_path_is_refused(name: str) -> None:
    document = json.loads(saved(VENDOR, "yes"))
    document["evidence"][0]["name"] = name
    with pytest.raises(BadFacts):
        received.read(base(), json.dumps(document).encode(), VENDOR.id)


def test_half_of_a_character_in_a_comment_is_refused_and_not_quoted() -> None:
    document = json.loads(saved(VENDOR, "yes"))
    document["answers"][0]["comment"] = "secret \ud800"
    with pytest.raises(BadFacts) as told:
        received.read(base(), json.dumps(document).encode(), VENDOR.id)
    assert "secret" not in str(told.value)
    with pytest.raises(BadFacts):
        answered(base(), "contract-02", "yes", "\udcff", by="controller")


def test_evidence_that_never_ends_is_scored_like_any_other(made: MadeDesk) -> None:
    vendor = vendors.new(made.desk, made.dpo, COMPANY, contact=None)
    document = json.loads(saved(vendor, "yes"))
    document["evidence"][0]["valid_until"] = "9999-12-31"
    received.take(made.desk, made.dpo, vendor.id, json.dumps(document).encode())
    assert assessing.assess(made.desk, made.dpo, vendor.id)["outcome"] == "not_approved"
