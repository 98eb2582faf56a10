"""The state machine of a case: what may never happen, whatever the order of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.rights.case import Kind, NotNow, State, Step, after, moves, next_step

STEPS = st.lists(st.sampled_from(list(Step)), max_size=14)


def walked(kind: Kind, steps: list[Step]) -> list[tuple[State, Step, State]]:
    """The moves that a case really made; refused steps change nothing."""
    state, made = State.OPEN, []
    for step in steps:
        try:
            to = after("rq-test", kind, state, step)
        except NotNow:
            continue
        made.append((state, step, to))
        state = to
    return made


@given(st.sampled_from([Kind.ACCESS, Kind.ERASURE]), STEPS)
def test_nothing_is_fulfilled_before_proof_plan_and_approval(kind: Kind, steps: list[Step]) -> None:
    made = [step for _, step, _ in walked(kind, steps)]
    if Step.FULFIL in made or Step.RUN in made:
        before = made[: made.index(Step.FULFIL if Step.FULFIL in made else Step.RUN)]
        assert {Step.VERIFY, Step.PLAN, Step.APPROVE} <= set(before)


@given(STEPS)
def test_a_new_plan_needs_a_new_approval(steps: list[Step]) -> None:
    approved = False
    for _, step, _ in walked(Kind.ACCESS, steps):
        if step in (Step.PLAN, Step.APPROVE):
            approved = step is Step.APPROVE
        assert step is not Step.FULFIL or approved


@given(STEPS)
def test_an_announced_erasure_is_never_refused(steps: list[Step]) -> None:
    made = [step for _, step, _ in walked(Kind.ERASURE, steps)]
    assert Step.RUN not in made or Step.REFUSE not in made[made.index(Step.RUN) :]


@given(STEPS)
def test_an_erasure_is_fulfilled_by_its_runner_only(steps: list[Step]) -> None:
    for before, step, _ in walked(Kind.ERASURE, steps):
        assert step is not Step.FULFIL or before is State.RUNNING


@given(st.sampled_from(list(Kind)), STEPS)
def test_the_next_step_can_always_be_taken(kind: Kind, steps: list[Step]) -> None:
    for _, _, state in walked(kind, steps):
        following = next_step(kind, state)
        if following is None:
            assert state is State.CLOSED
        elif not (kind is Kind.ERASURE and state is State.APPROVED):
            assert (state, following) in moves(kind)


def test_a_closed_case_takes_no_step() -> None:
    for kind in Kind:
        for step in Step:
            with pytest.raises(NotNow):
                after("rq-test", kind, State.CLOSED, step)


def test_an_opt_out_is_never_verified_or_refused() -> None:
    for step in (Step.VERIFY, Step.REFUSE, Step.PLAN):
        with pytest.raises(NotNow):
            after("rq-test", Kind.OPT_OUT, State.OPEN, step)
