"""Abandonment: the share stays within the law at every instant, whatever callers and agents do."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing import over
from privacy.law.overdial import may_add, still_holds
from tests.dialer.floor import LIMIT, Feedback, Floor, bounded

JUMP_S = 1_800
END_S = 2_400


def answers(at_s: float) -> float:
    """One in ten is answered, and from one second to the next nine in ten."""
    return 0.1 if at_s < JUMP_S else 0.9


def leaving(at_s: float) -> int:
    """Forty agents, who all log off in that second."""
    return 40 if at_s < JUMP_S else 0


def staying(_: float) -> int:
    return 40


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("agents", [leaving, staying], ids=["log off at once", "stay"])
def test_a_jump_of_answers_and_of_agents_never_passes_three_in_a_hundred(
    seed: int, agents: Callable[[float], int]
) -> None:
    floor = Floor(seed, answers, agents)
    floor.run(END_S, bounded)
    assert floor.worst <= LIMIT
    # It was earned and used: the bound is not kept by never over-dialling.
    assert floor.worst_over > 1
    assert floor.abandoned > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_loop_that_looks_at_past_drops_passes_it(seed: int) -> None:
    floor = Floor(seed, answers, leaving)
    floor.run(END_S, Feedback())
    assert floor.abandoned / floor.answered > LIMIT


@given(
    rate=st.fractions(min_value=Fraction(1, 1_000), max_value=Fraction(1, 2)),
    steps=st.lists(
        st.sampled_from(["ask", "reserved", "answered", "abandoned", "silent"]), max_size=400
    ),
    earned=st.integers(0, 500),
)
def test_the_share_is_kept_in_whatever_order_calls_end(
    rate: Fraction, steps: list[str], earned: int
) -> None:
    answered, abandoned, flying = earned, 0, 0
    for step in steps:
        if step == "ask" and may_add(abandoned, answered, flying, rate):
            flying += 1
        elif step == "reserved":
            answered += 1
        elif flying and step in ("answered", "abandoned", "silent"):
            flying -= 1
            answered += step != "silent"
            abandoned += step == "abandoned"
        assert abandoned <= rate * answered
        assert still_holds(abandoned, answered, flying, rate)


@given(st.integers(-5, 100), st.floats(-1, 1), st.integers(0, 200), st.integers(0, 50))
def test_a_proposal_is_never_more_than_was_asked_for(
    agents: int, share: float, ringing: int, most: int
) -> None:
    assert 0 <= over(agents, share, ringing, most) <= most
