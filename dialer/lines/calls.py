"""The calls of one line: what happened in each, in order, for whoever follows it.

A call that came to its end is forgotten when its end was read; that it ended is
remembered for `lookup`.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from dialer.lines.port import Found, LineEvent, LineLost
from privacy.clock import SystemClock
from privacy.gateway.protocol import MOST_EVENTS, EventKind

REMEMBERED = 10_000


@dataclass
class _Kept:
    begun_s: float
    events: queue.SimpleQueue[LineEvent] = field(default_factory=queue.SimpleQueue)
    ended: bool = False


class Calls:
    """Thread-safe. Times come from this machine's monotonic clock."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._kept: dict[str, _Kept] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self._lost = False

    def begin(self, attempt: str) -> None:
        """From now on events of that attempt are kept, and their times counted."""
        with self._lock:
            self._kept[attempt] = _Kept(self._clock.monotonic_s())

    def put(self, attempt: str, kind: EventKind, cause: str = "") -> None:
        """Something happened; after the end nothing does."""
        with self._lock:
            kept = self._kept.get(attempt)
            if kept is None or kept.ended:
                return
            at_ms = int((self._clock.monotonic_s() - kept.begun_s) * 1_000)
            kept.ended = kind is EventKind.ENDED
            kept.events.put(LineEvent(kind, at_ms, cause))

    def drop(self, attempt: str) -> None:
        """The call was never sent."""
        with self._lock:
            self._kept.pop(attempt, None)

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]:
        """What happened since the last look, in order; waits `timeout_s` for it.

        LineLost when the line is gone, or the call is not one of this line's.
        """
        with self._lock:
            kept = self._kept.get(attempt)
        if kept is None:
            raise _lost()
        events: list[LineEvent] = []
        try:
            events.append(kept.events.get(timeout=timeout_s))
            while len(events) < MOST_EVENTS:
                events.append(kept.events.get_nowait())
        except queue.Empty:
            pass
        if events and events[-1].kind is EventKind.ENDED:
            self._forget(attempt)
        elif not events and self._lost:
            raise _lost()
        return events

    def _forget(self, attempt: str) -> None:
        with self._lock:
            self._kept.pop(attempt, None)
            self._ended[attempt] = None
            while len(self._ended) > REMEMBERED:
                self._ended.popitem(last=False)

    def lose(self) -> None:
        """The line is gone: whoever waits is told, after what had happened."""
        self._lost = True

    def found(self, attempt: str) -> Found:
        """What this process knows of an attempt."""
        with self._lock:
            kept = self._kept.get(attempt)
            if kept is not None:
                return Found.ENDED if kept.ended else Found.ALIVE
            return Found.ENDED if attempt in self._ended else Found.CANNOT_TELL

    def live(self) -> int:
        """How many calls have not ended."""
        with self._lock:
            return sum(not kept.ended for kept in self._kept.values())


def _lost() -> LineLost:
    return LineLost(
        "The line is gone; what became of its calls is not known.",
        what="line",
        next="They count as placed and are not called again by themselves.",
    )
