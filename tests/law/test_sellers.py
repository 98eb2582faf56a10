"""A consent that names a seller counts for that seller alone; and what other facts do not lift."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.law.calling import answer
from tests.law.calls import CHICAGO, EXPRESS, NONE, WRITTEN, call

MADRID = "+34911234567"
NOON = "2026-11-24T12:00:00-06:00"
RECORDED: dict[str, Any] = {"channel": "voice_prerecorded"}
OURS = "Example Retail"


def decided(sellers: Any, caller: Any, state: str = WRITTEN) -> str:
    """A recorded marketing call, which federal law lets through only with written consent."""
    consent = {"state": state, "granted": "2026-01-05"}
    consent |= {} if sellers is None else {"seller": sellers}
    told: dict[str, Any] = {} if caller is None else {"seller": {"name": caller}}
    return str(answer(call(CHICAGO, NOON, consent=consent, **RECORDED, **told))["decision"])


@pytest.mark.parametrize(
    ("sellers", "caller", "decision"),
    [
        # 47 CFR 64.1200(f)(9): the writing authorises "the seller", one or several, by name.
        (None, None, "allow"),
        (None, OURS, "allow"),
        (OURS, OURS, "allow"),
        (OURS, " EXAMPLE  retail", "allow"),
        (["Another Shop", OURS], OURS, "allow"),
        (OURS, ["Retail Holding", OURS], "allow"),
        (OURS, "Another Shop", "deny"),
        (OURS, "Example Retail Holding", "deny"),
        (OURS, None, "deny"),
        ([], OURS, "deny"),
        ("", OURS, "deny"),
        ("", "", "deny"),
        (" ", [], "deny"),
    ],
)
def test_a_consent_that_names_sellers_counts_for_those_alone(
    sellers: Any, caller: Any, decision: str
) -> None:
    assert decided(sellers, caller) == decision


def test_a_consent_to_another_seller_lifts_nothing_else_either() -> None:
    """Listed on the national registry: only written consent to this seller is an exception."""
    listed = {"us_national": {"listed": True, "age_days": 3}}
    consent = {"state": WRITTEN, "granted": "2026-01-05", "seller": OURS}
    for caller, decision in ((OURS, "allow"), ("Another Shop", "deny")):
        document = call(CHICAGO, NOON, consent=consent, seller={"name": caller})
        document["context"]["registers"] |= listed
        found = answer(document)
        assert found["decision"] == decision
    assert found["deciding_rule"] == "us-fed-dnc-national"


def test_one_of_several_consents_is_enough_and_another_s_withdrawal_still_ends() -> None:
    theirs = {"state": WRITTEN, "granted": "2026-01-05", "seller": "Another Shop"}
    ours = {"state": WRITTEN, "granted": "2026-01-05", "seller": OURS}
    both = call(CHICAGO, NOON, consent=[theirs, ours], seller={"name": OURS}, **RECORDED)
    assert answer(both)["decision"] == "allow"
    ended = {**theirs, "withdrawn": "2026-02-01"}
    stopped = call(CHICAGO, NOON, consent=[ended, ours], seller={"name": OURS}, **RECORDED)
    assert answer(stopped)["decision"] == "deny"


@pytest.mark.parametrize("wrong", [{"name": OURS}, 5, [OURS, 5], [None]])
def test_a_seller_that_is_no_name_is_refused_with_its_field(wrong: Any) -> None:
    with pytest.raises(BadFacts) as raised:
        decided(wrong, OURS)
    assert raised.value.field == "consent.0.seller"
    with pytest.raises(BadFacts) as raised:
        decided(OURS, wrong)
    assert raised.value.field == "context.seller.name"


NAMES = st.sampled_from([OURS, "Another Shop", "  another shop ", "", "Straße", "STRASSE"])


@given(NAMES | st.lists(NAMES, max_size=3), NAMES | st.lists(NAMES, max_size=3) | st.none())
def test_naming_a_seller_never_turns_no_into_yes(sellers: Any, caller: Any) -> None:
    for state in (WRITTEN, EXPRESS, NONE):
        if decided(sellers, caller, state) == "allow":
            assert decided(None, caller, state) == "allow"


def spanish(**consent: Any) -> str:
    document = call(
        MADRID, "2026-11-24T12:00:00+01:00", consent={"state": EXPRESS, **consent}, region="ES"
    )
    return str(answer(document)["decision"])


def test_spain_s_two_years_count_from_the_grant_and_a_use_renews_nothing() -> None:
    """Ley 10/2025: consent is renewed every two years, by being asked for again."""
    assert spanish(granted="2024-11-25") == "allow"
    assert spanish(granted="2024-11-23") == "deny"
    assert spanish(granted="2024-11-23", last_used="2026-11-20") == "deny"
    assert spanish(granted="2024-11-25", last_used="2024-11-26") == "allow"


def test_a_consent_of_an_untold_day_is_at_least_as_old_as_its_last_use() -> None:
    assert spanish(last_used="2024-11-23") == "deny"
    assert spanish(last_used="2024-11-25") == "allow"


def test_the_grace_for_ported_numbers_opens_nothing() -> None:
    """47 CFR 64.1200(a)(1)(iv) excuses whoever does not know of the port; who tells it knows."""
    info = {**RECORDED, "campaign": "informational", "line": "wireless"}
    for ported in ({}, {"ported_on": "2026-11-20"}, {"ported_on": "2026-11-24T08:00:00-06:00"}):
        found = answer(call(CHICAGO, NOON, NONE, **info, **ported))
        assert (found["decision"], found["deciding_rule"]) == ("deny", "us-fed-consent-info")


LINES = st.sampled_from(["residential_landline", "wireless", "business", "voip", "unknown"])
CAMPAIGNS = st.sampled_from(
    ["marketing", "informational", "survey", "debt", "health", "charity", "bank_alert"]
)


@given(
    LINES,
    CAMPAIGNS,
    st.sampled_from(["voice_live", "voice_prerecorded", "text"]),
    st.sampled_from([WRITTEN, EXPRESS, NONE]),
    st.sampled_from([CHICAGO, "+13055550100", "+12015550100", "+16025550100", "+442079460123"]),
    st.sampled_from(["2026-11-24", "2026-11-23", "2026-12-24"]),
    st.booleans(),
)
def test_a_told_port_decides_nothing(
    line: str, campaign: str, channel: str, state: str, number: str, ported: str, free: bool
) -> None:
    facts = {
        "campaign": campaign,
        "channel": channel,
        "line": line,
        "free_to_recipient": free,
        "commercial": False,
    }
    told = answer(call(number, NOON, state, **facts, ported_on=ported))
    assert told == answer(call(number, NOON, state, **facts))
