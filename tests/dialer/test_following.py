"""What a run does with a line: confirm, stop, end what an earlier run left, and give up."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest

from dialer import campaign
from dialer.campaign import NOT_PLACED, Running
from dialer.journal import Journal
from dialer.lines.port import (
    Capabilities,
    Found,
    LineEvent,
    LineLost,
    NotReady,
    Order,
    Placed,
    Redeem,
)
from privacy.gateway.client import Client, GatewayGone
from privacy.gateway.protocol import AttemptAnswer, EventKind, Permit, PermitsAnswer, State

KEYED = [
    LineEvent(EventKind.SENT, 0),
    LineEvent(EventKind.ANSWERED, 1),
    LineEvent(EventKind.MEDIA_STARTED, 2),
    LineEvent(EventKind.KEY, 3, "9"),
]
OVER = [LineEvent(EventKind.ENDED, 9, "local")]


class Line:
    """A line of which a test says what happens. It notes what it was asked for."""

    def __init__(self, *told: list[LineEvent], alive: tuple[str, ...] = ()) -> None:
        self.capabilities = Capabilities("double", False, bool(alive), True, False, speaks=False)
        self.asked: list[str] = []
        self._told, self._alive = list(told), alive
        self.is_ready = True

    def ready(self) -> bool:
        return self.is_ready

    def place(self, order: Order, redeem: Redeem) -> Placed:
        if not self.is_ready:
            raise NotReady("No.")
        return Placed.ACCEPTED

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]:
        if not self._told:
            raise LineLost("Gone.")
        return self._told.pop(0)

    def confirm(self, attempt: str) -> None:
        self.asked.append(f"confirm {attempt}")

    def stop(self, attempt: str) -> None:
        self.asked.append(f"stop {attempt}")

    def lookup(self, attempt: str) -> Found:
        return Found.ALIVE if attempt in self._alive else Found.CANNOT_TELL

    def close(self) -> None:
        self.asked.append("close")


class Gateway:
    """A gateway that permits one call, and may be gone when an opt-out is told."""

    def __init__(self, *, gone: bool = False, speech: dict[str, str] | None = None) -> None:
        self.gone, self.opted_out = gone, [""][:0]
        self._permits = [Permit("pm-1", "at-1", "", "+442079460100", "", "en", 5, 9, "9", "p-0")]
        if speech is not None:
            self._permits = [
                Permit("pm-1", "at-1", "", "+4420", "", "en", 5, 9, "9", "p-0", speech)
            ]

    def permits(self, *_: Any) -> PermitsAnswer:
        given, self._permits = tuple(self._permits), []
        return PermitsAnswer(given, (), None)

    def opt_out(self, attempt: str, how: str) -> None:
        if self.gone:
            raise GatewayGone("Gone.")
        self.opted_out.append(attempt)

    def events(self, attempt: str, told: Any) -> AttemptAnswer:
        return AttemptAnswer(attempt, State.SPEAKING, False)

    def sound(self, sha256: str) -> bytes:
        raise AssertionError("no sound was named")


def running(line: Line, gateway: Gateway, journal: Path | None = None) -> Running:
    return Running(
        client=cast(Client, gateway),
        line=line,
        journal=Journal(journal),
        campaign="cm-1",
        resources=("p-0",),
        report=lambda _: None,
    )


def test_an_opt_out_that_is_durable_is_confirmed_to_the_person(tmp_path: Path) -> None:
    line, gateway = Line(KEYED, OVER), Gateway()
    outcomes = running(line, gateway, tmp_path / "journal").run()
    assert line.asked == ["confirm at-1"]
    assert gateway.opted_out == ["at-1"]
    assert outcomes == Counter(completed=1)


def test_an_opt_out_that_could_not_be_kept_there_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "TELL_AGAIN_S", 0.0)
    line = Line(KEYED, OVER)
    run = running(line, Gateway(gone=True), tmp_path / "journal")
    with pytest.raises(Exception, match="gateway is gone"):
        run.run()
    assert line.asked == ["stop at-1"]
    assert Journal(tmp_path / "journal").pending() == {"at-1": "key"}


def test_a_key_after_the_call_counted_as_abandoned_is_still_an_opt_out() -> None:
    late = [*KEYED[:2], LineEvent(EventKind.ABANDONED, 2), KEYED[3]]
    line, gateway = Line(late, OVER), Gateway()
    assert running(line, gateway).run() == Counter(abandoned=1)
    assert gateway.opted_out == ["at-1"]


def test_calls_of_an_earlier_run_that_a_pbx_still_holds_are_ended_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for attempt in ("at-left", "at-over", "at-known"):
        journal.placing(attempt)
    journal.over("at-known")
    line = Line(KEYED[:3], OVER, alive=("at-left",))
    running(line, Gateway(), tmp_path / "journal").run()
    assert line.asked == ["stop at-left"]
    assert Journal(tmp_path / "journal").unended() == []


def test_a_line_that_is_lost_ends_the_run_and_leaves_its_call_uncertain() -> None:
    run = running(Line(KEYED[:1]), Gateway())
    with pytest.raises(LineLost):
        run.run()
    assert run.outcomes == Counter(uncertain=1)


def test_a_line_that_never_gets_ready_redeems_nothing_and_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaign, "LINE_PATIENCE_S", 0.01)
    monkeypatch.setattr(campaign, "LOOK_EVERY_S", 0.02)
    line = Line()
    line.is_ready = False
    run = running(line, Gateway())
    with pytest.raises(NotReady):
        run.run()
    assert not run.outcomes


def test_a_call_without_a_prompt_is_not_placed_and_ends_the_run() -> None:
    line = Line()
    line.capabilities = Capabilities("double", True, False, True, False)
    run = running(line, Gateway(speech={}))
    with pytest.raises(Exception, match="no prompt"):
        run.run()
    assert run.outcomes == Counter({NOT_PLACED: 1})
    assert threading.active_count() < 50
