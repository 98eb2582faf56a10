"""How a campaign's run stands this moment, from the desk's own tables; nobody's data.

Never from the dialer's word alone: starts are redemptions, and what nobody told counts
against the share of abandoned calls. The queries only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection, case, func, select

from privacy.clock import instant, micros
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.gate import taken_slots
from privacy.gateway.overdial import tally
from privacy.gateway.protocol import LIVE, EventKind, State
from privacy.gateway.trunks import trunk_of
from privacy.law.overdial import Terms, terms
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import (
    AttemptEventRow,
    AttemptRow,
    CandidateRow,
    DecisionRow,
)

RATE_OVER_S = 10
LATEST = 500
LIVE_STATES = frozenset(state.value for state in LIVE)


@dataclass(frozen=True, slots=True)
class Abandonment:
    """The share of abandoned calls of a country in the law's span, against its bound.

    `lowest` counts what is known to be abandoned; `highest` also what nobody told and every
    call in flight without an agent. Each is None without an answered call. `bound` is None
    where the law names no share for such calls.
    """

    country: str
    rule: str
    lowest: Fraction | None
    highest: Fraction | None
    bound: Fraction | None
    answered: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Lag:
    """Milliseconds: from the permit to the INVITE, and from the answer to the first sound."""

    to_invite_p50: float | None = None
    to_invite_p95: float | None = None
    to_sound_p95: float | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """One look. Counts are since the run began; starts per second over the last 10 s."""

    at: datetime
    campaign: str
    title: str
    state: str
    starts_per_s: float
    rate_per_s: float
    trunk: str
    trunk_starts_per_s: float
    trunk_rate_per_s: float
    live: dict[str, int]
    places: int
    concurrency: int
    outcomes: dict[str, int]
    denied: dict[str, int]
    waiting: int
    opted_out: int
    abandonment: tuple[Abandonment, ...]
    lag: Lag
    uncertain: int
    not_sent: int
    notes: tuple[str, ...] = field(default=())


def figures(db: Connection, campaign_id: str, since: datetime, now: datetime) -> Figures:
    """The figures of a campaign as of this transaction. NotFound for an unknown campaign."""
    campaign = campaign_of(db, campaign_id)
    trunk = trunk_of(db, campaign.trunk)
    states = _states(db, campaign_id, since)
    live = {name: count for name, count in states.items() if name in LIVE_STATES}
    outcomes = {name: count for name, count in states.items() if name not in LIVE_STATES}
    uncertain, not_sent = (outcomes.get(s.value, 0) for s in (State.UNCERTAIN, State.NOT_SENT))
    return Figures(
        at=now,
        campaign=campaign.id,
        title=campaign.title,
        state=campaign.state,
        starts_per_s=_starts(db, now, campaign=campaign.id),
        rate_per_s=campaign.rate_per_s,
        trunk=campaign.trunk,
        trunk_starts_per_s=_starts(db, now, trunk=campaign.trunk),
        trunk_rate_per_s=trunk.rate_per_s,
        live=live,
        places=taken_slots(db, campaign, now)[0],
        concurrency=campaign.concurrency,
        outcomes=outcomes,
        denied=_denied(db, campaign_id, since),
        waiting=_waiting(db, campaign_id),
        opted_out=_opted_out(db, campaign_id, since),
        abandonment=tuple(_abandonment(db, campaign, now)),
        lag=_lag(db, campaign_id, since),
        uncertain=uncertain,
        not_sent=not_sent,
        notes=_notes(campaign, uncertain, not_sent),
    )


def _notes(campaign: Campaign, uncertain: int, not_sent: int) -> tuple[str, ...]:
    """What recovery did and what somebody should know."""
    said = []
    if uncertain:
        said.append(f"{uncertain:,} calls ended without anybody's word: they count as calls.")
    if not_sent:
        said.append(f"{not_sent:,} permits were not used; their people may be planned again.")
    if campaign.state != "running":
        said.append(f"The campaign is {campaign.state}: no permit is given.")
    return tuple(said)


def _states(db: Connection, campaign_id: str, since: datetime) -> dict[str, int]:
    table = table_of(AttemptRow)
    rows = db.execute(
        select(table.c.state, func.count())
        .where(table.c.campaign_id == campaign_id, table.c.issued_at >= micros(since))
        .group_by(table.c.state)
        .order_by(table.c.state)
    )
    return {str(state): int(count) for state, count in rows}


def _starts(db: Connection, now: datetime, *, campaign: str = "", trunk: str = "") -> float:
    """Redemptions a second in the last RATE_OVER_S seconds."""
    table = table_of(AttemptRow)
    of = table.c.campaign_id == campaign if campaign else table.c.trunk == trunk
    begins = micros(now - timedelta(seconds=RATE_OVER_S))
    count = db.execute(
        select(func.count()).select_from(table).where(of, table.c.redeemed_at > begins)
    ).scalar_one()
    return int(count) / RATE_OVER_S


def _denied(db: Connection, campaign_id: str, since: datetime) -> dict[str, int]:
    table = table_of(DecisionRow)
    rows = db.execute(
        select(table.c.deciding_rule, func.count().label("people"))
        .where(
            table.c.campaign_id == campaign_id,
            table.c.decision == "deny",
            table.c.at >= micros(since),
        )
        .group_by(table.c.deciding_rule)
        .order_by(func.count().desc(), table.c.deciding_rule)
    )
    return {str(rule): int(count) for rule, count in rows}


def _waiting(db: Connection, campaign_id: str) -> int:
    table = table_of(CandidateRow)
    return int(
        db.execute(
            select(func.count())
            .select_from(table)
            .where(table.c.campaign_id == campaign_id, table.c.state == "waiting")
        ).scalar_one()
    )


def _opted_out(db: Connection, campaign_id: str, since: datetime) -> int:
    table, attempts = table_of(SuppressionRow), table_of(AttemptRow)
    return int(
        db.execute(
            select(func.count())
            .select_from(table)
            .join(attempts, attempts.c.id == table.c.attempt)
            .where(attempts.c.campaign_id == campaign_id, table.c.since_at >= micros(since))
        ).scalar_one()
    )


def _abandonment(db: Connection, campaign: Campaign, now: datetime) -> list[Abandonment]:
    """A row for each country called, and for each rule of it that names a share."""
    table = table_of(AttemptRow)
    places = set(
        db.execute(
            select(table.c.place_code).where(table.c.campaign_id == campaign.id).distinct()
        ).scalars()
    )
    started = now if campaign.started_at is None else instant(campaign.started_at)
    found = []
    for country in sorted({place[:2] for place in places if place}):
        within = {country, *(place for place in places if place.startswith(country))}
        today = now.astimezone(UTC).date()
        rules = terms(campaign.channel, campaign.purpose, within, today)
        for one in rules:
            begins = micros(one.begins_at(started.astimezone(UTC).date(), now))
            found.append(_share(db, campaign, country, begins, one))
        if not rules:
            found.append(_share(db, campaign, country, campaign.started_at or micros(now), None))
    return found


def _share(
    db: Connection, campaign: Campaign, country: str, begins: int, rule: Terms | None
) -> Abandonment:
    within_s = 2.0 if rule is None else rule.within_s
    worst = tally(db, campaign.id, country, begins, within_s)
    untold = _uncertain(db, campaign.id, country, begins)
    known, answered = worst.abandoned - untold, worst.answered - untold
    highest = (worst.abandoned + worst.in_flight, worst.answered + worst.in_flight)
    return Abandonment(
        country,
        "" if rule is None else rule.rule,
        Fraction(known, answered) if answered else None,
        Fraction(*highest) if highest[1] else None,
        None if rule is None else rule.max_rate,
        answered,
        worst.in_flight,
    )


def _uncertain(db: Connection, campaign_id: str, country: str, begins: int) -> int:
    table = table_of(AttemptRow)
    return int(
        db.execute(
            select(func.count())
            .select_from(table)
            .where(
                table.c.campaign_id == campaign_id,
                table.c.state == State.UNCERTAIN.value,
                table.c.redeemed_at >= begins,
                func.substr(table.c.place_code, 1, 2) == country,
            )
        ).scalar_one()
    )


def _lag(db: Connection, campaign_id: str, since: datetime) -> Lag:
    """Over the latest calls of the run; the dialer's part of each by its own clock."""
    table, events = table_of(AttemptRow), table_of(AttemptEventRow)
    rows = db.execute(
        select(
            table.c.redeemed_at,
            table.c.issued_at,
            table.c.connect_ms,
            func.min(case((events.c.kind == EventKind.SENT.value, events.c.at_ms))).label("sent"),
        )
        .join(events, events.c.attempt_id == table.c.id)
        .where(
            table.c.campaign_id == campaign_id,
            table.c.redeemed_at.is_not(None),
            table.c.issued_at >= micros(since),
        )
        .group_by(table.c.id, table.c.redeemed_at, table.c.issued_at, table.c.connect_ms)
        .order_by(table.c.redeemed_at.desc())
        .limit(LATEST)
    ).all()
    invites = sorted(
        (row.redeemed_at - row.issued_at) / 1_000 + row.sent for row in rows if row.sent is not None
    )
    sounds = sorted(float(row.connect_ms) for row in rows if row.connect_ms is not None)
    return Lag(
        _percentile(invites, 50), _percentile(invites, 95), _percentile(sounds, 95), len(rows)
    )


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The value that `percent` of an ordered row do not pass (nearest rank)."""
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, rank - 1)]
