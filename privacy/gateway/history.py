"""Earlier calls to a number: ours of every campaign, and what other dialers' records told.

They count in gaps and caps whatever campaign, channel or dialer they were of; a number
that was given to a dialer outside the package counts from its release.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from privacy.clock import instant, micros, rfc3339
from privacy.gateway.protocol import COUNTED, State
from privacy.storage.tables.base import MainTable, table_of
from privacy.storage.tables.gateway import AttemptRow, EarlierCallRow
from privacy.storage.tables.vendor_counted import VendorCallRow

# Earlier calls that any rule may look back on; tags are cleared later.
HISTORY = timedelta(days=400)
# What the law calls an outcome, where that is not the state's own name. Whoever may have
# been talked to without our knowing counts as talked to.
LAW_OUTCOMES = {
    State.UNWANTED.value: "opted_out",
    State.UNCERTAIN.value: "conversation",
}
COUNTED_STATES = tuple(sorted(state.value for state in COUNTED))


@dataclass(frozen=True, slots=True)
class Call:
    """One counted call to a number; `live` while it is under way."""

    at: datetime
    channel: str
    outcome: str
    live: bool = False

    def told(self) -> dict[str, object]:
        """As the law reads it. What a call of another campaign was about counts as the same
        subject: the gate does not know better, and that reading denies more."""
        return {
            "at": rfc3339(self.at),
            # A channel that nobody told counts for every one.
            "channel": self.channel or None,
            "outcome": LAW_OUTCOMES.get(self.outcome, self.outcome),
            "same_subject": True,
        }


def calls(
    db: Connection, tags: Collection[bytes], at: datetime, apart_from: str = ""
) -> dict[bytes, list[Call]]:
    """Counted calls to each number, oldest first; `apart_from` is an attempt left out."""
    found: dict[bytes, list[Call]] = {}
    told = (*_told(db, EarlierCallRow, tags, at), *_told(db, VendorCallRow, tags, at))
    for tag, call in (*_own(db, tags, at, apart_from), *told):
        found.setdefault(tag, []).append(call)
    for history in found.values():
        history.sort(key=lambda call: call.at)
    return found


def capped_until(
    history: Sequence[Call], most: int, within: timedelta, at: datetime
) -> datetime | None:
    """When fewer than `most` calls lie within the span before; None if that is so at `at`."""
    if not most or not within or len(history) < most:
        return None
    free_at = history[-most].at + within
    return free_at if at < free_at else None


def _own(
    db: Connection, tags: Collection[bytes], at: datetime, apart_from: str
) -> list[tuple[bytes, Call]]:
    table = table_of(AttemptRow)
    rows = db.execute(
        select(
            table.c.id,
            table.c.tag,
            table.c.state,
            table.c.live,
            table.c.channel,
            table.c.issued_at,
            table.c.redeemed_at,
        ).where(
            table.c.tag.in_(tags),
            table.c.issued_at > micros(at - HISTORY),
            table.c.state.in_(COUNTED_STATES),
        )
    )
    return [
        (
            bytes(row.tag),
            Call(
                instant(row.issued_at if row.redeemed_at is None else row.redeemed_at),
                row.channel,
                row.state,
                bool(row.live),
            ),
        )
        for row in rows
        if row.id != apart_from
    ]


def _told(
    db: Connection, rows_of: type[MainTable], tags: Collection[bytes], at: datetime
) -> list[tuple[bytes, Call]]:
    """Calls that somebody else's records told: an earlier dialer's, or a vendor's."""
    table = table_of(rows_of)
    rows = db.execute(
        select(table.c.tag, table.c.at, table.c.channel, table.c.outcome).where(
            table.c.tag.in_(tags), table.c.at > micros(at - HISTORY)
        )
    )
    return [(bytes(row.tag), Call(instant(row.at), row.channel, row.outcome)) for row in rows]
