"""Every placed call of a campaign, looked at again: what broke a rule, and how calls were made.

The law's answers are those of privacy/gateway/judgements.py, each asked once of the facts
that were kept. Opt-outs are compared again by keyed tag. A call whose facts an erasure took
before is counted as not looked at, never as clean; one without any decision is a finding of
its own. Calls are read page by page: memory does not grow with the campaign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, and_, case, func, select

from privacy.actors import Actor
from privacy.clock import instant, micros
from privacy.consent.suppression import suppressed_at
from privacy.desk import Desk
from privacy.gateway.conduct_sums import Conduct
from privacy.gateway.decide import Law
from privacy.gateway.judgements import check_of, judge_all
from privacy.gateway.protocol import EventKind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, DecisionRow
from privacy.terms import Purpose

PAGE = 10_000
AFTER_OPT_OUT, TWICE = "after_opt_out", "twice_on_one_intent"
NO_DECISION, NO_PERMIT = "without_decision", "without_permit"
MICROSECOND = timedelta(microseconds=1)
MINUTES_AN_HOUR = 60
HOURS_A_DAY = 24
FIRST = (
    EventKind.RINGING, EventKind.ANSWERED, EventKind.MEDIA_STARTED, EventKind.KEY, EventKind.ENDED,
)  # fmt: skip
NOTHING_TOLD = (None,) * (1 + len(FIRST))


class Placed(NamedTuple):
    """One placed call: the attempt, its decision, what the law said, what the dialer told.

    None where there is no decision, no judgement, or no such event. `_ms` count from the
    release of the number; `sent` is how often the dialer said that it sent the call.
    """

    id: str
    redeemed_at: int
    answered_by: str
    outcome: str
    state: str
    tag: bytes | None
    purpose: str
    channel: str
    consent_class: str
    place_code: str
    decision: str | None
    decided_by: str | None
    looked: int | None
    denying: str | None
    local_minute: int | None
    places: str | None
    list_age_days: float | None
    after_opt_out: int | None
    own_sha256: str | None
    judged_by: str | None
    sent: int | None
    ringing_ms: int | None
    answered_ms: int | None
    speaking_ms: int | None
    key_ms: int | None
    ended_ms: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """One placed call as it was found, and the checks that it fails."""

    row: Placed
    broken: tuple[str, ...]


@dataclass
class Review:
    """What was found. `placed` calls in all; `by_facts` were looked at by their facts.

    `local_hours` counts by weekday (0 Monday) and hour of the called person's first zone.
    `decided_by_other_pack`: calls that another version of the law's pack permitted than the
    one that they were looked at by. `own_rules`: digests of the own rules used.
    """

    placed: int = 0
    by_facts: int = 0
    by_tag: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    local_hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    decided_by_other_pack: int = 0
    own_rules: set[str] = field(default_factory=set)

    def add(self, row: Placed, broken: tuple[str, ...]) -> None:
        """Count one call."""
        self.placed += 1
        self.violations.update(broken)
        self.by_tag += row.tag is not None or row.after_opt_out is not None
        if not row.looked:
            return
        self.by_facts += 1
        self.decided_by_other_pack += row.decided_by not in (None, row.judged_by)
        if row.own_sha256:
            self.own_rules.add(row.own_sha256)
        if row.local_minute is not None:
            self.local_hours[divmod(row.local_minute // MINUTES_AN_HOUR, HOURS_A_DAY)] += 1


def review(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    from_at: datetime,
    to_at: datetime,
    *,
    law: Law | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Ask the law about each call whose number left in [from_at, to_at); opening is audited."""
    judge_all(
        desk, actor, from_at, to_at - MICROSECOND, campaign=campaign_id, law=law, progress=progress
    )


@dataclass
class Looking:
    """Reads each call of [from_at, to_at) once, after `review`, and counts what it sees."""

    db: Connection
    campaign_id: str
    from_at: datetime
    to_at: datetime
    purpose: Purpose
    found: Review = field(default_factory=Review)
    conduct: Conduct = field(init=False)

    def __post_init__(self) -> None:
        first, last = (at.astimezone(UTC).date() for at in (self.from_at, self.to_at))
        self.conduct = Conduct(self.purpose, first, last)

    def calls(self) -> Iterator[Call]:
        """Each call in order; `found` and `conduct` are whole when the last one was taken."""
        for rows in _pages(self.db, self.campaign_id, self.from_at, self.to_at):
            if not self.found.placed:
                # Thirty days are counted from the first call on, as the law has it of a campaign.
                self.conduct.first_day = instant(rows[0].redeemed_at).date()
            self.conduct.add(rows)
            forbidden = _after_opt_out(self.db, rows)
            for row in rows:
                broken = _broken(row, row.id in forbidden)
                self.found.add(row, broken)
                yield Call(row, broken)


