"""Consents and withdrawals in time, opt-outs in words, and what an answer carries."""

from __future__ import annotations

from typing import Any

import pytest

from privacy.law.calling import answer
from privacy.law.pack import load_pack
from tests.law.calls import (
    BERLIN,
    CHICAGO,
    EXPRESS,
    MIAMI,
    NEW_YORK,
    NONE,
    ORAL,
    PARIS,
    TOLL_FREE,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)

NOON = "2026-11-24T12:00:00+01:00"
NOON_CT = "2026-11-24T12:00:00-06:00"
TEXT = {"channel": "text"}


def decided(document: dict[str, Any]) -> str:
    return str(answer(document)["decision"])


def german(*consents: dict[str, Any], at: str = NOON) -> str:
    return decided(call(BERLIN, at, consent=list(consents)))


def test_a_withdrawal_wins_an_exact_tie() -> None:
    moment = "2026-11-01T10:00:00+01:00"
    assert german({"state": EXPRESS, "granted": moment, "withdrawn": moment}) == "deny"
    a_second_later = "2026-11-01T10:00:01+01:00"
    assert german({"state": EXPRESS, "granted": a_second_later, "withdrawn": moment}) == "allow"


def test_dates_without_a_time_tie_on_the_same_day() -> None:
    day = "2026-11-01"
    assert german({"state": EXPRESS, "granted": day, "withdrawn": day}) == "deny"
    assert german({"state": EXPRESS, "granted": "2026-11-02", "withdrawn": day}) == "allow"


def test_a_bare_date_of_consent_counts_as_its_last_second() -> None:
    today = {"state": EXPRESS, "granted": "2026-11-24"}
    assert german(today, at="2026-11-24T23:59:58+01:00") == "deny"
    assert german(today, at="2026-11-24T23:59:59+01:00") == "allow"
    found = answer(call(BERLIN, NOON, consent=today))
    assert found["earliest_allowed"] == "2026-11-24T22:59:59+00:00"


def test_only_a_later_express_consent_begins_anew() -> None:
    gone = {"state": "withdrawn", "withdrawn": "2026-10-01"}
    assert german(gone, {"state": EXPRESS, "granted": "2026-09-01"}) == "deny"
    assert german(gone, {"state": EXPRESS}) == "deny"
    assert german(gone, {"state": EXPRESS, "granted": "2026-10-02"}) == "allow"
    assert german({"state": "withdrawn"}, {"state": EXPRESS, "granted": "2026-10-02"}) == "deny"


def test_a_withdrawal_by_one_channel_ends_all_of_them() -> None:
    texts = {"state": "withdrawn", "withdrawn": "2026-10-01", "channels": ["text"]}
    assert german({"state": EXPRESS, "granted": "2026-09-01"}, texts) == "deny"


def test_a_withdrawal_to_come_does_not_bind_yet() -> None:
    assert german({"state": EXPRESS, "withdrawn": "2026-11-25"}) == "allow"


@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ({"channels": ["text"]}, "deny"),
        ({"channels": ["text", "voice_live"]}, "allow"),
        ({"purposes": ["informational"]}, "deny"),
        ({"valid_until": "2026-11-23"}, "deny"),
        ({"valid_until": "2026-11-24"}, "allow"),
        ({"granted": "2026-11-25"}, "deny"),
    ],
)
def test_a_consent_counts_inside_its_scope_and_time(changed: dict[str, Any], decision: str) -> None:
    assert german({"state": EXPRESS, **changed}) == decision


@pytest.mark.parametrize(
    "body",
    ["STOP", "stop!", " Stop. ", "Opt out", "please UNSUBSCRIBE me", "don’t text me again",
     "Take me off your list", "quit it", "wrong number"],
)  # fmt: skip
def test_words_of_an_opt_out_end_the_consent(body: str) -> None:
    texts = [{"at": "2026-11-24T11:00:00-06:00", "body": body}]
    assert decided(call(CHICAGO, NOON_CT, inbound_texts=texts, **TEXT)) == "deny"


