"""The states of one attempt: every allowed step, and every other one refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.gateway.protocol import (
    COUNTED,
    LIVE,
    STEPS,
    TERMINAL,
    By,
    EventKind,
    IllegalStep,
    State,
    after_event,
    may_be_tried_again,
    step,
)

# Written out once more, by hand, so that a slip in the table is seen.
ALLOWED = {
    ("planned", "gate"): "intent denied expired",
    ("not_sent", "gate"): "planned",
    ("intent", "redemption"): "released not_sent",
    ("intent", "recovery"): "not_sent",
    ("released", "event"): "dialing unreachable",
    ("released", "recovery"): "uncertain",
    ("dialing", "event"): "ringing answered busy no_answer declined unwanted unreachable",
    ("dialing", "recovery"): "uncertain",
    ("ringing", "event"): "answered busy no_answer declined unwanted unreachable",
    ("ringing", "recovery"): "uncertain",
    ("answered", "event"): "speaking abandoned",
    ("answered", "recovery"): "uncertain",
    ("speaking", "event"): "completed machine",
    ("speaking", "recovery"): "uncertain",
}


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("state", State)
def test_a_step_is_made_only_if_the_table_has_it(state: State, by: By) -> None:
    allowed = ALLOWED.get((state.value, by.value), "").split()
    for to in State:
        if to.value in allowed:
            assert step(state, to, by) is to
        else:
            with pytest.raises(IllegalStep):
                step(state, to, by)


def test_no_terminal_state_but_not_sent_leads_anywhere() -> None:
    leading = {state for state, _ in STEPS}
    assert leading & TERMINAL == {State.NOT_SENT}
    assert leading == LIVE | {State.PLANNED, State.NOT_SENT}


@pytest.mark.parametrize(
    ("state", "cause", "outcome"),
    [
        (State.DIALING, "486", State.BUSY),
        (State.RINGING, "600", State.BUSY),
        (State.RINGING, "408", State.NO_ANSWER),
        (State.RINGING, "480", State.NO_ANSWER),
        (State.RINGING, "487", State.NO_ANSWER),
        (State.RINGING, "local", State.NO_ANSWER),
        (State.RINGING, "603", State.DECLINED),
        (State.RINGING, "607", State.UNWANTED),
        (State.DIALING, "404", State.UNREACHABLE),
        (State.DIALING, "503", State.UNREACHABLE),
        (State.ANSWERED, "remote", State.ABANDONED),
        (State.SPEAKING, "remote", State.COMPLETED),
    ],
)
def test_a_call_ends_as_its_cause_says(state: State, cause: str, outcome: State) -> None:
    assert after_event(state, EventKind.ENDED, cause) is outcome


def test_a_machine_that_was_heard_ends_as_a_machine() -> None:
    assert after_event(State.SPEAKING, EventKind.ENDED, "local", machine=True) is State.MACHINE


def test_a_released_number_cannot_be_called_back() -> None:
    with pytest.raises(IllegalStep):
        step(State.RELEASED, State.NOT_SENT, By.EVENT)
    with pytest.raises(IllegalStep):
        step(State.DIALING, State.NOT_SENT, By.RECOVERY)
    assert after_event(State.RELEASED, EventKind.REFUSED) in COUNTED


def test_who_may_be_tried_again_by_itself() -> None:
    again = {state for state in TERMINAL if may_be_tried_again(state)}
    assert again == {State.BUSY, State.NO_ANSWER, State.NOT_SENT}


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.sampled_from(["", "486", "local"]))))
def test_no_order_of_events_takes_back_a_release(events: list[tuple[EventKind, str]]) -> None:
    state = State.RELEASED
    for kind, cause in events:
        before = state
        try:
            state = after_event(state, kind, cause)
        except IllegalStep:
            continue
        assert before not in TERMINAL
        assert state in COUNTED
