"""What a record lacks only widens the bounds, and never makes a call look better kept.

Each rule that `law conduct` measures has a breach, a kept and an open case, from its text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacy.law.conduct import answer
from privacy.law.rulebook import rulebook

Calls = list[dict[str, Any]]
START = datetime(2026, 9, 1, 12, tzinfo=UTC)
PLACES = ("US", "US-WA", "US-CT", "US-VA", "US-TX", "US-PA", "US-LA", "US-IN", "US-MA", "US-SD",
          "CA", "GB", "IT", "BE", "AU", "SG", "DE", "AT")  # fmt: skip
COLUMNS = ("answered_at", "agent_at", "ended_at", "answered_by", "ring_seconds",
           "caller_number_shown", "opt_out_at", "list_age_days", "party")  # fmt: skip


def lines(calls: Calls, place: str, first: str = "2026-09-01", last: str = "2026-11-30") -> Any:
    document = {
        "jurisdiction": place,
        "campaign": "marketing",
        "period": {"from": first, "to": last},
        "calls": calls,
    }
    return answer(document)["rules"]


def one(minute: int, how: str, **more: Any) -> dict[str, Any]:
    """A whole row: `how` it came out, and every column told."""
    at = START + timedelta(minutes=minute)
    person = how in ("in time", "late", "nobody")
    answered = at + timedelta(seconds=20) if person or how == "machine" else None
    agent = {"in time": 2.0, "late": 2.5}.get(how)
    begun = answered or at
    return {
        "at": at.isoformat(),
        "answered_at": answered and answered.isoformat(),
        "agent_at": (begun + timedelta(seconds=agent)).isoformat() if agent else None,
        "ended_at": (begun + timedelta(seconds=30)).isoformat(),
        "answered_by": "person" if person else "machine" if answered else None,
        "ended_by": "called" if how == "declined" else "caller",
        "ring_seconds": 15,
        "caller_number_shown": True,
        "opt_out_at": None,
        "list_age_days": 5,
        "party": f"p{minute}",
        **more,
    }


def opted_out(row: dict[str, Any], seconds_before_end: float) -> dict[str, Any]:
    ended = datetime.fromisoformat(row["ended_at"])
    return {**row, "opt_out_at": (ended - timedelta(seconds=seconds_before_end)).isoformat()}


ROW = st.builds(
    lambda row, seconds: row if seconds is None else opted_out(row, seconds),
    st.builds(
        one,
        st.integers(0, 80 * 24 * 60),
        st.sampled_from(
            ["in time", "in time", "late", "nobody", "machine", "rang out", "declined"]
        ),
        ring_seconds=st.sampled_from([3, 14, 15, 20]),
        caller_number_shown=st.sampled_from([True, True, True, False]),
        list_age_days=st.sampled_from([1, 15, 16, 21, 22, 28, 29, 31, 32, 92, 93, 200]),
        party=st.sampled_from("abcdefgh"),
    ),
    st.sampled_from([None, None, 3, 10, 11]),
)
UNKNOWN_EACH = ("ring_seconds", "caller_number_shown", "list_age_days", "party")


def without(calls: Calls, columns: frozenset[str]) -> Calls:
    return [{**row, **dict.fromkeys(columns)} for row in calls]


def hidden(calls: Calls, cells: frozenset[tuple[int, str]]) -> Calls:
    """Single values untold, and answerers unknown."""
    found = [dict(row) for row in calls]
    for number, column in cells:
        if number < len(found):
            row = found[number]
            if column != "answered_by":
                row[column] = None
            elif row["answered_by"]:
                row["answered_by"] = "unknown"
    return found


def bounds(line: dict[str, Any]) -> tuple[float, float]:
    low, high = line["lowest"], line["highest"]
    return (0 if low is None else low), (inf if high is None else high)


def not_better(less: Any, more: Any) -> None:
    """The answer to the record that tells less holds that of the one that tells more."""
    assert [line["rule"] for line in less] == [line["rule"] for line in more]
    for poor, rich in zip(less, more, strict=True):
        (low, high), (least, most) = bounds(poor), bounds(rich)
        nothing = rich["lowest"] is rich["highest"] is None and not rich["missing"]
        # Where nothing was there to be measured, no figure lies anywhere.
        assert low <= least or nothing, rich["rule"]
        # Where nothing is left to be measured, the figure has no upper bound.
        assert most <= high or rich["highest"] is None, rich["rule"]
        if poor["verdict"] != "not_provable":
            assert poor["verdict"] == rich["verdict"], rich["rule"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ROW, max_size=12),
    st.sampled_from(PLACES),
    st.frozensets(st.sampled_from(COLUMNS)),
    st.frozensets(st.sampled_from(COLUMNS)),
)
@example(
    # Answered after three seconds: no ring to be measured, unless the answer is untold.
    [one(0, "in time", ring_seconds=3)],
    "US",
    frozenset(),
    frozenset({"answered_at", "answered_by"}),
)
@example(
    # Neither answered nor unanswered can be told, and one ring is untold.
    [one(0, "in time", ring_seconds=3), one(1, "in time", ring_seconds=None)],
    "US",
    frozenset({"answered_at", "answered_by"}),
    frozenset(),
)
def test_a_column_that_is_taken_away_never_makes_a_record_look_better(
    calls: Calls, place: str, gone: frozenset[str], more: frozenset[str]
) -> None:
    whole, some, fewer = (lines(without(calls, c), place) for c in (frozenset(), gone, gone | more))
    not_better(some, whole)
    not_better(fewer, some)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ROW, max_size=12),
    st.sampled_from(PLACES),
    st.frozensets(
        st.tuples(st.integers(0, 11), st.sampled_from([*UNKNOWN_EACH, "answered_by"])), max_size=12
    ),
)
def test_whatever_fills_an_untold_value_lies_within_the_bounds(
    calls: Calls, place: str, cells: frozenset[tuple[int, str]]
) -> None:
    not_better(lines(hidden(calls, cells), place), lines(calls, place))


Case = tuple[str, str, Calls, str]
RINGS_SHORT = [one(0, "in time"), one(1, "rang out", ring_seconds=14.9)]
RINGS_ENOUGH = [one(0, "in time"), one(1, "rang out", ring_seconds=15)]


def abandoned(late: int, of: int) -> Calls:
    return [one(n, "late" if n < late else "in time") for n in range(of)]


def ages(*days: float | None, at: str | None = None) -> Calls:
    changed = {"at": at} if at else {}
    return [one(n, "in time", list_age_days=age, **changed) for n, age in enumerate(days)]


def ends(seconds: float) -> Calls:
    return [opted_out(one(0, "in time"), seconds), one(1, "in time")]


def shown(*told: bool | None) -> Calls:
    return [one(n, "in time", caller_number_shown=value) for n, value in enumerate(told)]


def no_column(column: str, calls: Calls) -> Calls:
    return without(calls, frozenset({column}))


def by_age(rule: str, place: str, limit: float) -> list[Case]:
    """A list of the limit's age is fresh, one of a day more is not, an untold one is open."""
    return [
        (rule, place, ages(1, limit + 1), "breach"),
        (rule, place, ages(limit, limit), "no_breach"),
        (rule, place, ages(1, None), "not_provable"),
        (rule, place, no_column("list_age_days", ages(1)), "not_provable"),
    ]