@pytest.mark.parametrize("body", ["", "yes please", "When is the nonstop flight?", "thanks"])
def test_other_words_do_not(body: str) -> None:
    texts = [{"at": "2026-11-24T11:00:00-06:00", "body": body}]
    assert decided(call(CHICAGO, NOON_CT, inbound_texts=texts, **TEXT)) == "allow"


def test_an_opt_out_from_an_unrelated_informational_programme_leaves_this_one() -> None:
    reply = {"at": "2026-11-24T11:00:00-06:00", "body": "stop", "programme": "bills"}
    told = {"in_reply_to": "informational"}
    document = call(CHICAGO, NOON_CT, programme="offers", inbound_texts=[{**reply, **told}], **TEXT)
    assert decided(document) == "allow"
    document["context"]["inbound_texts"] = [reply]
    assert decided(document) == "deny"


def test_a_confirmation_is_one_text_without_marketing() -> None:
    texts = [{"at": "2026-11-24T11:58:00-06:00", "body": "stop"}]
    confirms: dict[str, Any] = {
        "campaign": "opt_out_confirmation",
        "inbound_texts": texts,
        "suppressed": True,
        **TEXT,
    }
    assert decided(call(CHICAGO, NOON_CT, **confirms)) == "allow"
    again = {**confirms, "confirmation_texts_already_sent": 1}
    assert decided(call(CHICAGO, NOON_CT, **again)) == "deny"
    assert decided(call(CHICAGO, NOON_CT, **{**confirms, "contains_marketing": True})) == "deny"
    assert decided(call(CHICAGO, NOON_CT, **{**confirms, "inbound_texts": []})) == "deny"


def test_a_suppression_denies_everything_and_a_withdrawal_not_an_emergency() -> None:
    recorded = {"channel": "voice_prerecorded", "campaign": "emergency"}
    assert decided(call(CHICAGO, NOON_CT, "withdrawn", **recorded)) == "allow"
    assert decided(call(CHICAGO, NOON_CT, suppressed=True, **recorded)) == "deny"
    for number in (CHICAGO, BERLIN, PARIS, "+390612345678", "+551123456789", "+912212345678"):
        for refusal in ("suppressed", "company_list"):
            found = answer(call(number, "2026-11-24T12:00:00Z", EXPRESS, **{refusal: True}))
            assert found["decision"] == "deny"
            assert not found["deciding_rule"].startswith("conventions.")


def test_a_toll_free_number_stays_without_a_place_for_marketing_whatever_the_address() -> None:
    found = answer(call(TOLL_FREE, "2026-11-24T12:00:00-05:00", region="US-NY"))
    assert found["deciding_rule"] == "conventions.unknown_location"
    informed = call(
        TOLL_FREE,
        "2026-11-24T12:00:00-05:00",
        ORAL,
        region="US-NY",
        campaign="informational",
        **TEXT,
    )
    assert decided(informed) == "allow"


def test_every_candidate_place_must_allow() -> None:
    at_noon = "2026-11-24T12:00:00-05:00"
    both = answer(call(MIAMI, at_noon, ORAL, region="US-CT"))
    assert (both["decision"], both["deciding_rule"]) == ("deny", "us-ct-consent")
    assert both["jurisdictions"] == ["US-CT", "US-FL", "US"]
    address_alone = call(MIAMI, at_noon, ORAL, region="US-NY", follow_codes=False)
    assert answer(address_alone)["jurisdictions"] == ["US-NY", "US"]
    # One of the places has no law in the pack.
    evening = "2026-11-24T20:00:00-05:00"
    assert answer(call(NEW_YORK, evening, region="JP"))["deciding_rule"] == "conventions.no_rule"


