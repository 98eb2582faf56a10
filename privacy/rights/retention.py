"""Retention: rules that end what the controller keeps, previewed before, stopped by holds.

A rule for `profile` ends the whole person: the erasure's own steps, without a request,
keeping what a statutory ground keeps. Rules for `consent` and `calls` keep what is sealed
under those classes until their day, whoever asks to erase it (planning.kept_of).
`rightsdesk work` does what is due; a hold or an unfinished request puts it off, and it
goes on by itself afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, BadInput, NotFound
from privacy.ids import public_id
from privacy.rights import erasure, holds, people_store, retention_store, store
from privacy.rights.case import State
from privacy.rights.package import copies
from privacy.rights.retention_rules import LONGEST_MONTHS, Rule, Start, What, ended
from privacy.storage.unit import Unit

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{1,40}")
CITED = re.compile(r"[^\n\r@;|]{2,120}")
AT_ONCE = 200
FINISHED = (State.FULFILLED, State.REFUSED, State.CLOSED)


@dataclass(frozen=True)
class Due:
    """One person (a merged set, by its lowest id) whose retention has ended.

    `stopped_by`: ids of holds, or of requests that are not answered; empty: it is done next.
    """

    subject_id: int
    rule: Rule
    last_day: date
    stopped_by: tuple[str, ...]


def add(
    desk: Desk,
    actor: Actor,
    what: What,
    start: Start,
    keep_months: int,
    ground: str,
    citation: str,
) -> Rule:
    """Add a rule. Denied for anybody but who administers or approves; BadInput for no code."""
    actor.require(Act.APPROVE_REQUEST)
    if not CODE.fullmatch(ground) or not CITED.fullmatch(citation):
        raise BadInput(
            "A rule names its ground as a code and its law as a citation.",
            what="ground",
            next="Example: --ground storage_limitation --citation 'GDPR Art. 5(1)(e)'.",
        )
    if not 1 <= keep_months <= LONGEST_MONTHS:
        raise BadInput("Months are 1 to 1200.", what="months", next="Give whole months.")
    rule = Rule(public_id("rr"), what, start, keep_months, ground, citation, True)

    def job(unit: Unit) -> None:
        retention_store.add(unit, rule, actor.id)
        unit.append(
            "retention.rule_added",
            actor.id,
            object=rule.id,
            fields=[what.value, start.value, ground],
            count=keep_months,
        )

    desk.write(job)
    return rule


def end_rule(desk: Desk, actor: Actor, rule_id: str) -> None:
    """End a rule: it deletes nothing any more. NotFound if it is not active."""
    actor.require(Act.APPROVE_REQUEST)

    def job(unit: Unit) -> None:
        if not retention_store.end(unit, rule_id):
            raise NotFound("There is no such active rule.", what="rule", next="See the list.")
        unit.append("retention.rule_ended", actor.id, object=rule_id)

    desk.write(job)


def record_day(desk: Desk, actor: Actor, subject_id: int, start: Start, on: date) -> None:
    """Record the day of a contract's end, or of another event, from which a rule counts.

    With the end of the contract the desk's copies of the person's packages go at once.
    """
    actor.require(Act.HANDLE_REQUEST)
    if start not in (Start.CONTRACT_END, Start.EVENT):
        raise BadInput("That day is known by itself.", what="start", next="contract_end or event.")

    def job(unit: Unit) -> None:
        retention_store.record_day(unit, subject_id, start, on, actor.id)
        unit.append("retention.day_recorded", actor.id, object=start.value)

    desk.write(job)
    zone = ZoneInfo(desk.config.controller.zone)
    if start is Start.CONTRACT_END and on <= desk.now().astimezone(zone).date():
        with desk.reading() as db:
            people = people_store.merged_set(db, subject_id)
        copies.end(desk, actor.id, people)


def listed(desk: Desk) -> list[Rule]:
    """All rules, ended ones too, oldest first."""
    with desk.reading() as db:
        return retention_store.rules(db)


def preview(desk: Desk, on: date | None = None) -> list[Due]:
    """Whose retention has ended on that day (default today), and what stops it. Changes nothing.

    A hold by country opens the numbers of those persons; that is audited.
    """
    zone = ZoneInfo(desk.config.controller.zone)
    day = on or desk.now().astimezone(zone).date()
    with desk.reading() as db:
        rules = retention_store.rules(db)
        if not any(rule.active and rule.what is What.PROFILE for rule in rules):
            return []
        people = retention_store.people(db, zone)
    over = ended(rules, What.PROFILE, people, day)
    return [
        Due(person, rule, last, tuple(_stops(desk, person)))
        for person, (rule, last) in sorted(over.items(), key=lambda each: (each[1][1], each[0]))
    ]


def due(desk: Desk) -> list[Due]:
    """What `sweep` would do now."""
    return [each for each in preview(desk) if not each.stopped_by]


def sweep(desk: Desk, actor: Actor, *, limit: int = AT_ONCE) -> int:
    """End every person whose retention ended, at most `limit`, under one epoch turn; how many."""
    actor.require(Act.ERASE)
    waiting = due(desk)[:limit]
    return erasure.retire(desk, actor, [(public_id("rt"), each.subject_id) for each in waiting])


def _stops(desk: Desk, person: int) -> Sequence[str]:
    with desk.reading() as db:
        people = people_store.merged_set(db, person)
        unanswered = [c.id for c in store.of_subjects(db, people) if c.state not in FINISHED]
    try:
        return [*holds.of_people(desk, [person]), *unanswered]
    except AnswerIsNo:
        # A person who is closed meanwhile opens nothing; the erasure that closed them goes on.
        return ["closed"]
