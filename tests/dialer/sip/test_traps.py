"""What the SIP stack does wrong, and what the line makes of it."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from dialer.lines.port import NotReady, Placed, Sound, Speech
from dialer.lines.sip import MOST_CALLS, SipLine
from privacy.gateway.protocol import Released
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

QUIET = Speech(Sound("a" * 64, tone(0.1)), SPEECH.confirmation, SPEECH.safe_harbour)
AT_ONCE = 40


def answered_at_once(line: SipLine, calls: int) -> Counter[str]:
    """How calls went whose answer comes without ringing, so many at a time."""
    seen: Counter[str] = Counter()
    for begin in range(0, calls, AT_ONCE):
        attempts = [f"at-{n}" for n in range(begin, min(calls, begin + AT_ONCE))]
        for n, attempt in enumerate(attempts, begin):
            line.place(order(attempt, speech=QUIET), gives("11", n))
        for attempt in attempts:
            told = kinds(line.next_events(attempt, 5.0))
            while "answered" not in told and not any("ended" in one for one in told):
                told += kinds(line.next_events(attempt, 5.0))
            seen["answered" if "answered" in told else "missed"] += 1
            line.stop(attempt)
        for attempt in attempts:
            if line.lookup(attempt).value == "alive":
                followed(line, attempt)
    return seen


def test_no_answer_is_missed_that_comes_before_dial_returns(
    party: Called, calling: Calling
) -> None:
    assert answered_at_once(calling(party.trunk), 120) == {"answered": 120}


@pytest.mark.long
def test_of_a_thousand_answers_that_come_at_once_none_is_missed(
    party: Called, calling: Calling
) -> None:
    assert answered_at_once(calling(party.trunk), 1_000) == {"answered": 1_000}
    assert len(party.invites()) == 1_000


def keys_heard(line: SipLine, ending: str, calls: int) -> int:
    """In how many calls the key counted although the person hung up at once."""
    heard = 0
    for begin in range(0, calls, 25):
        attempts = [f"at-{n}" for n in range(begin, min(calls, begin + 25))]
        for n, attempt in enumerate(attempts, begin):
            line.place(order(attempt), gives(ending, n))
        for attempt in attempts:
            told = kinds(followed(line, attempt))
            heard += "key:9" in told
            assert told[-1] == "ended:remote"
    return heard


@pytest.mark.parametrize(
    "calls", [25, pytest.param(100, marks=pytest.mark.long)], ids=["some", "hundred"]
)
@pytest.mark.parametrize("ending", ["19", "16"], ids=["rtp", "info"])
def test_a_key_counts_from_its_start_when_the_person_hangs_up_at_once(
    tmp_path: Path, calling: Calling, ending: str, calls: int
) -> None:
    press = "cut" if ending == "19" else ""
    with (
        Ear(press=press) as ear,
        called(tmp_path / "party", rtp_port=ear.port) as party,
    ):
        assert keys_heard(calling(party.trunk), ending, calls) == calls


def test_a_key_played_by_sipp_itself_counts(
    raw_sockets: None, party: Called, calling: Calling
) -> None:
    """The called party's own capture of key 9 (RFC 4733), sent through a raw socket."""
    line = calling(party.trunk)
    line.place(order("at-1"), gives("29"))
    told: list[str] = []
    while "key:9" not in told:
        told += kinds(line.next_events("at-1", 5.0))
        assert not any("ended" in one for one in told)


def test_a_full_line_refuses_before_a_permit_is_redeemed(party: Called, calling: Calling) -> None:
    line = calling(party.trunk)
    redeemed: list[int] = []

    def redeem(n: int) -> Released:
        redeemed.append(n)
        return released(number("87", n))

    for n in range(MOST_CALLS):
        assert line.place(order(f"at-{n}", ring_s=20), partial(redeem, n)) is Placed.ACCEPTED
    with pytest.raises(NotReady):
        line.place(order("at-more"), lambda: redeem(MOST_CALLS))
    assert len(redeemed) == MOST_CALLS
    for n in range(MOST_CALLS):
        line.stop(f"at-{n}")
    for n in range(MOST_CALLS):
        assert kinds(followed(line, f"at-{n}"))[-1] == "ended:local"
    assert len(party.invites()) == MOST_CALLS
    assert line.place(order("at-after", speech=QUIET), lambda: redeem(999)) is Placed.ACCEPTED
    line.stop("at-after")
    followed(line, "at-after")


def test_a_long_prompt_is_fed_in_real_time_and_nothing_is_dropped(
    party: Called, ear: Ear, calling: Calling
) -> None:
    """Four seconds: twice what the stack's buffer holds."""
    line = calling(party.trunk)
    long = Speech(Sound("a" * 64, tone(4)), SPEECH.confirmation, SPEECH.safe_harbour)
    begun = time.monotonic()
    line.place(order("at-1", speech=long), gives("11"))
    followed(line, "at-1")
    assert time.monotonic() - begun >= 4
    assert line.rejected_bytes == 0
    assert len(ear.pcm()) >= 4 * 8_000
