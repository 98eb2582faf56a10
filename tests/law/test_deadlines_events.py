"""What happens to a request moves its clock only as the law says."""

from __future__ import annotations

from typing import Any

import pytest

from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.deadlines import answer
from tests.law.clock_cases import (
    CALIFORNIA,
    EU,
    UK,
    UK_ACT,
    ask,
    asked_identity,
    event,
    facts,
)

COMPLEX = "many requests"


def extended(at: str, **more: Any) -> dict[str, Any]:
    return event("extension_notice", at, reason=COMPLEX, **more)


# --- identity


def test_identity_asked_at_once_suspends_the_european_month() -> None:
    """EDPB Guidelines 01/2022 para. 159: 5 suspended days on top of 24 December."""
    events = [asked_identity("2026-11-26"), event("identity_received", "2026-12-01")]
    found = ask(EU, "erasure", "2026-11-24", events=events)
    assert (found["due"], found["safe_due"]) == ("2026-12-29", "2026-12-24")
    assert found["pauses"] == [
        {"from": "2026-11-26", "to": "2026-12-01", "days": 5, "why": "identity"}
    ]
    assert {r["date"] for r in found["readings"] if r["field"] == "due"} == {
        "2026-12-29",
        "2026-12-24",
    }


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"reasonable_doubt": True},
        {"undue_delay": False},
        {"undue_delay": True, "reasonable_doubt": True},
    ],
)
def test_identity_asked_late_or_without_doubt_suspends_nothing_in_the_union(
    flags: dict[str, bool],
) -> None:
    events = [
        event("identity_requested", "2026-11-26", **flags),
        event("identity_received", "2026-12-01"),
    ]
    found = ask(EU, "erasure", "2026-11-24", events=events)
    assert (found["due"], found["pauses"]) == ("2026-12-24", [])
    assert any("does not move" in text for text in found["warnings"])


def test_an_open_question_of_identity_leaves_no_date_but_the_safe_one() -> None:
    found = ask(
        EU, "erasure", "2026-11-24", events=[asked_identity("2026-11-26")], as_of="2026-12-01"
    )
    assert (found["state"], found["due"], found["next_due"]) == ("paused", None, None)
    assert (found["due_if_answered"], found["safe_due"]) == ("2026-12-29", "2026-12-24")
    assert found["pauses"][0]["to"] is None


def test_verification_ends_a_suspension_too_and_the_earlier_of_both_counts() -> None:
    events = [
        asked_identity("2026-11-26"),
        event("verified", "2026-11-28"),
        event("identity_received", "2026-12-03"),
    ]
    found = ask(EU, "erasure", "2026-11-24", events=events)
    assert found["pauses"][0]["days"] == 2


def test_a_question_after_the_last_day_reopens_nothing() -> None:
    events = [asked_identity("2026-12-29"), event("identity_received", "2027-01-20")]
    for law in (EU, UK):
        found = ask(law, "erasure", "2026-11-24", events=events)
        assert found["due"] == "2026-12-24"
        assert any("had passed" in text for text in found["warnings"])


def test_the_british_month_starts_with_the_identity_information() -> None:
    """UK GDPR Art. 12A(2)(b)."""
    events = [
        event("identity_requested", "2026-09-10", reasonable_doubt=True),
        event("identity_received", "2026-09-14"),
    ]
    found = ask(UK, "access", "2026-09-03", events=events)
    assert (found["started_on"], found["due"]) == ("2026-09-14", "2026-10-14")
    assert found["extended_due"] == "2026-12-14"


def test_the_british_month_does_not_run_while_identity_is_awaited() -> None:
    events = [event("identity_requested", "2026-09-10", reasonable_doubt=True)]
    found = ask(UK, "access", "2026-09-03", events=events, as_of="2026-09-20")
    assert (found["state"], found["started_on"], found["due"]) == ("not_started", None, None)
    assert found["due_if_answered"] == "2026-10-20"


