"""`law rules` and `law check`: what the packs say, and whether a file is a sound one."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run

PACKS = {
    "calling": "calling",
    "rights_clocks": "clocks",
    "rights": "rights",
    "rights_calendars": "calendars",
    "case_handling": "case_handling",
}
OWN = """
version = "1"
as_of = "2026-11-24"

[[rule]]
id = "own-no-evenings"
jurisdiction = "US"
channel = ["voice_live"]
applies_to = ["marketing"]
kind = "hours"
citation = "Board of 3 November 2026, item 4"
effective_from = "2026-11-03"
effective_verified = true
source_url = "https://example.org/board"
verified = true
verification = "primary"
notes = ""
[rule.params]
hours = { mon = [["09:00", "17:00"]], tue = [["09:00", "17:00"]], wed = [["09:00", "17:00"]], thu = [["09:00", "17:00"]], fri = [["09:00", "17:00"]], sat = [], sun = [] }
"""  # noqa: E501


def content(name: str) -> str:
    return (resources.files("privacy.law") / "packs" / f"{name}.toml").read_text("utf-8")


def checked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | bytes
) -> tuple[int, dict[str, Any]]:
    file = tmp_path / "mine.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code = run(["law", "check", str(file), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("name", "kind"), PACKS.items())
def test_every_kind_of_pack_is_told_and_sound(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, kind: str
) -> None:
    code, found = checked(capsys, tmp_path, content(name))
    assert (code, found["schema"], found["kind"]) == (0, "rightsdesk.law_check/1", kind)
    assert (found["sound"], found["faults"]) == (True, [])


# What is changed in a pack, and the rule and field that the answer names.
FAULTS = [
    ("calling", 'kind = "hours"', 'kind = "hour"', "us-fed-hours", "kind"),
    ("calling", '"21:00"]], tue', '"07:00"]], tue', "us-fed-hours", "params.hours"),
    ("rights_clocks", 'counting = "reg1182"', 'counting = "reg1183"', "eu.response", "counting"),
    ("rights_clocks", 'jurisdiction = "EU"\n', "", "EU_GDPR", "jurisdiction"),
    ("rights", "response_days = 45", "response_days = -45", "", "response_days"),
    ("rights_calendars", "month = ", "mouth = ", "", "mouth"),
    ("case_handling", "key_class = ", "keyclass = ", "", "keyclass"),
]


@pytest.mark.parametrize(("name", "before", "after", "rule", "field"), FAULTS)
def test_a_fault_of_any_pack_names_file_rule_and_field_and_ends_with_one(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    before: str,
    after: str,
    rule: str,
    field: str,
) -> None:
    text = content(name)
    assert before in text
    code, found = checked(capsys, tmp_path, text.replace(before, after, 1))
    assert (code, found["sound"]) == (1, False)
    assert {fault["file"] for fault in found["faults"]} == {"mine.toml"}
    assert any(
        fault["rule"].startswith(rule) and fault["field"] == field for fault in found["faults"]
    ), found["faults"]
    assert run(["law", "check", str(tmp_path / "mine.toml")]) == 1
    assert field in capsys.readouterr().out


def test_own_rules_are_sound_and_one_that_would_allow_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = checked(capsys, tmp_path, OWN)
    assert (code, found["kind"], found["rules"]) == (0, "own_rules", 1), found
    lifting = OWN + '[rule.decide]\nlifted_by = ["express"]\n'
    code, found = checked(capsys, tmp_path, lifting)
    assert (code, found["faults"][0]["field"]) == (1, "decide.lifted_by")
    assert run(["law", "check", str(tmp_path / "mine.toml")]) == 1
    assert "own-no-evenings" in capsys.readouterr().out


@pytest.mark.parametrize("text", [b"version = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_what_is_no_toml_ends_with_two(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: bytes
) -> None:
    code, found = checked(capsys, tmp_path, text)
    assert (code, found["schema"]) == (2, "rightsdesk.error/1")


def test_a_file_that_is_not_there_ends_with_two_and_an_empty_one_is_no_pack(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["law", "check", str(tmp_path / "none.toml"), "--json"]) == 2
    capsys.readouterr()
    code, found = checked(capsys, tmp_path, "")
    assert (code, found["kind"]) == (1, "unknown")


def test_a_sound_file_is_said_to_be_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    assert run(["law", "check", str(tmp_path / "own.toml")]) == 0
    assert capsys.readouterr().out.startswith("Sound: own rules, 1 rule")


def test_rules_of_calls_and_clocks_are_shown_with_source_dates_and_mark(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["law", "rules", "--jurisdiction", "US-CA", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["pack"] for row in found["rules"]} == {"calling", "rights_clocks"}
    assert found["pack"].keys() == found["clock_pack"].keys() == {"version", "as_of", "sha256"}
    keys = ("citation", "source_url", "effective_from", "effective_to", "verified", "verification")
    assert all(key in row for row in found["rules"] for key in keys)
    assert run(["law", "rules", "--jurisdiction", "US_OK", "--kind", "clock"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    assert "2027-01-01" in shown
    assert "verified" in shown


@pytest.mark.parametrize(("option", "value"), [("--kind", "hour"), ("--jurisdiction", "US_XX")])
def test_a_kind_or_place_that_no_rule_has_ends_with_two(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert run(["law", "rules", option, value, "--json"]) == 2
    assert option in capsys.readouterr().out


def test_a_place_without_a_rule_of_that_kind_has_an_empty_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["law", "rules", "--jurisdiction", "US_OK", "--kind", "clock", "--on", "2026-01-01"]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == []
    assert run(arguments) == 0
    assert "No such rule." in capsys.readouterr().out
