"""On SQLite the gate's instant is this machine's clock, so it is watched.

A clock that stands more than 2 s before the latest instant that a gate has seen,
or that runs more than 2 s away from the monotonic clock, gives no permits: an
hour of the window, a gap or a cap could be wrong. The refusal is stored, so that
another process refuses too, until somebody has looked at the clock and clears it.
What happened is taken all the same, and opt-outs above all: the desk keeps the time from
before the jump (privacy/clock.py), so that no entry has a wrong hour.
PostgreSQL gives the instant itself and needs no guard.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select, text

from privacy.clock import Clock, micros, real
from privacy.desk import Desk
from privacy.gateway.protocol import Code, Problem
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Watermark
from privacy.storage.unit import Unit

TOLERANCE_US = 2_000_000
SEEN = "gateway"
REFUSED = "gateway.refused"

_RAISE = text(
    "INSERT INTO watermark (name, seen_at) VALUES (:name, :at)"
    " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at"
    " WHERE watermark.seen_at < excluded.seen_at"
)


@dataclass
class ClockGuard:
    """One process's view: where wall and monotonic clock stood when it began."""

    clock: Clock
    wall_us: int = field(init=False)
    monotonic_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.clock = real(self.clock)
        self.monotonic_s = self.clock.monotonic_s()
        self.wall_us = micros(self.clock.now())

    def off_us(self) -> int:
        """How far the wall clock stands from where the monotonic clock puts it."""
        now_us = micros(self.clock.now())
        ran = int((self.clock.monotonic_s() - self.monotonic_s) * 1_000_000)
        return now_us - (self.wall_us + ran)

    def check(self, unit: Unit, now_us: int) -> bool:
        """Whether the clock may be trusted at `now_us`; stores what was seen."""
        if not is_sqlite(unit.db.engine):
            return True
        if refused_since(unit.db) is not None:
            return False
        table = table_of(Watermark)
        seen = unit.db.execute(select(table.c.seen_at).where(table.c.name == SEEN)).scalar()
        back = seen is not None and now_us < seen - TOLERANCE_US
        # A simulated clock is set by hand; only its going back is a fault.
        off = not self.clock.simulated and abs(self.off_us()) > TOLERANCE_US
        if back or off:
            unit.db.execute(_RAISE, {"name": REFUSED, "at": now_us})
            return False
        unit.db.execute(_RAISE, {"name": SEEN, "at": now_us})
        return True


def refused_since(db: Connection) -> int | None:
    """The instant (microseconds) at which a gate met a wrong clock; None if none did."""
    table = table_of(Watermark)
    return db.execute(select(table.c.seen_at).where(table.c.name == REFUSED)).scalar()


def clear(desk: Desk, actor_id: str) -> bool:
    """Trust the clock again as it stands now; False if nothing was refused."""
    table = table_of(Watermark)

    def job(unit: Unit) -> bool:
        if refused_since(unit.db) is None:
            return False
        unit.db.execute(delete(table).where(table.c.name.in_((SEEN, REFUSED))))
        unit.append("gateway.clock_cleared", actor_id)
        return True

    return desk.write(job)


def wrong_clock() -> Problem:
    """What a dialer is told while the clock is not trusted."""
    return Problem(
        Code.CLOCK,
        "The gateway's clock went wrong; no permits until `rightsdesk doctor` clears it.",
    )
