"""Locks on numbers, by keyed tag: what gate, redemption, outcome and opt-out take first.

SQLite writers hold the whole database already. PostgreSQL takes transaction
advisory locks, ascending, so that two transactions never wait for each other
in a ring; two tags that share a lock only wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

LOCK = text("SELECT pg_advisory_xact_lock(:key)")


def lock_numbers(db: Connection, tags: Iterable[bytes]) -> None:
    """Hold the numbers of `tags` until this transaction ends."""
    if db.dialect.name == "sqlite":
        return
    for key in sorted({int.from_bytes(tag[:8], "big", signed=True) for tag in tags}):
        db.execute(LOCK, {"key": key})
