"""A dry run of a campaign: who would be called now, who later, who never, by rule.

Every waiting candidate is decided as of one instant by the gate's own code; nothing is
reserved and nothing kept. Numbers are opened for it, one entry a batch. One batch is in
memory at a time, and the answer names nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.actors import Act, Actor
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.gateway import desk_law, rule_words
from privacy.gateway.alike import Alike
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.decide import ERASING, Law, Verdict, decide
from privacy.gateway.facts import gather
from privacy.gateway.gate import limits_of, with_own
from privacy.gateway.leases import DENIED, LEASE_SIZE, WAITING, Leased, open_candidates, rows_of
from privacy.gateway.rule_words import TURN
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow

NOW, LATER, NEVER = "now", "later", "never"
OPENED = "campaign.previewed"


@dataclass
class Preview:
    """Counts of people by what would become of them; `hours` are begins of whole hours.

    `now`, `later` and `never` count by deciding rule. `later` groups by the hour, in the
    controller's zone, in which the earliest instant lies. `closed_before` are candidates that
    an earlier run put away for good. `asked`: how often the law was asked.
    """

    at: datetime
    now: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    never: Counter[str] = field(default_factory=Counter)
    hours: dict[datetime, Counter[str]] = field(default_factory=dict)
    closed_before: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: int = 0

    @property
    def allowed(self) -> int:
        return self.now.total()

    @property
    def denied(self) -> int:
        return self.later.total() + self.never.total()

    @property
    def by_rule(self) -> dict[str, int]:
        """Those who would not be called now, by deciding rule."""
        return dict(sorted((self.later + self.never).items()))

    def document(self) -> dict[str, Any]:
        """JSON-ready, and nobody's data."""
        rules = sorted({*self.now, *self.later, *self.never, *self.closed_before})
        return {
            "at": rfc3339(self.at),
            "allowed": self.allowed,
            "denied": self.denied,
            "by_rule": self.by_rule,
            "now": {"people": self.allowed, "by_rule": dict(sorted(self.now.items()))},
            "later": {
                "people": self.later.total(),
                "by_rule": dict(sorted(self.later.items())),
                "hours": [
                    {
                        "from": hour.isoformat(),
                        "people": count.total(),
                        "by_rule": dict(sorted(count.items())),
                    }
                    for hour, count in sorted(self.hours.items())
                ],
            },
            "never": {"people": self.never.total(), "by_rule": dict(sorted(self.never.items()))},
            "closed_before": dict(sorted(self.closed_before.items())),
            "rules": [self._rule(rule) for rule in rules],
        }

    def _rule(self, rule: str) -> dict[str, Any]:
        reason, cited = self.examples.get(rule, ("", ""))
        return {
            "rule": rule,
            "now": self.now[rule],
            "later": self.later[rule],
            "never": self.never[rule],
            "citation": rule_words.citation(rule) or cited,
            "example": rule_words.reason(rule) or reason,
        }


def preview(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    law: Law,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Preview:
    """Decide every waiting candidate as of now, by the gate's own rules, and keep nothing.

    `progress` gets how many are done, and of how many. A call in the same run would count
    against the next one to that number; a dry run does not see that.
    """
    actor.require(Act.RUN_CAMPAIGN)
    with desk.reading() as db:
        campaign = campaign_of(db, campaign_id)
        alike = Alike(with_own(law, desk_law.own_rules(desk.folder, db)))
    found = Preview(desk.now())
    total = _counts(desk, campaign_id, found)
    zone = ZoneInfo(desk.config.controller.zone)
    done = 0
    for ids in _pages(desk, campaign_id):
        leased = _opened(desk, actor, campaign_id, ids)
        found.never[ERASING] += len(ids) - len(leased)
        _decide(desk, campaign, leased, alike, found, zone)
        done += len(ids)
        progress(done, total)
    found.never += Counter()
    found.examples, found.asked = alike.examples, alike.asked
    return found


def _decide(
    desk: Desk,
    campaign: Campaign,
    leased: Sequence[Leased],
    law: Alike,
    found: Preview,
    zone: ZoneInfo,
) -> None:
    if not leased:
        return
    at = found.at
    with desk.reading() as db:
        known = gather(db, campaign, leased, at, seller=desk.config.controller.name)
        turns = _turns(db, [one.candidate_id for one in leased])
    for candidate_id, facts in known.items():
        verdict = decide(facts.document, facts.standing, limits_of(campaign), law, at)
        _count(found, verdict, turns.get(candidate_id, at), zone)


def _count(found: Preview, verdict: Verdict, turn: datetime, zone: ZoneInfo) -> None:
    """Put one person where the verdict and the candidate's turn say."""
    rule, again = verdict.deciding_rule, verdict.next_try_at
    if verdict.allowed:
        if turn <= found.at:
            found.now[rule] += 1
            return
        rule, again = TURN, turn
    if again is None:
        found.never[rule] += 1
        return
    hour = max(again, turn).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    found.later[rule] += 1
    found.hours.setdefault(hour, Counter())[rule] += 1


def _counts(desk: Desk, campaign_id: str, found: Preview) -> int:
    """Fill in who was put away before; how many wait."""
    table = table_of(CandidateRow)
    with desk.reading() as db:
        rows = db.execute(
            select(table.c.last_rule, func.count())
            .where(table.c.campaign_id == campaign_id, table.c.state == DENIED)
            .group_by(table.c.last_rule)
        ).all()
        found.closed_before.update({str(rule): int(count) for rule, count in rows})
        waiting = db.execute(
            select(func.count()).where(table.c.campaign_id == campaign_id, table.c.state == WAITING)
        ).scalar_one()
    return int(waiting)


def _pages(desk: Desk, campaign_id: str) -> Iterator[list[int]]:
    """Ids of waiting candidates, one lease's worth at a time."""
    table, after = table_of(CandidateRow), 0
    while True:
        with desk.reading() as db:
            ids = list(
                db.execute(
                    select(table.c.id)
                    .where(
                        table.c.campaign_id == campaign_id,
                        table.c.state == WAITING,
                        table.c.id > after,
                    )
                    .order_by(table.c.id)
                    .limit(LEASE_SIZE)
                ).scalars()
            )
        if not ids:
            return
        yield ids
        after = ids[-1]


def _opened(desk: Desk, actor: Actor, campaign_id: str, ids: Sequence[int]) -> list[Leased]:
    """The candidates that can be opened; one that cannot does not take the others with it."""
    with desk.reading() as db:
        rows = rows_of(db, ids)
    try:
        return open_candidates(desk, rows, actor.id, campaign_id, OPENED)
    except (AnswerIsNo, KeyMissing):
        if len(ids) == 1:
            return []
        half = len(ids) // 2
        return [
            *_opened(desk, actor, campaign_id, ids[:half]),
            *_opened(desk, actor, campaign_id, ids[half:]),
        ]


def _turns(db: Connection, ids: Sequence[int]) -> dict[int, datetime]:
    table = table_of(CandidateRow)
    rows = db.execute(select(table.c.id, table.c.next_try_at).where(table.c.id.in_(ids)))
    return {row.id: instant(row.next_try_at) for row in rows}
