"""No figure of the law lies in the pack unread: each parameter is read, or listed with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from privacy.law.calling import answer
from privacy.law.conduct import answer as conduct
from privacy.law.pack import load_pack
from tests.law.calls import call, listed, registers
from tests.law.params import OTHERS, STATED, STATED_BY, Name, named, reason, watched
from tests.law.rule_cases import RECORDED, table
from tests.law.test_calling_vectors_abroad import (
    CHEYENNE,
    MEMPHIS,
    PHILADELPHIA,
    SALT_LAKE,
    TORONTO,
    ct,
    et,
    mt,
)

RULES: list[dict[str, Any]] = load_pack("calling").data["rule"]
# Rule, number, instant, facts by which it would deny, and the first day that is within the clock:
# the day on which the months end no longer counts. Wyoming has the federal clock, whose 540 days
# end before its 18 months.
RELATIONSHIP: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("us-ut-auto", SALT_LAKE, mt("12:00"), RECORDED, "2025-05-25"),
    ("us-tn-dnc", MEMPHIS, ct("12:00"), {"registers": registers(us_tn=listed())}, "2025-11-25"),
    ("us-pa-dnc", PHILADELPHIA, et("12:00"), {"registers": registers(us_pa=listed())},
     "2025-11-25"),
    ("us-wy-dialer", CHEYENNE, mt("12:00"), {"registers": registers(us_wy_unlisted=listed())},
     "2025-06-02"),
    ("ca-dncl", TORONTO, et("12:00"), {"registers": registers(ca_dncl=listed())}, "2025-05-25"),
]  # fmt: skip
PERIOD = {"from": "2016-01-01", "to": "2026-11-20"}


@pytest.fixture(scope="module")
def read() -> set[Name]:
    with watched() as found:
        table()
        for rule, number, at, facts, _ in RELATIONSHIP:
            said(rule, number, at, facts, "2026-11-01")
        places = {rule["jurisdiction"] for rule in RULES if rule["jurisdiction"] != "EU"}
        for place in sorted(places):
            for campaign in ("marketing", "informational", "debt"):
                calls = [{"at": "2026-11-01T12:00:00Z"}]
                document = {"jurisdiction": place, "campaign": campaign, "period": PERIOD}
                conduct({**document, "calls": calls})
    return found | {(rule["id"], key) for rule in RULES for key in named(rule.get("decide", {}))}


def said(rule: str, number: str, at: str, facts: dict[str, Any], bought: str) -> str:
    """The rule's effect on a call without consent to someone who bought on that day."""
    document = call(number, at, "none", relationship={"last_purchase": bought}, **facts)
    return str(next(line["effect"] for line in answer(document)["rules"] if line["id"] == rule))


@pytest.mark.parametrize(("rule", "number", "at", "facts", "first"), RELATIONSHIP)
def test_the_months_of_a_relationship_end_on_their_day(
    rule: str, number: str, at: str, facts: dict[str, Any], first: str
) -> None:
    before = (date.fromisoformat(first) - timedelta(days=1)).isoformat()
    assert said(rule, number, at, facts, first) in ("allow", "lifted")
    assert said(rule, number, at, facts, before) == "deny"


def params() -> list[tuple[dict[str, Any], str]]:
    return [(rule, key) for rule in RULES for key in rule.get("params", {})]


def test_every_parameter_is_read_or_listed_with_a_reason(read: set[Name]) -> None:
    unread = [(rule, key) for rule, key in params() if (rule["id"], key) not in read]
    assert [(rule["id"], key) for rule, key in unread if not reason(rule, key)] == []


def test_most_figures_are_read_and_those_that_decide_are(read: set[Name]) -> None:
    assert sum((rule["id"], key) in read for rule, key in params()) > 150
    deciding = {
        "max_calls", "window_days", "window_hours", "max_list_age_days", "max_wash_age_days",
        "result_valid_days", "required", "elements", "max_rate", "target_rate",
        "measured_over_days", "agent_within_seconds_of_greeting", "within_minutes",
        "max_confirmation_texts", "no_call_days_after_refusal", "no_call_days_after_conversation",
        "rnd_check_mandatory", "effective_after_days", "pre_holiday", "keywords",
        "identify_within_seconds", "end_call_within_seconds", "disconnect_seconds",
    }  # fmt: skip
    unread = [
        (r["id"], key) for r, key in params() if key in deciding and (r["id"], key) not in read
    ]
    assert unread == []


def test_no_reason_is_given_for_a_parameter_that_is_read_or_that_no_rule_has(
    read: set[Name],
) -> None:
    unread = {key for rule, key in params() if (rule["id"], key) not in read}
    assert [key for key in STATED_BY if key not in unread] == []
    assert [key for keys in OTHERS.values() for key in keys if key not in unread] == []


@pytest.mark.parametrize("key", STATED_BY)
def test_a_parameter_that_decide_applies_stands_beside_such_a_word(key: str) -> None:
    found = [reason(rule, key) for rule, name in params() if name == key]
    assert STATED in found
