"""The command `law`: one document out, exit code 1 where the answer is no, nothing kept."""

from __future__ import annotations

import json
from pathlib import Path
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
