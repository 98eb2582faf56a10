"""Reports on a whole desk: figures computed by hand, the same again after an erasure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.cli import (
    audit_report,
    board_report,
    calling_report,
    performance_report,
    policy_report,
)
from privacy.cli.main import run
from privacy.cli.report_made import Gathered
from privacy.controls import evidence
from privacy.controls.evidence import EvidenceKind, New
from privacy.errors import BadInput
from privacy.rights import erasure
from privacy.rights.case import Kind
from reports import (
    board,
    calling_compliance,
    controls,
    data_protection_audit,
    do_not_call_policy,
    requests_performance,
)
from reports.canonical import canonical
from tests.desks import MadeDesk, at_the_desk, make_desk
from tests.gateway.scene import Scene, consent, scene
from tests.law.calls import CHICAGO, LONDON, NONE, ORAL, WRITTEN, call, listed, registers
from tests.reports.placed_calls import Spoken, at, opted_out, place, tagged
from tests.rights.flows import opened

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
YEAR = (date(2025, 12, 1), date(2026, 11, 30))
TAG = b"n" * 32


def us(day: int, hour: int, minute: int = 0, state: str = WRITTEN, **told: Any) -> dict[str, Any]:
    return call(CHICAGO, at(day, hour, minute).isoformat(), state, **told)


def talked(speaking_ms: int, **more: int) -> dict[str, int]:
    """Rings after 1 s, answered after 5 s, ended after 30 s unless told."""
    told = {"ringing": 1_000, "answered": 5_000, "media_started": speaking_ms, "ended": 30_000}
    return {**told, **more}


def ten_calls() -> list[Spoken]:
    """Chicago is six hours behind UTC, the controller in Berlin one ahead."""
    unanswered = {"ringing": 1_000, "ended": 20_000}
    return [
        # Monday 16 November, 10:00 in Chicago.
        Spoken(at(16, 16, 0), us(16, 16, 0), events=talked(5_800)),
        # Nobody spoke within two seconds: abandoned.
        Spoken(at(16, 16, 5), us(16, 16, 5), events=talked(9_000), person=1),
        Spoken(at(16, 16, 10), us(16, 16, 10), "no_answer", "", unanswered, 2),
        # An erasure took its facts before anybody looked again.
        Spoken(at(16, 16, 15), None, "machine", "machine", talked(5_800), 3),
        # Tuesday 17 November, 11:00 in Chicago; the second one opts out.
        Spoken(at(17, 17, 0), us(17, 17, 0), events=talked(5_900, key=12_000), person=4),
        Spoken(at(17, 17, 30), us(17, 17, 30), "busy", "", {"ended": 900}, 5),
        # Tuesday 21:30 in Chicago: after the hours.
        Spoken(at(18, 3, 30), us(18, 3, 30), "no_answer", "", unanswered, 6),
        # Wednesday 18 November 09:00 in Chicago: the number is on the registry.
        Spoken(
            at(18, 15, 0),
            us(18, 15, 0, ORAL, registers=registers(us_national=listed())),
            events=talked(6_000),
            person=7,
        ),
        # Wednesday 09:30: a recorded call without any consent.
        Spoken(
            at(18, 15, 30),
            us(18, 15, 30, NONE, channel="voice_prerecorded"),
            events=talked(6_500),
            person=8,
            consent_class="none",
        ),
        # Wednesday noon in London.
        Spoken(at(18, 12, 0), call(LONDON, at(18, 12).isoformat()), events=talked(6_000), person=9),
    ]


@dataclass
class Golden:
    """A desk with ten calls, an opt-out, requests; and each kind of report made of it."""

    made: MadeDesk
    set_up: Scene
    ids: list[str]

    def state(self, kind: str = "x", size: int | None = None) -> AsOf:
        return as_of.wanted(self.made.desk, "dpo", kind, size)

    def all_of(self, size: int | None = None) -> dict[str, Gathered]:
        """The kinds that can be made again, as of that size."""
        desk, dpo = self.made.desk, self.made.dpo
        state = self.state(size=size)
        return {
            "calling-compliance": calling_report.data(desk, dpo, *NOVEMBER, state),
            "do-not-call-policy": policy_report.data(desk, dpo, *NOVEMBER, state),
            "board": board_report.data(desk, dpo, *YEAR, state),
            "requests-performance": performance_report.data(desk, dpo, *NOVEMBER, state),
        }


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Golden]:
    made = make_desk(tmp_path_factory.mktemp("golden"))
    set_up = scene(made, 10)
    records = consent(made, set_up.people[:1])
    calls = ten_calls()
    calls[0] = Spoken(calls[0].at, calls[0].facts, events=calls[0].events, consent_id=records[0])
    ids = place(set_up, calls)
    opted_out(set_up, ids[4], at(17, 17, 0) + timedelta(milliseconds=11_960))
    for each in (ids[0], ids[1]):
        tagged(set_up, each, TAG)
    opened(made.desk, made.handler, Kind.ACCESS)
    training = New(
        EvidenceKind.TRAINING, ("tcpa.d2",), "Training", "1", date(2026, 10, 2), None, 14, (),
        b"fourteen signatures",
    )  # fmt: skip
    evidence.add(made.desk, made.dpo, training)
    yield Golden(made, set_up, ids)
    made.desk.close()


@pytest.fixture(scope="module")
def first(golden: Golden) -> dict[str, Gathered]:
    """Every kind, made before anything else happens."""
    return golden.all_of()


def test_calls_are_counted_as_by_hand(first: dict[str, Gathered]) -> None:
    found = first["calling-compliance"]
    data = calling_compliance.checked(found.data)
    assert calling_compliance.contradictions(data, found.annexes) == []
    said: Any = calling_compliance.figures(data)
    assert (said["placed"], said["looked"], said["people"]) == (10, 9, 6)
    assert {row["outcome"]: row["calls"] for row in data["outcomes"]} == {
        "completed": 6,
        "no_answer": 2,
        "machine": 1,
        "busy": 1,
    }
    violations = {row["id"]: row["violations"] for row in said["checks"] if row["violations"]}
    assert violations == {"outside_hours": 1, "on_register": 1, "without_consent": 1}
    countries = [(row["country"], row["calls"], row["looked"]) for row in data["by_country"]]
    assert countries == [("", 1, 0), ("GB", 1, 1), ("US", 8, 8)]
    assert said["verdict"] == "breach"
    rows = found.annexes["calls-by-day.csv"].decode().splitlines()
    days = [row.split(",") for row in rows[1:]]
    assert [(day[0][8:], day[2], day[3]) for day in days] == [
        ("16", "completed", "2"),
        ("16", "machine", "1"),
        ("16", "no_answer", "1"),
        ("17", "busy", "1"),
        ("17", "completed", "1"),
        ("18", "completed", "3"),
        ("18", "no_answer", "1"),
    ]


def test_the_hours_are_those_of_the_called_persons(first: dict[str, Gathered]) -> None:
    data = first["calling-compliance"].data
    cells = {
        (day, hour): count
        for day, counts in enumerate(data["week"])
        for hour, count in enumerate(counts)
        if count
    }
    assert cells == {(0, 10): 3, (1, 11): 2, (1, 21): 1, (2, 9): 2, (2, 12): 1}
    assert data["hour_unknown"] == 1
    assert data["freshness"] == {"ages": [{"days": 3, "calls": 9}], "untold": 1}


def test_one_of_five_answered_calls_was_abandoned(first: dict[str, Gathered]) -> None:
    """Five calls to the United States were answered by a person; one waited four seconds."""
    data = first["calling-compliance"].data
    spans = [row for row in data["abandonment"] if row["rule"] == "us-fed-abandonment"]
    assert [(row["lowest"], row["highest"], row["verdict"]) for row in spans] == [
        (0.2, 0.2, "breach")
    ]
    said: Any = calling_compliance.figures(calling_compliance.checked(data))
    results = {row["id"]: row["result"] for row in said["criteria"]}
    assert results["tcpa.abandonment"] == "breach"
    assert results["tcpa.consent"] == "breach"
    assert results["pecr.automated"] == "no_breach"
    assert results["tsr.caller_id"] == "no_breach"


def test_the_opt_out_of_a_call_is_timed_from_its_receipt(first: dict[str, Gathered]) -> None:
    latency = first["calling-compliance"].data["opt_outs"]["latency"]
    assert (latency["in_calls"], latency["untold"]) == (1, 0)
    assert latency["median_s"] == latency["longest_s"] == 0.04


def test_latency_is_judged_where_somebody_opted_out_and_nowhere_else(
    first: dict[str, Gathered],
) -> None:
    rows = first["calling-compliance"].data["conduct"]
    judged = [row["country"] for row in rows if row["rule"] == "policy.opt_out_latency"]
    assert judged == ["US"]


def test_record_classes_say_what_is_held_and_what_is_not(first: dict[str, Gathered]) -> None:
    counts = {row["id"]: row["count"] for row in first["calling-compliance"].data["records"]}
    assert counts["310.5.2"] == 10
    assert counts["310.5.10"] == 1
    assert counts["310.5.1"] == 1
    assert [each for each, count in counts.items() if count is None] == [
        "310.5.3",
        "310.5.4",
        "310.5.5",
        "310.5.6",
    ]


def test_a_clause_without_evidence_is_a_finding_and_training_is_counted(
    first: dict[str, Gathered],
) -> None:
    data = do_not_call_policy.checked(first["do-not-call-policy"].data)
    said: Any = do_not_call_policy.figures(data)
    results = {clause["id"]: clause["result"] for clause in said["clauses"]}
    assert results["tcpa.d2"] == "met"
    assert {name for name, result in results.items() if result == "not_shown"} == {
        "tcpa.d1",
        "tcpa.d3",
        "tcpa.d4",
        "tcpa.d5",
        "tcpa.d6",
    }
    assert said["trained"] == 14
    assert len([card for card in said["findings"] if card["topic"] == "evidence"]) == 5
    assert data["requests"]["count"] == 1
    assert data["requests"]["honoured"] == [{"days": 0, "requests": 1}]
    assert data["scripts"][0]["names_controller"] is True


def test_the_boards_months_are_those_of_the_rows(first: dict[str, Gathered]) -> None:
    data = board.checked(first["board"].data)
    assert [row["month"] for row in data["months"]][-1] == "2026-11"
    assert len(data["months"]) == 12
    last = data["months"][-1]
    assert (last["placed"], last["violations"], last["not_looked"]) == (10, 3, 1)
    assert (last["opt_outs"], last["requests"], last["breaches"]) == (1, 1, 0)
    assert last["granted"] == 11
    said: Any = board.figures(data)
    assert said["verdict"] == "breach"
    with_year = said["changes"]["placed"]
    assert with_year == "no year before"


def test_requests_are_counted_from_their_rows(first: dict[str, Gathered]) -> None:
    found = first["requests-performance"]
    data = requests_performance.checked(found.data)
    assert requests_performance.contradictions(data, found.annexes) == []
    said: Any = requests_performance.figures(data)
    assert (said["total"]["received"], said["total"]["open"]) == (1, 1)
    assert said["verdict"] == "in_time"


def test_an_audit_says_what_its_tests_found_and_nothing_better(golden: Golden) -> None:
    made = golden.made
    found = audit_report.data(made.desk, made.dpo, *NOVEMBER, golden.state())
    data = data_protection_audit.checked(found.data)
    said: Any = data_protection_audit.figures(data)
    tests = {
        test["id"]: (test["looked"], test["exceptions"], test["result"])
        for each in said["objectives"]
        for test in each["tests"]
    }
    assert tests["custody_copies"] == (None, 0, "not_shown")
    assert tests["requests_open_in_time"] == (1, 0, "met")
    assert tests["opt_outs_spread"] == (1, 0, "met")
    assert tests["breaches_in_72_hours"] == (0, 0, "nothing_due")
    assert tests["log_verified"][1:] == (0, "met")
    assert len(said["objectives"]) == 9
    # The scene's own dialer is of no known organisation.
    assert [name for name, told in tests.items() if told[2] == "exception"] == ["dialers_bound"]
    assert said["verdict"] == "exception"
    assert "assurance" not in data_protection_audit.TITLE.lower()


def test_the_figures_are_the_same_on_both_stores(store: MadeDesk) -> None:
    set_up = scene(store, 10)
    golden = Golden(store, set_up, place(set_up, ten_calls()))
    opted_out(set_up, golden.ids[4], at(17, 17, 1))
    tagged(set_up, golden.ids[4], TAG)
    opened(store.desk, store.handler, Kind.ACCESS)
    found = golden.all_of()
    said: Any = calling_compliance.figures(
        calling_compliance.checked(found["calling-compliance"].data)
    )
    assert (said["placed"], said["looked"], said["violations"]) == (10, 9, 3)
    assert found["board"].data["months"][-1]["violations"] == 3
    assert found["requests-performance"].data["counts"]["months"][0]["received"] == 1
    assert found["do-not-call-policy"].data["requests"]["count"] == 1
    again = golden.all_of(found["board"].data["read"]["tree_size"])
    for kind, first in found.items():
        assert canonical(again[kind].data) == canonical(first.data), kind
    audit = audit_report.data(store.desk, store.dpo, *NOVEMBER, golden.state())
    assert data_protection_audit.figures(data_protection_audit.checked(audit.data))["tests"] == 20


def test_the_same_size_gives_the_same_bytes_after_an_erasure(
    golden: Golden, first: dict[str, Gathered]
) -> None:
    """The last test of this desk: two persons are erased, one of whom was called twice."""
    size = first["board"].data["read"]["tree_size"]
    persons = [("rt-1", golden.set_up.people[0].subject_id)]
    persons.append(("rt-2", golden.set_up.people[7].subject_id))
    golden.made.clock.advance(timedelta(days=3))
    erasure.retire(golden.made.desk, golden.made.dpo, persons)
    place(golden.set_up, [Spoken(at(20, 16), us(20, 16), events=talked(5_800), person=2)])
    again = golden.all_of(size)
    for kind, made in first.items():
        assert canonical(again[kind].data) == canonical(made.data), kind
        assert again[kind].annexes == made.annexes
    now = golden.all_of()
    assert now["calling-compliance"].data["read"]["tree_size"] > size
    said: Any = calling_compliance.figures(
        calling_compliance.checked(now["calling-compliance"].data)
    )
    assert said["placed"] == 11
    with pytest.raises(BadInput, match="no such size"):
        golden.state(size=10_000_000)


def test_the_command_writes_each_kind_and_takes_a_month_or_a_size(
    made: MadeDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_the_desk(made, tmp_path, monkeypatch)
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.chdir(tmp_path)
    for kind in ("calling-compliance", "do-not-call-policy", "data-protection-audit", "board"):
        path = tmp_path / f"{kind}.json"
        command = ["report", kind, "--format", "json", "--month", "2026-11", "--out", str(path)]
        assert run([*command, "--json"]) == 0, capsys.readouterr()
        period = json.loads(path.read_text())["period"]
        assert (period["from_on"], period["to_on"]) == ("2026-11-01", "2026-11-30")
    held = json.loads((tmp_path / "board.json").read_text())
    size = str(held["read"]["tree_size"])
    again = ["report", "board", "--format", "json", "--month", "2026-11", "--as-of", size]
    assert run([*again, "--out", "again.json"]) == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "board.json").read_bytes()
    refused = ["report", "data-protection-audit", "--as-of", size, "--json"]
    assert run(refused) == 2
    assert run(["report", "board", "--month", "2026-11", "--to", "2026-11-02", "--json"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Example Retail (demo)", "example retail"),
        ("Kaufhaus Beispiel GmbH", "kaufhaus beispiel"),
        ("Sample Stores, Inc.", "sample stores"),
        ("Co", "co"),
    ],
)
def test_a_caller_says_the_controllers_name_without_its_legal_form(name: str, said: str) -> None:
    assert policy_report.called_name(name) == said


def test_a_result_follows_from_the_numbers_of_its_test_alone() -> None:
    blank: Any = {"id": "x", "what": "x", "how": "x", "unit": "x", "found": "x"}
    cases = [(None, 0, "not_shown"), (0, 0, "nothing_due"), (3, 0, "met"), (3, 1, "exception")]
    for looked, exceptions, result in cases:
        test: Any = {**blank, "looked": looked, "exceptions": exceptions}
        assert controls.result_of(test) == result
