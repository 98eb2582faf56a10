"""The only reader of system time.

Rules never look at a clock: an entrance makes one and passes instants in.
A `DemoClock` starts at a stated simulated instant and runs on at real speed;
only a desk marked demo may have one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant, aware and in UTC."""

    @property
    def simulated(self) -> bool: ...

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...


@dataclass(frozen=True)
class SystemClock:
    simulated: bool = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class DemoClock:
    """Runs on from `start` (aware) at real speed, from the moment it is made."""

    start: datetime
    simulated: bool = True
    _made_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("a demo clock starts at an aware instant")

    def now(self) -> datetime:
        return self.start.astimezone(UTC) + timedelta(seconds=self.monotonic_s() - self._made_s)

    def monotonic_s(self) -> float:
        return time.monotonic()


def rfc3339(instant: datetime) -> str:
    """An aware instant as RFC 3339 text in UTC with microseconds."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def micros(instant: datetime) -> int:
    """Microseconds since 1970 in UTC: how every instant is stored."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware")
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def instant(micros_since_epoch: int) -> datetime:
    """The aware UTC instant of stored microseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros_since_epoch)
