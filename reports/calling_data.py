"""The figures of all calls of a desk in a period, from main, by aggregates; nobody is named.

Everything is as of an instant: rows that came later, and what became later of those that
there were, are left out, so that the same instant gives the same figures. What a call's
facts said stands in `call_judgement`, which no erasure touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, case, cast, func, select

from privacy.clock import instant, micros, rfc3339
from privacy.gateway.protocol import EventKind
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow, RegisterList, SuppressionRow
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import (
    AttemptEventRow,
    AttemptRow,
    CampaignRow,
    DecisionRow,
)
from reports import opt_out_data

MICROS_A_QUARTER = 15 * 60 * 1_000_000
MINUTES_AN_HOUR, HOURS_A_WEEK = 60, 168
UNDER_WAY = "under_way"
ATTEMPT, JUDGED = table_of(AttemptRow), table_of(CallJudgement)
DECISION, CAMPAIGN = table_of(DecisionRow), table_of(CampaignRow)
SUPPRESSION, EVENT = table_of(SuppressionRow), table_of(AttemptEventRow)


@dataclass(frozen=True)
class Span:
    """The period [from_at, to_at) in the controller's zone, as of `at`."""

    from_at: datetime
    to_at: datetime
    zone: str
    at: datetime

    def holds(self, column: Any) -> Any:
        """The condition that an instant lies in the period and not after `at`."""
        return (
            (column >= micros(self.from_at))
            & (column < micros(self.to_at))
            & (column <= micros(self.at))
        )


def opted_out(span: Span) -> Any:
    """The condition of an opt-out of the period, as of the span's instant."""
    return span.holds(SUPPRESSION.c.since_at) & opt_out_data.said_then(span.at)


def outcome_then(span: Span) -> Any:
    """How a call had ended at that instant; UNDER_WAY where it had not."""
    ended = ATTEMPT.c.ended_at.is_not(None) & (ATTEMPT.c.ended_at <= micros(span.at))
    told = func.coalesce(func.nullif(ATTEMPT.c.outcome, ""), ATTEMPT.c.state)
    return case((ended, told), else_=UNDER_WAY)


def campaigns(db: Connection, span: Span) -> list[dict[str, Any]]:
    """Each campaign that decided or called in the period, with its counts."""
    placed = _by(db, ATTEMPT.c.campaign_id, span.holds(ATTEMPT.c.redeemed_at))
    people = _by(
        db,
        ATTEMPT.c.campaign_id,
        span.holds(ATTEMPT.c.redeemed_at)
        & (ATTEMPT.c.answered_by == "human")
        & (ATTEMPT.c.ended_at <= micros(span.at)),
    )
    at = span.holds(DECISION.c.at)
    refused = _by(db, DECISION.c.campaign_id, at & (DECISION.c.decision == "deny"))
    issued = (DECISION.c.decision == "allow") & (DECISION.c.stage == "issue")
    permitted = _by(db, DECISION.c.campaign_id, at & issued)
    opted = _opt_outs_by_campaign(db, span)
    rows = db.execute(select(CAMPAIGN).order_by(CAMPAIGN.c.id)).all()
    return [
        {
            "id": row.id,
            "title": row.title,
            "purpose": row.purpose,
            "channel": row.channel,
            "line": row.line,
            "caller_id": row.caller_id,
            "permitted": permitted.get(row.id, 0),
            "refused": refused.get(row.id, 0),
            "placed": placed.get(row.id, 0),
            "answered_by_person": people.get(row.id, 0),
            "opt_outs": opted.get(row.id, 0),
        }
        for row in rows
        if any(row.id in found for found in (placed, permitted, refused))
    ]


def refusals(db: Connection, span: Span) -> list[tuple[str, int]]:
    """Refusals by the rule that decided, most first."""
    where = span.holds(DECISION.c.at) & (DECISION.c.decision == "deny")
    return _most(_by(db, DECISION.c.deciding_rule, where))


def by_day(db: Connection, span: Span) -> list[list[str]]:
    """Rows of (day of the controller, campaign, outcome, calls), in order."""
    quarter = ATTEMPT.c.redeemed_at // MICROS_A_QUARTER
    outcome = outcome_then(span)
    rows = db.execute(
        select(quarter, ATTEMPT.c.campaign_id, outcome, func.count())
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(quarter, ATTEMPT.c.campaign_id, outcome)
    )
    zone, found = ZoneInfo(span.zone), Counter[tuple[str, str, str]]()
    for number, campaign_id, ended, count in rows:
        day = instant(int(number) * MICROS_A_QUARTER).astimezone(zone).date().isoformat()
        found[day, str(campaign_id), str(ended)] += int(count)
    return [[*key, str(found[key])] for key in sorted(found)]


