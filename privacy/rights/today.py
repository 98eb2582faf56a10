"""The desk's day: what is to mend, overdue, due, stuck, and what waits for whom.

A case whose clock cannot be computed, or whose row its timeline contradicts, stands
before everything: its date may be the earliest of all. A case stands in one of to mend,
overdue, due and other; approvals, stuck and reminders name cases once more. Breaches whose
hours run stand before all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.datamap.assessments import reviews
from privacy.desk import Desk
from privacy.errors import Denied
from privacy.rights import reminders, standing, unsent
from privacy.rights.arriving.waiting import Waiting, waiting
from privacy.rights.breach import reminders as breach_reminders
from privacy.rights.breach.reminders import Running
from privacy.rights.case import State
from privacy.rights.clock import Law, statute
from privacy.rights.law_clock import Runs
from privacy.rights.reminders import Reminder
from privacy.rights.standing import OPEN_STATES, TO_CLOSE, Standing
from privacy.rights.unsent import Returned

DUE_WITHIN_DAYS = 7
QUIET_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class Stuck:
    """A case that does not move by itself, and why: a code."""

    standing: Standing
    why: str


@dataclass(frozen=True)
class Today:
    """The day of one actor. `other` is open besides, and what is answered and not closed.

    `arrivals`: what came in and of which nobody has said yet what it is. `returned`: letters
    that came back, so that whoever had to be told was not. `assessments`: reviews that are
    due, and what waits for this actor's signature.
    """

    on: date
    to_mend: tuple[Standing, ...]
    overdue: tuple[Standing, ...]
    due: tuple[Standing, ...]
    approvals: tuple[Standing, ...]
    stuck: tuple[Stuck, ...]
    reminders: tuple[Reminder, ...]
    other: tuple[Standing, ...]
    arrivals: tuple[Waiting, ...] = ()
    returned: tuple[Returned, ...] = ()
    breaches: tuple[Running, ...] = ()
    at: datetime | None = None
    assessments: tuple[reviews.Waiting, ...] = ()


def today(desk: Desk, actor: Actor, *, law: Law = statute) -> Today:
    """The desk's day for this actor. A case due today is not overdue: that day counts."""
    standing.require_reader(actor)
    now = desk.now()
    on = now.astimezone(ZoneInfo(desk.config.controller.zone)).date()
    every = standing.listed(desk, (*OPEN_STATES, *TO_CLOSE), law=law)
    cases = [each for each in every if each.case.state in OPEN_STATES]
    broken = [each for each in every if each.to_mend]
    shown = {each.case.id for each in broken}
    overdue = [each for each in cases if each.case.id not in shown and days_to(each.limit, on) < 0]
    shown |= {each.case.id for each in overdue}
    soon = [
        each
        for each in cases
        if each.case.id not in shown and days_to(each.next_day, on) <= DUE_WITHIN_DAYS
    ]
    shown |= {each.case.id for each in soon}
    mine = [
        each
        for each in cases
        if each.case.state is State.PLANNED and each.case.planned_by != actor.id
    ]
    with desk.reading() as db:
        made = reminders.made_on(db, [each.case.id for each in cases], on)
        returned = unsent.returned(db)
    return Today(
        on,
        tuple(broken),
        tuple(overdue),
        tuple(soon),
        tuple(mine) if _may_approve(actor) else (),
        tuple(Stuck(each, why) for each in cases if (why := why_stuck(each, now))),
        tuple(made),
        tuple(each for each in every if each.case.id not in shown),
        tuple(waiting(desk, law=law)),
        tuple(returned),
        tuple(breach_reminders.running(desk)),
        now,
        tuple(reviews.waiting(desk, actor)),
    )


def why_stuck(each: Standing, now: datetime) -> str:
    """A code for what keeps a case from moving; "" for one that moves.

    `running`: a runner was interrupted. `clock_stands_still`: every law waits for the
    person. `quiet`: for 14 days nothing was recorded.
    """
    if each.case.state is State.RUNNING:
        return "running"
    last = max((event.recorded_at for event in each.events), default=each.case.opened_at)
    if now - last < QUIET_AFTER:
        return ""
    waits = {law.runs for law in each.laws} & {Runs.DATED, Runs.STANDS_STILL}
    return "clock_stands_still" if waits == {Runs.STANDS_STILL} else "quiet"


def document(found: Today) -> dict[str, Any]:
    """The day as one JSON document."""

    def rows(cases: Iterable[Standing]) -> list[dict[str, Any]]:
        return [standing.summary(each) for each in cases]

    return {
        "schema": "rightsdesk.today/1",
        "date": found.on.isoformat(),
        "breaches": [each.document(found.at) for each in found.breaches if found.at],
        "to_mend": rows(found.to_mend),
        "overdue": rows(found.overdue),
        "due": rows(found.due),
        "waiting_for_my_approval": rows(found.approvals),
        "stuck": [{"id": each.standing.case.id, "why": each.why} for each in found.stuck],
        "reminders": [each.document() for each in found.reminders],
        "other": rows(found.other),
        "waiting_arrivals": [each.document() for each in found.arrivals],
        "assessments": [each.document() for each in found.assessments],
        "letters_returned": [each.document() for each in found.returned],
    }


def days_to(day: str | None, on: date) -> int:
    """Days from `on` to a due day; far away while the clock stands still."""
    return 10**6 if day is None else (date.fromisoformat(day[:10]) - on).days


def _may_approve(actor: Actor) -> bool:
    try:
        actor.require(Act.APPROVE_REQUEST)
    except Denied:
        return False
    return True