def test_a_rule_that_denies_goes_before_a_fact_that_is_missing() -> None:
    document = call(MIAMI, "2026-11-24T20:00:00-05:00")
    del document["context"]["registers"]["us_national"]
    found = answer(document)
    assert found["deciding_rule"] == "us-fl-hours"
    assert found["unknown"] == ["context.registers.us_national.listed"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (call(PARIS, "2026-11-24T13:30:00+01:00", EXPRESS), "2026-11-24T13:00:00+00:00"),
        # Thursday evening before Christmas: Friday is the holiday, then a weekend.
        (call(PARIS, "2026-12-24T20:00:00+01:00", EXPRESS), "2026-12-28T09:00:00+00:00"),
        # Across the change of the clock: Saturday 28 March to Monday in summer time.
        (call(PARIS, "2026-03-28T11:00:00+01:00", NONE), "2026-03-30T08:00:00+00:00"),
        (
            call(
                MIAMI,
                "2026-11-24T12:00:00-05:00",
                earlier_calls=earlier(
                    "2026-11-23T15:00:00-05:00",
                    "2026-11-24T09:00:00-05:00",
                    "2026-11-24T10:00:00-05:00",
                ),
            ),
            "2026-11-24T20:00:00+00:00",
        ),
        # The cap opens after the day's end, so the next morning it is.
        (
            call(
                MIAMI,
                "2026-11-24T12:00:00-05:00",
                earlier_calls=earlier(
                    "2026-11-23T21:30:00-05:00",
                    "2026-11-24T09:00:00-05:00",
                    "2026-11-24T10:00:00-05:00",
                ),
            ),
            "2026-11-25T13:00:00+00:00",
        ),
        (
            call(CHICAGO, NOON_CT, campaign="debt", inconvenient_times=[["11:00", "13:00"]]),
            "2026-11-24T19:00:00+00:00",
        ),
        (call(PARIS, "2026-11-24T11:00:00+01:00", NONE), None),
        (call(BERLIN, NOON, NONE), None),
        (call(CHICAGO, NOON_CT, ORAL, registers=registers(us_national=listed())), None),
    ],
)
def test_the_earliest_instant(document: dict[str, Any], expected: str | None) -> None:
    assert answer(document)["earliest_allowed"] == expected


def test_an_answer_carries_limits_duties_times_and_its_pack() -> None:
    found = answer(
        call(MIAMI, "2026-11-24T12:00:00-05:00", earlier_calls=earlier("2026-11-24T09:00:00-05:00"))
    )
    assert found["limits"] == {
        "us-fl-frequency": {"max": 3, "used": 1, "left": 2, "window": "24 hours"}
    }
    duties = {duty["rule"]: duty for duty in found["obligations"]}
    assert duties["us-fed-abandonment"]["by_seconds"] == 2
    assert duties["us-fed-dnc-company"]["text"].endswith("Within 10 business days.")
    assert found["local_times"] == {"America/New_York": "2026-11-24T12:00:00-05:00"}
    assert found["pack"] == load_pack("calling").identity()


def test_an_uncounted_call_leaves_the_cap() -> None:
    after_now = earlier(*["2026-11-24T13:00:00-05:00"] * 3)
    assert decided(call(MIAMI, "2026-11-24T12:00:00-05:00", earlier_calls=after_now)) == "allow"


def test_a_year_without_a_reviewed_calendar_closes_where_holidays_close() -> None:
    assert decided(call(PARIS, "2027-11-24T11:00:00+01:00", WRITTEN)) == "allow"
    assert decided(call(PARIS, "2028-11-24T11:00:00+01:00", WRITTEN)) == "deny"
    assert decided(call(BERLIN, "2028-11-24T11:00:00+01:00", WRITTEN)) == "allow"


@pytest.mark.parametrize(
    ("declared", "decision"),
    [(True, "deny"), (["US-NY"], "deny"), (["US"], "deny"), (["Albany County"], "deny"),
     (["US-LA"], "allow"), (["CA-ON"], "allow"), ([], "allow"), (False, "allow")],
)  # fmt: skip
def test_an_emergency_closes_where_it_is_declared_or_cannot_be_placed(
    declared: object, decision: str
) -> None:
    document = call(NEW_YORK, "2026-11-24T12:00:00-05:00", emergency_declared=declared)
    assert decided(document) == decision