def heat(db: Connection, span: Span) -> tuple[list[list[int]], int]:
    """Calls by weekday (Monday first) and hour of the called person; and those without one."""
    hour = cast(JUDGED.c.local_minute, Integer) // MINUTES_AN_HOUR
    rows = db.execute(
        select(hour, func.count())
        .select_from(ATTEMPT.outerjoin(JUDGED, JUDGED.c.attempt_id == ATTEMPT.c.id))
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(hour)
    )
    counts, unknown = [0] * HOURS_A_WEEK, 0
    for number, count in rows:
        if number is None:
            unknown += int(count)
        else:
            counts[int(number)] += int(count)
    return [counts[start : start + 24] for start in range(0, HOURS_A_WEEK, 24)], unknown


@dataclass(frozen=True)
class Said:
    """Calls of which the law said the same: who refused, where, and whether they were looked at."""

    denying: tuple[str, ...]
    unknown: tuple[str, ...]
    country: str
    looked: bool
    after_opt_out: bool | None
    calls: int


def said(db: Connection, span: Span) -> list[Said]:
    """All calls of the period by what the law said of them again."""
    country = func.substr(JUDGED.c.places, 1, 2)
    keys = (
        JUDGED.c.denying, JUDGED.c.unknown, country, JUDGED.c.looked, JUDGED.c.after_opt_out,
    )  # fmt: skip
    rows = db.execute(
        select(*keys, func.count())
        .select_from(ATTEMPT.outerjoin(JUDGED, JUDGED.c.attempt_id == ATTEMPT.c.id))
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(*keys)
    )
    return [
        Said(
            tuple((denying or "").split()),
            tuple((unknown or "").split()),
            str(place or ""),
            bool(looked),
            None if after is None else bool(after),
            int(count),
        )
        for denying, unknown, place, looked, after, count in rows
    ]


def broken_calls(db: Connection, span: Span, most: int) -> list[dict[str, Any]]:
    """The first calls that a rule refuses again, or that came after an opt-out: ids, no person."""
    rows = db.execute(
        select(
            ATTEMPT.c.id,
            ATTEMPT.c.campaign_id,
            ATTEMPT.c.redeemed_at,
            JUDGED.c.denying,
            JUDGED.c.after_opt_out,
        )
        .join(JUDGED, JUDGED.c.attempt_id == ATTEMPT.c.id)
        .where(
            span.holds(ATTEMPT.c.redeemed_at),
            (JUDGED.c.denying != "") | (JUDGED.c.after_opt_out == 1),
        )
        .order_by(ATTEMPT.c.redeemed_at, ATTEMPT.c.id)
        .limit(most)
    )
    return [
        {
            "call": row.id,
            "campaign": row.campaign_id,
            "at": rfc3339(instant(row.redeemed_at)),
            "rules": [*row.denying.split(), *(["gateway.suppressed"] if row.after_opt_out else [])],
        }
        for row in rows
    ]


def without_decision(db: Connection, span: Span) -> tuple[int, int]:
    """Calls without a decision on record, and those whose decision is no allowance."""
    allowed = case((DECISION.c.decision == "allow", 0), else_=1)
    row = db.execute(
        select(
            func.count().filter(DECISION.c.id.is_(None)),
            func.coalesce(func.sum(allowed), 0),
        )
        .select_from(ATTEMPT.outerjoin(DECISION, DECISION.c.id == ATTEMPT.c.decision_id))
        .where(span.holds(ATTEMPT.c.redeemed_at))
    ).one()
    return int(row[0]), int(row[1])


def sent_twice(db: Connection, span: Span) -> int:
    """Calls that a dialer says it sent more than once."""
    again = (
        select(EVENT.c.attempt_id)
        .join(ATTEMPT, ATTEMPT.c.id == EVENT.c.attempt_id)
        .where(
            span.holds(ATTEMPT.c.redeemed_at),
            EVENT.c.kind == EventKind.SENT.value,
            EVENT.c.received_at <= micros(span.at),
        )
        .group_by(EVENT.c.attempt_id)
        .having(func.count() > 1)
        .subquery()
    )
    return int(db.execute(select(func.count()).select_from(again)).scalar_one())


def packs(db: Connection, span: Span) -> list[dict[str, Any]]:
    """By which packs and own rules the calls were judged."""
    keys = (JUDGED.c.pack_sha256, JUDGED.c.own_sha256)
    rows = db.execute(
        select(*keys, func.count())
        .join(ATTEMPT, JUDGED.c.attempt_id == ATTEMPT.c.id)
        .where(span.holds(ATTEMPT.c.redeemed_at), JUDGED.c.looked == 1)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        {"pack_sha256": pack, "own_sha256": own, "calls": int(count)} for pack, own, count in rows
    ]


def freshness(db: Connection, span: Span) -> tuple[list[dict[str, int]], int]:
    """Calls by the whole days of age of the oldest list that they were checked against; and
    those that no list was told of."""
    age = JUDGED.c.list_age_days
    rows = db.execute(
        select(age, func.count())
        .select_from(ATTEMPT.outerjoin(JUDGED, JUDGED.c.attempt_id == ATTEMPT.c.id))
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(age)
    )
    whole: Counter[int] = Counter()
    untold = 0
    for days, count in rows:
        if days is None:
            untold += int(count)
        else:
            whole[int(days)] += int(count)
    return [{"days": days, "calls": whole[days]} for days in sorted(whole)], untold


