"""What the law says of each placed call, asked once for each and kept as codes.

A call is looked at again by the facts of its decision, for the instant at which its number
left, with the own rules of that instant. The answer is kept without anything of the person,
so that an erasure, which takes the facts, leaves every figure as it was, and so that a
second report asks for new calls only. A call whose facts were gone is kept as not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.consent.suppression import suppressed_at
from privacy.desk import Desk
from privacy.gateway import desk_law
from privacy.gateway.decide import Law
from privacy.gateway.second_look import ALONE, Judgement, Opened, in_order, judgement_of
from privacy.law.own_rules import PREFIX
from privacy.law.rulebook import rulebook
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.controls import CallJudgement
from privacy.storage.tables.gateway import AttemptRow, CampaignRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart

# Which check a refusing rule of the law belongs to.
CHECK_OF_KIND = {
    "hours": "outside_hours",
    "consent": "without_consent",
    "revocation": "without_consent",
    "dnc": "on_register",
    "dnc_exemption": "on_register",
    "frequency": "too_often",
}
OWN_RULES, OTHER_RULES = "own_rules", "other_rules"
ACTION = "calls.judged"
PAGE = 4_000
"""Calls that are read, judged and written at once: a write holds at most 5,000 rows."""

LOOKED_BACK = timedelta(days=35)
"""Timed work asks about the calls of a month and some days; reports about all that are left."""

COLUMNS = (
    "attempt_id", "judged_at", "looked", "denying", "unknown", "local_minute", "places",
    "list_age_days", "after_opt_out", "pack_sha256", "own_sha256",
)  # fmt: skip
Progress = Callable[[int], None]


def judge_all(
    desk: Desk,
    actor: Actor,
    from_at: datetime,
    to_at: datetime,
    *,
    campaign: str = "",
    law: Law | None = None,
    progress: Progress = lambda done: None,
) -> int:
    """Judge each call whose number left in [from_at, to_at] and that was not judged before.

    Of one campaign, or of all. Opening is audited; judgements commit with their own entry.
    `law` stands in for the pack's. How many were judged.
    """
    actor.require(Act.REPORT)
    with desk.reading() as db:
        own = desk_law.history(desk.folder, db)
        campaigns = [campaign] if campaign else _campaigns(db)
        many = sum(waiting(db, from_at, to_at, each) for each in campaigns) > ALONE
    done = 0
    pages = (
        _opened(desk, actor, own, page)
        for each in campaigns
        for page in _pages(desk, from_at, to_at, each)
    )
    for page, found in _judged(desk, own, law, pages, many=many):
        _keep(desk, actor, page, dict(zip(page.ids, found, strict=True)))
        done += len(page.rows)
        progress(done)
    return done


def due(desk: Desk) -> int:
    """How many calls of the last days nobody asked the law about again."""
    now = desk.now()
    with desk.reading() as db:
        return sum(waiting(db, now - LOOKED_BACK, now, each) for each in _campaigns(db))


def judge_due(desk: Desk, actor: Actor) -> int:
    """Ask about them, while the facts of each are there. How many."""
    now = desk.now()
    return judge_all(desk, actor, now - LOOKED_BACK, now)


def waiting(db: Connection, from_at: datetime, to_at: datetime, campaign: str) -> int:
    """How many of the campaign's calls of [from_at, to_at] were not judged yet."""
    attempts, known = table_of(AttemptRow), table_of(CallJudgement)
    return int(
        db.execute(
            select(func.count())
            .select_from(attempts.outerjoin(known, known.c.attempt_id == attempts.c.id))
            .where(
                attempts.c.redeemed_at >= micros(from_at),
                attempts.c.redeemed_at <= micros(to_at),
                known.c.attempt_id.is_(None),
                attempts.c.campaign_id == campaign,
            )
        ).scalar_one()
    )


@dataclass
class _Page:
    """Calls that were not judged, those of them after an opt-out, and what was opened of them.

    `ids` are those of `opened`.
    """

    rows: Sequence[Row[Any]]
    opted_out: set[str]
    ids: list[str] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)


def check_of(rule: str) -> str:
    """The check that a refusing rule belongs to."""
    if rule.startswith(PREFIX):
        return OWN_RULES
    found = rulebook().by_id.get(rule)
    return OTHER_RULES if found is None else CHECK_OF_KIND.get(found.kind, OTHER_RULES)


def _campaigns(db: Connection) -> list[str]:
    """Every campaign: calls lie in an order by campaign and instant, so each is read by itself."""
    table = table_of(CampaignRow)
    return list(db.execute(select(table.c.id).order_by(table.c.id)).scalars())


def _pages(desk: Desk, from_at: datetime, to_at: datetime, campaign: str) -> Iterator[_Page]:
    """The campaign's calls that were not judged, in order."""
    after = (micros(from_at), "")
    while True:
        with desk.reading() as db:
            rows = _page(db, after, to_at, campaign)
            opted_out = _after_opt_out(db, rows)
        if rows:
            yield _Page(rows, opted_out)
        if len(rows) < PAGE:
            return
        after = (rows[-1].redeemed_at, rows[-1].id)


