"""What holds for every request: never later than the law, and no surprise for any facts."""

from __future__ import annotations

import copy
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.clock_facts import EVENT_TYPES, RISKS
from privacy.law.clock_rules import clock_rules
from privacy.law.deadlines import answer
from tests.law.clock_cases import (
    EU,
    UK,
    ask,
    asked_identity,
    event,
    facts,
    library_days,
    walked_due,
    walked_month_end,
    walked_working_day,
)

SEATS = {
    EU: ("DE-BE", "DE-BY", "AT", "FR", "IE", "PL"),
    UK: ("GB-ENG", "GB-SCT", "GB-NIR", "GB-WLS"),
}
LAWS = sorted(clock_rules().laws)
KINDS = sorted({kind for clock in clock_rules().clocks.values() for kind in clock.applies_to})
days = st.dates(date(2026, 2, 5), date(2032, 12, 31))
seats = st.sampled_from([(law, seat) for law, codes in SEATS.items() for seat in codes])


def due_of(law: str, received: date, seat: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    return ask(law, "access", received.isoformat(), holiday_calendar=seat, events=events)


def pause(received: date, asked: int, took: int) -> list[dict[str, Any]]:
    asked_on = received + timedelta(days=asked)
    answered_on = asked_on + timedelta(days=took)
    return [
        asked_identity(asked_on.isoformat()),
        event("identity_received", answered_on.isoformat()),
    ]


def clarified(received: date, asked: int, took: int) -> list[dict[str, Any]]:
    asked_on = received + timedelta(days=asked)
    answered_on = (asked_on + timedelta(days=took)).isoformat()
    return [
        event("clarification_requested", asked_on.isoformat(), undue_delay=False),
        event("clarification_received", answered_on),
    ]


@given(days, seats)
def test_due_and_extended_due_agree_with_the_second_way(
    received: date, seat: tuple[str, str]
) -> None:
    found = due_of(seat[0], received, seat[1], [])
    assert found["due"] == walked_due(received, 1, seat[1]).isoformat()
    assert found["extended_due"] == walked_due(received, 3, seat[1]).isoformat()


@given(days, seats, st.integers(0, 27), st.integers(0, 60))
def test_a_paused_day_is_never_later_than_the_latest_naive_reading(
    received: date, seat: tuple[str, str], asked: int, took: int
) -> None:
    """The latest reading: the month from the last event, and every paused day on top, both ends."""
    law, code = seat
    for events in (pause(received, asked, took), clarified(received, asked, took)):
        found = due_of(law, received, code, events)
        last = date.fromisoformat(events[-1]["at"])
        end = walked_month_end(last, 1) + timedelta(days=took + 1)
        assert found["due"] <= walked_working_day(end, code).isoformat()


@given(days, seats, st.integers(0, 27), st.integers(0, 60))
def test_a_pause_never_shortens_and_the_safe_day_is_never_later(
    received: date, seat: tuple[str, str], asked: int, took: int
) -> None:
    law, code = seat
    plain = due_of(law, received, code, [])
    for events in (pause(received, asked, took), clarified(received, asked, took)):
        found = due_of(law, received, code, events)
        assert found["due"] >= plain["due"]
        assert found["extended_due"] >= plain["extended_due"]
        assert found["safe_due"] is None or plain["due"] <= found["safe_due"] < found["due"]


@given(days, seats, st.integers(0, 27), st.integers(0, 60))
def test_a_last_day_under_the_regulation_is_a_working_day(
    received: date, seat: tuple[str, str], asked: int, took: int
) -> None:
    law, code = seat
    found = due_of(law, received, code, pause(received, asked, took))
    for name in ("due", "extended_due"):
        day = date.fromisoformat(found[name])
        assert day.weekday() < 5
        assert day not in library_days(code, day.year)


@given(days, st.sampled_from(LAWS), st.sampled_from(KINDS))
def test_a_later_receipt_never_gives_an_earlier_day(received: date, law: str, kind: str) -> None:
    first = outcome(facts(law, kind, received.isoformat()))
    second = outcome(facts(law, kind, (received + timedelta(days=1)).isoformat()))
    for name in ("due", "acknowledge_due", "extended_due", "not_before"):
        if first and second and first[name] and second[name]:
            assert first[name] <= second[name]


@given(days, st.sampled_from(LAWS), st.sampled_from(KINDS))
def test_every_reading_that_is_safe_is_not_later_than_the_limit(
    received: date, law: str, kind: str
) -> None:
    found = outcome(facts(law, kind, received.isoformat()))
    assume(found is not None)
    assert found is not None
    if found["safe_due"]:
        assert found["safe_due"] < (found["due"] or found["acknowledge_due"])
    if found["extended_due"] and found["due"]:
        assert found["due"] <= found["extended_due"]


@given(days, seats, st.integers(1, 120))
def test_an_extension_reaches_three_months_from_receipt_and_only_in_time(
    received: date, seat: tuple[str, str], after: int
) -> None:
    law, code = seat
    noticed = received + timedelta(days=after)
    notice = [event("extension_notice", noticed.isoformat(), reason="complex")]
    limit = walked_due(received, 1, code)
    if noticed > limit:
        with pytest.raises(NotAllowedByLaw) as raised:
            due_of(law, received, code, notice)
        assert raised.value.limit == limit.isoformat()
    else:
        found = due_of(law, received, code, notice)
        assert found["next_due"] == walked_due(received, 3, code).isoformat()


@given(st.datetimes(datetime(2018, 5, 25), datetime(2040, 1, 1)))  # noqa: DTZ001
def test_a_breach_is_always_seventy_two_elapsed_hours(naive: datetime) -> None:
    found = ask(EU, "breach", naive.isoformat(timespec="seconds") + "Z")
    aware = datetime.fromisoformat(naive.isoformat(timespec="seconds") + "+00:00")
    assert datetime.fromisoformat(found["due"]) - aware == timedelta(hours=72)


# --- any facts at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
dates = st.dates(date(1999, 12, 1), date(2200, 1, 31)).map(date.isoformat)
instants = st.datetimes(datetime(2018, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.isoformat() + "+02:00"
)
near = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat)
events_given = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(EVENT_TYPES), "at": near | instants},
        optional={
            "undue_delay": st.booleans(),
            "large_amount": st.booleans(),
            "reasonable_doubt": st.booleans(),
            "reason": st.text(max_size=5),
            "until": near,
        },
    ),
    max_size=6,
)
documents = st.fixed_dictionaries(
    {
        "law": st.sampled_from(LAWS),
        "request_kind": st.sampled_from(KINDS),
        "received": near | dates | instants,
        "holiday_calendar": st.sampled_from(["DE-BE", "GB-SCT", "US-CA", "CH-ZH", "AU", "IN-MH"]),
        "zone": st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"]),
        "events": events_given,
    },
    optional={"as_of": near, "risk": st.sampled_from(RISKS)},
)