def lists(db: Connection, span: Span) -> list[dict[str, Any]]:
    """Versions of registers that were loaded by then, newest first."""
    table = table_of(RegisterList)
    rows = db.execute(
        select(table)
        .where(table.c.loaded_at.is_not(None), table.c.loaded_at <= micros(span.at))
        .order_by(table.c.register_id, table.c.published_on.desc(), table.c.id)
    )
    return [
        {
            "register": row.register_id,
            "published_on": row.published_on,
            "loaded_at": rfc3339(instant(row.loaded_at)),
            "numbers": row.numbers,
            "sha256": row.sha256,
        }
        for row in rows
    ]


def consent(db: Connection, span: Span) -> list[dict[str, Any]]:
    """Placed calls by consent class, and how many have documented evidence."""
    records = table_of(ConsentRow)
    rows = db.execute(
        select(ATTEMPT.c.consent_class, func.count(), func.count(records.c.id))
        .outerjoin(
            records,
            (records.c.public_id == ATTEMPT.c.consent_id) & (records.c.documented.is_(True)),
        )
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(ATTEMPT.c.consent_class)
        .order_by(ATTEMPT.c.consent_class)
    )
    return [
        {"consent_class": name, "calls": int(total), "with_evidence": int(shown)}
        for name, total, shown in rows
    ]


def opt_outs(db: Connection, span: Span) -> list[tuple[str, int]]:
    """Opt-outs of the period, told in calls or otherwise, by source."""
    rows = db.execute(
        select(SUPPRESSION.c.source, func.count())
        .where(opted_out(span))
        .group_by(SUPPRESSION.c.source)
    )
    return _most({str(source): int(count) for source, count in rows})


# An opt-out that a vendor's records told names their import there, and no call of ours.
IN_A_CALL = SUPPRESSION.c.attempt.in_(select(ATTEMPT.c.id))


def latency(db: Connection, span: Span) -> dict[str, Any]:
    """Seconds from the gateway's receipt of a key (or of the end of a refused call) to the
    record that is written after the opt-out is durable; `untold`: calls without such an event."""
    key = case((EVENT.c.kind == EventKind.KEY.value, EVENT.c.received_at))
    end = case((EVENT.c.kind == EventKind.ENDED.value, EVENT.c.received_at))
    mine = select(SUPPRESSION.c.attempt).where(opted_out(span), IN_A_CALL)
    told = (
        select(
            EVENT.c.attempt_id,
            func.coalesce(func.min(key), func.min(end)).label("received_at"),
        )
        .where(EVENT.c.attempt_id.in_(mine), EVENT.c.received_at <= micros(span.at))
        .group_by(EVENT.c.attempt_id)
        .subquery()
    )
    rows = db.execute(
        select(SUPPRESSION.c.since_at, told.c.received_at)
        .outerjoin(told, told.c.attempt_id == SUPPRESSION.c.attempt)
        .where(opted_out(span), IN_A_CALL)
    ).all()
    seconds = sorted(
        max(0.0, (row.received_at - row.since_at) / 1_000_000)
        for row in rows
        if row.received_at is not None
    )
    return {
        "in_calls": len(rows),
        "untold": len(rows) - len(seconds),
        "median_s": round(median(seconds), 3) if seconds else None,
        "longest_s": round(seconds[-1], 3) if seconds else None,
    }


def callers(db: Connection, span: Span) -> list[dict[str, Any]]:
    """Caller numbers that were shown, with their campaigns and calls."""
    rows = db.execute(
        select(
            CAMPAIGN.c.caller_id,
            func.count(func.distinct(CAMPAIGN.c.id)),
            func.count(),
        )
        .join(ATTEMPT, ATTEMPT.c.campaign_id == CAMPAIGN.c.id)
        .where(span.holds(ATTEMPT.c.redeemed_at))
        .group_by(CAMPAIGN.c.caller_id)
        .order_by(CAMPAIGN.c.caller_id)
    )
    return [
        {"caller_id": caller, "campaigns": int(campaigns_), "calls": int(calls)}
        for caller, campaigns_, calls in rows
    ]


def _opt_outs_by_campaign(db: Connection, span: Span) -> dict[str, int]:
    rows = db.execute(
        select(ATTEMPT.c.campaign_id, func.count())
        .join(SUPPRESSION, SUPPRESSION.c.attempt == ATTEMPT.c.id)
        .where(opted_out(span))
        .group_by(ATTEMPT.c.campaign_id)
    )
    return {str(name): int(count) for name, count in rows}


def _by(db: Connection, column: Any, condition: Any) -> dict[str, int]:
    rows = db.execute(select(column, func.count()).where(condition).group_by(column))
    return {str(name): int(count) for name, count in rows}


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
