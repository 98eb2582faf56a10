"""The calling pack is whole: each rule cited and dated, each of its words understood."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import privacy.law.calling
from privacy.law.closed_days import holidays_of
from privacy.law.pack import load_pack, rules, version
from privacy.law.places import locate, places
from privacy.law.rulebook import KINDS, rulebook
from privacy.law.zones import known_zones, tzdata_version, zone
from privacy.terms import Channel, ConsentClass, Purpose

DATA = load_pack("calling").data
RULES: list[dict[str, Any]] = DATA["rule"]
BY_ID = {rule["id"]: rule for rule in RULES}


def test_the_pack_holds_143_rules_of_50_jurisdictions_with_their_marks() -> None:
    assert len(BY_ID) == len(RULES) == 143
    assert len({rule["jurisdiction"] for rule in RULES}) == 50
    marks = Counter(rule["verification"] for rule in RULES)
    assert marks == {"primary": 85, "secondary": 56, "memory": 2}
    assert sum(not rule["effective_verified"] for rule in RULES) == 77
    assert version() == load_pack("calling").identity()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["id"]))
def test_a_rule_is_cited_dated_and_in_known_words(rule: dict[str, Any]) -> None:
    assert rule["citation"]
    assert rule["source_url"].startswith(("https://", "http://"))
    assert rule["kind"] in KINDS
    assert set(rule["channel"]) <= set(Channel)
    assert set(rule["applies_to"]) <= set(Purpose)
    assert rule["verified"] == (rule["verification"] != "memory")
    decide, params = rule.get("decide", {}), rule["params"]
    words = [*decide.get("lifted_by", ()), *decide.get("also", ()), *decide.get("charity_also", ())]
    words += [*decide.get("registers_unless", ()), *decide.get("banned_goods_unless", ())]
    assert set(words) <= set(DATA["condition"])
    for asked in ("needs", "tax_exempt_needs", "special_needs"):
        assert decide.get(asked, "consent") in DATA["requirement"]
    for name in ("only_sectors", "authentication", "consent_years"):
        assert decide.get(name, rule["kind"]) in {*params, rule["kind"]}
    if "required" in params:
        assert params["required"] in DATA["requirement"]
    for figure in figures(decide):
        assert figure in params, figure
    assert decide.get("clock_rule", rule["id"]) in BY_ID
    assert set(decide.get("also_zones", ())) <= known_zones()


def figures(decide: dict[str, Any]) -> list[str]:
    """Names of parameters that caps, quiet days, lengths and duties point at."""
    named = list(decide.get("lengths", {}).values())
    for entry in (*decide.get("caps", ()), *decide.get("quiet", ())):
        named += [v for k, v in entry.items() if k not in ("same", "after", "campaign")]
    for duty in decide.get("duties", ()):
        named += [v for k, v in duty.items() if k not in ("text", "channel")]
    return [name for name in named if isinstance(name, str)]


def test_every_word_of_the_tables_is_a_word_of_the_contract() -> None:
    for words in DATA["requirement"].values():
        assert set(words) <= set(DATA["condition"])
    for condition in DATA["condition"].values():
        assert set(condition.get("states", ())) <= set(ConsentClass)


@pytest.mark.parametrize("rule", [r for r in RULES if r["kind"] == "hours"], ids=lambda r: r["id"])
def test_consent_lifts_hours_only_where_the_rule_says_so(rule: dict[str, Any]) -> None:
    """The `*_in_pack` twin decides over the text's own `*_lifts`."""
    params = rule["params"]
    said = [v for k, v in params.items() if k.endswith("_lifts")]
    said += [v for k, v in params.items() if k.endswith("_lifts_in_pack")]
    by_consent = [
        word
        for word in rule.get("decide", {}).get("lifted_by", ())
        if "states" in DATA["condition"][word]
    ]
    assert bool(by_consent) == (any(said) or bool(params.get("express_request_exempt")))


@pytest.mark.parametrize(
    ("before", "after", "day"),
    [
        ("us-pa-holidays-old", "us-pa-holidays", date(2026, 10, 18)),
        ("gb-abandonment-old", "gb-abandonment", date(2017, 3, 1)),
    ],
)
def test_a_changed_law_is_two_rules_that_meet(before: str, after: str, day: date) -> None:
    on_the_day = {rule["id"] for rule in rules(on=day)}
    the_day_before = {rule["id"] for rule in rules(on=date.fromordinal(day.toordinal() - 1))}
    assert after in on_the_day - the_day_before
    assert before in the_day_before - on_the_day


def test_area_codes_cover_every_state_and_their_zones_exist() -> None:
    assert sum(len(codes) for codes in DATA["npa_state"].values()) == 359
    assert len(DATA["npa_state"]) == len(DATA["state_zone"]) == 51
    zones = {*DATA["state_zone"].values(), *DATA["province_zone"].values()}
    zones |= {key for entry in DATA["npa_split"] for key in entry["zones"]}
    zones |= {key for keys in DATA["zip_zone"].values() for key in keys}
    assert zones <= known_zones()
    states = {str(code) for codes in DATA["npa_state"].values() for code in codes}
    provinces = {str(code) for codes in DATA["npa_province"].values() for code in codes}
    assert {entry["npa"] for entry in DATA["npa_split"]} <= states | provinces


