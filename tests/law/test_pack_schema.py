"""A pack with a fault is refused, and the fault is named by file, rule and field."""

from __future__ import annotations

import copy
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput
from privacy.law.pack import load_pack
from privacy.law.pack_form import Form
from privacy.law.pack_schema import checked, faults_of, validate
from privacy.law.pack_schema_calling import CAP, DECIDE, DUTY, QUIET, RULE
from privacy.law.pack_schema_clocks import COUNTING, EVENT, LAW
from privacy.law.pack_schema_tables import MAPS, ROWS, TABLES
from privacy.law.rulebook import KINDS

CALLING, CLOCKS = "calling", "rights_clocks"
PAGE = Path(__file__).parents[2] / "docs" / "law-packs.md"


def bytes_of(name: str) -> bytes:
    return (resources.files("privacy.law") / "packs" / f"{name}.toml").read_bytes()


def changed(name: str, old: str, new: str) -> bytes:
    text = bytes_of(name).decode("utf-8")
    assert old in text
    return text.replace(old, new, 1).encode("utf-8")


@pytest.mark.parametrize("name", [CALLING, CLOCKS])
def test_the_packs_of_the_package_have_no_fault(name: str) -> None:
    assert validate(f"{name}.toml", bytes_of(name)) == ()
    assert checked(name, bytes_of(name)).sha256 == load_pack(name).sha256


BROKEN = [
    (CALLING, 'kind = "hours"', 'kind = "hour"', "us-fed-hours", "kind"),
    (CALLING, 'citation = "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)"', "", "us-fed-hours", "citation"),
    (CALLING, 'citation = "47 CFR 64.1200(c)(1)', 'citaton = "47', "us-fed-hours", "citation"),
    (CALLING, 'effective_from = "2003-08-25"', 'effective_from = "2003-02-30"', "us-fed-hours",
     "effective_from"),
    (CALLING, 'effective_from = "2003-08-25"', 'effective_from = 2003-08-25', "us-fed-hours",
     "effective_from"),
    (CALLING, 'channel = ["voice_live", "text", "voice_prerecorded"]', 'channel = ["fax"]',
     "us-fed-hours", "channel"),
    (CALLING, 'channel = ["voice_live", "text", "voice_prerecorded"]', "channel = []",
     "us-fed-hours", "channel"),
    (CALLING, 'applies_to = ["marketing"]', 'applies_to = ["sales"]', "us-fed-hours", "applies_to"),
    (CALLING, 'jurisdiction = "US"', 'jurisdiction = "Texas"', "us-fed-hours", "jurisdiction"),
    (CALLING, 'source_url = "https://www.ecfr', 'source_url = "www.ecfr', "us-fed-hours",
     "source_url"),
    (CALLING, 'verification = "primary"', 'verification = "sure"', "us-fed-hours", "verification"),
    (CALLING, "verified = true\nv", "verified = false\nv", "us-fed-hours", "verified"),
    (CALLING, 'mon = [["08:00", "21:00"]]', 'mon = [["21:00", "08:00"]]', "us-fed-hours",
     "params.hours"),
    (CALLING, 'mon = [["08:00", "21:00"]]', 'mon = [["8:00", "21:00"]]', "us-fed-hours",
     "params.hours"),
    (CALLING, 'mon = [["08:00", "21:00"]]', 'mo = [["08:00", "21:00"]]', "us-fed-hours",
     "params.hours"),
    (CALLING, "lifted_by = []", 'lifted_by = ["any_consent"]', "us-fed-hours", "decide.lifted_by"),
    (CALLING, "lifted_by = []", "lifted_bye = []", "us-fed-hours", "decide.lifted_bye"),
    (CALLING, 'id = "us-fed-hours-debt"', 'id = "us-fed-hours"', "us-fed-hours", "id"),
    (CALLING, 'id = "us-fed-hours-debt"', "id = []", "rule[2]", "id"),
    (CALLING, 'caps = [{ max = "max_calls"', 'caps = [{ max = "max_call"', "us-fed-debt-frequency",
     "decide.caps[1].max"),
    (CALLING, 'caps = [{ max = "max_calls"', 'caps = [{ most = "max_calls"',
     "us-fed-debt-frequency", "decide.caps[1].max"),
    (CALLING, 'quiet = [{ after = "conversation"', 'quiet = [{ after = "call"',
     "us-fed-debt-frequency", "decide.quiet[1].after"),
    (CALLING, 'required = "prior_express_consent"', 'required = "consent_of_a_kind"',
     "us-fed-consent-info", "params.required"),
    (CALLING, "max_calls = 7", "max_calls = true", "us-fed-debt-frequency", "decide.caps[1].max"),
    (CALLING, 'clock_rule = "us-fed-dnc-exemptions"', 'clock_rule = "none"', "pack",
     "relationship.clock_rule"),
    (CALLING, "schema_version = 1", "", "pack", "schema_version"),
    (CALLING, "schema_version = 1", "schema_version = 1\nextra = 2", "pack", "extra"),
    (CALLING, 'as_of = "2026-11-22"', 'as_of = "22 November"', "pack", "as_of"),
    (CALLING, 'zones = ["America/Boise"', 'zones = ["America/Boisé"', "npa_split[1]", "zones"),
    (CALLING, 'day = "mardi-gras"', 'day = "carnival"', "holiday_overlay[2]", "day"),
    (CLOCKS, 'unit = "month"', 'unit = "moon"', "eu.response", "unit"),
    (CLOCKS, 'counting = "reg1182"', 'counting = "reg1183"', "eu.response", "counting"),
    (CLOCKS, 'law = "EU_GDPR"', 'law = "EU"', "eu.response", "law"),
    (CLOCKS, 'status = "verified"', 'status = "certain"', "reg1182", "status"),
    (CLOCKS, 'code = "UK_GDPR"', 'code = "EU_GDPR"', "EU_GDPR", "id"),
    (CLOCKS, 'effect = "exclude_days"', 'effect = "stop"', "eu.identity_doubt", "effect"),
    (CLOCKS, "extension_total = 3", "extension_total = 0", "eu.response", "extension_total"),
    (CLOCKS, 'as_of = "2026-11-22"', "", "pack", "meta.as_of"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "rule", "field"), BROKEN)
