"""Placed calls of a desk for `law conduct`, as columns, one page in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, case, func, select

from privacy.clock import instant, micros
from privacy.gateway.protocol import EventKind
from privacy.law.bulk_columns import UNTOLD
from privacy.law.conduct_columns import Answerer, Chunk, Ender, Shown, chunk, day_number
from privacy.storage.tables.base import table_of
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, CampaignRow
from reports.calling_data import Span

PAGE = 10_000
ATTEMPT, EVENT, JUDGED = (table_of(t) for t in (AttemptRow, AttemptEventRow, CallJudgement))
CAMPAIGN = table_of(CampaignRow)
ANSWERERS = {"human": Answerer.PERSON, "machine": Answerer.MACHINE}
ENDED_BY_CALLED = frozenset({"busy", "declined", "unwanted", "unreachable"})
KINDS = {
    "ringing_ms": EventKind.RINGING,
    "answered_ms": EventKind.ANSWERED,
    "speaking_ms": EventKind.MEDIA_STARTED,
    "key_ms": EventKind.KEY,
    "ended_ms": EventKind.ENDED,
}
Reading = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class Group:
    """Calls of one campaign to one country."""

    campaign: str
    purpose: str
    country: str
    calls: Chunk


def groups(reading: Reading, span: Span) -> Iterator[Group]:
    """Every placed call of the period, in pages, by campaign and country of each page."""
    zone = ZoneInfo(span.zone)
    after = (micros(span.from_at), "")
    while True:
        with reading() as db:
            rows = _page(db, span, after)
        parts: dict[tuple[str, str, str], list[Any]] = {}
        for row in rows:
            for country in _countries(row.places):
                parts.setdefault((row.campaign_id, row.purpose, country), []).append(row)
        for (campaign, purpose, country), some in sorted(parts.items()):
            yield Group(campaign, purpose, country, _columns(some, span, zone))
        if len(rows) < PAGE:
            return
        after = (rows[-1].redeemed_at, rows[-1].id)


def _page(db: Connection, span: Span, after: tuple[int, str]) -> Sequence[Any]:
    redeemed_at, last_id = after
    page = (
        select(ATTEMPT)
        .where(
            span.holds(ATTEMPT.c.redeemed_at),
            ATTEMPT.c.redeemed_at >= redeemed_at,
            (ATTEMPT.c.redeemed_at > redeemed_at) | (ATTEMPT.c.id > last_id),
        )
        .order_by(ATTEMPT.c.redeemed_at, ATTEMPT.c.id)
        .limit(PAGE)
        .subquery()
    )
    firsts = [
        func.min(case((EVENT.c.kind == kind.value, EVENT.c.at_ms))).label(name)
        for name, kind in KINDS.items()
    ]
    told = (
        select(EVENT.c.attempt_id, *firsts)
        .where(EVENT.c.attempt_id.in_(select(page.c.id)), EVENT.c.received_at <= micros(span.at))
        .group_by(EVENT.c.attempt_id)
        .subquery()
    )
    return db.execute(
        select(
            page.c.id,
            page.c.campaign_id,
            page.c.purpose,
            page.c.candidate_id,
            page.c.redeemed_at,
            page.c.answered_by,
            page.c.outcome,
            page.c.ended_at,
            CAMPAIGN.c.caller_id,
            JUDGED.c.places,
            JUDGED.c.list_age_days,
            *(told.c[name] for name in KINDS),
        )
        .join(CAMPAIGN, CAMPAIGN.c.id == page.c.campaign_id)
        .outerjoin(told, told.c.attempt_id == page.c.id)
        .outerjoin(JUDGED, JUDGED.c.attempt_id == page.c.id)
        .order_by(page.c.redeemed_at, page.c.id)
    ).all()


def _countries(places: str | None) -> list[str]:
    return sorted({place[:2] for place in (places or "").split() if place[:2] != "EU"})


def _columns(rows: Sequence[Any], span: Span, zone: ZoneInfo) -> Chunk:
    """Rows as columns. A call to the same candidate is a call to the same person: no erasure
    takes the candidate's id, which outside the desk leads to nobody."""
    at = np.array([row.redeemed_at for row in rows], dtype=np.int64)
    until = micros(span.at)
    days = [day_number(instant(row.redeemed_at).astimezone(zone).date()) for row in rows]
    ended = [row.ended_at is not None and row.ended_at <= until for row in rows]
    return chunk(
        at,
        np.array(days, dtype=np.int64),
        answered_us=_at(rows, "answered_ms"),
        agent_us=_at(rows, "speaking_ms"),
        ended_us=_at(rows, "ended_ms"),
        opt_out_us=_at(rows, "key_ms"),
        answered_by=[_answerer(row, done) for row, done in zip(rows, ended, strict=True)],
        ended_by=[
            Ender.CALLED if done and row.outcome in ENDED_BY_CALLED else Ender.NOT_TOLD
            for row, done in zip(rows, ended, strict=True)
        ],
        shown=[Shown.SHOWN if row.caller_id else Shown.HIDDEN for row in rows],
        ring_s=[_ring_s(row) for row in rows],
        list_age_days=[np.nan if row.list_age_days is None else row.list_age_days for row in rows],
        party=np.array([(1, row.candidate_id) for row in rows], dtype=np.uint64),
    )


def _at(rows: Sequence[Any], name: str) -> list[int]:
    found = []
    for row in rows:
        ms = getattr(row, name)
        found.append(int(UNTOLD) if ms is None else row.redeemed_at + ms * 1_000)
    return found


def _answerer(row: Any, done: bool) -> Answerer:
    if row.answered_ms is None:
        return Answerer.NOT_TOLD
    return ANSWERERS.get(row.answered_by, Answerer.UNKNOWN) if done else Answerer.UNKNOWN


def _ring_s(row: Any) -> float:
    """Seconds that the telephone rang, where the dialer told begin and end of it."""
    ends = [ms for ms in (row.answered_ms, row.ended_ms) if ms is not None]
    if row.ringing_ms is None or not ends:
        return float("nan")
    return float(min(ends) - row.ringing_ms) / 1_000
