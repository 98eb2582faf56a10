"""The simulator says what it is, repeats itself by its seed, and keeps no number."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from dialer.attempt import Attempt, on_event
from dialer.journal import Journal
from dialer.lines.port import Found, LineEvent, Order, Placed
from dialer.lines.simulator import SHARES, SimulatedLine, outcome_of, script_of
from privacy.gateway.protocol import EventKind, Released, State

ORDER = Order("at-x", "+442079460100", "This is Example Retail.", "en", 25, 120)
EXPECTED = {
    "listens": State.COMPLETED,
    "opts_out": State.COMPLETED,
    "hangs_up": State.COMPLETED,
    "machine": State.MACHINE,
    "no_answer": State.NO_ANSWER,
    "busy": State.BUSY,
    "declines": State.DECLINED,
    "unwanted": State.UNWANTED,
    "unreachable": State.UNREACHABLE,
}


def test_it_says_that_it_is_a_simulator() -> None:
    capabilities = SimulatedLine(1).capabilities
    assert capabilities.name == "simulator"
    assert not capabilities.real


@pytest.mark.parametrize(("outcome", "_share"), SHARES)
def test_every_script_ends_in_its_state_within_its_times(outcome: str, _share: int) -> None:
    for variety in (0, 128, 255):
        attempt = Attempt("at-x", "9")
        script = script_of(outcome, ORDER, variety, "9")
        for event in script:
            attempt, actions = on_event(attempt, event)
            assert actions
        assert attempt.state is EXPECTED[outcome]
        times = [event.at_ms for event in script]
        assert times == sorted(times)
        assert times[-1] <= (ORDER.ring_s + ORDER.max_s) * 1_000


def test_the_shares_are_met() -> None:
    drawn = Counter(outcome_of(hashlib.sha256(b"%d" % n).digest()) for n in range(20_000))
    assert sum(share for _, share in SHARES) == 100
    for outcome, share in SHARES:
        assert abs(drawn[outcome] / 200 - share) < 1


def test_it_follows_its_seed_stops_and_notes_a_hash_only(tmp_path: Path) -> None:
    log = tmp_path / "placed"

    def states(seed: int) -> list[EventKind]:
        line = SimulatedLine(seed, speed=5_000, log=log)
        number = "+442079460017"
        assert line.place(ORDER, lambda: Released("at-x", number, "")) is Placed.ACCEPTED
        line.stop("at-other")
        kinds: list[EventKind] = []
        while EventKind.ENDED not in kinds:
            kinds += [event.kind for event in line.next_events("at-x", 5.0)]
        assert line.lookup("at-x") is Found.CANNOT_TELL
        return kinds

    assert states(7) == states(7)
    assert "7946" not in log.read_text()
    assert len(log.read_text().splitlines()) == 2


def test_a_stopped_call_ends_by_us() -> None:
    line = SimulatedLine(3, speed=1.0)
    line.place(ORDER, lambda: Released("at-x", "+442079460018", ""))
    line.stop("at-x")
    events: list[LineEvent] = []
    while not events or events[-1].kind is not EventKind.ENDED:
        events += line.next_events("at-x", 5.0)
    assert events[-1].cause == "local"


def test_a_journal_gives_back_what_no_gateway_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.wants_out("at-a", "key")
    journal.wants_out("at-b", "unwanted")
    journal.told("at-a")
    with path.open("ab") as file:
        file.write(b'\n{"optout": "at-torn')
    Journal(path).wants_out("at-c", "key")
    assert Journal(path).pending() == {"at-b": "unwanted", "at-c": "key"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert Journal(None).pending() == {}