def by_number(rule: str, place: str) -> list[Case]:
    return [
        (rule, place, shown(True, False), "breach"),
        (rule, place, shown(True, True), "no_breach"),
        (rule, place, shown(True, None), "not_provable"),
    ]


def by_end(rule: str, place: str) -> list[Case]:
    return [
        (rule, place, ends(10.1), "breach"),
        (rule, place, ends(10), "no_breach"),
        (rule, place, no_column("ended_at", ends(10)), "not_provable"),
        (rule, place, no_column("opt_out_at", ends(11)), "not_provable"),
    ]


CASES: dict[str, list[Case]] = {
    # "no more than three percent of all telemarketing calls answered live by a person", within
    # two seconds of the greeting, over thirty days: 47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4).
    "three per cent": [
        ("us-fed-abandonment", "US", abandoned(4, 100), "breach"),
        ("us-fed-abandonment", "US", abandoned(3, 100), "no_breach"),
        ("us-fed-abandonment", "US", no_column("agent_at", abandoned(3, 100)), "not_provable"),
        # The four may all have been machines.
        ("us-fed-abandonment", "US", no_column("answered_by", abandoned(4, 100)), "not_provable"),
    ],
    # Va. Code 59.1-513.1 has no share: an abandoned call needs its message.
    "Virginia": [
        ("us-va-abandon", "US-VA", abandoned(0, 9), "no_breach"),
        ("us-va-abandon", "US-VA", abandoned(1, 9), "not_provable"),
    ],
    # CRTC Unsolicited Telecommunications Rules, Part III: five per cent in a calendar month.
    "five per cent": [
        ("ca-abandonment", "CA", abandoned(6, 100), "breach"),
        ("ca-abandonment", "CA", abandoned(5, 100), "no_breach"),
        ("ca-abandonment", "CA", no_column("answered_at", abandoned(5, 100)), "not_provable"),
    ],
    # Ofcom, 20 December 2016: any abandoned call can count.
    "Ofcom": [
        ("gb-abandonment", "GB", abandoned(1, 1000), "breach"),
        ("gb-abandonment", "GB", abandoned(0, 1000), "no_breach"),
        ("gb-abandonment", "GB", no_column("ended_at", [one(0, "nobody"), one(1, "in time")]),
         "not_provable"),
    ],
    # "at least 15 seconds or four rings": 47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii).
    "ring": [
        ("us-fed-ring", "US", RINGS_SHORT, "breach"),
        ("us-fed-ring", "US", RINGS_ENOUGH, "no_breach"),
        ("us-fed-ring", "US", [one(0, "in time"), one(1, "declined", ring_seconds=2)], "no_breach"),
        ("us-fed-ring", "US", no_column("ring_seconds", RINGS_ENOUGH), "not_provable"),
        ("us-fed-ring", "US", no_column("answered_at", RINGS_SHORT), "not_provable"),
        ("us-fed-ring", "US", [], "no_breach"),
    ],
    # Caller identification: 47 CFR 64.1601(e); 16 CFR 310.4(a)(8).
    "number, US": by_number("us-fed-caller-id", "US"),
    # PECR reg. 21(A1): the person making the call does not prevent the number's display.
    "number, GB": by_number("gb-id", "GB"),
    # UWG 7a and TKG 15(2): the number is transmitted; TKG 2021 174; Industry Standard 2017.
    "number, DE": by_number("de-consent", "DE"),
    "number, AT": by_number("at-consent", "AT"),
    # RCW 80.36.390: the call ends within ten seconds of a refusal; Conn. Gen. Stat. 42-288a.
    "end, WA": by_end("us-wa-disclosure", "US-WA"),
    "end, CT": by_end("us-ct-disclosure", "US-CT"),
    "end, own": by_end("policy.opt_out_latency", "US"),
    # "no more than 31 days prior": 47 CFR 64.1200(c)(2)(i)(D); 16 CFR 310.4(b)(3)(iv).
    "list, US": by_age("us-fed-dnc-national", "US", 31),
    "list, SD": by_age("us-sd-dnc", "US-SD", 31),
    "list, VA": by_age("us-va-optout", "US-VA", 31),
    # La. R.S. 45:844.14 (monthly); Ind. Code 24-4.7, 201 CMR 12.05, 73 P.S. 2245.2 (quarterly).
    "list, LA": by_age("us-la-dnc", "US-LA", 31),
    "list, IN": by_age("us-in-dnc", "US-IN", 92),
    "list, MA": by_age("us-ma-dnc", "US-MA", 92),
    "list, PA": by_age("us-pa-dnc", "US-PA", 92),
    # UTR Part II: 31 days. PECR reg. 21(4): 28. DPR 26/2022: 15. Industry practice and
    # Do Not Call Register Act 2006: 30. PDPA Part 9: 21.
    "list, CA": by_age("ca-dncl", "CA", 31),
    "list, GB": by_age("gb-live", "GB", 28),
    "list, IT": by_age("it-rpo", "IT", 15),
    "list, BE": by_age("be-dnc", "BE", 30),
    "list, SG": by_age("sg-dnc", "SG", 21),
    # Tex. Bus. & Com. Code 304.052: quarterly lists of 1 July, binding sixty days later. A list of
    # 30 June (age 61 on 30 August, 62 on 31 August) is ended on 30 August.
    "list, TX": [
        ("us-tx-dnc", "US-TX", ages(80, at="2026-09-01T12:00:00Z"), "breach"),
        ("us-tx-dnc", "US-TX", ages(62, at="2026-09-01T12:00:00Z"), "no_breach"),
        ("us-tx-dnc", "US-TX", ages(None, at="2026-09-01T12:00:00Z"), "not_provable"),
    ],
    # Our own policy: two hours between two calls to one person.
    "gap": [
        ("policy.minimum_gap", "US",
         [one(0, "in time", party="a"), one(119, "in time", party="a")], "breach"),
        ("policy.minimum_gap", "US",
         [one(0, "in time", party="a"), one(120, "in time", party="a")], "no_breach"),
        ("policy.minimum_gap", "US",
         [one(0, "in time", party="a"), one(1, "in time", party=None)], "not_provable"),
    ],
}  # fmt: skip
ALL = [(f"{name} {n}", case) for name, cases in CASES.items() for n, case in enumerate(cases)]


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[name for name, _ in ALL])
def test_each_rule_is_broken_kept_and_left_open(case: Case) -> None:
    rule, place, calls, verdict = case
    (line,) = [line for line in lines(calls, place) if line["rule"] == rule]
    assert line["verdict"] == verdict
    assert bool(line["missing"]) or verdict != "not_provable" or rule == "us-va-abandon"
    if not rule.startswith("policy."):
        assert line["citation"] == rulebook().by_id[rule].citation