def test_a_region_the_calendar_does_not_know_closes_every_regional_holiday() -> None:
    # 2 May is a holiday of Madrid, a Thursday in 2024.
    day = "2024-05-02T12:00:00+02:00"
    for region, decision in (
        ("ES-MD", "deny"),
        ("ES-CT", "allow"),
        ("ES-M", "deny"),
        (None, "deny"),
    ):
        document = call("+34911234567", day, consent={"state": EXPRESS}, region=region)
        assert decided(document) == decision, region


def test_names_are_understood_however_they_are_spelt() -> None:
    banned = call(PARIS, "2026-11-24T11:00:00+01:00", EXPRESS, goods=["Energy Renovation"])
    assert decided(banned) == "deny"
    refused = earlier("2026-11-20T11:00:00+01:00", outcome="Not interested")
    again = call(PARIS, "2026-11-24T11:00:00+01:00", EXPRESS, earlier_calls=refused)
    assert answer(again)["deciding_rule"] == "fr-frequency"


def test_a_told_listing_denies_even_where_no_rule_names_the_list() -> None:
    noon = "2026-11-24T12:00:00-05:00"
    for name, decision in (("us_fl", "deny"), ("us_co", "allow"), ("us_dma", "deny")):
        told = registers(**{name: listed()})
        assert decided(call(MIAMI, noon, NONE, registers=told)) == decision, name
        assert decided(call(MIAMI, noon, WRITTEN, registers=told)) == "allow"
    # Bloctel, the French list that ended with the opt-in law.
    bloctel = registers(fr_bloctel=listed())
    before = call(PARIS, "2026-08-10T11:00:00+02:00", NONE, registers=bloctel)
    assert answer(before)["deciding_rule"] == "fr-hours"
    assert decided(before) == "deny"


def test_a_directive_alone_is_not_the_law_of_a_country() -> None:
    warsaw = call("+48221234567", "2026-11-24T12:00:00+01:00", EXPRESS, **TEXT)
    assert answer(warsaw)["deciding_rule"] == "conventions.no_rule"


def test_a_consent_of_the_same_second_as_the_listing_is_not_later() -> None:
    rome, moment = "+390612345678", "2026-06-01T10:00:00+02:00"
    told = registers(it_rpo=listed(since=moment))
    for granted, decision in ((moment, "deny"), ("2026-06-01T10:00:01+02:00", "allow")):
        consent = {"state": EXPRESS, "granted": granted}
        document = call(rome, "2026-11-24T12:00:00+01:00", consent=consent, registers=told)
        assert decided(document) == decision


def test_fifteen_seconds_of_ringing_are_enough() -> None:
    assert decided(call(CHICAGO, NOON_CT, ring_timeout_s=15)) == "allow"


@pytest.mark.parametrize("channel", ["voice_live", "voice_prerecorded", "text"])
@pytest.mark.parametrize(
    ("lift", "context"),
    [
        ({"state": WRITTEN}, {}),
        ({"state": NONE}, {"relationship": {"last_purchase": "2026-11-01"}}),
        ({"state": NONE}, {"relationship": {"existing_customer": True, "personal": True}}),
    ],
)
def test_what_a_former_holder_gave_lifts_nothing_once_the_number_is_reassigned(
    channel: str, lift: dict[str, Any], context: dict[str, Any]
) -> None:
    on_the_list = registers(us_national={"listed": True, "age_days": 3})
    document = call(
        CHICAGO, "2026-11-24T12:00:00-06:00", consent=lift, channel=channel,
        registers=on_the_list, **context,
    )  # fmt: skip
    document["context"]["reassigned_check"] = {"answer": "yes"}
    found = answer(document)
    assert found["decision"] == "deny"
    assert "us-fed-dnc-national" in [r["id"] for r in found["rules"] if r["effect"] == "deny"]


def test_a_live_call_on_the_consent_of_the_present_holder_is_allowed() -> None:
    on_the_list = registers(us_national={"listed": True, "age_days": 3})
    document = call(CHICAGO, "2026-11-24T12:00:00-06:00", WRITTEN, registers=on_the_list)
    assert answer(document)["decision"] == "allow"
