"""Every placed call of a campaign looked at again, by the facts that were kept.

The law is asked anew for the instant at which the number left, with the sealed
facts of the decision and the own rules of that instant; opt-outs are compared by
keyed tag. A call whose facts an erasure took is counted as not looked at, never as
clean; one without any decision is a finding of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, micros, rfc3339
from privacy.consent.suppression import suppressed_at
from privacy.desk import Desk
from privacy.gateway import desk_law
from privacy.gateway.decide import Law
from privacy.gateway.protocol import EventKind
from privacy.law import calling
from privacy.law.own_rules import PREFIX
from privacy.law.rulebook import Rule, rulebook
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, DecisionRow
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
PAGE = 10_000
"""Calls that are read at once: memory does not grow with the campaign."""

MOST_BY_FACTS = 250_000
"""Calls that are looked at by their facts. Of more, every n-th is: the law is asked anew for
each, which takes a minute for some ten thousand. What was not looked at is counted so."""

OWN_RULES = "own_rules"
OTHER_RULES = "other_rules"


@dataclass
class Review:
    """What was found. `placed` calls in all; `by_facts` were looked at by their facts.

    `decided_by_other_pack`: calls that another version of the law's pack permitted than the
    one that they were looked at by here. `own_rules`: digests of the own rules used here.
    `every_nth`: 1, or of how many calls (by their decisions' numbers) one was looked at by facts.
    """

    placed: int = 0
    by_facts: int = 0
    by_tag: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    local_hours: Counter[int] = field(default_factory=Counter)
    jurisdictions: dict[str, list[str]] = field(default_factory=dict)
    list_age_days: dict[str, float] = field(default_factory=dict)
    decided_by_other_pack: int = 0
    own_rules: set[str] = field(default_factory=set)
    every_nth: int = 1


def review(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    from_at: datetime,
    to_at: datetime,
    *,
    law: Law = calling.answer,
) -> Review:
    """Look at each call whose number left in [from_at, to_at) again; opening is audited."""
    actor.require(Act.REPORT)
    found = Review()
    with desk.reading() as db:
        count = _count(db, campaign_id, from_at, to_at)
        own = desk_law.history(desk.folder, db)
    found.every_nth = max(1, -(-count // MOST_BY_FACTS))
    after = (micros(from_at), "")
    while True:
        with desk.reading() as db:
            rows = _placed(db, campaign_id, after, to_at, found.every_nth)
            _by_rows(db, rows, found)
        held = [row for row in rows if row.facts_sealed is not None]
        for chunk in in_chunks(held, OPENING_LIMIT):
            _by_facts(desk, actor, chunk, law, own, found)
        if len(rows) < PAGE:
            return found
        after = (rows[-1].redeemed_at, rows[-1].id)


def _count(db: Connection, campaign_id: str, from_at: datetime, to_at: datetime) -> int:
    table = table_of(AttemptRow)
    return int(
        db.execute(
            select(func.count()).where(
                table.c.campaign_id == campaign_id,
                table.c.redeemed_at >= micros(from_at),
                table.c.redeemed_at < micros(to_at),
            )
        ).scalar_one()
    )


def _by_rows(db: Connection, rows: Sequence[Row[Any]], found: Review) -> None:
    """What is seen without opening anything."""
    found.placed += len(rows)
    _after_opt_out(db, rows, found)
    found.violations["twice_on_one_intent"] += _sent_twice(db, [row.id for row in rows])
    found.violations["without_decision"] += sum(row.decision is None for row in rows)
    found.violations["without_permit"] += sum(row.decision != "allow" for row in rows)


def _placed(
    db: Connection, campaign_id: str, after: tuple[int, str], to_at: datetime, every_nth: int
) -> Sequence[Any]:
    """The next page of calls after that instant and id, in that order."""
    attempts, decisions = table_of(AttemptRow), table_of(DecisionRow)
    looked_at = decisions.c.id % every_nth == 0
    redeemed_at, last_id = after
    return db.execute(
        select(
            attempts.c.id,
            attempts.c.tag,
            attempts.c.purpose,
            attempts.c.channel,
            attempts.c.redeemed_at,
            decisions.c.id.label("decision_id"),
            decisions.c.decision,
            decisions.c.holder_id,
            case((looked_at, decisions.c.facts_sealed)).label("facts_sealed"),
            decisions.c.pack_sha256,
        )
        # A call whose decision is gone must be seen, not left out.
        .outerjoin(decisions, decisions.c.id == attempts.c.decision_id)
        .where(
            attempts.c.campaign_id == campaign_id,
            attempts.c.redeemed_at >= redeemed_at,
            (attempts.c.redeemed_at > redeemed_at) | (attempts.c.id > last_id),
            attempts.c.redeemed_at < micros(to_at),
        )
        .order_by(attempts.c.redeemed_at, attempts.c.id)
        .limit(PAGE)
    ).all()


def _after_opt_out(db: Connection, rows: Sequence[Row[Any]], found: Review) -> None:
    tagged = [row for row in rows if row.tag is not None]
    found.by_tag += len(tagged)
    for purpose, channel in {(row.purpose, row.channel) for row in tagged}:
        calls = [
            (bytes(row.tag), instant(row.redeemed_at))
            for row in tagged
            if (row.purpose, row.channel) == (purpose, channel)
        ]
        found.violations["after_opt_out"] += len(suppressed_at(db, calls, purpose, channel))


def _sent_twice(db: Connection, attempt_ids: Sequence[str]) -> int:
    table = table_of(AttemptEventRow)
    count = 0
    for chunk in in_chunks(attempt_ids, 500):
        rows = db.execute(
            select(table.c.attempt_id)
            .where(table.c.attempt_id.in_(chunk), table.c.kind == EventKind.SENT.value)
            .group_by(table.c.attempt_id)
            .having(func.count() > 1)
        )
        count += len(rows.all())
    return count


def _by_facts(
    desk: Desk,
    actor: Actor,
    rows: Sequence[Row[Any]],
    law: Law,
    own: desk_law.History,
    found: Review,
) -> None:
    parts = {
        row.id: SealedPart(
            Place(Part.DECISION_FACTS, row.holder_id, row.decision_id),
            KeyClass.CALLS,
            bytes(row.facts_sealed),
        )
        for row in rows
    }
    opened = desk.vault.open(list(parts.values()), actor.id, OpeningPurpose.LEGAL_GROUND)
    kinds = rulebook().by_id
    for row in rows:
        document = json.loads(opened[parts[row.id].place])["law_call"]
        at = instant(row.redeemed_at)
        rules = own.at(at)
        answer = law({**document, "at": rfc3339(at)}, rules)
        found.by_facts += 1
        found.decided_by_other_pack += row.pack_sha256 != answer["pack"]["sha256"]
        found.own_rules |= {rules.pack.sha256} if rules else set()
        denials = [str(rule["id"]) for rule in answer["rules"] if rule["effect"] == "deny"]
        broken = {_check_of(rule, kinds) for rule in denials}
        # Denied for an unknown place or an absent fact: no rule's own word.
        denied = answer["decision"] != "allow"
        found.violations.update(broken or ({OTHER_RULES} if denied else set()))
        for local in list(answer["local_times"].values())[:1]:
            found.local_hours[datetime.fromisoformat(str(local)).hour] += 1
        lists = document["context"].get("registers", {}).values()
        ages = [float(told["age_days"]) for told in lists]
        if ages:
            found.list_age_days[row.id] = max(ages)
        found.jurisdictions[row.id] = [str(place) for place in answer["jurisdictions"]]


def _check_of(rule: str, kinds: Mapping[str, Rule]) -> str:
    """The check that a refusing rule belongs to."""
    if rule.startswith(PREFIX):
        return OWN_RULES
    return CHECK_OF_KIND.get(kinds[rule].kind, OTHER_RULES) if rule in kinds else OTHER_RULES
