"""Real SIP: every outcome of a call, to its exact state, with sipp as the second witness."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.attempt import Attempt, on_event
from dialer.lines.port import Found, NotReady, Placed, Sound, Speech
from privacy.gateway.protocol import Released, State
from privacy.settings import Trunk
from tests.dialer.sip.called import (
    SPEECH,
    Called,
    Ear,
    called,
    followed,
    gives,
    kinds,
    number,
    order,
    released,
    tone,
)
from tests.dialer.sip.conftest import Calling

pytestmark = pytest.mark.serial

TALKS = ["sent", "ringing", "answered", "media_started"]
OUTCOMES = {
    "10": ([*TALKS, "ended:local"], State.COMPLETED),
    "11": (["sent", "answered", "media_started", "ended:local"], State.COMPLETED),
    "12": ([*TALKS, "ended:remote"], State.COMPLETED),
    "86": (["sent", "ended:486"], State.BUSY),
    "03": (["sent", "ended:603"], State.DECLINED),
    "07": (["sent", "ended:607"], State.UNWANTED),
    "08": (["sent", "ringing", "ended:408"], State.NO_ANSWER),
    "87": (["sent", "ringing", "ended:487"], State.NO_ANSWER),
    "04": (["sent", "ended:404"], State.UNREACHABLE),
    "30": (["sent", "ended:302"], State.UNREACHABLE),
    "06": ([*TALKS, "key:9", "ended:local"], State.COMPLETED),
}
SHORT = Speech(Sound("a" * 64, tone(0.5)), SPEECH.confirmation, SPEECH.safe_harbour)


def test_every_outcome_ends_in_its_exact_state_and_is_one_call(
    tmp_path: Path, ear: Ear, calling: Calling
) -> None:
    with called(tmp_path / "party", rtp_port=ear.port, calls=len(OUTCOMES)) as party:
        line = calling(party.trunk)
        for ending in OUTCOMES:
            asked = order(f"at-{ending}", ring_s=2, speech=SHORT)
            assert line.place(asked, gives(ending)) is Placed.ACCEPTED
        for ending, (expected, state) in OUTCOMES.items():
            events = followed(line, f"at-{ending}")
            assert kinds(events) == expected, ending
            times = [event.at_ms for event in events]
            assert times == sorted(times)
            attempt = Attempt(f"at-{ending}", "9")
            for event in events:
                attempt, _ = on_event(attempt, event)
            assert attempt.state is state, ending
            assert line.lookup(f"at-{ending}") is Found.ENDED
        assert party.ended() == 0
        assert sorted(one.attempt for one in party.invites()) == sorted(
            f"at-{ending}" for ending in OUTCOMES
        )
    assert line.rejected_bytes == 0


def test_nobody_is_called_elsewhere_because_somebody_says_so(
    party: Called, calling: Calling
) -> None:
    line = calling(party.trunk)
    line.place(order("at-1"), gives("30"))
    followed(line, "at-1")
    time.sleep(0.3)
    assert [invite.number for invite in party.invites()] == [number("30")]


def test_ring_time_and_longest_call_are_kept(party: Called, calling: Calling) -> None:
    line = calling(party.trunk)
    line.place(order("at-ring", ring_s=1), gives("87"))
    long = Speech(Sound("a" * 64, tone(9)), SPEECH.confirmation, SPEECH.safe_harbour)
    line.place(order("at-long", max_s=1, speech=long), gives("11"))
    rung = followed(line, "at-ring")
    assert kinds(rung)[-1] == "ended:487"
    assert 1_000 <= rung[-1].at_ms < 3_000
    talked = followed(line, "at-long")
    assert kinds(talked)[-1] == "ended:local"
    assert 1_000 <= talked[-1].at_ms - talked[1].at_ms < 3_000


def test_what_rings_is_cancelled_and_what_talks_is_ended_when_asked(
    party: Called, calling: Calling
) -> None:
    line = calling(party.trunk)
    for attempt, ending in (("at-rings", "87"), ("at-talks", "10")):
        line.place(order(attempt), gives(ending))
    time.sleep(0.5)
    for attempt in ("at-rings", "at-talks", "at-nobodys"):
        line.stop(attempt)
    assert kinds(followed(line, "at-rings"))[-1] == "ended:local"
    assert kinds(followed(line, "at-talks"))[-1] == "ended:local"
    assert party.messages().count("CANCEL sip:") == 1


def test_a_machine_that_hears_the_prompt_counts_as_answered(
    party: Called, calling: Calling
) -> None:
    """No detection of machines: what answers is taken for a person."""
    line = calling(party.trunk)
    assert not line.capabilities.detects_machines
    line.place(order("at-1", speech=SHORT), gives("10"))
    told = kinds(followed(line, "at-1"))
    assert told == [*TALKS, "ended:local"]


def test_a_trunk_may_speak_tcp(tmp_path: Path, ear: Ear, calling: Calling) -> None:
    with called(tmp_path / "party", rtp_port=ear.port, transport="tcp") as party:
        line = calling(party.trunk)
        line.place(order("at-1"), gives("86"))
        assert kinds(followed(line, "at-1")) == ["sent", "ended:486"]
        line.place(order("at-2", speech=SHORT), gives("12"))
        assert kinds(followed(line, "at-2")) == [*TALKS, "ended:remote"]


def test_a_registered_trunk_calls_as_its_account_and_asks_for_the_shown_number(
    party: Called, calling: Calling
) -> None:
    line = calling(registering(party), password="right")
    assert line.ready()
    line.place(order("at-1", speech=SHORT), gives("11"))
    followed(line, "at-1")
    told = party.messages()
    assert "From: <sip:desk@" in told
    assert "P-Preferred-Identity: <sip:+442079460100@" in told
    assert "right" not in told


def test_a_trunk_that_refuses_to_register_carries_no_call(party: Called, calling: Calling) -> None:
    line = calling(registering(party), password="wrong")
    assert not line.ready()
    redeemed: list[str] = []

    def redeem() -> Released:
        redeemed.append("once")
        return released(number("10"))

    with pytest.raises(NotReady):
        line.place(order("at-1"), redeem)
    assert not redeemed
    assert not party.invites()


def registering(party: Called) -> Trunk:
    return replace(party.trunk, user="desk", register="yes")
