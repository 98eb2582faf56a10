"""Numbers that the desk erased, by the key of a call's number, and when.

Of an erased person the desk keeps keyed tags alone, so that nobody loads them again.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ErasedTag
from privacy.vendors.calls.desk_world import key_of


def erased_before(db: Connection, last_us: int) -> dict[int, int]:
    """The first erasure of each tag up to that instant, in microseconds."""
    table = table_of(ErasedTag)
    rows = db.execute(
        select(table.c.tag, table.c.erased_at)
        .where(table.c.erased_at <= last_us)
        .order_by(table.c.erased_at)
    )
    found: dict[int, int] = {}
    for row in rows:
        found.setdefault(key_of(bytes(row.tag)), row.erased_at)
    return found
