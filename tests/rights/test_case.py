"""The state machine of a case: what may never happen, whatever the order of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.rights.case import (
    CLOCK_EVENTS,
    IMMEDIATE,
    OF_A_PERSON,
    OWN_EVENTS,
    STEP_OF,
    TELLABLE,
    WAY_OF,
    Event,
    Kind,
    NotNow,
    State,
    Step,
    Way,
    after,
    moves,
    next_step,
    replayed,
)

PERSONAL = st.sampled_from(sorted(OF_A_PERSON))
RUN_KINDS = st.sampled_from(sorted(kind for kind, way in WAY_OF.items() if way is Way.RUN))
REVIEWED = st.sampled_from(sorted(kind for kind, way in WAY_OF.items() if way is Way.REVIEWED))
EVENT_OF = {step: event for event, step in STEP_OF.items()}
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


@given(PERSONAL, STEPS)
def test_nothing_is_fulfilled_before_proof_plan_and_approval(kind: Kind, steps: list[Step]) -> None:
    made = [step for _, step, _ in walked(kind, steps)]
    if Step.FULFIL in made or Step.RUN in made:
        before = made[: made.index(Step.FULFIL if Step.FULFIL in made else Step.RUN)]
        assert {Step.VERIFY, Step.PLAN, Step.APPROVE} <= set(before)


@given(REVIEWED, STEPS)
def test_a_reviewed_answer_is_planned_and_approved_and_nobody_is_verified(
    kind: Kind, steps: list[Step]
) -> None:
    made = [step for _, step, _ in walked(kind, steps)]
    assert Step.VERIFY not in made
    if Step.FULFIL in made:
        assert {Step.PLAN, Step.APPROVE} <= set(made[: made.index(Step.FULFIL)])


@given(PERSONAL, STEPS)
def test_a_new_plan_needs_a_new_approval(kind: Kind, steps: list[Step]) -> None:
    approved = False
    for _, step, _ in walked(kind, steps):
        if step in (Step.PLAN, Step.APPROVE):
            approved = step is Step.APPROVE
        assert step not in (Step.FULFIL, Step.RUN) or approved


@given(RUN_KINDS, STEPS)
def test_what_a_runner_announced_is_never_refused_or_merged(kind: Kind, steps: list[Step]) -> None:
    made = [step for _, step, _ in walked(kind, steps)]
    if Step.RUN in made:
        assert not {Step.REFUSE, Step.MERGE} & set(made[made.index(Step.RUN) :])


@given(RUN_KINDS, STEPS)
def test_what_changes_data_is_fulfilled_by_its_runner_only(kind: Kind, steps: list[Step]) -> None:
    for before, step, _ in walked(kind, steps):
        assert step is not Step.FULFIL or before is State.RUNNING


@given(st.sampled_from(list(Kind)), STEPS)
def test_a_case_is_merged_only_after_its_own_proof(kind: Kind, steps: list[Step]) -> None:
    made = [step for _, step, _ in walked(kind, steps)]
    assert Step.MERGE not in made or Step.VERIFY in made[: made.index(Step.MERGE)]


@given(st.sampled_from(list(Kind)), STEPS)
def test_the_next_step_can_always_be_taken(kind: Kind, steps: list[Step]) -> None:
    for _, _, state in walked(kind, steps):
        following = next_step(kind, state)
        if following is None:
            assert state is State.CLOSED
        elif not (WAY_OF[kind] is Way.RUN and state is State.APPROVED):
            assert (state, following) in moves(kind)


@given(st.sampled_from(list(Kind)), STEPS)
def test_the_timeline_alone_gives_the_state(kind: Kind, steps: list[Step]) -> None:
    made = walked(kind, steps)
    events = [Event.OPENED, *(EVENT_OF.get(step, Event.FEE_PAID) for _, step, _ in made)]
    assert replayed("rq-test", kind, events) is (made[-1][2] if made else State.OPEN)


@given(st.sampled_from(list(Kind)), st.lists(st.sampled_from(list(Event)), max_size=10))
def test_a_timeline_that_no_case_can_have_is_refused(kind: Kind, events: list[Event]) -> None:
    try:
        replayed("rq-test", kind, events)
    except NotNow:
        return
    assert events[0] is Event.OPENED
    assert Event.OPENED not in events[1:]
    fulfilled = [event for event in events if STEP_OF.get(event) in (Step.FULFIL, Step.RUN)]
    if fulfilled and kind in OF_A_PERSON:
        before = events[: events.index(fulfilled[0])]
        assert {Event.VERIFIED, Event.PLANNED, Event.APPROVED} <= set(before)


def test_a_closed_case_takes_no_step() -> None:
    for kind in Kind:
        for step in Step:
            with pytest.raises(NotNow):
                after("rq-test", kind, State.CLOSED, step)


@pytest.mark.parametrize("kind", sorted(IMMEDIATE))
def test_what_acts_at_once_is_never_verified_or_refused(kind: Kind) -> None:
    for step in (Step.VERIFY, Step.REFUSE, Step.PLAN, Step.MERGE):
        with pytest.raises(NotNow):
            after("rq-test", kind, State.OPEN, step)
    assert after("rq-test", kind, State.OPEN, Step.FULFIL) is State.FULFILLED


def test_what_ends_or_proves_something_cannot_be_told() -> None:
    never = {Event.VERIFIED, Event.DATA_PROVIDED, Event.REFUSAL_SENT, Event.OPT_OUT}
    assert not never & TELLABLE
    assert not {event for event in STEP_OF if event in TELLABLE}
    assert frozenset(Event) == CLOCK_EVENTS | OWN_EVENTS