@pytest.mark.parametrize("entry", DATA["npa_split"], ids=lambda entry: str(entry["npa"]))
def test_a_split_area_code_has_every_one_of_its_zones(entry: dict[str, Any]) -> None:
    located = locate(f"+1{entry['npa']}5550100", "", "", (), follow_codes=True)
    assert set(located.zones) == set(entry["zones"])


@pytest.mark.parametrize(
    ("number", "region", "postal_code", "zones", "expected"),
    [
        ("+13055550100", "", "", (), ["America/New_York"]),
        ("+14485550100", "", "", (), ["America/Chicago", "America/New_York"]),
        ("+13055550100", "US-FL", "32501", (), ["America/Chicago", "America/New_York"]),
        ("+18505550100", "US-FL", "32501", (), ["America/Chicago"]),
        ("+12145550100", "US-TX", "79901", (), ["America/Chicago", "America/Denver"]),
        ("+12125550100", "US-CA", "90001", (), ["America/Los_Angeles", "America/New_York"]),
        ("+12125550100", "", "", ("America/Denver",), ["America/Denver", "America/New_York"]),
        ("+16895550100", "", "", (), ["America/New_York"]),
        ("+353871234567", "", "", (), ["Europe/Dublin"]),
        ("+34612345678", "", "", (), ["Africa/Ceuta", "Atlantic/Canary", "Europe/Madrid"]),
    ],
)
def test_an_address_adds_the_zones_of_a_code_that_differs(
    number: str, region: str, postal_code: str, zones: tuple[str, ...], expected: list[str]
) -> None:
    assert sorted(locate(number, region, postal_code, zones, follow_codes=True).zones) == expected


def test_a_postal_code_of_another_state_is_a_place_of_its_own() -> None:
    moved = locate("+13105550100", "US-CA", "10001", (), follow_codes=True)
    assert moved.places == ("US-CA", "US-NY")
    assert set(moved.zones) == {"America/Los_Angeles", "America/New_York"}
    # A bare country is named by its postal code, also for a number of another country.
    assert locate("+442079460123", "US", "33101", (), follow_codes=True).places == ("US-FL", "GB")
    assert locate("+493023125123", "DE-BE", "10117", (), follow_codes=True).places == ("DE-BE",)


def test_postal_codes_cover_every_state_once() -> None:
    held = [
        prefix
        for ranges in DATA["zip_state"].values()
        for first, last in ranges
        for prefix in range(first, last + 1)
    ]
    assert len(held) == len(set(held))
    assert set(DATA["zip_state"]) == set(DATA["npa_state"])
    assert {int(prefix) for prefix in DATA["zip_zone"]} <= set(held)


def test_a_code_without_a_place_has_none_and_an_address_alone_may_decide() -> None:
    for code in ("800", "888", "500", "900"):
        assert places(f"+1{code}5550100") == []
    assert places("+12125550100") == ["US-NY"]
    assert places("+17825550100") == ["CA-NS", "CA-PE"]
    alone = locate("+12125550100", "US-CA", "", (), follow_codes=False)
    assert (alone.places, alone.zones) == (("US-CA",), ("America/Los_Angeles",))
    # Which state's law holds cannot be told from a bare country.
    assert not locate("+442079460123", "US", "", (), follow_codes=True).known
    assert not locate("+12125550100", "US-ZZ", "", (), follow_codes=True).known


OVERLAY = [
    ("US-UT", "2026-06-15", True),
    ("US-UT", "2026-06-19", False),
    ("US-UT", "2027-06-21", True),
    ("US-UT", "2026-04-03", False),
    ("US-UT", "2027-03-26", True),
    ("US-PA", "2026-04-03", True),
    ("US-PA", "2026-06-14", True),
    ("US-PA", "2026-11-03", True),
    ("US-AL", "2026-12-01", True),
    ("US-AL", "2026-02-17", True),
    ("US-LA", "2026-11-27", True),
    ("US-LA", "2026-01-08", True),
    ("US-RI", "2026-05-04", True),
    ("US-RI", "2026-11-03", True),
    ("US-RI", "2027-11-02", False),
    ("FR", "2026-05-14", True),
    ("FR", "2026-12-26", False),
]


@pytest.mark.parametrize(("place", "day", "closed"), OVERLAY)
def test_the_overlay_corrects_the_library(place: str, day: str, closed: bool) -> None:
    on = date.fromisoformat(day)
    assert (on in holidays_of(place, on.year)) is closed


def test_no_code_of_the_calling_law_names_a_state_or_a_rule() -> None:
    folder = Path(privacy.law.calling.__file__).parent
    names = {rule.jurisdiction for rule in rulebook().rules} - {"US", "CA"} | set(BY_ID)
    for module in folder.glob("*.py"):
        if module.name.startswith(("clock", "deadlines", "calendars", "counting", "periods")):
            continue
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = {word for word in names if re.fullmatch(re.escape(word), node.value)}
                assert not found, (module.name, node.lineno, found)


def test_zones_are_those_of_the_pinned_package_not_of_the_machine() -> None:
    """British Columbia keeps summer time since 2026; an older machine still changes its clock."""
    winter = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert winter.astimezone(zone("America/Vancouver")).utcoffset() == timedelta(hours=-7)
    assert tzdata_version() >= "2026b"
