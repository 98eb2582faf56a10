"""A campaign's calls as records, page by page: one page of calls is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from privacy.actors import Actor
from privacy.clock import micros
from privacy.consent.restrictions import restricted
from privacy.desk import Desk
from privacy.gateway import call_rows
from privacy.gateway.call_detail import Detail, Facts, columns, details, opened_facts, placed
from privacy.gateway.call_rows import About
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import OPEN_WHILE_RESTRICTED, OpeningPurpose

PAGE = 500
RESTRICTED = "restricted"


@dataclass(frozen=True)
class Which:
    """Calls of a campaign whose number left in [since, until)."""

    campaign: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class After:
    """The last call of a page."""

    at: int
    id: str


START = After(-(2**62), "")


@dataclass(frozen=True)
class Page:
    """Some records; `people` are those whose number stands in them."""

    rows: list[dict[str, str]]
    people: set[int]
    last: After


Opens = Callable[[list[Detail]], dict[str, Facts]]


def count(desk: Desk, which: Which) -> int:
    """How many calls there are."""
    table = table_of(AttemptRow)
    with desk.reading() as db:
        return int(
            db.execute(select(func.count()).select_from(table).where(*_within(which))).scalar_one()
        )


def pages(desk: Desk, which: Which, opens: Opens, after: After = START) -> Iterator[Page]:
    """Every call after `after` in the order in which numbers left."""
    about = _about(desk)
    while calls := _page(desk, which, after):
        with desk.reading() as db:
            closed = restricted(db, {call.row.subject_id for call in calls} - {None})
        facts = opens(calls)
        rows = [
            call_rows.row(call, facts.get(call.id), about, closed=_why(call, closed))
            for call in calls
        ]
        people = {
            call.row.subject_id
            for call in calls
            if call.id in facts and call.row.subject_id is not None
        }
        after = After(calls[-1].row.redeemed_at, calls[-1].id)
        yield Page(rows, people, after)


def opening(desk: Desk, actor: Actor, purpose: OpeningPurpose, action: str, ref: str) -> Opens:
    """Open the facts of a page's calls; those of restricted persons only where that is lawful."""

    def opens(calls: list[Detail]) -> dict[str, Facts]:
        wanted = calls
        if purpose not in OPEN_WHILE_RESTRICTED:
            with desk.reading() as db:
                closed = restricted(db, {call.row.subject_id for call in calls} - {None})
            wanted = [call for call in calls if call.row.subject_id not in closed]
        return opened_facts(desk, actor, wanted, purpose, action=action, object=ref)

    return opens


def _page(desk: Desk, which: Which, after: After) -> list[Detail]:
    table = table_of(AttemptRow)
    later = or_(
        table.c.redeemed_at > after.at,
        and_(table.c.redeemed_at == after.at, table.c.id > after.id),
    )
    with desk.reading() as db:
        rows = db.execute(
            select(*columns())
            .where(*_within(which), later)
            .order_by(table.c.redeemed_at, table.c.id)
            .limit(PAGE)
        ).all()
        return details(db, rows)


def _within(which: Which) -> tuple[Any, ...]:
    table = table_of(AttemptRow)
    return (
        table.c.campaign_id == which.campaign,
        *placed(),
        table.c.redeemed_at >= micros(which.since),
        table.c.redeemed_at < micros(which.until),
    )


def _about(desk: Desk) -> About:
    table = table_of(Notice)
    with desk.reading() as db:
        rows = db.execute(select(table.c.id, table.c.version, table.c.sha256)).all()
    return About(desk.config.controller.name, {(row.id, row.version): row.sha256 for row in rows})


def _why(call: Detail, closed: Collection[int]) -> str:
    """Why the facts of a call would not be here."""
    if call.row.subject_id is None:
        return call_rows.ERASED
    return RESTRICTED if call.row.subject_id in closed else call_rows.CLOSED