def _broken(row: Placed, forbidden: bool) -> tuple[str, ...]:
    """The checks that a call fails, each once."""
    seen = (
        (AFTER_OPT_OUT, forbidden),
        (TWICE, row.sent is not None and row.sent > 1),
        (NO_DECISION, row.decision is None),
        (NO_PERMIT, row.decision != "allow"),
    )
    by_row = tuple(name for name, holds in seen if holds)
    return (*by_row, *_checks_of(row.denying)) if row.denying else by_row


@lru_cache(maxsize=10_000)
def _checks_of(denying: str) -> tuple[str, ...]:
    return tuple(sorted({check_of(rule) for rule in denying.split()}))


def _pages(
    db: Connection, campaign_id: str, from_at: datetime, to_at: datetime
) -> Iterator[list[Placed]]:
    """Calls with decision, judgement and what the dialer told, in order."""
    after = (micros(from_at), "")
    while rows := _page(db, campaign_id, after, to_at):
        yield rows
        if len(rows) < PAGE:
            return
        after = (rows[-1].redeemed_at, rows[-1].id)


def _page(
    db: Connection, campaign_id: str, after: tuple[int, str], to_at: datetime
) -> list[Placed]:
    calls, decisions, known = table_of(AttemptRow), table_of(DecisionRow), table_of(CallJudgement)
    redeemed_at, last_id = after
    mine = and_(
        calls.c.campaign_id == campaign_id,
        calls.c.redeemed_at >= redeemed_at,
        (calls.c.redeemed_at > redeemed_at) | (calls.c.id > last_id),
        calls.c.redeemed_at < micros(to_at),
    )
    order = calls.c.redeemed_at, calls.c.id
    wanted: list[Any] = [
        *calls.c["id", "redeemed_at", "answered_by", "outcome", "state", "tag", "purpose"],
        *calls.c["channel", "consent_class", "place_code"],
        *decisions.c["decision", "pack_sha256"],
        *known.c["looked", "denying", "local_minute", "places", "list_age_days"],
        *known.c["after_opt_out", "own_sha256", "pack_sha256"],
    ]
    rows = db.execute(
        select(*wanted)
        .select_from(calls)
        # A call whose decision is gone must be seen, not left out.
        .outerjoin(decisions, decisions.c.id == calls.c.decision_id)
        .outerjoin(known, known.c.attempt_id == calls.c.id)
        .where(mine)
        .order_by(*order)
        .limit(PAGE)
    ).all()
    told = _told(db, select(calls.c.id).where(mine).order_by(*order).limit(PAGE).subquery())
    return [Placed(*row, *told.get(row.id, NOTHING_TOLD)) for row in rows]


def _told(db: Connection, page: Subquery) -> dict[str, Sequence[int | None]]:
    """How often each of these calls was sent, and the first event of each kind."""
    events = table_of(AttemptEventRow)
    first: list[Any] = [
        func.min(case((events.c.kind == kind.value, events.c.at_ms))) for kind in FIRST
    ]
    sent = func.sum(case((events.c.kind == EventKind.SENT.value, 1), else_=0))
    rows = db.execute(
        select(events.c.attempt_id, sent, *first)
        .select_from(page.join(events, events.c.attempt_id == page.c.id))
        .group_by(events.c.attempt_id)
    )
    return {row[0]: row[1:] for row in rows}


def _after_opt_out(db: Connection, rows: Sequence[Placed]) -> set[str]:
    """Ids of calls that came after an opt-out: as found when judged, or by their tags now."""
    found = {row.id for row in rows if row.after_opt_out}
    tagged = [row for row in rows if row.tag is not None]
    for purpose, channel in {(row.purpose, row.channel) for row in tagged}:
        calls = {
            row.id: (bytes(row.tag or b""), instant(row.redeemed_at))
            for row in tagged
            if (row.purpose, row.channel) == (purpose, channel)
        }
        forbidden = set(suppressed_at(db, list(calls.values()), purpose, channel))
        found |= {each for each, call in calls.items() if call in forbidden}
    return found