def test_a_british_request_before_the_change_keeps_the_old_clock() -> None:
    """SI 2026/82 reg. 4: received on 4 February, asked after the change."""
    events = [
        event("identity_requested", "2026-02-10", reasonable_doubt=True, undue_delay=False),
        event("identity_received", "2026-02-20"),
    ]
    assert ask(UK, "access", "2026-02-04", events=events)["due"] == "2026-03-04"
    assert ask(UK, "access", "2026-02-05", events=events)["due"] == "2026-03-20"


def test_verification_moves_nothing_in_california() -> None:
    """11 CCR 7021(b)."""
    events = [asked_identity("2026-11-25"), event("identity_received", "2026-12-20")]
    found = ask(CALIFORNIA, "delete", "2026-11-24", events=events)
    assert (found["due"], found["pauses"]) == ("2027-01-08", [])
    assert any(step["rule"] == "ca.verification" for step in found["steps"])


@pytest.mark.parametrize("kind", ["opt_out_sale_sharing", "limit_sensitive"])
def test_proof_may_not_be_asked_for_an_opt_out_in_california(kind: str) -> None:
    """11 CCR 7060(b)."""
    with pytest.raises(NotAllowedByLaw) as raised:
        ask(CALIFORNIA, kind, "2026-11-24", events=[asked_identity("2026-11-25")])
    assert "7060(b)" in raised.value.citation


# --- clarification


def test_british_clarification_leaves_out_both_end_days() -> None:
    """UK GDPR Art. 12A(5): 10 to 14 September are five days."""
    events = [
        event("clarification_requested", "2026-09-10"),
        event("clarification_received", "2026-09-14"),
    ]
    found = ask(UK, "access", "2026-09-03", events=events)
    assert (found["due"], found["safe_due"]) == ("2026-10-08", "2026-10-07")
    assert found["extension_notice_due"] == "2026-10-08"
    assert found["pauses"][0]["days"] == 5


def test_days_that_were_never_counted_are_not_left_out() -> None:
    """Asked on the day of receipt, which the month does not count anyway: four days, not five."""
    events = [
        event("clarification_requested", "2026-09-03"),
        event("clarification_received", "2026-09-07"),
    ]
    found = ask(UK, "access", "2026-09-03", events=events)
    assert (found["pauses"][0]["days"], found["due"]) == (4, "2026-10-07")


def test_clarification_pauses_only_british_access_requests() -> None:
    events = [
        event("clarification_requested", "2026-09-10"),
        event("clarification_received", "2026-09-14"),
    ]
    found = ask(UK, "erasure", "2026-09-03", events=events)
    assert (found["due"], found["pauses"]) == ("2026-10-05", [])
    assert any("only for other kinds" in text for text in found["warnings"])


def test_european_clarification_is_a_reading_and_never_the_limit() -> None:
    """Recital 63; EDPB Guidelines 01/2022 para. 159 (end)."""
    events = [
        event("clarification_requested", "2026-11-26", undue_delay=False, large_amount=True),
        event("clarification_received", "2026-12-01"),
    ]
    found = ask(EU, "access", "2026-11-24", events=events)
    assert (found["due"], found["safe_due"], found["state"]) == ("2026-12-24", None, "running")
    later = [r["date"] for r in found["readings"] if r["field"] == "due"]
    assert later == ["2026-12-24", "2026-12-29"]


# --- fees


def test_a_fee_starts_the_british_month_when_it_is_paid_and_moves_nothing_in_the_union() -> None:
    """UK GDPR Art. 12A(2)(c); EDPB Guidelines 01/2022 para. 194."""
    events = [event("fee_charged", "2026-09-10"), event("fee_paid", "2026-09-21")]
    assert ask(UK, "access", "2026-09-03", events=events)["due"] == "2026-10-21"
    assert ask(EU, "access", "2026-09-03", events=events)["due"] == "2026-10-05"
    waiting = ask(UK, "access", "2026-09-03", events=events[:1])
    assert (waiting["state"], waiting["due"]) == ("not_started", None)


# --- extension


def test_an_extension_counts_three_months_from_receipt() -> None:
    """Not from the end of the first month, moved or not: 30 April, never 28 April or 3 May."""
    found = ask(EU, "access", "2027-01-31", events=[extended("2027-02-15")])
    assert found["extended_due"] == found["next_due"] == "2027-04-30"
    assert found["due"] == "2027-03-01"
    two_steps = [r["date"] for r in found["readings"] if r["field"] == "extended_due"]
    assert two_steps == ["2027-04-30", "2027-04-28"]


