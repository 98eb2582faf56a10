"""A simulator of a line: nobody is called. It says so wherever it is named.

Outcomes come from a seed and the number, so that a run can be made again. Time
runs `speed` times faster than it would; `at_ms` are the simulated times. For
tests it can note each placed call durably, by a hash, never by its number.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

from dialer.lines.port import Capabilities, Found, LineEvent, Order, Placed, Redeem
from privacy.gateway.protocol import MOST_EVENTS, EventKind

NAME = "simulator"
Script = tuple[LineEvent, ...]

# Shares of outcomes in hundredths, in the order of the scripts below.
SHARES: tuple[tuple[str, int], ...] = (
    ("listens", 44),
    ("opts_out", 8),
    ("hangs_up", 6),
    ("no_answer", 18),
    ("busy", 8),
    ("declines", 5),
    ("unwanted", 2),
    ("machine", 6),
    ("unreachable", 3),
)
SENT = LineEvent(EventKind.SENT, 0)
RINGING = LineEvent(EventKind.RINGING, 400)


def _answered(at_ms: int, *more: LineEvent) -> Script:
    return (
        SENT,
        RINGING,
        LineEvent(EventKind.ANSWERED, at_ms),
        LineEvent(EventKind.MEDIA_STARTED, at_ms + 200),
        *more,
    )


def script_of(outcome: str, order: Order, variety: int, key: str) -> Script:
    """What happens in a call with that outcome. `variety` (0 to 255) moves its times."""
    picks_up = min(2_000 + 60 * variety, order.ring_s * 1_000 - 500)
    rung_out = order.ring_s * 1_000
    ends = picks_up + min(4_000 + 50 * variety, order.max_s * 1_000 - 500)
    match outcome:
        case "listens":
            return _answered(picks_up, LineEvent(EventKind.ENDED, ends, "local"))
        case "opts_out":
            pressed = picks_up + 1_200
            # The line goes on until the dialer hangs up, or the person does.
            return _answered(
                picks_up,
                LineEvent(EventKind.KEY, pressed, key),
                LineEvent(EventKind.ENDED, ends, "remote"),
            )
        case "hangs_up":
            return _answered(picks_up, LineEvent(EventKind.ENDED, picks_up + 900, "remote"))
        case "machine":
            return _answered(
                picks_up,
                LineEvent(EventKind.MACHINE, picks_up + 700),
                LineEvent(EventKind.ENDED, ends, "local"),
            )
        case "no_answer":
            return (SENT, RINGING, LineEvent(EventKind.ENDED, rung_out, "487"))
        case "busy":
            return (SENT, LineEvent(EventKind.ENDED, 300, "486"))
        case "declines":
            return (SENT, RINGING, LineEvent(EventKind.ENDED, picks_up, "603"))
        case "unwanted":
            return (SENT, RINGING, LineEvent(EventKind.ENDED, picks_up, "607"))
    return (SENT, LineEvent(EventKind.ENDED, 250, "404"))


class SimulatedLine:
    """The simulator. `wait` is how it lets time pass: a test may pass it at once."""

    def __init__(
        self,
        seed: int,
        *,
        speed: float = 1.0,
        key: str = "9",
        log: Path | None = None,
        wait: Callable[[threading.Event, float], bool] | None = None,
    ) -> None:
        self.capabilities = Capabilities(
            name=NAME,
            real=False,
            looks_up_after_restart=False,
            fences_duplicates=False,
            detects_machines=True,
            speaks=False,
        )
        self._seed = seed
        self._speed = speed
        self._key = key
        self._log = log
        self._wait = wait or (lambda stopped, seconds: stopped.wait(seconds))
        self._calls: dict[str, tuple[queue.SimpleQueue[LineEvent], threading.Event]] = {}

    def ready(self) -> bool:
        """A simulator always is."""
        return True

    def place(self, order: Order, redeem: Redeem) -> Placed:
        """Redeem, choose the outcome, forget the number, and let the call run."""
        number = redeem().number
        digest = hashlib.sha256(f"{self._seed}|{number}".encode()).digest()
        del number
        self._note(order.attempt, digest)
        script = script_of(outcome_of(digest), order, digest[2], self._key)
        events: queue.SimpleQueue[LineEvent] = queue.SimpleQueue()
        stopped = threading.Event()
        self._calls[order.attempt] = (events, stopped)
        threading.Thread(
            target=self._run, args=(script, events, stopped), name="simulated-call", daemon=True
        ).start()
        return Placed.ACCEPTED

    def _run(
        self, script: Script, events: queue.SimpleQueue[LineEvent], stopped: threading.Event
    ) -> None:
        at_ms = 0
        for event in script:
            if self._wait(stopped, (event.at_ms - at_ms) / 1_000 / self._speed):
                events.put(LineEvent(EventKind.ENDED, at_ms, "local"))
                return
            at_ms = event.at_ms
            events.put(event)

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]:
        """What happened since the last look, in order; waits `timeout_s` real seconds for it."""
        waiting, _ = self._calls[attempt]
        events: list[LineEvent] = []
        try:
            events.append(waiting.get(timeout=timeout_s))
            while len(events) < MOST_EVENTS:
                events.append(waiting.get_nowait())
        except queue.Empty:
            pass
        if events and events[-1].kind is EventKind.ENDED:
            self._calls.pop(attempt, None)
        return events

    def confirm(self, attempt: str) -> None:
        """Nobody is there to be told: the call ends."""
        self.stop(attempt)

    def close(self) -> None:
        """Simulated calls need no end."""

    def stop(self, attempt: str) -> None:
        """Hang up, or cancel what rings; ends that are over already are let be."""
        if attempt in self._calls:
            self._calls[attempt][1].set()

    def lookup(self, attempt: str) -> Found:
        return Found.ALIVE if attempt in self._calls else Found.CANNOT_TELL

    def _note(self, attempt: str, digest: bytes) -> None:
        """One line for each placed call, durable before the call runs."""
        if self._log is None:
            return
        line = f"{attempt} {digest.hex()}\n".encode()
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def outcome_of(digest: bytes) -> str:
    """The outcome that a digest stands for, by the shares."""
    drawn = int.from_bytes(digest[:2], "big") * 100 // 65_536
    for outcome, share in SHARES:
        drawn -= share
        if drawn < 0:
            return outcome
    return SHARES[-1][0]
