"""Several trunks: who fails rests, and no attempt is ever sent by two of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dialer.lines.port import LineLost
from dialer.lines.sip import SipLine
from privacy.errors import BadInput
from privacy.settings import Trunk
from tests.dialer.sip.called import (
    Called,
    called,
    followed,
    free_port,
    gives,
    kinds,
    order,
)
from tests.dialer.sip.conftest import Calling

pytestmark = pytest.mark.serial


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Called, Called]]:
    with ExitStack() as both:
        first, second = (
            both.enter_context(called(tmp_path / name)) for name in ("first", "second")
        )
        yield first, second


def calls_of(attempt: str, *parties: Called) -> int:
    """How many calls of that attempt reached any trunk."""
    return sum(one.attempt == attempt for party in parties for one in party.invites())


def place(
    line: SipLine, attempt: str, ending: str = "10", ring_s: int = 5, max_s: int = 20
) -> None:
    line.place(order(attempt, ring_s=ring_s, max_s=max_s), gives(ending))


def until(line: SipLine, attempt: str, kind: str) -> None:
    told: list[str] = []
    while kind not in told:
        told += kinds(line.next_events(attempt, 5.0))


def test_a_trunk_that_is_down_when_it_is_sent_is_one_call_and_the_next_goes_by_the_other(
    tmp_path: Path, calling: Calling
) -> None:
    dead = Trunk("dead", f"127.0.0.1:{free_port()}", local="127.0.0.1")
    with called(tmp_path / "second") as second:
        line = calling(dead, second.trunk)
        place(line, "at-1", ring_s=1)
        assert kinds(followed(line, "at-1"))[:1] == ["sent"]
        assert calls_of("at-1", second) == 0
        place(line, "at-2", "86")
        assert kinds(followed(line, "at-2")) == ["sent", "ended:486"]
        assert calls_of("at-2", second) == 1


def test_a_trunk_that_fails_while_it_rings_is_one_call(
    two: tuple[Called, Called], calling: Calling
) -> None:
    first, second = two
    line = calling(first.trunk, second.trunk)
    place(line, "at-1", "77", ring_s=2)
    until(line, "at-1", "ringing")
    first.kill()
    assert kinds(followed(line, "at-1"))[-1].startswith("ended:")
    assert (calls_of("at-1", first), calls_of("at-1", second)) == (1, 0)


def test_a_trunk_that_fails_while_we_talk_is_one_call(
    two: tuple[Called, Called], calling: Calling
) -> None:
    first, second = two
    line = calling(first.trunk, second.trunk)
    place(line, "at-1", "10", max_s=2)
    until(line, "at-1", "media_started")
    first.kill()
    assert kinds(followed(line, "at-1"))[-1] == "ended:local"
    assert (calls_of("at-1", first), calls_of("at-1", second)) == (1, 0)


def test_a_trunk_that_says_it_cannot_is_one_call_and_rests(
    two: tuple[Called, Called], calling: Calling
) -> None:
    first, second = two
    line = calling(first.trunk, second.trunk)
    place(line, "at-1", "53")
    assert kinds(followed(line, "at-1")) == ["sent", "ended:503"]
    place(line, "at-2", "86")
    followed(line, "at-2")
    assert (calls_of("at-1", first), calls_of("at-1", second)) == (1, 0)
    assert (calls_of("at-2", first), calls_of("at-2", second)) == (0, 1)


def test_a_fault_in_the_line_itself_is_the_end_of_it_and_is_told(
    two: tuple[Called, Called], calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = calling(two[0].trunk)
    place(line, "at-1", "87")
    until(line, "at-1", "ringing")
    monkeypatch.setattr(line, "_look", lambda *_: 1 / 0)
    with pytest.raises(LineLost):
        followed(line, "at-1")
    assert not line.ready()


def test_a_trunk_that_cannot_be_used_is_named_and_the_next_line_starts(
    tmp_path: Path, calling: Calling
) -> None:
    wrong = Trunk("wrong", "a server;with=more", local="127.0.0.1")
    with pytest.raises(BadInput) as refused:
        SipLine([wrong], {"wrong": "a secret"}, ["+442079460100"])
    assert refused.value.what == "trunks.wrong"
    assert "secret" not in str(refused.value)
    with called(tmp_path / "right") as right:
        place(calling(right.trunk), "at-1", "86")


def test_a_trunk_without_a_way_to_it_sends_nothing_and_the_other_is_taken(
    tmp_path: Path, calling: Calling
) -> None:
    """The stack itself says that no INVITE was sent: only then another trunk is tried."""
    with called(tmp_path / "second") as second:
        nowhere = Trunk("nowhere", "[2001:db8::1]:5060", local="127.0.0.1")
        line = calling(nowhere, second.trunk)
        place(line, "at-1", "86")
        assert kinds(followed(line, "at-1"))[-1] == "ended:486"
        time.sleep(0.1)
        assert calls_of("at-1", second) == 1