def test_without_a_notice_the_first_day_stays_owed() -> None:
    found = ask(EU, "access", "2027-01-31")
    assert found["next_due"] == "2027-03-01"


@pytest.mark.parametrize(
    ("law", "received", "limit", "day_after"),
    [
        (EU, "2026-11-24", "2026-12-24", "2026-12-25"),
        (UK, "2026-09-03", "2026-10-05", "2026-10-06"),
        (CALIFORNIA, "2026-11-24", "2027-01-08", "2027-01-09"),
    ],
)
def test_a_late_extension_notice_is_refused_with_its_limit(
    law: str, received: str, limit: str, day_after: str
) -> None:
    kind = "delete" if law == CALIFORNIA else "erasure"
    ask(law, kind, received, events=[extended(limit)])
    with pytest.raises(NotAllowedByLaw) as raised:
        ask(law, kind, received, events=[extended(day_after)])
    assert raised.value.limit == limit
    assert raised.value.citation


def test_lateness_of_a_notice_is_judged_in_the_controllers_zone() -> None:
    events = [extended("2026-12-24T22:59:59Z")]
    ask(EU, "erasure", "2026-11-24", events=events)
    with pytest.raises(NotAllowedByLaw):
        ask(EU, "erasure", "2026-11-24", events=[extended("2026-12-24T23:00:00Z")])


def test_a_pause_moves_the_limit_of_the_notice_too() -> None:
    pause = [asked_identity("2026-11-26"), event("identity_received", "2026-12-01")]
    ask(EU, "erasure", "2026-11-24", events=[*pause, extended("2026-12-29")])
    with pytest.raises(NotAllowedByLaw):
        ask(EU, "erasure", "2026-11-24", events=[*pause, extended("2026-12-30")])


def test_a_notice_is_not_late_while_an_open_question_holds_the_last_day_back() -> None:
    events = [asked_identity("2026-11-26"), extended("2026-12-28")]
    found = ask(EU, "erasure", "2026-11-24", events=events)
    assert (found["state"], found["due"]) == ("paused", None)


@pytest.mark.parametrize(
    ("law", "kind"),
    [
        (EU, "refusal"),
        (EU, "notice_indirect"),
        (EU, "breach"),
        (EU, "breach_high_risk"),
        (EU, "withdrawal"),
        (UK_ACT, "complaint_to_controller"),
        (CALIFORNIA, "opt_out_sale_sharing"),
        (CALIFORNIA, "limit_sensitive"),
        (CALIFORNIA, "ask_again_after_opt_out"),
        (CALIFORNIA, "refusal"),
    ],
)
def test_an_extension_where_none_exists_is_refused(law: str, kind: str) -> None:
    with pytest.raises(NotAllowedByLaw):
        ask(law, kind, "2026-11-24", events=[extended("2026-11-25")])


def test_an_extension_may_name_an_earlier_day_but_no_later_one() -> None:
    found = ask(EU, "access", "2026-11-24", events=[extended("2026-12-01", until="2027-01-15")])
    assert (found["next_due"], found["extended_due"]) == ("2027-01-15", "2027-02-24")
    with pytest.raises(NotAllowedByLaw) as raised:
        ask(EU, "access", "2026-11-24", events=[extended("2026-12-01", until="2027-02-25")])
    assert raised.value.limit == "2027-02-24"


def test_an_extension_without_reasons_is_warned_of() -> None:
    found = ask(EU, "access", "2026-11-24", events=[event("extension_notice", "2026-12-01")])
    assert any("reasons" in text for text in found["warnings"])


# --- appeals


@pytest.mark.parametrize(
    ("law", "kind"),
    [
        (EU, "erasure"),
        (EU, "breach"),
        (EU, "withdrawal"),
        (UK, "erasure"),
        (UK_ACT, "complaint_to_controller"),
        (CALIFORNIA, "delete"),
        (CALIFORNIA, "ask_again_after_opt_out"),
    ],
)
def test_an_appeal_where_the_law_knows_none_is_refused(law: str, kind: str) -> None:
    with pytest.raises(NotAllowedByLaw):
        ask(law, kind, "2026-11-24", events=[event("appeal_received", "2026-12-01")])


