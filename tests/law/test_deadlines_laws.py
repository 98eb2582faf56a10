"""The other laws: their rows agree with the tables they came from, and their days come out."""

from __future__ import annotations

import ast
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import BadFacts, Fault, NotAllowedByLaw
from privacy.law.clock_rules import PACK, clock_rules, rules_of
from privacy.law.pack import load_pack, parse_pack
from tests.law.clock_cases import ask, event

RIGHTS = load_pack("rights").data
STATES: list[dict[str, Any]] = [*RIGHTS["us_state"], *RIGHTS["us_state_future"]]
CODES = [row["code"] for row in STATES]
MARKS = {"verified", "secondary", "memory"}


def refusal() -> dict[str, Any]:
    return event("refusal_sent", "2029-02-01")


@pytest.mark.parametrize("row", STATES, ids=CODES)
def test_each_state_has_the_days_of_its_row(row: dict[str, Any]) -> None:
    received = date(2029, 1, 15)
    found = ask("US_" + row["code"], "access", received.isoformat())
    days = timedelta(days=row["response_days"])
    assert found["due"] == (received + days).isoformat()
    assert found["extension_notice_due"] == found["due"]
    longest = days + timedelta(days=row["extension_days"])
    assert found["extended_due"] == (received + longest).isoformat()


@pytest.mark.parametrize("row", STATES, ids=CODES)
def test_each_state_has_the_appeal_of_its_row(row: dict[str, Any]) -> None:
    law, appealed = "US_" + row["code"], date(2029, 2, 5)
    events = [refusal(), event("appeal_received", appealed.isoformat())]
    if not row.get("appeal_days"):
        with pytest.raises(NotAllowedByLaw):
            ask(law, "access", "2029-01-15", events=events)
        with pytest.raises(BadFacts):
            ask(law, "appeal", "2029-01-15")
        return
    last = (appealed + timedelta(days=row["appeal_days"])).isoformat()
    found = ask(law, "access", "2029-01-15", events=events)
    alone = ask(law, "appeal", appealed.isoformat())
    assert found["appeal_due"] == found["next_due"] == alone["due"] == alone["appeal_due"] == last
    longer = row["appeal_days"] + row["appeal_extension_days"]
    notice = event("appeal_extension_notice", last, reason="complex")
    if not row["appeal_extension_days"]:
        assert found["appeal_extended_due"] is None
        with pytest.raises(NotAllowedByLaw):
            ask(law, "access", "2029-01-15", events=[*events, notice])
        return
    reach = (appealed + timedelta(days=longer)).isoformat()
    assert found["appeal_extended_due"] == alone["appeal_extended_due"] == reach
    assert ask(law, "access", "2029-01-15", events=[*events, notice])["next_due"] == reach
    assert ask(law, "appeal", appealed.isoformat(), events=[notice])["next_due"] == reach


@pytest.mark.parametrize("row", STATES, ids=CODES)
def test_each_state_law_starts_on_its_day(row: dict[str, Any]) -> None:
    first = date.fromisoformat(row["effective"])
    ask("US_" + row["code"], "access", first.isoformat())
    with pytest.raises(NotAllowedByLaw) as raised:
        ask("US_" + row["code"], "access", (first - timedelta(days=1)).isoformat())
    assert raised.value.limit == row["effective"]


def test_a_late_appeal_extension_is_refused_with_its_limit() -> None:
    events = [refusal(), event("appeal_received", "2029-02-05")]
    late = event("appeal_extension_notice", "2029-03-23", reason="complex")
    with pytest.raises(NotAllowedByLaw) as raised:
        ask("US_CO", "access", "2029-01-15", events=[*events, late])
    assert raised.value.limit == "2029-03-22"
    with pytest.raises(BadFacts):
        ask(
            "US_CO", "access", "2029-01-15", events=[event("appeal_extension_notice", "2029-02-05")]
        )


def test_american_state_days_are_never_moved_forward() -> None:
    """Received 24 November 2026: 45 days later is a Friday; 25 days earlier gives a Sunday."""
    assert ask("US_VA", "access", "2026-11-19")["due"] == "2027-01-03"


def test_states_differ_where_their_law_does() -> None:
    assert ask("US_IA", "access", "2026-11-24")["due"] == "2027-02-22"
    assert ask("US_FL", "access", "2026-11-24")["extended_due"] == "2027-01-23"
    with pytest.raises(BadFacts):
        ask("US_IA", "correct", "2026-11-24")
    with pytest.raises(NotAllowedByLaw):
        ask("US_UT", "correct", "2026-06-30")
    assert ask("US_UT", "correct", "2026-07-01")["due"] == "2026-08-15"


OTHER_ROWS = [
    ("CA_PIPEDA", "access", "2026-11-24", {"due": "2026-12-24", "extended_due": "2027-01-23"}),
    ("CA_PIPEDA", "access", "2026-11-24", {"deemed_refused_on": "2026-12-25"}),
    ("CA_QC", "access", "2026-11-24", {"due": "2026-12-24", "extended_due": None}),
    ("CA_QC", "access", "2026-11-24", {"deemed_refused_on": "2026-12-25"}),
    ("BR_LGPD", "access_complete", "2026-11-24", {"due": "2026-12-09", "immediate": False}),
    ("BR_LGPD", "access_simple", "2026-11-24", {"due": None, "immediate": True}),
    ("BR_LGPD", "access", "2026-11-24", {"due": "2026-12-09"}),
    ("BR_LGPD", "erasure", "2026-11-24", {"due": None, "immediate": True}),
    (
        "CH_FADP",
        "access",
        "2026-11-24",
        {"due": "2026-12-24", "extension_notice_due": "2026-12-24"},
    ),
    ("CH_FADP", "refusal", "2026-11-24", {"due": "2026-12-24"}),
    ("CH_FADP", "notice_indirect", "2026-10-31", {"due": "2026-11-30"}),
    ("AU_APP", "access", "2026-11-24", {"due": "2026-12-24"}),
    ("IN_DPDP", "access", "2027-05-12", {"due": "2027-08-10"}),
    ("US_CA_DELETE", "drop_access", "2026-08-01", {"due": "2026-09-15", "safe_due": "2026-09-14"}),
    ("US_CA_DELETE", "drop_delete", "2026-11-24", {"due": "2027-01-08", "extended_due": None}),
    ("US_CT", "withdrawal", "2026-11-24", {"due": "2026-12-09"}),
    ("US_RI", "withdrawal", "2026-11-24", {"due": "2026-12-09"}),
]


