"""What must hold for every call: windows, withdrawals, absence, boundaries, the earliest instant.

The expected windows are read from the pack's own tables here, by a second,
simpler reading of them, so that the engine cannot agree with itself alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.law.call_facts import read_request
from privacy.law.calling import answer, decide
from privacy.law.pack import load_pack
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from privacy.law.zones import zone
from privacy.terms import Channel, ConsentClass, Purpose
from tests.law.calls import (
    BERLIN,
    CHICAGO,
    DALLAS,
    LONDON,
    LOS_ANGELES,
    MIAMI,
    MOBILE_FR,
    NEW_YORK,
    PANAMA_CITY,
    PARIS,
    REGISTERS,
    WRITTEN,
    call,
    earlier,
)

NUMBERS = [
    MIAMI, PANAMA_CITY, DALLAS, NEW_YORK, LOS_ANGELES, CHICAGO, LONDON, BERLIN, PARIS, MOBILE_FR,
    "+12055550100", "+15045550100", "+18015550100", "+14015550100", "+16015550100", "+12155550100",
    "+14165550100", "+16045550100", "+61412345678", "+5511987654321", "+390612345678",
    "+34612345678", "+919812345678", "+6581234567", "+16055550100", "+12075550100",
]  # fmt: skip
REGIONS = [None, None, None, "US-FL", "US-TX", "US-CA", "US-NY", "GB", "DE", "FR", "US-UT", "CA-BC"]
FIRST, LAST = datetime(2026, 1, 2), datetime(2027, 12, 20)  # noqa: DTZ001 - bounds of a strategy
# Instants around the changes of the clock on both sides of the Atlantic come often.
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
]
ANY_TIME = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-36 * 60, 36 * 60),
)
INSTANTS = (ANY_TIME | NEAR_A_CHANGE).map(lambda t: t.replace(microsecond=0))
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Calls that are often allowed: known facts, some history, some consents."""
    at = draw(INSTANTS)
    history = [
        {"at": (at - timedelta(minutes=m)).isoformat(), "outcome": draw(OUTCOMES)}
        for m in draw(st.lists(st.integers(1, 70 * 24 * 60), max_size=5))
    ]
    changed: dict[str, Any] = {
        "channel": draw(st.sampled_from(["voice_live", "voice_live", "voice_prerecorded", "text"])),
        "campaign": draw(st.sampled_from(["marketing", "marketing", "informational", "debt"])),
        "earlier_calls": history,
    }
    region = draw(st.sampled_from(REGIONS))
    if region:
        changed["region"] = region
    often = [WRITTEN] * len(ConsentClass)
    consent: dict[str, Any] = {"state": draw(st.sampled_from([*often, *ConsentClass]))}
    if draw(st.booleans()):
        consent["granted"] = (at - timedelta(days=draw(st.integers(-3, 900)))).date().isoformat()
    if draw(st.booleans()):
        consent["times"] = [["08:00", "21:00"]]
    if draw(st.booleans()):
        changed["relationship"] = {"last_purchase": at.date().isoformat()}
    return call(draw(st.sampled_from(NUMBERS)), at.isoformat(), consent=consent, **changed)


OUTCOMES = st.sampled_from(["no_answer", "refused", "conversation", "busy"])


def allows(document: dict[str, Any]) -> bool:
    return bool(answer(document)["decision"] == "allow")


def at_of(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["at"])


