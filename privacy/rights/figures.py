"""Figures of rights requests, from the log and the timelines alone, at a stated size of the log.

One snapshot: the log says which requests there are, of what kind, under which laws
and why they were refused; the timeline says when they came, when they were answered,
and whether in part. Both are only ever added to, so the same figures come out again
for the same size of the log. Rows are compared with them: where they differ, rows
were changed by hand and no figure is given. Whether an answer was in time is judged
by the clocks of the laws, as they are read now; what cannot be computed counts
neither as in time nor as late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from privacy.audit.entry import parse
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import Altered, BadInput
from privacy.rights import clock, replaying, store
from privacy.rights.case import Event, Kind, State
from privacy.rights.store import Case, TimelineEvent
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of

OPENED, REFUSED = "request.opened", "request.refused"
ANSWERS = (Event.FULFILLED, Event.REFUSAL_SENT, Event.DATA_PROVIDED)
UNSTATED = "other"
# What makes a request wait, by the event that says so.
CAUSES: dict[Event, str] = {
    Event.EXTENSION_NOTICE: "extension",
    Event.IDENTITY_REQUESTED: "identity_asked",
    Event.CLARIFICATION_REQUESTED: "clarification_asked",
    Event.FEE_ANNOUNCED: "fee_announced",
    Event.FEE_CHARGED: "fee_charged",
    Event.HELD: "legal_hold",
}
NO_CAUSE = "none_recorded"
REQUESTS_AT_ONCE = 500


class End(StrEnum):
    """How a request ended; OPEN has not, MERGED is answered in an older one."""

    WHOLE = "whole"
    PART = "part"
    DENIED = "denied"
    MERGED = "merged"
    OPEN = "open"


@dataclass(frozen=True)
class Told:
    """What a register says of a request besides; codes and days, never a word of a person.

    `causes`: what made it wait, of one that was extended, late or is overdue. `withheld`: why
    parts were refused.
    """

    channel: str
    asked_by: str
    identity: str
    due_on: date | None
    extended: bool
    causes: tuple[str, ...]
    withheld: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    """One request as figures see it. Days are in the controller's zone; `days` from receipt to
    the answer; `in_time` is None while nothing can be said."""

    id: str
    kind: Kind
    laws: tuple[str, ...]
    received_on: date
    end: End
    reason: str
    answered_on: date | None
    in_time: bool | None
    overdue: bool
    leading: str
    told: Told | None = None

    @property
    def days(self) -> int | None:
        if self.answered_on is None:
            return None
        return (self.answered_on - self.received_on).days


@dataclass
class Row:
    """One row of the register: received = closed + open + merged, closed = in_time + late +
    unclear = whole + part + denied; overdue and unclear_open are part of open."""

    law: str
    kind: str
    received: int = 0
    closed: int = 0
    in_time: int = 0
    late: int = 0
    unclear: int = 0
    whole: int = 0
    part: int = 0
    denied: int = 0
    open: int = 0
    overdue: int = 0
    unclear_open: int = 0
    merged: int = 0

    def add(self, one: Counted) -> None:
        """Count one request."""
        self.received += 1
        if one.end is End.MERGED:
            self.merged += 1
        elif one.end is End.OPEN:
            self.open += 1
            self.overdue += one.overdue
            self.unclear_open += one.in_time is None
        else:
            self.closed += 1
            self.whole += one.end is End.WHOLE
            self.part += one.end is End.PART
            self.denied += one.end is End.DENIED
            self.in_time += one.in_time is True
            self.late += one.in_time is False
            self.unclear += one.in_time is None


@dataclass(frozen=True)
class Ledger:
    """Every request of the first `size` entries of the log, read in one snapshot, as of `at`."""

    size: int
    at: datetime
    requests: tuple[Counted, ...]

    def between(self, from_on: date, to_on: date) -> list[Counted]:
        """Those received from the first to the last day, both included."""
        return [one for one in self.requests if from_on <= one.received_on <= to_on]


def read(
    desk: Desk,
    size: int | None = None,
    *,
    law: clock.Law = clock.statute,
    within: Connection | None = None,
) -> Ledger:
    """The requests as of the first `size` entries of the log and the instant of the last of
    them (default: all of it, as of now).

    `within` is a snapshot that other figures are read from too (default: one of its own).
    BadInput for a size that the log does not have; Altered where rows differ from the log
    and the timelines.
    """
    now = desk.now()
    with desk.snapshot() if within is None else nullcontext(within) as db:
        head = desk.log.head(db)
        wanted = head.size if size is None else size
        if not 0 < wanted <= head.size:
            raise BadInput(
                "The log has no such size.", what="--size", next=f"It has {head.size} entries."
            )
        until = _instant_of(db, wanted)
        opened = _entries(db, OPENED, wanted)
        refused = _entries(db, REFUSED, wanted)
        cases = {case.id: case for case in store.cases(db)}
        as_of = now if size is None else until
        found = []
        for request_id, case, events in _timelines(db, opened, cases):
            then = [event for event in events if event.recorded_at <= until]
            reason = str(refused[request_id]["outcome"]) if request_id in refused else ""
            found.append(_counted(desk, case, then, reason, as_of, law))
    return Ledger(wanted, as_of, tuple(found))


def _timelines(
    db: Connection, opened: Mapping[str, Mapping[str, Any]], cases: Mapping[str, Case]
) -> Iterator[tuple[str, Case, list[TimelineEvent]]]:
    """Each request with its timeline, some hundred read at once. Altered where rows differ."""
    for ids in in_chunks(sorted(opened), REQUESTS_AT_ONCE):
        held = store.timelines(db, [cases[each] for each in ids if each in cases])
        for request_id in ids:
            case, events = cases.get(request_id), held.get(request_id, [])
            kind = opened[request_id]["object"]
            if case is None or kind != case.kind or _differs(case, events):
                raise _altered(request_id)
            yield request_id, case, events


def register(ledger: Ledger, from_on: date, to_on: date) -> list[Row]:
    """One row for each law and kind, of requests received in those days, both included.

    A request under several laws stands under the one that leads.
    """
    rows: dict[tuple[str, str], Row] = {}
    for one in ledger.between(from_on, to_on):
        key = (one.leading, one.kind.value)
        rows.setdefault(key, Row(*key)).add(one)
    return [rows[key] for key in sorted(rows)]


def of_period(
    desk: Desk,
    from_at: datetime,
    to_at: datetime,
    *,
    law: clock.Law = clock.statute,
    within: Connection | None = None,
) -> list[Row]:
    """The register of requests received from the day of `from_at` to that of the last instant
    before `to_at`, in the controller's zone."""
    zone = ZoneInfo(desk.config.controller.zone)
    last = (to_at - timedelta(microseconds=1)).astimezone(zone).date()
    ledger = read(desk, law=law, within=within)
    return register(ledger, from_at.astimezone(zone).date(), last)