def outcome(document: Any) -> dict[str, Any] | None:
    """The answer, or None where the facts or the law refuse; anything else is a failure."""
    try:
        return answer(document)
    except (BadFacts, NotAllowedByLaw):
        return None


@given(json_values)
def test_any_json_is_answered_or_refused(document: Any) -> None:
    assert outcome(document) is None


@given(st.sampled_from(["law", "zone", "received", "events", "risk", "as_of"]), json_values)
def test_any_json_in_any_field_is_answered_or_refused(field: str, value: Any) -> None:
    outcome({**facts(EU, "access", "2026-11-24"), field: value})


@settings(max_examples=600)
@given(documents)
def test_any_events_give_one_whole_answer_or_a_refusal(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    found = outcome(document)
    assert document == before, "the facts are not changed"
    if found is None:
        return
    assert found == answer(copy.deepcopy(document)), "the same facts give the same answer"
    assert json.loads(json.dumps(found)) == found
    assert found["state"] in {"running", "paused", "not_started", "answered"}
    if found["state"] in {"paused", "not_started"}:
        assert found["due"] is None
    if found["state"] == "paused":
        assert found["due_if_answered"]
    assert all(step["citation"] for step in found["steps"])
    assert all(reading["citation"] for reading in found["readings"])
    if found["due"] and found["safe_due"]:
        assert found["safe_due"] < found["due"]
