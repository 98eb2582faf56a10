"""The figures of a campaign from main, by aggregates; no person, no number, no key.

What needs sealed facts (calls looked at again) or the clocks of requests comes
from the caller, who may open them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, case, func, select

from privacy.clock import instant, micros
from privacy.errors import NotFound
from privacy.gateway.protocol import EventKind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, SuppressionRow
from privacy.storage.tables.gateway import (
    AttemptEventRow,
    AttemptRow,
    CampaignRow,
    CandidateRow,
    DecisionRow,
)
from reports.campaign_rows import WEEKDAYS
from reports.rule_text import citation_of, text_of

OPT_OUT_LIMIT_S = 5.0
MICROS_A_QUARTER = 15 * 60 * 1_000_000
"""Every offset of a zone that is in use is whole quarters of an hour: no day begins within one."""


@dataclass(frozen=True)
class Span:
    """The period [from_at, to_at) and the controller's zone."""

    from_at: datetime
    to_at: datetime
    zone: str


def campaign(db: Connection, campaign_id: str) -> dict[str, Any]:
    """Who calls, why, on what line. NotFound for an unknown campaign."""
    table = table_of(CampaignRow)
    row = db.execute(select(table).where(table.c.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such campaign.", what=campaign_id, next="See `campaign status`."
        )
    lines = [line.strip() for line in row.script.splitlines() if line.strip()]
    return {
        "id": row.id,
        "title": row.title,
        "purpose": row.purpose,
        "channel": row.channel,
        "line": row.line,
        "caller_id": row.caller_id,
        "script_first_line": lines[0] if lines else "",
        "script_sha256": hashlib.sha256(row.script.encode()).hexdigest(),
        "opt_out_key": row.opt_out_key,
        "max_attempts": row.max_attempts,
        "min_gap_s": row.min_gap_s,
    }


def candidates(db: Connection, campaign_id: str) -> dict[str, Any]:
    """Contact points of the campaign by state, and by the rule of their last refusal."""
    table = table_of(CandidateRow)
    mine = table.c.campaign_id == campaign_id
    states = _counted(db, table.c.state, mine)
    rules = _counted(db, table.c.last_rule, mine & (table.c.last_rule != ""))
    return {
        "total": sum(states.values()),
        "by_state": [{"state": name, "people": n} for name, n in sorted(states.items())],
        "refused_by_reason": [
            {"rule": rule, "text": text_of(rule), "people": n} for rule, n in _most(rules)
        ],
    }


def decisions(db: Connection, campaign_id: str, span: Span) -> dict[str, Any]:
    """Permits issued, refusals, and refusals by the rule that decided."""
    table = table_of(DecisionRow)
    mine = (table.c.campaign_id == campaign_id) & _within(table.c.at, span)
    refused = _counted(db, table.c.deciding_rule, mine & (table.c.decision == "deny"))
    issued = db.execute(
        select(func.count())
        .select_from(table)
        .where(mine, table.c.decision == "allow", table.c.stage == "issue")
    ).scalar_one()
    return {
        "permitted": int(issued),
        "refused": sum(refused.values()),
        "by_rule": [
            {"rule": rule, "text": text_of(rule), "citation": citation_of(rule), "refusals": n}
            for rule, n in _most(refused)
        ],
    }


def calls(
    db: Connection, campaign_id: str, span: Span, local_hours: Mapping[tuple[int, int], int]
) -> dict[str, Any]:
    """Placed calls by outcome, by the called person's local hour, by day of the controller.

    `local_hours` counts them by weekday (0 Monday) and hour.
    """
    table = table_of(AttemptRow)
    mine = (table.c.campaign_id == campaign_id) & _within(table.c.redeemed_at, span)
    outcome = func.coalesce(func.nullif(table.c.outcome, ""), table.c.state)
    outcomes = _counted(db, outcome, mine)
    zone, by_hour = ZoneInfo(span.zone), _by_hour(local_hours)
    days: Counter[str] = Counter()
    quarter = table.c.redeemed_at // MICROS_A_QUARTER
    for number, n in db.execute(select(quarter, func.count()).where(mine).group_by(quarter)):
        at = instant(int(number) * MICROS_A_QUARTER)
        days[at.astimezone(zone).date().isoformat()] += int(n)
    return {
        "placed": sum(outcomes.values()),
        "by_outcome": [{"outcome": name, "calls": n} for name, n in _most(outcomes)],
        "by_local_hour": [
            {"hour": hour, "calls": by_hour.get(hour, 0)} for hour in _whole_range(by_hour)
        ],
        "by_weekday_hour": [
            {"weekday": WEEKDAYS[day], "hour": hour, "calls": n}
            for (day, hour), n in sorted(local_hours.items())
        ],
        "by_day": [{"on": day, "calls": n} for day, n in sorted(days.items())],
    }


def placed(db: Connection, campaign_id: str, span: Span) -> int:
    """How many calls were placed."""
    table = table_of(AttemptRow)
    mine = (table.c.campaign_id == campaign_id) & _within(table.c.redeemed_at, span)
    return int(db.execute(select(func.count()).select_from(table).where(mine)).scalar_one())


def _by_hour(local_hours: Mapping[tuple[int, int], int]) -> Counter[int]:
    by_hour: Counter[int] = Counter()
    for (_, hour), n in local_hours.items():
        by_hour[hour] += n
    return by_hour


def opt_outs(db: Connection, campaign_id: str, span: Span) -> dict[str, Any]:
    """Opt-outs told in calls of the campaign, and how long the gateway took to make them hold."""
    table, attempts = table_of(SuppressionRow), table_of(AttemptRow)
    rows = db.execute(
        select(table.c.source, func.count())
        .join(attempts, attempts.c.id == table.c.attempt)
        .where(attempts.c.campaign_id == campaign_id, _within(table.c.since_at, span))
        .group_by(table.c.source)
    ).all()
    return {
        "count": sum(n for _, n in rows),
        "by_source": [{"source": source, "count": n} for source, n in sorted(rows)],
        "latency": _latency(db, campaign_id, span),
    }


def _latency(db: Connection, campaign_id: str, span: Span) -> dict[str, Any] | None:
    """From the gateway's receipt of a pressed key until its event was recorded, which is
    after the opt-out was durable; None unless each opt-out has such an event."""
    table, attempts = table_of(SuppressionRow), table_of(AttemptRow)
    events = table_of(AttemptEventRow)
    key = case((events.c.kind == EventKind.KEY.value, events.c.received_at))
    end = case((events.c.kind == EventKind.ENDED.value, events.c.received_at))
    mine = select(table.c.attempt).where(_within(table.c.since_at, span))
    # A call refused as unwanted has no key: its end is what told of the opt-out.
    told = (
        select(
            events.c.attempt_id,
            func.coalesce(func.min(key), func.min(end)).label("received_at"),
        )
        .where(events.c.attempt_id.in_(mine))
        .group_by(events.c.attempt_id)
        .subquery()
    )
    rows = db.execute(
        select(table.c.since_at, told.c.received_at)
        .join(attempts, attempts.c.id == table.c.attempt)
        .outerjoin(told, told.c.attempt_id == attempts.c.id)
        .where(attempts.c.campaign_id == campaign_id, _within(table.c.since_at, span))
    ).all()
    if not rows or any(row.received_at is None for row in rows):
        return None
    seconds = [max(0.0, (row.received_at - row.since_at) / 1_000_000) for row in rows]
    return {
        "median_s": round(median(seconds), 3),
        "longest_s": round(max(seconds), 3),
        "limit_s": OPT_OUT_LIMIT_S,
        "citation": "47 CFR 64.1200(b)(3) (at once); the desk's own limit in seconds",
    }


def consent(db: Connection, campaign_id: str, span: Span) -> list[dict[str, Any]]:
    """Placed calls by consent class, and how many have evidence on file."""
    table, records = table_of(AttemptRow), table_of(ConsentRow)
    rows = db.execute(
        select(
            table.c.consent_class,
            func.count(),
            func.count(records.c.id),
        )
        .outerjoin(
            records,
            (records.c.public_id == table.c.consent_id) & (records.c.documented.is_(True)),
        )
        .where(table.c.campaign_id == campaign_id, _within(table.c.redeemed_at, span))
        .group_by(table.c.consent_class)
        .order_by(table.c.consent_class)
    ).all()
    return [
        {"consent_class": name, "calls": total, "with_evidence": shown}
        for name, total, shown in rows
    ]


def _counted(db: Connection, column: Any, condition: Any) -> dict[str, int]:
    rows = db.execute(select(column, func.count()).where(condition).group_by(column)).all()
    return {str(name): int(n) for name, n in rows}


def _within(column: Any, span: Span) -> Any:
    return (column >= micros(span.from_at)) & (column < micros(span.to_at))


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _whole_range(hours: Mapping[int, int]) -> Sequence[int]:
    return range(min(hours), max(hours) + 1) if hours else ()