def test_an_appeal_on_automated_decisions_has_the_californian_days() -> None:
    events = [event("refusal_sent", "2027-02-10"), event("appeal_received", "2027-02-15")]
    found = ask(CALIFORNIA, "opt_out_admt", "2027-02-01", events=events)
    assert (found["appeal_due"], found["appeal_extended_due"]) == ("2027-04-01", "2027-05-16")
    assert found["next_due"] == "2027-04-01"


# --- state, breach, transitions


def test_an_answer_closes_the_request_and_a_late_one_is_warned_of() -> None:
    found = ask(EU, "access", "2026-11-24", events=[event("data_provided", "2026-12-24")])
    assert (found["state"], found["next_due"], found["warnings"]) == ("answered", None, [])
    late = ask(EU, "access", "2026-11-24", events=[event("data_provided", "2026-12-28")])
    assert any("after the last day" in text for text in late["warnings"])


def test_a_refusal_in_extended_time_is_warned_of() -> None:
    """GDPR Art. 12(4) knows no extension."""
    events = [extended("2026-12-20"), event("refusal_sent", "2027-01-20")]
    found = ask(EU, "access", "2026-11-24", events=events)
    assert any("2026-12-24" in text for text in found["warnings"])


def test_an_objection_to_marketing_works_at_once() -> None:
    """GDPR Art. 21(3): the month is only for telling the person."""
    found = ask(EU, "objection_direct_marketing", "2026-11-24", as_of="2026-11-24")
    assert (found["immediate"], found["next_due"]) == (True, "2026-11-24")
    assert ask(EU, "objection_direct_marketing", "2026-11-24", as_of="2026-12-01")["next_due"] == (
        "2026-12-24"
    )


def test_risk_decides_whether_the_authority_is_told() -> None:
    """GDPR Art. 33(1), 34(1)."""
    none = ask(EU, "breach", "2026-11-24T10:00:00Z", risk="unlikely")
    assert (none["due"], none["state"]) == (None, "not_started")
    high = ask(EU, "breach", "2026-11-24T10:00:00Z", risk="high")
    assert high["due"] == "2026-11-27T11:00:00+01:00"
    assert any("persons" in text for text in high["warnings"])


@pytest.mark.parametrize("kind", ["breach_high_risk", "breach_processor"])
def test_persons_and_controllers_are_told_without_undue_delay(kind: str) -> None:
    for law in (EU, UK):
        found = ask(law, kind, "2026-11-24T10:00:00Z")
        assert (found["due"], found["without_undue_delay"]) == (None, True)


@pytest.mark.parametrize(
    ("law", "kind", "received", "limit"),
    [
        (UK_ACT, "complaint_to_controller", "2026-06-18", "2026-06-19"),
        (CALIFORNIA, "opt_out_admt", "2026-12-31", "2027-01-01"),
    ],
)
def test_a_right_that_is_not_in_force_yet_gives_no_date(
    law: str, kind: str, received: str, limit: str
) -> None:
    with pytest.raises(NotAllowedByLaw) as raised:
        ask(law, kind, received)
    assert raised.value.limit == limit


def test_a_foreign_seat_moves_last_days_by_weekends_only() -> None:
    """Regulation 1182/71 Art. 2 looks to Member States: 4 July 2025 is a working day."""
    found = ask(EU, "access", "2025-06-04", holiday_calendar="US")
    assert found["due"] == "2025-07-04"
    assert any("weekends" in text for text in found["warnings"])


def test_the_answer_names_the_calendar_and_its_versions() -> None:
    calendar = ask(EU, "access", "2026-11-24")["calendar"]
    assert calendar["code"] == "DE-BE"
    assert calendar["library"] == "holidays"
    assert calendar["version"] == "0.109"
    assert calendar["tzdata"]


