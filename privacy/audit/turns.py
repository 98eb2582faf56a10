"""Turns of the transactions that write main, and the instants that go with them.

A figure as of an instant is the same for ever if nothing can be committed later that stands
at or before it. So a transaction's instant is read when it has its turn, never goes behind
the log, and comes after every instant that was settled. On PostgreSQL transactions overlap:
those that write hold a lock together, and the one that settles an instant waits for them all.
SQLite has one writer anyway.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, text

from privacy.clock import instant, micros
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.audit import AuditPending, AuditState
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import Watermark
from privacy.storage.unit import Unit

SETTLED = "as-of"
_TOGETHER = text("SELECT pg_advisory_xact_lock_shared(hashtext('rightsdesk-writer'))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('rightsdesk-writer'))")
_SETTLE = text(
    "INSERT INTO watermark (name, seen_at) VALUES (:name, :at)"
    " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at"
    " WHERE watermark.seen_at < excluded.seen_at"
)
_STATE, _PENDING, _MARK = table_of(AuditState), table_of(AuditPending), table_of(Watermark)
_LATEST = select(
    select(func.max(_STATE.c.last_at)).scalar_subquery(),
    select(func.max(_PENDING.c.at)).scalar_subquery(),
    select(_MARK.c.seen_at + 1).where(_MARK.c.name == SETTLED).scalar_subquery(),
)


def take(db: Connection, *, alone: bool) -> None:
    """Wait for this transaction's turn (PostgreSQL); it ends with the transaction."""
    if not is_sqlite(db.engine):
        db.execute(_ALONE if alone else _TOGETHER)


def latest(db: Connection) -> datetime:
    """The instant before which no transaction that has its turn now may stand."""
    row = db.execute(_LATEST).one()
    return instant(max((int(at) for at in row if at is not None), default=0))


def settle(unit: Unit) -> None:
    """From this unit on nothing is written with an instant at or before its own.

    The unit is one that was written `alone`: what came before it is committed.
    """
    unit.db.execute(_SETTLE, {"name": SETTLED, "at": micros(unit.now)})
