"""The earliest allowed instant when it lies far ahead: no minute before it is allowed.

Every hour from the asked instant up to it is judged, and every minute of its last two
days. Where the answer is that no time helps, every hour of four hundred days is denied.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from privacy.law.call_facts import read_request
from privacy.law.calling import answer, decide
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from tests.law.calls import (
    CHICAGO,
    EXPRESS,
    MIAMI,
    MOBILE_DE,
    MOBILE_FR,
    NONE,
    ORAL,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)
from tests.law.test_calling_vectors_abroad import (
    MADRID,
    MEMPHIS,
    NEW_ORLEANS,
    PHILADELPHIA,
    PROVIDENCE,
    SALT_LAKE,
    SYDNEY,
    VANCOUVER,
)

NOW = "2026-11-24T12:00:00+00:00"
FAR = timedelta(days=400)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def granted(day: str, state: str = WRITTEN) -> dict[str, Any]:
    return {"consent": {"state": state, "granted": day}}


def asked(on: str) -> dict[str, Any]:
    return {"reassigned_check": {"answer": "no", "asked_on": on}}


LATE: dict[str, tuple[dict[str, Any], str]] = {
    "FR sixty days after a refusal, C. consom. D. 223-9": (
        call(MOBILE_FR, NOW, EXPRESS,
             earlier_calls=earlier("2026-11-23T11:00:00+01:00", outcome="refusal")),
        "2027-01-25T09:00:00+00:00",
    ),
    "US seven days after a talk on the debt, 12 CFR 1006.14(b)(2)": (
        call(CHICAGO, "2026-11-24T16:00:00+00:00", campaign="debt", matter="a",
             earlier_calls=earlier("2026-11-24T09:00:00-06:00", outcome="conversation",
                                   matter="a")),
        "2026-12-01T14:00:00+00:00",
    ),
    "BC one contact in thirty days, Telemarketer Licensing Regulation": (
        call(VANCOUVER, NOW, NONE, earlier_calls=earlier("2026-11-23T12:00:00-08:00")),
        "2026-12-23T16:00:00+00:00",
    ),
    "a consent that begins in a month": (
        call(MIAMI, NOW, channel="text", **granted("2026-12-24")),
        "2026-12-25T13:00:00+00:00",
    ),
    "a consent that begins in half a year, on the other side of the clocks' change": (
        call(MIAMI, NOW, channel="text", **granted("2027-05-20")),
        "2027-05-21T12:00:00+00:00",
    ),
    "a consent that begins after a year": (
        call(MOBILE_DE, NOW, **granted("2027-12-20", EXPRESS)),
        "2027-12-20T22:59:59+00:00",
    ),
    "RI over Thanksgiving, R.I. Gen. Laws 5-61-3.6": (
        call(PROVIDENCE, "2026-11-25T23:00:00+00:00"),
        "2026-11-27T14:00:00+00:00",
    ),
    "LA over the end of a week": (
        call(NEW_ORLEANS, "2026-12-26T03:00:00+00:00"),
        "2026-12-26T14:00:00+00:00",
    ),
    "PA over Christmas, Act 47 of 2026": (
        call(PHILADELPHIA, "2026-12-25T00:30:00+00:00"),
        "2026-12-26T14:00:00+00:00",
    ),
    "UT on a Sunday, Utah Code 13-25a-103(3)": (
        call(SALT_LAKE, "2026-11-22T19:00:00+00:00", NONE),
        "2026-11-23T15:00:00+00:00",
    ),
    "AU over Christmas, a Saturday, a Sunday and the Monday for Boxing Day": (
        call(SYDNEY, "2026-12-25T00:00:00+00:00", NONE),
        "2026-12-28T22:00:00+00:00",
    ),
    "a proclaimed day after a Sunday": (
        call(NEW_ORLEANS, "2026-11-29T18:00:00+00:00",
             proclaimed_days=[{"region": "US-LA", "date": "2026-11-30"}]),
        "2026-12-01T14:00:00+00:00",
    ),
}  # fmt: skip
NEVER = {
    "a consent that begins after more than four hundred days": call(
        MIAMI, NOW, channel="text", **granted("2028-01-05")
    ),
    "on a list without an exception": call(MEMPHIS, NOW, ORAL, registers=registers(us_tn=listed())),
    "no consent for a recorded call": call(CHICAGO, NOW, NONE, channel="voice_prerecorded"),
    "no consent in Spain": call(MADRID, NOW, NONE),
}


def judge(document: dict[str, Any]) -> Any:
    """A function that says whether the call is allowed at an instant."""
    facts = read_request(document).facts
    assert facts is not None

    def allowed(at: datetime) -> bool:
        return decide(call_at(facts, at, rulebook())).allowed

    return allowed


@pytest.mark.parametrize("name", LATE)
def test_no_hour_and_no_minute_before_a_late_earliest_instant_is_allowed(name: str) -> None:
    document, expected = LATE[name]
    found = answer(document)
    assert (found["decision"], found["earliest_allowed"]) == ("deny", expected)
    allowed, at = judge(document), datetime.fromisoformat(document["at"])
    earliest = datetime.fromisoformat(expected)
    assert allowed(earliest)
    assert earliest - at <= FAR
    hours = [at + HOUR * n for n in range(int((earliest - at) / HOUR))]
    last = min(2880, int((earliest - at) / MINUTE))
    minutes = [earliest - MINUTE * n for n in range(1, last + 1)]
    assert [moment for moment in (*hours, *minutes) if allowed(moment)] == []
    assert not allowed(earliest - timedelta(microseconds=1))


@pytest.mark.parametrize("name", NEVER)
def test_where_no_time_helps_no_hour_of_four_hundred_days_is_allowed(name: str) -> None:
    document = NEVER[name]
    assert answer(document)["earliest_allowed"] is None
    allowed, at = judge(document), datetime.fromisoformat(document["at"])
    assert not any(allowed(at + HOUR * n) for n in range(400 * 24))