def _counted(
    desk: Desk,
    case: Case,
    events: Sequence[TimelineEvent],
    reason: str,
    as_of: datetime,
    law: clock.Law,
) -> Counted:
    zone = ZoneInfo(desk.config.controller.zone)
    end = _end(case, events)
    answered = min((event.at for event in events if event.type in ANSWERS), default=None)
    answered_on = None if answered is None else answered.astimezone(zone).date()
    read_at = answered or as_of
    today = read_at.astimezone(zone).date()
    known = clock.read(desk.config.controller, case, events, read_at, law=law)
    in_time = known.judged(today)
    return Counted(
        case.id,
        case.kind,
        tuple(dict.fromkeys((case.law, *case.laws))),
        case.received_at.astimezone(zone).date(),
        end,
        (reason or UNSTATED) if end is End.DENIED else "",
        answered_on,
        in_time,
        end is End.OPEN and in_time is False,
        known.leading.law,
        _told(case, events, known.last_day, in_time),
    )


def _told(
    case: Case, events: Sequence[TimelineEvent], due_on: date | None, in_time: bool | None
) -> Told:
    types = [event.type for event in events]
    extended = Event.EXTENSION_NOTICE in types
    causes = tuple(cause for kind, cause in CAUSES.items() if kind in types)
    if not causes and in_time is False:
        causes = (NO_CAUSE,)
    planned = max((i for i, kind in enumerate(types) if kind is Event.PLANNED), default=0)
    refused = [event for event in events[planned:] if event.type is Event.REFUSED_IN_PART]
    withheld = {str(ground) for event in refused for ground in event.facts.values()}
    return Told(
        case.channel,
        case.asked_by,
        case.identity_level or "none",
        due_on,
        extended,
        causes if extended or in_time is False else (),
        tuple(sorted(withheld)),
    )


def _end(case: Case, events: Sequence[TimelineEvent]) -> End:
    """How it ended, by its timeline alone."""
    types = [event.type for event in events]
    if Event.MERGED in types:
        return End.MERGED
    state = replaying.replay(case.id, case.kind, events).state
    if Event.REFUSED in types:
        return End.DENIED
    if state not in (State.FULFILLED, State.CLOSED):
        return End.OPEN
    planned = max((i for i, kind in enumerate(types) if kind is Event.PLANNED), default=0)
    return End.PART if Event.REFUSED_IN_PART in types[planned:] else End.WHOLE


def _differs(case: Case, events: Sequence[TimelineEvent]) -> bool:
    return bool(replaying.differences(case, events))


def _entries(db: Connection, action: str, size: int) -> dict[str, Mapping[str, Any]]:
    """Entries of that action among the first `size`, by request."""
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    bodies = db.execute(
        select(entries.c.body)
        .join(leaves, leaves.c.entry_id == entries.c.id)
        .where(entries.c.action == action, leaves.c.idx < size)
        .order_by(leaves.c.idx)
    ).scalars()
    parsed = [parse(bytes(body)) for body in bodies]
    return {str(entry["request"]): entry for entry in parsed}


def _instant_of(db: Connection, size: int) -> datetime:
    """The instant of the last of the first `size` entries."""
    entries, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    at = db.execute(
        select(entries.c.at)
        .join(leaves, leaves.c.entry_id == entries.c.id)
        .where(leaves.c.idx == size - 1)
    ).scalar_one()
    return instant(at)


def _altered(request_id: str) -> Altered:
    return Altered(
        "A request's row is not what the log and its timeline say; no figure is given.",
        what=request_id,
        next="Run `rightsdesk audit verify` and see the request.",
    )