def _page(db: Connection, after: tuple[int, str], to_at: datetime, campaign: str) -> Sequence[Any]:
    attempts, decisions = table_of(AttemptRow), table_of(DecisionRow)
    known = table_of(CallJudgement)
    redeemed_at, last_id = after
    return db.execute(
        select(
            attempts.c.id,
            attempts.c.tag,
            attempts.c.purpose,
            attempts.c.channel,
            attempts.c.redeemed_at,
            decisions.c.id.label("decision_id"),
            decisions.c.holder_id,
            decisions.c.facts_sealed,
        )
        .outerjoin(decisions, decisions.c.id == attempts.c.decision_id)
        .outerjoin(known, known.c.attempt_id == attempts.c.id)
        .where(
            known.c.attempt_id.is_(None),
            attempts.c.redeemed_at >= redeemed_at,
            (attempts.c.redeemed_at > redeemed_at) | (attempts.c.id > last_id),
            attempts.c.redeemed_at <= micros(to_at),
            attempts.c.campaign_id == campaign,
        )
        .order_by(attempts.c.redeemed_at, attempts.c.id)
        .limit(PAGE)
    ).all()


def _after_opt_out(db: Connection, rows: Sequence[Row[Any]]) -> set[str]:
    found: set[str] = set()
    tagged = [row for row in rows if row.tag is not None]
    for purpose, channel in {(row.purpose, row.channel) for row in tagged}:
        calls = {
            row.id: (bytes(row.tag), instant(row.redeemed_at))
            for row in tagged
            if (row.purpose, row.channel) == (purpose, channel)
        }
        forbidden = set(suppressed_at(db, list(calls.values()), purpose, channel))
        found |= {attempt_id for attempt_id, call in calls.items() if call in forbidden}
    return found


def _judged(
    desk: Desk, own: desk_law.History, law: Law | None, pages: Iterable[_Page], *, many: bool
) -> Iterator[tuple[_Page, list[Judgement]]]:
    """The answers to each page's opened calls, in order."""
    if law is None:
        yield from in_order(desk.folder, ((page, page.opened) for page in pages), many=many)
        return
    for page in pages:
        found = []
        for call in page.opened:
            document, at = json.loads(call.content)["law_call"], instant(call.at_us)
            answer = law({**document, "at": rfc3339(at)}, own.at(at))
            found.append(judgement_of(answer, document, call.own_sha256))
        yield page, found


def _opened(desk: Desk, actor: Actor, own: desk_law.History, page: _Page) -> _Page:
    """The page with the facts of its calls that are there, each opening audited."""
    held = [row for row in page.rows if row.facts_sealed is not None]
    for chunk in in_chunks(held, OPENING_LIMIT):
        parts = [
            SealedPart(
                Place(Part.DECISION_FACTS, row.holder_id, row.decision_id),
                KeyClass.CALLS,
                bytes(row.facts_sealed),
            )
            for row in chunk
        ]
        facts = desk.vault.open(parts, actor.id, OpeningPurpose.LEGAL_GROUND)
        for row, part in zip(chunk, parts, strict=True):
            page.ids.append(row.id)
            digest = own.digest_at(instant(row.redeemed_at))
            page.opened.append(Opened(facts[part.place], row.redeemed_at, digest))
    return page


def _keep(desk: Desk, actor: Actor, page: _Page, judged: dict[str, Judgement]) -> None:
    """Write what was found. Another process may have judged some meanwhile: theirs stay."""
    table = table_of(CallJudgement)

    def job(unit: Unit) -> None:
        ids = [row.id for row in page.rows]
        known: set[str] = set()
        for chunk in in_chunks(ids, 500):
            known |= set(
                unit.db.execute(
                    select(table.c.attempt_id).where(table.c.attempt_id.in_(chunk))
                ).scalars()
            )
        new = [row for row in page.rows if row.id not in known]
        at = micros(unit.now)
        insert_rows(
            unit.db,
            table,
            COLUMNS,
            [_values(row, at, judged.get(row.id), row.id in page.opted_out) for row in new],
        )
        unit.append(ACTION, actor.id, count=len(new))

    desk.write(job)


def _values(row: Row[Any], at: int, found: Judgement | None, opted_out: bool) -> tuple[Any, ...]:
    after = None if row.tag is None else int(opted_out)
    if found is None:
        return (row.id, at, 0, "", "", None, "", None, after, "", "")
    return (
        row.id,
        at,
        1,
        " ".join(found.denying),
        " ".join(found.unknown),
        found.local_minute,
        " ".join(found.places),
        found.list_age_days,
        after,
        found.pack_sha256,
        found.own_sha256,
    )