def test_every_rule_of_today_that_is_measured_has_its_cases() -> None:
    measured = {line["rule"] for place in PLACES for line in lines([], place)}
    every = {
        line["rule"]
        for rule in rulebook().rules
        if rule.jurisdiction != "EU"
        for line in lines([], rule.jurisdiction)
    }
    assert every == measured
    assert measured - {"au-dncr"} == {rule for cases in CASES.values() for rule, _, _, _ in cases}


def test_australia_has_a_list_to_be_washed_in_thirty_days_and_a_number_to_be_shown() -> None:
    def verdicts(calls: Calls) -> list[str]:
        return [line["verdict"] for line in lines(calls, "AU") if line["rule"] == "au-dncr"]

    assert verdicts(ages(30)) == ["no_breach", "no_breach"]
    assert verdicts(ages(31)) == ["breach", "no_breach"]
    assert verdicts(shown(False)) == ["no_breach", "breach"]
    assert verdicts([one(0, "in time", list_age_days=None, caller_number_shown=None)]) == [
        "not_provable", "not_provable",
    ]  # fmt: skip


def test_calls_of_days_before_a_rule_was_in_force_do_not_break_it() -> None:
    """The 31 days of Virginia's rule begin with 2026; an older list of 2025 breaks nothing."""

    def verdict(age: float, at: str) -> str:
        found = lines(ages(age, at=at), "US-VA", "2025-12-01", "2026-01-31")
        return str(next(line["verdict"] for line in found if line["rule"] == "us-va-optout"))

    assert verdict(40, "2025-12-31T12:00:00-05:00") == "no_breach"
    assert verdict(40, "2026-01-01T12:00:00-05:00") == "breach"


