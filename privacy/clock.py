"""The only reader of system time.

Rules never look at a clock: an entrance makes one and passes instants in.
An open desk keeps its own time over jumps of the machine's clock (`SteadyClock`): what it
wrote with a wrong hour would shut the desk to everyone until that hour has passed.
A `DemoClock` starts at a stated simulated instant and runs on at real speed;
only a desk marked demo may have one.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Linux stops CLOCK_MONOTONIC while the machine sleeps; other systems have no BOOTTIME.
SINCE_START = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
JUMP = timedelta(seconds=2)


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
        """Seconds that never go back; time asleep counts."""
        return time.clock_gettime(SINCE_START)


@dataclass
class SteadyClock:
    """Follows `real`, but not over a jump of more than 2 s: then it runs on from before it.

    Nobody knows which side of a jump is right. A process that was right when it began stays
    so; one that was wrong is put right by starting it again.
    """

    real: Clock
    simulated: bool = False
    _at: datetime = field(init=False)
    _at_s: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._at, self._at_s = self.real.now(), self.real.monotonic_s()

    def now(self) -> datetime:
        with self._lock:
            now, now_s = self.real.now(), self.real.monotonic_s()
            expected = self._at + timedelta(seconds=now_s - self._at_s)
            if abs(now - expected) > JUMP:
                return expected
            self._at, self._at_s = now, now_s
            return now

    def monotonic_s(self) -> float:
        return self.real.monotonic_s()


def steady(clock: Clock) -> Clock:
    """`clock` without its jumps; a simulated one is set by hand and stays as it is."""
    return clock if clock.simulated else SteadyClock(clock)


def real(clock: Clock) -> Clock:
    """The clock behind a steady one, jumps and all."""
    return clock.real if isinstance(clock, SteadyClock) else clock


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