def plain_windows() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Hours rules that nothing lifts and that no holiday narrows: (id, rule, hours)."""
    for rule in load_pack("calling").data["rule"]:
        hours = rule["params"].get("hours")
        decide = rule.get("decide", {})
        if hours and not decide.get("lifted_by") and not decide.get("hours_from_federal_rule"):
            yield rule["id"], rule, hours


PLAIN = {rule_id: (rule, hours) for rule_id, rule, hours in plain_windows()}


@QUICK
@given(documents())
def test_no_allowance_lies_outside_an_applicable_window_in_any_zone(
    document: dict[str, Any],
) -> None:
    earliest = answer(document)["earliest_allowed"]
    if earliest is None:
        event("never allowed")
        return
    document["at"] = earliest
    found = answer(document)
    assert found["decision"] == "allow"
    for line in found["rules"]:
        if line["id"] not in PLAIN:
            continue
        _, hours = PLAIN[line["id"]]
        for key in found["zones"]:
            local = at_of(document).astimezone(zone(key))
            windows = hours[["mon", "tue", "wed", "thu", "fri", "sat", "sun"][local.weekday()]]
            clock = local.strftime("%H:%M")
            assert any(start <= clock < end for start, end in windows), (line["id"], local)


@QUICK
@given(documents())
def test_every_answer_names_its_rule_and_every_rule_its_citation(document: dict[str, Any]) -> None:
    found = answer(document)
    ids = {line["id"] for line in found["rules"]}
    assert found["deciding_rule"] in ids or found["deciding_rule"].startswith("conventions.")
    assert all(line["citation"] == rulebook().by_id[line["id"]].citation for line in found["rules"])
    assert all(duty["citation"] and duty["text"] for duty in found["obligations"])


REFUSALS: list[dict[str, Any]] = [
    {"company_list": True},
    {"suppressed": True},
    {"emergency_declared": True},
    {"relationship": {"ended_by_request": True}},
    {"caller_number_shown": False},
    *({"registers": {name: {"listed": True, "age_days": 1}}} for name in REGISTERS),
]


@QUICK
@given(documents(), st.sampled_from(REFUSALS))
def test_a_listing_or_suppression_never_turns_deny_into_allow(
    document: dict[str, Any], refusal: dict[str, Any]
) -> None:
    refused = copy.deepcopy(document)
    for key, value in refusal.items():
        old = refused["context"].get(key)
        refused["context"][key] = {**old, **value} if isinstance(old, dict) else value
    assert allows(document) or not allows(refused)


@QUICK
@given(documents(), st.integers(0, 100_000))
def test_a_withdrawal_never_turns_deny_into_allow_and_denies_what_was_allowed(
    document: dict[str, Any], minutes_before: int
) -> None:
    at = (at_of(document) - timedelta(minutes=minutes_before)).isoformat()
    told = document["consent"]
    undated = {key: value for key, value in told.items() if key != "granted"}
    assert not allows({**document, "consent": {**undated, "withdrawn": at}})
    assert not allows({**document, "consent": [told, {"state": "withdrawn"}]})
    later = {**document, "consent": [told, {"state": "withdrawn", "withdrawn": at}]}
    assert allows(document) or not allows(later)


@QUICK
@given(documents(), st.data())
def test_telling_less_never_turns_deny_into_allow(
    document: dict[str, Any], data: st.DataObject
) -> None:
    less = copy.deepcopy(document)
    context = less["context"]
    match data.draw(st.sampled_from(["register", "age", "history", "check", "relation", "state"])):
        case "register":
            del context["registers"][data.draw(st.sampled_from(REGISTERS))]
        case "age":
            del context["registers"][data.draw(st.sampled_from(REGISTERS))]["age_days"]
        case "history":
            del context["earlier_calls"]
        case "check":
            del context["reassigned_check"]
        case "relation":
            context.pop("relationship", None)
        case "state":
            del less["consent"]["state"]
    assert allows(document) or not allows(less)


@pytest.mark.parametrize("fact", ["number", "at", "channel", "campaign", "consent"])
def test_a_fact_that_must_be_present_denies_by_its_absence(fact: str) -> None:
    document = call(MIAMI, "2026-11-24T12:00:00-05:00")
    assert allows(document)
    for absent in (None, ...):
        less = {**document, fact: absent}
        if absent is ...:
            del less[fact]
        found = answer(less)
        assert (found["decision"], found["deciding_rule"]) == ("deny", "conventions.unknown_fact")
        assert found["unknown"] == [fact if fact != "consent" else "consent.state"]


@pytest.mark.parametrize(
    ("number", "fact", "register"),
    [
        (MIAMI, "registers", "us_national"),
        (DALLAS, "registers", "us_tx"),
        (LONDON, "registers", "gb_tps"),
        (LONDON, "registers", "gb_ctps"),
        (MIAMI, "earlier_calls", ""),
        ("+12075550100", "reassigned_check", ""),
    ],
)
def test_a_list_or_history_a_rule_needs_denies_by_its_absence(
    number: str, fact: str, register: str
) -> None:
    document = call(number, "2026-11-24T17:00:00Z")
    assert allows(document)
    if register:
        del document["context"]["registers"][register]
    else:
        del document["context"][fact]
    found = answer(document)
    assert found["deciding_rule"] == "conventions.unknown_fact"
    assert (register or fact) in found["unknown"][0]


@pytest.mark.parametrize(
    "rule",
    [rule for rule in rulebook().rules if date.min < rule.first_day],
    ids=lambda rule: str(rule.id),
)
def test_a_rule_is_in_force_from_its_first_to_its_last_day(rule: Any) -> None:
    day = timedelta(days=1)
    assert not rule.in_force(frozenset({rule.first_day - day}))
    assert rule.in_force(frozenset({rule.first_day}))
    if rule.last_day < date.max:
        assert rule.in_force(frozenset({rule.last_day}))
        assert not rule.in_force(frozenset({rule.last_day + day}))


@settings(QUICK, max_examples=120)
@given(documents())
def test_the_earliest_instant_is_itself_allowed(document: dict[str, Any]) -> None:
    found = answer(document)
    if found["decision"] == "allow":
        assert datetime.fromisoformat(found["earliest_allowed"]) == at_of(document)
    elif found["earliest_allowed"]:
        assert datetime.fromisoformat(found["earliest_allowed"]) > at_of(document)
        assert allows({**document, "at": found["earliest_allowed"]})


MINUTES = 3 * 24 * 60


@settings(QUICK, max_examples=12)
@given(documents())
@example(call(PARIS, "2026-12-24T20:00:00+01:00"))
@example(
    call(
        MIAMI,
        "2026-11-24T12:00:00-05:00",
        earlier_calls=earlier(
            "2026-11-23T12:30:00-05:00", "2026-11-24T09:00:00-05:00", "2026-11-24T10:00:00-05:00"
        ),
    )
)
@example(call(PARIS, "2026-08-11T06:00:00Z", consent={"state": WRITTEN, "granted": "2026-08-11"}))
@example(call("+17175550100", "2026-10-17T20:30:00-04:00"))
def test_no_minute_before_the_earliest_instant_is_allowed(document: dict[str, Any]) -> None:
    request, book = read_request(document), rulebook()
    assert request.facts is not None
    assert request.at is not None
    found = answer(document)
    end = request.at + timedelta(minutes=MINUTES)
    if found["earliest_allowed"]:
        end = min(end, datetime.fromisoformat(found["earliest_allowed"]))
    minute = request.at
    while minute < end:
        assert not decide(call_at(request.facts, minute, book)).allowed, minute
        # Every minute of the last hour, every fifth before.
        minute += timedelta(minutes=1 if end - minute < timedelta(hours=1) else 5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from paths(item, (*path, number))


RICH = call(
    MIAMI,
    "2026-11-24T12:00:00-05:00",
    region="US-FL",
    postal_code="33101",
    zones=["America/New_York"],
    programme="p",
    matter="m",
    consent=[
        {"state": WRITTEN, "granted": "2026-01-01", "elements": [], "channels": ["text"],
         "times": [["08:00", "09:00"]], "valid_until": "2027-01-01"},
        {"state": "soft_opt_in", "soft_opt_in": {"own_sale": True}},
    ],
    seller={"kind": "charity", "registrations": ["us_tx"], "calls_per_month": 5},
    earlier_calls=earlier("2026-11-23T12:30:00-05:00", outcome="refused"),
    inbound_texts=[{"at": "2026-11-23T12:30:00-05:00", "body": "stop"}],
    other_withdrawals=[{"at": "2026-11-23", "scope": "all"}],
    proclaimed_days=[{"region": "US-LA", "date": "2026-12-26"}],
    emergency_declared=["US-NY"],
    inconvenient_times=[["12:00", "13:00"]],
    relationship={"last_purchase": "2026-01-01", "personal": True},
)  # fmt: skip


@QUICK
@given(JSON)
def test_any_json_gives_an_answer_or_bad_facts(document: Any) -> None:
    try:
        answer(document)
    except BadFacts:
        event("malformed")


@settings(QUICK, max_examples=200)
@given(
    st.sampled_from(sorted((path for path in paths(RICH) if path), key=str)), JSON, st.booleans()
)
def test_any_spoilt_fact_gives_an_answer_or_bad_facts(
    path: tuple[Any, ...], value: Any, remove: bool
) -> None:
    document = copy.deepcopy(RICH)
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    try:
        assert answer(document)["decision"] in ("allow", "deny")
    except BadFacts:
        event("malformed")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"number": "555"}, "number"),
        ({"number": "+1415"}, "number"),
        ({"at": "2026-11-24T12:00:00"}, "at"),
        ({"at": "2026-11-24"}, "at"),
        ({"at": 5}, "at"),
        ({"channel": "email"}, "channel"),
        ({"campaign": "sales"}, "campaign"),
        ({"region": "Florida"}, "region"),
        ({"zones": ["Mars/Olympus"]}, "zones"),
        ({"consent": {"state": "yes"}}, "consent.0.state"),
        ({"consent": {"state": "none", "grantd": "2026-01-01"}}, "consent.0.?"),
        ({"supressed": True}, "?"),
        ({"context": {"supressed": True}}, "context.?"),
        ({"context": {"registers": {"us_national": True}}}, "context.registers.us_national"),
        ({"context": {"earlier_calls": [{}]}}, "context.earlier_calls.0.at"),
        ({"context": {"company_list": "yes"}}, "context.company_list"),
    ],
)
def test_a_malformed_document_names_its_field(changed: dict[str, Any], field: str) -> None:
    document = {**call(MIAMI, "2026-11-24T12:00:00-05:00"), **changed}
    with pytest.raises(BadFacts) as raised:
        answer(document)
    assert raised.value.field == field
    assert not any(str(value) in str(raised.value) for value in changed.values())


def test_every_word_of_the_contract_is_understood() -> None:
    for channel in (Channel.VOICE_LIVE, Channel.VOICE_PRERECORDED, Channel.TEXT):
        for campaign in Purpose:
            for state in ConsentClass:
                document = call(
                    MIAMI, "2026-11-24T12:00:00-05:00", state, channel=channel, campaign=campaign
                )
                assert answer(document)["deciding_rule"]