def test_days_are_those_of_the_record_s_own_clock() -> None:
    """The last evening of September in Los Angeles is October in UTC, and still September's."""
    late = one(0, "late", at="2026-09-30T20:00:00-07:00")
    after = one(0, "late", at="2026-10-01T00:00:00-07:00")

    def share(call: dict[str, Any]) -> Any:
        found = lines([call], "US", "2026-09-01", "2026-09-30")
        return next(line for line in found if line["rule"] == "us-fed-abandonment")

    assert (share(late)["rows"], share(late)["verdict"]) == (1, "breach")
    assert (share(after)["rows"], share(after)["verdict"]) == (0, "no_breach")


def test_ofcom_s_former_three_per_cent_were_counted_day_by_day() -> None:
    """Ofcom 2010: three per cent over 24 hours; a bad day is not made good by another."""

    def day(date: str, late: int, of: int) -> Calls:
        return [
            {**one(n, "late" if n < late else "in time"), "at": f"{date}T12:00:00Z"}
            for n in range(of)
        ]

    calls = day("2016-06-01", 4, 100) + day("2016-06-02", 0, 900)
    found = lines(calls, "GB", "2016-06-01", "2016-06-30")
    share = next(line for line in found if line["rule"] == "gb-abandonment-old")
    assert (share["verdict"], share["lowest"]) == ("breach", 0.04)


def test_a_call_that_ends_before_its_answer_proves_nothing() -> None:
    row = one(0, "nobody")
    row["ended_at"] = row["at"]
    found = lines([row, one(1, "in time")], "US")
    share = next(line for line in found if line["rule"] == "us-fed-abandonment")
    assert (share["verdict"], share["missing"]) == ("not_provable", ["ended_at"])


def test_an_opt_out_after_the_call_kept_nobody_on_the_line() -> None:
    found = lines([opted_out(one(0, "in time"), -3600)], "US")
    latency = next(line for line in found if line["rule"] == "policy.opt_out_latency")
    assert (latency["verdict"], latency["lowest"]) == ("no_breach", 0)


@pytest.mark.parametrize("spoil", [lambda row: row.pop("ended_by"), lambda row: None])
def test_who_is_not_said_to_have_declined_was_rung_by_the_caller(
    spoil: Callable[[dict[str, Any]], Any],
) -> None:
    row = one(1, "rang out", ring_seconds=3)
    spoil(row)
    found = lines([one(0, "in time"), row], "US")
    assert next(line for line in found if line["rule"] == "us-fed-ring")["verdict"] == "breach"
