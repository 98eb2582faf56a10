"""Figures of single regulators decide: abandonment, revoke-all's day, emergencies, closed days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from privacy.law.calling import answer
from privacy.law.conduct import answer as conduct
from tests.law.calls import CHICAGO, NEW_YORK, WRITTEN, call
from tests.law.test_calling_vectors_abroad import BIRMINGHAM, NEW_ORLEANS, ct, et


def calls(day: str, late: int, good: int) -> list[dict[str, Any]]:
    """Answered calls of one day: `late` without an agent in time, `good` with one."""
    found = []
    for number in range(late + good):
        at = datetime.fromisoformat(f"{day}T15:00:00+00:00") + timedelta(seconds=20 * number)
        waits = 3 if number < late else 1
        found.append(
            {
                "at": at.isoformat(),
                "answered_at": at.isoformat(),
                "agent_at": (at + timedelta(seconds=waits)).isoformat(),
                "answered_by": "person",
                "ended_at": (at + timedelta(seconds=60)).isoformat(),
            }
        )
    return found


def verdict(rule: str, place: str, period: tuple[str, str], rows: list[dict[str, Any]]) -> str:
    document = {"jurisdiction": place, "campaign": "marketing", "calls": rows}
    found = conduct({**document, "period": {"from": period[0], "to": period[1]}})
    return str(next(line["verdict"] for line in found["rules"] if line["rule"] == rule))


SEPTEMBER, AUTUMN = ("2026-09-01", "2026-09-30"), ("2026-09-01", "2026-10-31")
OLD = ("2016-06-01", "2016-06-02")
ABANDONED = [
    # FCC and FTC, 47 CFR 64.1200(a)(7), 16 CFR 310.4(b)(4): 3 per cent over 30 days.
    ("us-fed-abandonment", "US", SEPTEMBER, [("2026-09-02", 3, 97)], "no_breach"),
    ("us-fed-abandonment", "US", SEPTEMBER, [("2026-09-02", 4, 96)], "breach"),
    ("us-fed-abandonment", "US", SEPTEMBER, [("2026-09-02", 4, 46), ("2026-09-29", 0, 90)],
     "no_breach"),
    ("us-fed-abandonment", "US", AUTUMN, [("2026-09-02", 4, 46), ("2026-10-05", 0, 90)], "breach"),
    # CRTC, Unsolicited Telecommunications Rules Part III: 5 per cent of a calendar month.
    ("ca-abandonment", "CA", SEPTEMBER, [("2026-09-02", 5, 95)], "no_breach"),
    ("ca-abandonment", "CA", SEPTEMBER, [("2026-09-02", 6, 94)], "breach"),
    ("ca-abandonment", "CA", AUTUMN, [("2026-09-30", 6, 44), ("2026-10-01", 0, 90)], "breach"),
    # Ofcom until 28 February 2017: 3 per cent over 24 hours; since then any call can count.
    ("gb-abandonment-old", "GB", OLD, [("2016-06-01", 3, 97)], "no_breach"),
    ("gb-abandonment-old", "GB", OLD, [("2016-06-01", 4, 46), ("2016-06-02", 0, 90)], "breach"),
    ("gb-abandonment", "GB", SEPTEMBER, [("2026-09-02", 0, 99)], "no_breach"),
    ("gb-abandonment", "GB", SEPTEMBER, [("2026-09-02", 1, 999)], "breach"),
    # Va. Code 59.1-513.1 has two seconds and no share.
    ("us-va-abandon", "US-VA", SEPTEMBER, [("2026-09-02", 1, 99)], "not_provable"),
    ("us-va-abandon", "US-VA", SEPTEMBER, [("2026-09-02", 0, 99)], "no_breach"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "period", "days", "expected"), ABANDONED)
def test_each_regulator_has_its_own_share_and_span(
    rule: str,
    place: str,
    period: tuple[str, str],
    days: list[tuple[str, int, int]],
    expected: str,
) -> None:
    rows = [row for day in days for row in calls(*day)]
    assert verdict(rule, place, period, rows) == expected


@pytest.mark.parametrize(
    ("at", "decision"),
    [("2027-01-30T12:00:00-06:00", "allow"), ("2027-01-31T12:00:00-06:00", "deny"),
     ("2027-02-01T12:00:00-06:00", "deny")],
)  # fmt: skip
def test_revoke_all_decides_from_its_day_on(at: str, decision: str) -> None:
    """47 CFR 64.1200(a)(10); DA 26-12: suspended until 31 January 2027."""
    revoked = [{"programme": "reminders", "at": "2026-12-01"}]
    document = call(
        CHICAGO,
        at,
        channel="text",
        consent={"state": WRITTEN, "granted": "2026-01-05"},
        programme="offers",
        other_withdrawals=revoked,
        reassigned_check={"answer": "no", "asked_on": "2027-01-25"},
    )
    found = answer(document)
    assert found["decision"] == decision, found["rules"]
    if decision == "deny":
        assert found["deciding_rule"] == "us-fed-revoke-all"


@pytest.mark.parametrize(
    ("number", "at", "rule", "region"),
    [(NEW_ORLEANS, ct("12:00"), "us-la-emergency", "US-LA"),
     (NEW_YORK, et("12:00"), "us-ny-emergency", "US-NY")],
)  # fmt: skip
def test_an_emergency_bans_while_it_is_declared_and_where(
    number: str, at: str, rule: str, region: str
) -> None:
    """La. R.S. 45:844.31; N.Y. Gen. Bus. Law 399-z(5-a)."""
    found = answer(call(number, at, emergency_declared=[region]))
    assert (found["decision"], found["deciding_rule"]) == ("deny", rule)
    for declared in ([], ["US-TX"]):
        assert answer(call(number, at, emergency_declared=declared))["decision"] == "allow"
    # A county cannot be placed: it counts everywhere.
    county = answer(call(number, at, emergency_declared=["Erie County"]))
    assert county["deciding_rule"] == rule


@pytest.mark.parametrize(
    ("number", "rule", "region"),
    [(NEW_ORLEANS, "us-la-hours", "US-LA"), (BIRMINGHAM, "us-al-hours", "US-AL")],
)
def test_a_proclaimed_day_closes_like_a_holiday_of_its_place(
    number: str, rule: str, region: str
) -> None:
    """Both close legal holidays, and a proclaimed day is one (citations: the two rules)."""
    at = ct("12:00")

    def told(where: str, day: str) -> dict[str, Any]:
        return answer(call(number, at, proclaimed_days=[{"region": where, "date": day}]))

    closed = told(region, "2026-11-24")
    assert (closed["decision"], closed["deciding_rule"]) == ("deny", rule)
    assert closed["earliest_allowed"] == "2026-11-25T14:00:00+00:00"
    assert told(region, "2026-11-25")["decision"] == "allow"
    assert told("US-TX", "2026-11-24")["decision"] == "allow"
