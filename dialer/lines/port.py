"""What the dialer needs of a line to the telephone network.

The permit is redeemed inside the line, so that the number exists in clear only
while the call is being placed; everything else names the attempt. A line keeps a
person's voice nowhere: there is no way to record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from privacy.errors import MachineFailed
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


class LineLost(MachineFailed):
    """The line itself is gone. What became of its calls is not known."""

    code = "line_lost"


class NotReady(MachineFailed):
    """Nothing can be placed now. The permit was not redeemed and nothing was sent."""

    code = "line_not_ready"


@dataclass(frozen=True)
class Capabilities:
    """What a line can do. `most_calls` at once in one process, 0 for no bound of its own.

    `keys_at`: whether a key is told at its start or only when it is let go. `records` and
    `speaks` are what the person meets: nothing is recorded, and the prompt is played.
    """

    name: str
    real: bool
    looks_up_after_restart: bool
    fences_duplicates: bool
    detects_machines: bool
    most_calls: int = 0
    keys_at: str = "start"
    speaks: bool = True
    records: bool = False


@dataclass(frozen=True)
class Sound:
    """Something to be heard: 8 kHz, mono, 16 bit. `sha256` is that of its WAV file."""

    sha256: str = ""
    pcm: bytes = b""


@dataclass(frozen=True)
class Speech:
    """What a person hears: the prompt, the confirmation of an opt-out, and what is said
    instead where nobody speaks in time."""

    prompt: Sound = Sound()
    confirmation: Sound = Sound()
    safe_harbour: Sound = Sound()


@dataclass(frozen=True)
class Order:
    """A call to be placed, without its number. Times in seconds."""

    attempt: str
    caller_id: str
    prompt: str
    language: str
    ring_s: int
    max_s: int
    speech: Speech = Speech()


@dataclass(frozen=True)
class LineEvent:
    """What happened on the line. `at_ms` counts from the moment the call was placed."""

    kind: EventKind
    at_ms: int
    cause: str = ""


class Line(Protocol):
    """A line. `place` calls `redeem` once, at the last moment before it sends.

    `place` raises NotReady before it redeems. `next_events` waits `timeout_s` real seconds
    and raises LineLost when nobody can tell any more. `confirm` says that the opt-out is
    kept and hangs up when it is said; `stop` hangs up at once, or cancels what rings.
    """

    capabilities: Capabilities

    def ready(self) -> bool: ...

    def place(self, order: Order, redeem: Redeem) -> Placed: ...

    def next_events(self, attempt: str, timeout_s: float) -> list[LineEvent]: ...

    def confirm(self, attempt: str) -> None: ...

    def stop(self, attempt: str) -> None: ...

    def lookup(self, attempt: str) -> Found: ...

    def close(self) -> None: ...
