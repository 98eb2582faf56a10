"""Pacing by GCRA: one stored instant a campaign, trunk and dialer; nothing to mend after a crash.

With interval T = 1 / rate and no burst, any half-open window of length W holds at
most ceil(W / T) starts. The state is spent at redemption, in its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select, text

from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import GatewayRateRow

MICROS = 1_000_000

_SPEND = text(
    "INSERT INTO gateway_rate (name, tat_at) VALUES (:name, :tat_at)"
    " ON CONFLICT (name) DO UPDATE SET tat_at = excluded.tat_at"
)


def interval_us(rate_per_s: float) -> int:
    """Microseconds between two starts, rounded up: never faster than the rate."""
    return -int(-MICROS // rate_per_s)


def free_at(tat_at: int | None, now: int) -> int:
    """The earliest instant of the next start, from the stored theoretical arrival time."""
    return now if tat_at is None else max(tat_at, now)


def after_start(tat_at: int | None, now: int, interval: int) -> int:
    """The theoretical arrival time after a start at `now`."""
    return free_at(tat_at, now) + interval


def next_start(stored: Mapping[str, int], names: Mapping[str, float], now: int) -> int:
    """When all of `names` (with their rates per second) allow a start: `now` or later."""
    return max(free_at(stored.get(name), now) for name in names)


def spend(db: Connection, stored: Mapping[str, int], names: Mapping[str, float], now: int) -> None:
    """Count one start for each of `names`; the caller holds their locks since `stored` was read."""
    rows = [
        {"name": name, "tat_at": after_start(stored.get(name), now, interval_us(rate))}
        for name, rate in sorted(names.items())
    ]
    db.execute(_SPEND, rows)


def stored_of(db: Connection, names: Mapping[str, float]) -> dict[str, int]:
    """The stored theoretical arrival times, in microseconds, of those of `names` that have one."""
    table = table_of(GatewayRateRow)
    rows = db.execute(select(table.c.name, table.c.tat_at).where(table.c.name.in_(list(names))))
    return {row.name: row.tat_at for row in rows}
