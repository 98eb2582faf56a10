"""Which opt-outs stood in the desk at an instant.

An erasure blocks the number too, and nobody said by it that they want no calls: such a row is
held, and is no opt-out that anybody told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from privacy.clock import micros
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.desk import LedgerDone

SUPPRESSION = table_of(SuppressionRow)
ERASURE = "erasure"


def known_then(at: datetime) -> Any:
    """The condition that an opt-out stood in the desk at that instant.

    It is dated by the ledger of no, which is written before the desk is: what was on its way
    at the instant is left out for ever.
    """
    done = table_of(LedgerDone)
    later = select(done.c.line_id).where(done.c.line_id == SUPPRESSION.c.id)
    later = later.where(done.c.done_at > micros(at)).correlate(SUPPRESSION)
    return (SUPPRESSION.c.since_at <= micros(at)) & ~later.exists()


def said_then(at: datetime) -> Any:
    """The condition that somebody's opt-out stood in the desk at that instant."""
    return known_then(at) & (SUPPRESSION.c.source != ERASURE)


def by_erasure(at: datetime) -> Any:
    """The condition that a number was blocked by an erasure at that instant."""
    return known_then(at) & (SUPPRESSION.c.source == ERASURE)
