"""Two packs compared: each change is named, and so is each stored call decided otherwise."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.main import run
from privacy.errors import BadInput
from privacy.law.calling import answer
from privacy.law.deadlines import answer as due
from privacy.law.differing import decided_otherwise, differences
from privacy.law.pack import Pack, load_pack, parse_pack, standing_in, version
from privacy.law.pack_schema import validate
from tests.law.calls import CHICAGO, MIAMI, call

NINE, TEN = "2026-11-24T08:30:00-06:00", "2026-11-24T10:00:00-06:00"
ACCESS = {
    "law": "EU_GDPR",
    "holiday_calendar": "DE-BE",
    "zone": "Europe/Berlin",
    "request_kind": "access",
    "received": "2026-11-02T10:00:00+01:00",
    "as_of": "2026-11-24T10:00:00+01:00",
    "events": [],
}


def content(name: str = "calling") -> bytes:
    return (resources.files("privacy.law") / "packs" / f"{name}.toml").read_bytes()


def pack(*changes: tuple[str, str], name: str = "calling") -> Pack:
    return parse_pack(name, text(*changes, name=name).encode())


def text(*changes: tuple[str, str], name: str = "calling") -> str:
    found = content(name).decode()
    for old, new in changes:
        assert old in found
        found = found.replace(old, new, 1)
    assert validate(name, found.encode()) == ()
    return found


LATER = (
    'mon = [["08:00", "21:00"]], tue = [["08:00"',
    'mon = [["08:00", "21:00"]], tue = [["09:00"',
)
RENAMED = ('id = "us-fed-records-tsr"', 'id = "us-fed-records"')
YEARS = ("reviewed_to = 2027", "reviewed_to = 2028")
MONTHS = ("amount = 1", "amount = 2")


def test_a_pack_does_not_differ_from_itself() -> None:
    same = load_pack("calling")
    found = differences(same, same)
    assert not any(found[key] for key in ("added", "removed", "changed", "tables"))
    assert decided_otherwise(same, same, {1: call(CHICAGO, NINE)}) == []


def test_rules_added_removed_and_changed_are_named_with_the_field() -> None:
    found = differences(load_pack("calling"), pack(LATER, RENAMED, YEARS))
    assert [row["id"] for row in found["added"]] == ["us-fed-records"]
    assert [row["id"] for row in found["removed"]] == ["us-fed-records-tsr"]
    (rule,) = found["changed"]
    assert (rule["id"], rule["citation"]) == (
        "us-fed-hours", "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)",
    )  # fmt: skip
    assert rule["fields"] == [
        {"path": "params.hours.tue", "before": [["08:00", "21:00"]], "after": [["09:00", "21:00"]]}
    ]
    assert found["tables"] == [{"path": "holidays.reviewed_to", "before": 2027, "after": 2028}]
    assert found["before"] == version()
    assert found["after"]["sha256"] != found["before"]["sha256"]


def test_stored_facts_that_would_be_decided_otherwise_are_named_by_their_line() -> None:
    stored = {
        1: call(CHICAGO, TEN),
        2: call(CHICAGO, NINE),
        3: call(MIAMI, "2026-11-24T21:00:00-05:00"),
    }
    (found,) = decided_otherwise(load_pack("calling"), pack(LATER), stored)
    assert found["line"] == 2
    assert (found["before"]["decision"], found["after"]["decision"]) == ("allow", "deny")
    assert found["after"]["earliest_allowed"] == "2026-11-24T15:00:00+00:00"


def test_afterwards_the_package_s_own_pack_decides_again() -> None:
    decided_otherwise(load_pack("calling"), pack(LATER), {1: call(CHICAGO, NINE)})
    found = answer(call(CHICAGO, NINE))
    assert (found["decision"], found["pack"]) == ("allow", version())


def test_every_table_of_a_pack_that_stands_in_decides() -> None:
    """Places, zones and holidays come from it too, whatever was computed before."""
    moved = pack(('IL = "America/Chicago"', 'IL = "America/New_York"'))
    unreviewed = pack(("reviewed_to = 2027", "reviewed_to = 2025"))
    utah = call("+18015550100", "2026-11-24T12:00:00-07:00", "none")
    before = answer(call(CHICAGO, TEN))["zones"], answer(utah)["decision"]
    with standing_in("calling", moved):
        assert answer(call(CHICAGO, TEN))["zones"] == ["America/New_York"]
    with standing_in("calling", unreviewed):
        assert answer(utah)["decision"] == "deny"
    assert (answer(call(CHICAGO, TEN))["zones"], answer(utah)["decision"]) == before
    assert before == (["America/Chicago"], "allow")


def test_clock_packs_are_compared_and_requests_counted_again() -> None:
    longer = pack(MONTHS, ("extension_total = 3", "extension_total = 4"), name="rights_clocks")
    found = differences(load_pack("rights_clocks"), longer)
    assert {row["id"] for row in found["changed"]} == {"eu.response"}
    (moved,) = decided_otherwise(load_pack("rights_clocks"), longer, {1: ACCESS})
    assert (moved["before"]["due"], moved["after"]["due"]) == ("2026-12-02", "2027-01-04")
    assert due(dict(ACCESS))["due"] == "2026-12-02"


def test_packs_of_two_kinds_are_not_compared() -> None:
    with pytest.raises(BadInput):
        differences(load_pack("calling"), load_pack("rights_clocks"))


def diff(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code = run(["law", "diff", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_shows_changes_and_stored_decisions(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    a, b, facts = tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "facts.jsonl"
    a.write_bytes(content())
    b.write_text(text(LATER))
    facts.write_text("".join(json.dumps(call(CHICAGO, at)) + "\n\n" for at in (TEN, NINE)))
    code, found = diff(capsys, a, b)
    assert (code, found["schema"], "decisions" in found) == (0, "rightsdesk.law_diff/1", False)
    code, found = diff(capsys, a, b, "--decisions", facts)
    assert [line["line"] for line in found["decisions"]["otherwise"]] == [3]
    assert found["decisions"]["judged"] == 2
    assert CHICAGO[2:] not in json.dumps(found)
    assert run(["law", "diff", str(a), str(b), "--decisions", str(facts)]) == 0
    assert "us-fed-hours" in capsys.readouterr().out


def test_a_broken_pack_or_line_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    a, b, facts = tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "facts.jsonl"
    a.write_bytes(content())
    b.write_text(content().decode().replace('kind = "hours"', 'kind = "hour"', 1))
    code, found = diff(capsys, a, b)
    assert code == 2
    assert "b.toml: us-fed-hours: kind" in found["error"]["message"]
    for line in ("{", "[]", '{"colour": 1}'):
        facts.write_text(json.dumps(call(CHICAGO, TEN)) + "\n" + line + "\n")
        code, found = diff(capsys, a, a, "--decisions", facts)
        assert (code, found["error"]["what"][:6]) == (2, "line 2")
    assert diff(capsys, a, tmp_path / "nowhere")[0] == 2
