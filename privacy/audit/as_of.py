"""Which state of the desk a figure is of: a size of the log, and the instant of its last entry.

A report that can be made again appends its own entry first (`begin`), while nothing else is
being written, and takes only rows up to that entry's instant. Whoever asks for the same size
later gets the same figures: what is written later stands at a later instant (audit.turns),
rows are only added, and what an erasure takes of them no figure rests on.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from privacy.audit.turns import settle
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit

BEGUN = "report.begun"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A size of the log, the instant of the last of its entries, and that one's leaf hash.

    Nobody could choose `leaf`: samples are drawn with it.
    """

    size: int
    at: datetime
    leaf: bytes

    @property
    def seed(self) -> str:
        """The leaf hash as text."""
        return base64.b64encode(self.leaf).decode("ascii")


def begin(desk: Desk, actor_id: str, kind: str) -> AsOf:
    """The state from which a report of that kind is made now: its own entry is the last one."""

    def job(unit: Unit) -> str:
        settle(unit)
        return unit.append(BEGUN, actor_id, object=kind)

    entry = desk.write(job, alone=True)
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    with desk.reading() as db:
        row = db.execute(
            select(leaves.c.idx, leaves.c.leaf, entries.c.at)
            .join(entries, entries.c.id == leaves.c.entry_id)
            .where(entries.c.id == entry)
        ).one()
    return AsOf(int(row.idx) + 1, instant(row.at), bytes(row.leaf))


def at_size(db: Connection, size: int) -> AsOf:
    """The state of that size. BadInput for a size that the log does not have."""
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    row = db.execute(
        select(leaves.c.leaf, entries.c.at)
        .join(leaves, leaves.c.entry_id == entries.c.id)
        .where(leaves.c.idx == size - 1)
    ).one_or_none()
    if row is None:
        raise BadInput(
            "The log has no such size.",
            what="--as-of",
            next="Give the log size that a report's first page names.",
        )
    return AsOf(size, instant(row.at), bytes(row.leaf))


def wanted(desk: Desk, actor_id: str, kind: str, size: int | None) -> AsOf:
    """The state of `size`, or the present one, begun now."""
    if size is None:
        return begin(desk, actor_id, kind)
    with desk.reading() as db:
        state, begun = at_size(db, size), _is_begun(db, size)
    if not begun:
        # No report began there, so what stood at that instant may still be on its way.
        begin(desk, actor_id, kind)
    return state


def _is_begun(db: Connection, size: int) -> bool:
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    return (
        db.execute(
            select(entries.c.action)
            .join(leaves, leaves.c.entry_id == entries.c.id)
            .where(leaves.c.idx == size - 1)
        ).scalar()
        == BEGUN
    )
