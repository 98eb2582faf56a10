"""The command `law`: one document out, exit code 1 where the answer is no, nothing kept."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from privacy.cli.main import run
from tests.law.calls import MIAMI, call


def asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, noun: str, document: object
) -> tuple[int, dict[str, Any]]:
    facts = tmp_path / "facts.json"
    facts.write_text(document if isinstance(document, str) else json.dumps(document))
    code = run(["law", noun, "--facts", str(facts), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_an_allowed_call_ends_with_zero_and_a_denied_one_with_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = asked(capsys, tmp_path, "call", call(MIAMI, "2026-11-24T12:00:00-05:00"))
    assert (code, found["decision"], found["schema"]) == (0, "allow", "rightsdesk.law_call/1")
    code, found = asked(capsys, tmp_path, "call", call(MIAMI, "2026-11-24T20:00:00-05:00"))
    assert (code, found["deciding_rule"]) == (1, "us-fl-hours")


def test_no_answer_and_no_error_repeats_the_number(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, found = asked(capsys, tmp_path, "call", call(MIAMI, "2026-11-24T12:00:00-05:00"))
    assert MIAMI[2:] not in json.dumps(found)
    _, found = asked(capsys, tmp_path, "call", {**call(MIAMI, "noon"), "number": "305-555-0100"})
    assert "555" not in json.dumps(found)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"number": NaN}', '{"at": null, "at": null}', "[" * 100_000, "\x00"]
)
def test_what_is_no_document_ends_with_two(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str
) -> None:
    code, found = asked(capsys, tmp_path, "call", content)
    assert (code, found["schema"]) == (2, "rightsdesk.error/1")


def test_conduct_answers_per_rule(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = {
        "jurisdiction": "US",
        "campaign": "marketing",
        "period": {"from": "2026-09-01", "to": "2026-09-30"},
        "calls": [],
    }
    code, found = asked(capsys, tmp_path, "conduct", document)
    assert code == 0
    assert "us-fed-abandonment" in {line["rule"] for line in found["rules"]}


def test_a_due_date_comes_with_its_steps(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    request = {
        "law": "EU_GDPR",
        "holiday_calendar": "DE-BE",
        "zone": "Europe/Berlin",
        "request_kind": "access",
        "received": "2026-11-02T10:00:00+01:00",
        "as_of": "2026-11-24T10:00:00+01:00",
        "events": [],
    }
    code, found = asked(capsys, tmp_path, "deadline", request)
    assert (code, found["schema"], found["due"]) == (0, "rightsdesk.law_deadline/1", "2026-12-02")
    facts = tmp_path / "facts.json"
    assert run(["law", "deadline", "--facts", str(facts)]) == 0
    assert "2026-12-02" in capsys.readouterr().out


def test_a_person_reads_the_decision_its_time_and_its_duties(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(call(MIAMI, "2026-11-24T20:00:00-05:00")))
    assert run(["law", "call", "--facts", str(facts)]) == 1
    shown = capsys.readouterr().out
    assert "deny: us-fl-hours" in shown
    assert "allowed from 2026-11-25T13:00:00+00:00" in shown
    assert "Fla. Stat. 501.616(6)(a)" in shown


def test_rules_are_listed_by_place_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["law", "rules", "--jurisdiction", "US-PA", "--json", "--on"]
    assert run([*arguments, "2026-10-17"]) == 0
    before = {rule["id"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert run([*arguments, "2026-10-18"]) == 0
    after = {rule["id"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert before - after == {"us-pa-holidays-old"}
    assert after - before == {"us-pa-holidays"}
    assert run(["law", "rules", "--jurisdiction", "XX", "--json"]) == 2
    assert run(["law", "rules"]) == 0


CALL_KEYS = {
    "decision", "deciding_rule", "rules", "obligations", "unknown", "limits", "zones",
    "local_times", "jurisdictions", "earliest_allowed", "pack",
}  # fmt: skip
DEADLINE_KEYS = {
    "state", "started_on", "pauses", "due", "acknowledge_due", "extension_notice_due",
    "extended_due", "appeal_due", "appeal_extended_due", "deemed_refused_on", "next_due",
    "not_before", "immediate", "without_undue_delay", "safe_due", "readings", "steps", "calendar",
    "warnings",
}  # fmt: skip
CONDUCT_KEYS = {
    "rule", "verdict", "lowest", "highest", "limit", "rows", "missing", "citation",
}  # fmt: skip
REQUEST: dict[str, Any] = {
    "law": "EU_GDPR",
    "holiday_calendar": "DE-BE",
    "zone": "Europe/Berlin",
    "request_kind": "access",
    "received": "2026-11-02T10:00:00+01:00",
    "as_of": "2026-11-24T10:00:00+01:00",
    "events": [],
}


def test_a_call_is_answered_with_every_key_of_the_contract(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for hour, decision in ((12, "allow"), (21, "deny")):
        told = call(MIAMI, f"2026-11-24T{hour}:00:00-05:00")
        code, found = asked(capsys, tmp_path, "call", told)
        assert (code, found["decision"]) == (int(decision == "deny"), decision)
        assert found.keys() >= CALL_KEYS
        assert found["pack"].keys() == {"version", "as_of", "sha256"}
        assert all(
            rule.keys() >= {"id", "effect", "reason", "citation"}
            and rule["effect"] in ("allow", "deny", "lifted", "not_applicable")
            for rule in found["rules"]
        )
        assert all(
            duty.keys() >= {"rule", "kind", "text", "by_seconds", "citation"}
            for duty in found["obligations"]
        )
    bare = {"number": MIAMI, "at": "2026-11-24T12:00:00-05:00"}
    code, found = asked(capsys, tmp_path, "call", bare)
    assert (code, found["deciding_rule"]) == (1, "conventions.unknown_fact")
    assert set(found["unknown"]) == {"channel", "campaign", "consent.state"}
    assert found.keys() >= CALL_KEYS


def test_a_due_date_has_every_key_and_what_the_law_does_not_allow_ends_with_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = asked(capsys, tmp_path, "deadline", REQUEST)
    # Absent and null mean the same.
    told = DEADLINE_KEYS & found.keys()
    assert {"state", "due", "steps", "calendar", "immediate", "pauses", "readings"} <= told
    assert found["calendar"].keys() >= {"code", "library", "version", "tzdata"}
    assert all(step.keys() >= {"rule", "text", "date", "citation"} for step in found["steps"])
    late = {"type": "extension_notice", "at": "2027-03-01T10:00:00+01:00", "reason": "complexity"}
    telling = {**REQUEST, "as_of": "2027-03-02T10:00:00+01:00", "events": [late]}
    code, found = asked(capsys, tmp_path, "deadline", telling)
    assert (code, found["error"]["code"]) == (1, "not_allowed_by_law")
    assert found["error"].keys() >= {"rule", "limit", "citation"}
    code, found = asked(capsys, tmp_path, "deadline", {**REQUEST, "law": "XX"})
    assert (code, found["error"]["code"]) == (2, "bad_facts")


def test_conduct_has_every_key_and_says_what_is_not_provable(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = {
        "jurisdiction": "US",
        "campaign": "marketing",
        "period": {"from": "2026-09-01", "to": "2026-09-30"},
        "calls": [{"at": "2026-09-02T15:00:00Z", "answered_by": None}],
    }
    code, found = asked(capsys, tmp_path, "conduct", document)
    assert code == 0
    assert all(line.keys() >= CONDUCT_KEYS for line in found["rules"])
    assert {line["verdict"] for line in found["rules"]} <= {"breach", "no_breach", "not_provable"}
    assert "not_provable" in {line["verdict"] for line in found["rules"]}
    code, found = asked(capsys, tmp_path, "conduct", {"jurisdiction": "US"})
    assert (code, found["schema"]) == (2, "rightsdesk.error/1")


def test_rules_come_with_their_pack_and_packs_are_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["law", "rules", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() >= {"schema", "rules", "pack"}
    assert {"id", "citation", "effective_from"} <= found["rules"][0].keys()
    pack = str(Path(str(files("privacy.law"))) / "packs" / "calling.toml")
    assert run(["law", "diff", pack, pack, "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert same["schema"] == "rightsdesk.law_diff/1"
    assert (same["added"], same["removed"], same["changed"]) == ([], [], [])
    assert run(["law", "diff", pack, "nowhere.toml", "--json"]) == 2


def test_facts_come_from_standard_input_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.dumps(call(MIAMI, "2026-11-24T12:00:00-05:00")).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(told)))
    assert run(["law", "call", "--facts", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "allow"
