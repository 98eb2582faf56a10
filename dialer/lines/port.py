"""What the dialer needs of a line to the telephone network.

The permit is redeemed inside the line, so that the number exists in clear only
while the call is being placed; everything else names the attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from privacy.gateway.protocol import EventKind, Released

Redeem = Callable[[], Released]


class Placed(StrEnum):
    """What became of placing a call. UNKNOWN counts as placed and is never repeated."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Found(StrEnum):
    """What a line knows of an attempt, for instance after a restart."""

    ALIVE = "alive"
    ENDED = "ended"
    NEVER_SEEN = "never_seen"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True)
class Capabilities:
    """What a line can do."""

    name: str
    real: bool
    looks_up_after_restart: bool
    fences_duplicates: bool
    detects_machines: bool


@dataclass(frozen=True)
class Order:
    """A call to be placed, without its number. Times in seconds."""

    attempt: str
    caller_id: str
    prompt: str
    language: str
    ring_s: int
    max_s: int


@dataclass(frozen=True)
class LineEvent:
    """What happened on the line. `at_ms` counts from the moment the call was placed."""

    kind: EventKind
    at_ms: int
    cause: str = ""


class Line(Protocol):
    """A line. `place` calls `redeem` once, at the last moment before it sends."""

    capabilities: Capabilities

    def place(self, order: Order, redeem: Redeem) -> Placed: ...

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]: ...

    def stop(self, attempt: str) -> None: ...

    def lookup(self, attempt: str) -> Found: ...
