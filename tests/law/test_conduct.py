"""Conduct over a period: a breach only if even the best reading of the record is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.law.conduct import answer

START = datetime(2026, 9, 1, 15, tzinfo=UTC)
GOOD, LATE = 1.0, 2.001


def row(minute: int, agent_after: float | None = GOOD, **changed: Any) -> dict[str, Any]:
    """A call that a person answered; `agent_after` in seconds, None: nobody came."""
    at = START + timedelta(minutes=minute)
    answered = at + timedelta(seconds=20)
    agent = None if agent_after is None else answered + timedelta(seconds=agent_after)
    return {
        "at": at.isoformat(),
        "answered_at": answered.isoformat(),
        "agent_at": agent.isoformat() if agent else None,
        "ended_at": (answered + timedelta(seconds=60)).isoformat(),
        "answered_by": "person",
        "ring_seconds": 20,
        "caller_number_shown": True,
        "opt_out_at": None,
        **changed,
    }


def judged(
    calls: list[dict[str, Any]], rule: str, jurisdiction: str = "US", last: str = "2026-09-30"
) -> dict[str, Any]:
    document = {
        "jurisdiction": jurisdiction,
        "campaign": "marketing",
        "period": {"from": "2026-09-01", "to": last},
        "calls": calls,
    }
    found = answer(document)["rules"]
    return next(line for line in found if line["rule"] == rule)


def mixed(late: int, good: int) -> list[dict[str, Any]]:
    return [row(n, LATE) for n in range(late)] + [row(late + n) for n in range(good)]


def test_three_per_cent_is_no_breach_and_one_call_more_is() -> None:
    kept = judged(mixed(3, 97), "us-fed-abandonment")
    assert (kept["verdict"], kept["highest"], kept["limit"]) == ("no_breach", 0.03, 0.03)
    assert kept["citation"].startswith("47 CFR 64.1200(a)(7)")
    assert judged(mixed(4, 96), "us-fed-abandonment")["verdict"] == "breach"


def test_an_agent_exactly_two_seconds_after_the_answer_is_in_time() -> None:
    assert judged([row(0, 2.0)], "us-fed-abandonment")["verdict"] == "no_breach"
    assert judged([row(0, 2.001)], "us-fed-abandonment")["verdict"] == "breach"


def test_a_missing_agent_column_is_not_provable_and_is_named() -> None:
    found = judged([row(n, None) for n in range(5)], "us-fed-abandonment")
    assert (found["verdict"], found["lowest"], found["highest"]) == ("not_provable", 0.0, 1.0)
    assert found["missing"] == ["agent_at"]


def test_nobody_came_counts_where_the_record_has_agents() -> None:
    found = judged([row(0), row(1, None)], "us-fed-abandonment")
    assert (found["verdict"], found["lowest"]) == ("breach", 0.5)


def test_who_hangs_up_at_once_was_not_abandoned() -> None:
    answered = START + timedelta(minutes=1, seconds=20)
    quick = row(1, None, ended_at=(answered + timedelta(seconds=2)).isoformat())
    assert judged([row(0), quick], "us-fed-abandonment")["verdict"] == "no_breach"


def test_machines_do_not_count_and_an_unknown_answerer_leaves_the_share_open() -> None:
    machines = [row(n, None, answered_by="machine") for n in range(50)]
    assert judged([row(60), *machines], "us-fed-abandonment")["rows"] == 1
    unknown = [row(n, LATE, answered_by="unknown") for n in range(5)]
    found = judged([row(60), *unknown], "us-fed-abandonment")
    assert (found["verdict"], found["lowest"]) == ("not_provable", 0.0)


def test_each_thirty_days_are_measured_by_themselves() -> None:
    # 5 of 100 in the first thirty days, none of 200 later: 1.7 per cent over all, still a breach.
    later = [row(31 * 24 * 60 + n) for n in range(200)]
    found = judged([*mixed(5, 95), *later], "us-fed-abandonment", last="2026-10-31")
    assert (found["verdict"], found["lowest"]) == ("breach", 0.05)


def test_ofcom_has_no_safe_rate_any_abandoned_call_can_count() -> None:
    found = judged(mixed(1, 999), "gb-abandonment", "GB")
    assert (found["verdict"], found["limit"]) == ("breach", 0.0)


def test_virginia_without_its_message_is_not_provable() -> None:
    assert judged(mixed(1, 9), "us-va-abandon", "US-VA")["verdict"] == "not_provable"
    assert judged(mixed(0, 9), "us-va-abandon", "US-VA")["verdict"] == "no_breach"


def test_an_unanswered_call_rings_fifteen_seconds() -> None:
    answered = row(0)
    unanswered = {"answered_at": None, "agent_at": None, "answered_by": None}
    short = row(1, ring_seconds=14, **unanswered)
    enough = row(1, ring_seconds=15, **unanswered)
    assert judged([answered, short], "us-fed-ring")["verdict"] == "breach"
    assert judged([answered, enough], "us-fed-ring")["verdict"] == "no_breach"
    rejected = row(1, ring_seconds=3, ended_by="called", **unanswered)
    assert judged([answered, rejected], "us-fed-ring")["verdict"] == "no_breach"
    untold = row(1, ring_seconds=None, **unanswered)
    assert judged([answered, untold], "us-fed-ring")["verdict"] == "not_provable"


def test_a_withheld_number_is_a_breach_and_an_untold_one_not_provable() -> None:
    assert judged([row(0), row(1, caller_number_shown=False)], "us-fed-caller-id")["verdict"] == (
        "breach"
    )
    assert judged([row(0, caller_number_shown=None)], "gb-id", "GB")["verdict"] == "not_provable"


def test_a_call_ends_ten_seconds_after_a_refusal_in_washington() -> None:
    answered = START + timedelta(seconds=20)
    ended = answered + timedelta(seconds=60)
    asked = [
        row(0, opt_out_at=(ended - timedelta(seconds=seconds)).isoformat()) for seconds in (10, 11)
    ]
    assert judged(asked[:1], "us-wa-disclosure", "US-WA")["verdict"] == "no_breach"
    assert judged(asked[1:], "us-wa-disclosure", "US-WA")["verdict"] == "breach"


def test_list_freshness_and_our_own_gap_of_two_hours() -> None:
    fresh = [row(0, list_age_days=31, party="a"), row(121, list_age_days=5, party="a")]
    assert judged(fresh, "us-fed-dnc-national")["verdict"] == "no_breach"
    assert judged(fresh, "policy.minimum_gap")["verdict"] == "no_breach"
    stale = [row(0, list_age_days=32, party="a"), row(119, list_age_days=1, party="a")]
    assert judged(stale, "us-fed-dnc-national")["verdict"] == "breach"
    gap = judged(stale, "policy.minimum_gap")
    assert (gap["verdict"], gap["citation"]) == ("breach", "own policy")
    assert judged([row(0)], "us-fed-dnc-national")["missing"] == ["list_age_days"]


def test_an_empty_record_shows_no_breach_of_abandonment() -> None:
    assert judged([], "us-fed-abandonment")["verdict"] == "no_breach"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"jurisdiction": "JP"}, "jurisdiction"),
        ({"jurisdiction": None}, "jurisdiction"),
        ({"period": {"from": "2026-09-02", "to": "2026-09-01"}}, "period"),
        ({"period": {"from": "2026-09-02"}}, "period.to"),
        ({"calls": [{"answered_at": "2026-09-02T10:00:00Z"}]}, "calls.0.at"),
        ({"calls": [{"at": "2026-09-02T10:00:00"}]}, "calls.0.at"),
        ({"calls": None}, "calls"),
    ],
)
def test_a_malformed_record_names_its_field(changed: dict[str, Any], field: str) -> None:
    document = {
        "jurisdiction": "US",
        "campaign": "marketing",
        "period": {"from": "2026-09-01", "to": "2026-09-30"},
        "calls": [],
    }
    with pytest.raises(BadFacts) as raised:
        answer({**document, **changed})
    assert raised.value.field == field


CALLS = st.lists(
    st.builds(
        row,
        st.integers(0, 60 * 24 * 20),
        st.sampled_from([GOOD, LATE, None]),
        answered_by=st.sampled_from(["person", "machine", "unknown"]),
    ),
    max_size=30,
)


@given(CALLS)
def test_filling_in_what_was_open_stays_within_the_bounds(calls: list[dict[str, Any]]) -> None:
    open_share = judged(calls, "us-fed-abandonment")
    for filled in ("person", "machine"):
        known = [
            {**c, "answered_by": filled if c["answered_by"] == "unknown" else c["answered_by"]}
            for c in calls
        ]
        share = judged(known, "us-fed-abandonment")
        assert open_share["lowest"] <= share["lowest"] <= share["highest"] <= open_share["highest"]
