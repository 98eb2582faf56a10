"""The dialer's side of an attempt: what the line says, and what is done, in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.attempt import Attempt, Confirm, OptOut, Tell, on_event
from dialer.lines.port import LineEvent
from dialer.pacing import Pace, is_done, wait_s, want
from privacy.gateway.protocol import EventKind, State

BEGUN = Attempt("at-x", "9")
EVENTS = st.builds(
    LineEvent,
    st.sampled_from(EventKind),
    st.integers(0, 60_000),
    st.sampled_from(["", "9", "1", "486", "603", "607", "local", "remote"]),
)


def talking() -> Attempt:
    attempt = BEGUN
    for kind in (EventKind.SENT, EventKind.ANSWERED, EventKind.MEDIA_STARTED):
        attempt, _ = on_event(attempt, LineEvent(kind, 0))
    return attempt


def test_the_opt_out_comes_before_its_event_and_before_the_end() -> None:
    attempt, actions = on_event(talking(), LineEvent(EventKind.KEY, 900, "9"))
    assert [type(action) for action in actions] == [OptOut, Tell, Confirm]
    assert attempt.opted_out


def test_a_key_pressed_twice_is_one_opt_out() -> None:
    attempt, _ = on_event(talking(), LineEvent(EventKind.KEY, 900, "9"))
    _, again = on_event(attempt, LineEvent(EventKind.KEY, 950, "9"))
    assert [type(action) for action in again] == [Tell]


def test_another_key_is_told_and_nothing_more() -> None:
    attempt, actions = on_event(talking(), LineEvent(EventKind.KEY, 900, "1"))
    assert [type(action) for action in actions] == [Tell]
    assert not attempt.opted_out


def test_a_key_counts_although_the_person_hangs_up_at_once() -> None:
    attempt, first = on_event(talking(), LineEvent(EventKind.KEY, 900, "9"))
    attempt, last = on_event(attempt, LineEvent(EventKind.ENDED, 990, "remote"))
    assert isinstance(first[0], OptOut)
    assert attempt.state is State.COMPLETED
    assert [action.seq for action in (*first, *last) if isinstance(action, Tell)] == [4, 5]


def test_an_unwanted_call_is_an_opt_out() -> None:
    ringing, _ = on_event(BEGUN, LineEvent(EventKind.SENT, 0))
    attempt, actions = on_event(ringing, LineEvent(EventKind.ENDED, 500, "607"))
    assert actions[0] == OptOut("unwanted")
    assert attempt.state is State.UNWANTED


def test_a_key_counts_while_it_rings_and_after_the_call_counted_as_abandoned() -> None:
    ringing, _ = on_event(BEGUN, LineEvent(EventKind.SENT, 0))
    _, actions = on_event(ringing, LineEvent(EventKind.KEY, 300, "9"))
    assert [type(action) for action in actions] == [OptOut, Confirm]
    answered, _ = on_event(ringing, LineEvent(EventKind.ANSWERED, 900))
    late, _ = on_event(answered, LineEvent(EventKind.ABANDONED, 2_400))
    assert late.over
    _, actions = on_event(late, LineEvent(EventKind.KEY, 3_000, "9"))
    assert [type(action) for action in actions] == [OptOut, Confirm]


@given(st.lists(EVENTS, max_size=30))
def test_whatever_the_line_says_seq_grows_by_one_and_the_end_is_the_end(
    events: list[LineEvent],
) -> None:
    attempt, told = BEGUN, []
    for event in events:
        over = attempt.over
        attempt, actions = on_event(attempt, event)
        tells = [action.seq for action in actions if isinstance(action, Tell)]
        assert not (over and tells)
        told += tells
    assert told == list(range(1, len(told) + 1))


@given(st.integers(0, 500), st.integers(0, 40), st.integers(0, 60_000))
def test_no_more_permits_are_asked_for_than_can_be_used_in_time(
    free: int, unredeemed: int, interval_ms: int
) -> None:
    asked = want(free, unredeemed, Pace(interval_ms))
    assert 0 <= asked <= min(free, 20)
    assert (asked + unredeemed) * interval_ms <= 30_000 or asked <= 1 or not interval_ms


def test_waits_are_short_enough_to_notice_an_end() -> None:
    assert wait_s(None) == wait_s(3_600_000) == 1.0
    assert wait_s(0) > 0
    assert not is_done(live=1, retry_after_ms=None, patience_s=0)
    assert not is_done(live=0, retry_after_ms=500, patience_s=0)
    assert not is_done(live=0, retry_after_ms=5_000, patience_s=6)
    assert is_done(live=0, retry_after_ms=5_000, patience_s=1)
    assert is_done(live=0, retry_after_ms=None, patience_s=60)