def test_a_broken_pack_is_named_by_file_rule_and_field(
    name: str, old: str, new: str, rule: str, field: str
) -> None:
    content = changed(name, old, new)
    problems = validate("mine.toml", content)
    assert ("mine.toml", rule, field) in {(p.file, p.rule, p.field) for p in problems}
    with pytest.raises(BadInput) as raised:
        checked("mine.toml", content)
    assert raised.value.what == "mine.toml"
    assert f"{problems[0].rule}: {problems[0].field}" in raised.value.message


@pytest.mark.parametrize("content", [b"\xff", b"version = ", b"", b"rule = 3", b"clock = 3"])
def test_bytes_that_are_no_pack_have_a_named_fault(content: bytes) -> None:
    problems = validate("mine.toml", content)
    assert problems
    assert all(problem.file == "mine.toml" and problem.why for problem in problems)


def small(name: str) -> dict[str, Any]:
    """The pack with its first rows only, so that a copy costs little."""
    data = copy.deepcopy(dict(load_pack(name).data))
    for key, value in data.items():
        if isinstance(value, list) and key != "law":
            data[key] = value[:6]
    return data


SMALL = {name: small(name) for name in (CALLING, CLOCKS)}
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=4), st.just([]), st.just({}),
    st.lists(st.integers(), max_size=2), st.just([{}]), st.sampled_from(KINDS),
)  # fmt: skip


@given(name=st.sampled_from((CALLING, CLOCKS)), data=st.data())
def test_whatever_stands_in_a_pack_the_answer_is_a_list_of_named_faults(
    name: str, data: st.DataObject
) -> None:
    pack: Any = copy.deepcopy(SMALL[name])
    place = pack
    for _ in range(data.draw(st.integers(1, 5))):
        if not isinstance(place, dict | list) or not place:
            break
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        parent, key = place, data.draw(st.sampled_from(keys))
        place = place[key]
    parent[key] = data.draw(VALUES)
    for rule, field, why in faults_of(pack):
        assert all((rule, field, why))


@pytest.mark.parametrize("form", [RULE, DECIDE, CAP, QUIET, DUTY, LAW, EVENT, COUNTING])
def test_the_page_on_packs_names_every_field(form: Form) -> None:
    words = set(re.findall(r"[a-z_]+", PAGE.read_text("utf-8")))
    explaining = {"note", "text", "why", "condition", "until", "also_laws", "also_begins"}
    missing = {field for field in form if not field.endswith("_text")} - words - explaining
    assert not missing


def test_the_page_on_packs_names_every_table_of_a_calling_pack() -> None:
    page = PAGE.read_text("utf-8")
    assert all(f"[{table}]" in page for table in (*ROWS, *TABLES, *(set(MAPS))))