# --- facts that cannot be read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("law", "EU"),
        ("law", None),
        ("holiday_calendar", "DE-XX"),
        ("holiday_calendar", "QQ"),
        ("holiday_calendar", "de-be"),
        ("zone", "Mars/Olympus"),
        ("zone", "Europe"),
        ("zone", ""),
        ("zone", "/etc/localtime"),
        ("zone", "../../etc/passwd"),
        ("request_kind", "drop_access"),
        ("request_kind", "nonsense"),
        ("received", "2026-02-30"),
        ("received", "24.11.2026"),
        ("received", 20261124),
        ("received", "1999-12-31"),
        ("received", "2026-11-24T24:30:00Z"),
        ("as_of", "yesterday"),
        ("risk", "low"),
        ("events", {}),
    ],
)
def test_facts_that_cannot_be_read_name_their_field(field: str, value: object) -> None:
    with pytest.raises(BadFacts) as raised:
        answer({**facts(EU, "access", "2026-11-24"), field: value})
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"type": "party", "at": "2026-11-25"}, "events[0].type"),
        ({"type": "verified"}, "events[0].at"),
        ({"type": "verified", "at": "2026-11-23"}, "events[0].at"),
        ({"type": "verified", "at": "2026-11-25", "undue_delay": "no"}, "events[0].undue_delay"),
        ({"type": "verified", "at": "2026-11-25", "doubt": True}, "events[0]"),
        ({"type": "extension_notice", "at": "2026-11-25", "until": "soon"}, "events[0].until"),
        ("verified", "events[0]"),
    ],
)
def test_events_that_cannot_be_read_name_their_field(row: object, field: str) -> None:
    with pytest.raises(BadFacts) as raised:
        ask(EU, "access", "2026-11-24", events=[row])
    assert raised.value.field == field


def test_a_field_that_is_not_known_is_refused() -> None:
    """A misspelt flag would otherwise fall back to its default in silence."""
    with pytest.raises(BadFacts):
        ask(EU, "access", "2026-11-24", holidays="DE")


def test_errors_never_repeat_a_value() -> None:
    with pytest.raises(BadFacts) as raised:
        ask(EU, "access", "Anna Berg, 0170 1234567")
    assert "Anna" not in str(raised.value.document())


def test_days_of_two_pauses_at_once_are_left_out_once() -> None:
    """Identity and clarification in the Union's later reading: 26 November to 5 December."""
    events = [
        asked_identity("2026-11-26"),
        event("clarification_requested", "2026-11-28", undue_delay=False, large_amount=True),
        event("identity_received", "2026-12-01"),
        event("clarification_received", "2026-12-05"),
    ]
    found = ask(EU, "access", "2026-11-24", events=events)
    assert [r["date"] for r in found["readings"] if r["field"] == "due"] == [
        "2026-12-29",
        "2026-12-24",
        "2027-01-04",
    ]


def test_a_request_with_a_thousand_events_is_answered_quickly() -> None:
    pair = [
        event("clarification_requested", "2026-09-10"),
        event("clarification_received", "2199-12-31"),
    ]
    many = [event("clarification_requested", "2199-12-31")] * 998
    assert ask(UK, "access", "2026-09-03", events=[*pair, *many])["state"] == "paused"
    with pytest.raises(BadFacts) as raised:
        ask(UK, "access", "2026-09-03", events=[*pair, *many, *pair])
    assert raised.value.field == "events"


@pytest.mark.parametrize(
    ("law", "until", "limit"),
    [
        (EU, "2026-12-23", "2026-12-24"),
        (EU, "2026-11-30", "2026-12-24"),
        ("CH_FADP", "2026-12-01", "2026-12-24"),
        ("US_VA", "2026-12-24", "2027-01-08"),
    ],
)
def test_an_extension_that_ends_before_the_first_period_is_refused(
    law: str, until: str, limit: str
) -> None:
    """An extension lengthens (GDPR Art. 12(3); DPO Art. 18(2)): a shorter one is a slip."""
    with pytest.raises(NotAllowedByLaw) as raised:
        ask(law, "access", "2026-11-24", events=[extended("2026-11-30", until=until)])
    assert raised.value.limit == limit
    kept = ask(law, "access", "2026-11-24", events=[extended("2026-11-30", until=limit)])
    assert kept["next_due"] == limit
