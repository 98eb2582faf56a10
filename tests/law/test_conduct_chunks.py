"""Conduct in chunks: any split, any order and any joining gives the answer of the whole."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.law import conduct, conduct_gaps
from privacy.law.conduct_columns import Carried, chunk, day_number, parties
from privacy.law.conduct_rows import chunks, read_head
from privacy.terms import Purpose
from tests.law.test_conduct_properties import COLUMNS, PLACES, ROW, Calls, hidden, one, without

KEY = bytes(32)
PERIOD = date(2026, 9, 5), date(2026, 11, 10)


def sums(place: str, calls: Calls) -> conduct.Sums:
    made = conduct.begin(place, Purpose.MARKETING, *PERIOD)
    for some in chunks(calls, KEY):
        made.add(some)
    return made


def told(made: conduct.Sums) -> tuple[int, Any, Any]:
    return made.calls, made.rules(), made.spans()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ROW, max_size=24).flatmap(
        lambda calls: st.tuples(st.just(calls), st.permutations(calls))
    ),
    st.sampled_from(PLACES),
    st.frozensets(st.sampled_from(COLUMNS), max_size=2),
    st.frozensets(
        st.tuples(st.integers(0, 23), st.sampled_from([*COLUMNS[:3], "ring_seconds", "party"])),
        max_size=24,
    ),
    st.lists(st.integers(0, 24), max_size=6),
    st.randoms(use_true_random=False),
    st.sampled_from([1, 3, 1_000_000]),
)
def test_any_split_any_order_and_any_joining_gives_the_answer_of_the_whole(
    drawn: tuple[Calls, Calls],
    place: str,
    gone: frozenset[str],
    cells: frozenset[tuple[int, str]],
    cuts: list[int],
    random: Any,
    held: int,
) -> None:
    """Also where the gaps go through their file, and where a chunk lacks what another carries."""
    whole = sums(place, hidden(without(drawn[0], gone), cells))
    order = {id(call): number for number, call in enumerate(drawn[0])}
    calls = hidden(without(drawn[0], gone), cells)
    mixed = [calls[order[id(call)]] for call in drawn[1]]
    edges = [0, *sorted(min(cut, len(mixed)) for cut in cuts), len(mixed)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conduct_gaps, "HELD", held)
        parts = [sums(place, mixed[first:last]) for first, last in pairwise(edges)]
        while len(parts) > 1:
            one_part, other = (parts.pop(random.randrange(len(parts))) for _ in range(2))
            one_part.join(other)
            parts.append(one_part)
        assert told(parts[0]) == told(whole)


def test_a_column_that_only_a_later_chunk_carries_decides_how_earlier_rows_are_read() -> None:
    """Without agents the share is open; one agent later says that nobody came to the others."""
    early = sums("US", [one(5 * 1440 + n, "nobody") for n in range(3)])
    assert early.spans()[0]["missing"] == ["agent_at"]
    early.join(sums("US", [one(5 * 1440 + 9, "in time")]))
    (span,) = early.spans()
    assert (span["lowest"], span["highest"], span["missing"]) == (0.75, 0.75, [])


def test_each_successive_thirty_days_of_a_campaign_have_their_own_share() -> None:
    """By hand: of 4 answered in the first thirty days 1 late; of 2 in the last days 2, or 1."""
    first = [one(5 * 1440 + n, "late" if n == 0 else "in time") for n in range(4)]
    last = [one(40 * 1440, "late"), one(40 * 1440 + 1, "late", answered_by="unknown")]
    spans = sums("US", first + last).spans()
    assert [
        (s["rule"], s["begins_on"], s["ends_on"], s["lowest"], s["highest"], s["rows"])
        for s in spans
    ] == [
        ("us-fed-abandonment", "2026-09-05", "2026-10-04", 0.25, 0.25, 4),
        ("us-fed-abandonment", "2026-10-05", "2026-11-03", 1.0, 1.0, 2),
    ]


def test_months_of_the_calendar_end_with_the_month_or_the_period() -> None:
    spans = sums("CA", [one(10 * 1440, "late"), one(65 * 1440, "in time")]).spans()
    assert [(s["begins_on"], s["ends_on"], s["lowest"]) for s in spans] == [
        ("2026-09-01", "2026-09-30", 1.0),
        ("2026-11-01", "2026-11-10", 0.0),
    ]


def test_gaps_of_more_calls_than_are_held_are_found_through_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conduct_gaps, "HELD", 100)
    rng = np.random.default_rng(7)
    who = rng.integers(0, 60, 1_000)
    at_us = rng.permutation(1_000) * 3_000_000 + 1_788_600_000_000_000
    gauge = conduct_gaps.ShortestGap()
    for place in range(0, 1_000, 30):
        some = slice(place, place + 30)
        party = parties([int(n).to_bytes(2, "big") * 8 or None for n in who[some] + 1])
        gauge.add(chunk(at_us[some], np.zeros(len(party), np.int64), party=party))
    by_party = [np.sort(at_us[who == n]) for n in range(60)]
    shortest = min(int(np.diff(instants).min()) for instants in by_party)
    assert gauge.runs
    assert gauge.figure(Carried()).lowest == shortest / 1_000_000 / 3600


def test_columns_of_another_name_or_length_are_refused() -> None:
    day = np.array([day_number(PERIOD[0])])
    with pytest.raises(ValueError, match="one length"):
        chunk(np.array([0]), day, ring_s=[1.0, 2.0])
    with pytest.raises(ValueError, match="known names"):
        chunk(np.array([0]), day, ring=[1.0])


def test_a_place_without_rules_is_refused_before_any_call_is_read() -> None:
    with pytest.raises(BadFacts) as raised:
        conduct.begin("JP", Purpose.MARKETING, *PERIOD)
    assert raised.value.field == "jurisdiction"


def test_rows_come_one_by_one_and_a_bad_one_is_named_by_its_number() -> None:
    head = read_head({"jurisdiction": "US", "period": {"from": "2026-09-01", "to": "2026-09-30"}})
    rows: list[object] = [one(n, "in time") for n in range(12_000)]
    found = conduct.of_rows(head, iter(rows))
    assert found["rules"][0]["rows"] in (0, 12_000)
    rows[11_000] = {"at": "yesterday"}
    with pytest.raises(BadFacts) as raised:
        conduct.of_rows(head, iter(rows))
    assert raised.value.field == "calls.11000.at"