@pytest.mark.parametrize(("law", "kind", "received", "expected"), OTHER_ROWS)
def test_other_laws_have_their_days(
    law: str, kind: str, received: str, expected: dict[str, object]
) -> None:
    found = ask(law, kind, received)
    assert {name: found[name] for name in expected} == expected


def test_silence_is_no_refusal_once_an_answer_was_sent() -> None:
    found = ask("CA_PIPEDA", "access", "2026-11-24", events=[event("data_provided", "2026-12-01")])
    assert found["deemed_refused_on"] is None
    extended = [event("extension_notice", "2026-12-20", reason="consultations")]
    later = ask("CA_PIPEDA", "access", "2026-11-24", events=extended)
    assert later["deemed_refused_on"] == "2027-01-24"


def test_a_swiss_extension_names_its_own_day() -> None:
    """DPO Art. 18(2): within the 30 days, with the new period."""
    named = event("extension_notice", "2026-12-24", until="2027-02-15", reason="archive")
    found = ask("CH_FADP", "access", "2026-11-24", events=[named])
    assert (found["extended_due"], found["next_due"]) == ("2027-02-15", "2027-02-15")
    with pytest.raises(BadFacts):
        ask("CH_FADP", "access", "2026-11-24", events=[event("extension_notice", "2026-12-24")])
    with pytest.raises(NotAllowedByLaw):
        ask("CH_FADP", "access", "2026-11-24", events=[{**named, "at": "2026-12-25"}])


def test_a_swiss_share_of_costs_starts_the_days_after_ten_days() -> None:
    """DPO Art. 19(3): announced on 1 December, so from the 11th."""
    found = ask("CH_FADP", "access", "2026-11-24", events=[event("fee_announced", "2026-12-01")])
    assert (found["started_on"], found["due"]) == ("2026-12-11", "2027-01-10")


# --- the pack itself


def test_every_row_has_an_id_of_its_own_a_citation_and_a_mark() -> None:
    data = load_pack(PACK).data
    rows = [*data["clock"], *data["clock_event"], *data["counting"]]
    assert all(count == 1 for count in Counter(row["id"] for row in rows).values())
    for row in rows:
        assert row["citation"], row["id"]
        assert row["status"] in MARKS, row["id"]
        assert row["url"].startswith(("http://", "https://")), row["id"]


def test_no_kind_of_request_has_two_clocks_for_one_date() -> None:
    rules = clock_rules()
    for law in rules.laws:
        kinds = {k for c in rules.clocks.values() if law in c.laws for k in c.applies_to}
        for kind in kinds:
            clocks = rules.clocks_of(law, kind)
            for one in clocks:
                for other in clocks:
                    if one.id < other.id and one.field == other.field:
                        assert _apart(one.effective_until, other.effective) or _apart(
                            other.effective_until, one.effective
                        ), (one.id, other.id)


def _apart(until: date | None, since: date | None) -> bool:
    return until is not None and since is not None and until < since


def test_every_clock_of_every_law_gives_an_answer() -> None:
    rules = clock_rules()
    for clock in rules.clocks.values():
        for law in clock.laws:
            for kind in clock.applies_to:
                received = "2025-06-02" if clock.effective_until else "2029-01-15"
                ask(law, kind, received)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('counting = "reg1182"', 'counting = "nowhere"'),
        ('appeal_clock = "us_va.appeal"', 'appeal_clock = "nowhere"'),
        ('law = "EU_GDPR"', 'law = "XX"'),
        ('clocks = ["eu.response"]', 'clocks = ["nowhere"]'),
        ('unit = "month"', "unit_ = 1"),
    ],
)
def test_a_pack_that_names_what_it_does_not_have_is_a_fault(old: str, new: str) -> None:
    path = Path(__file__).parents[2] / "privacy" / "law" / "packs" / f"{PACK}.toml"
    content = path.read_text(encoding="utf-8")
    assert old in content
    with pytest.raises(Fault):
        rules_of(parse_pack(PACK, content.replace(old, new, 1).encode()))


ENGINE = (
    "calendars",
    "clock_answer",
    "clock_events",
    "clock_facts",
    "clock_readings",
    "clock_rules",
    "counting",
    "deadlines",
    "periods",
)


@pytest.mark.parametrize("module", ENGINE)
def test_no_law_stands_in_code(module: str) -> None:
    """No law's code, clock's id or statutory number; docstrings may give examples."""
    path = Path(__file__).parents[2] / "privacy" / "law" / f"{module}.py"
    rules = clock_rules()
    names = {*rules.laws, *rules.clocks, *rules.countings, *(rule.id for rule in rules.events)}
    numbers = {c.amount for c in rules.clocks.values()} | {
        c.extension_total for c in rules.clocks.values()
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            assert node.value not in names, node.lineno
            if isinstance(node.value, int) and node.value > 12:
                assert node.value not in numbers, node.lineno
