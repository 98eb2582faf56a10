"""A desk with people, a campaign and a gate, for tests of the gate.

The law here is a small double at the gate's own port: it wants a consent, knows
opening hours and caps, and says everything in the contract's shape.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from privacy.consent import store as consent_store
from privacy.consent.ledger import RecordKind
from privacy.consent.records import NewRecord
from privacy.desk import Desk
from privacy.gateway import campaigns, tokens
from privacy.gateway.campaigns import NewCampaign
from privacy.gateway.gate import Gate
from privacy.gateway.tokens import Dialer
from privacy.law.own_rules import OwnRules
from privacy.terms import ConsentClass, Purpose
from tests.desks import MadeDesk, TestClock
from tests.persons import Known, add_person

SCRIPT = "This is Example Retail about our autumn offer. Press 9 to hear from us no more."
CALLER = "+442079460100"
PACK = {"version": "test", "as_of": "2026-11-01", "sha256": "ab" * 32}


@dataclass
class Law:
    """Allows with consent between the hours (UTC); counts how often it was asked."""

    opens: int = 0
    closes: int = 24
    asked: int = 0

    def __call__(self, document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        self.asked += 1
        at = datetime.fromisoformat(document["at"])
        states = {consent["state"] for consent in document["consent"]}
        if states & {"none", "withdrawn"}:
            return answer("test-consent", None)
        if document["context"]["suppressed"]:
            return answer("test-suppressed", None)
        if not self.opens <= at.hour < self.closes:
            opening = at.replace(hour=self.opens, minute=0, second=0, microsecond=0)
            return answer("test-hours", opening if opening > at else opening + timedelta(days=1))
        return answer("test-consent", None, decision="allow")


def answer(rule: str, earliest: datetime | None, *, decision: str = "deny") -> dict[str, Any]:
    """An answer of `law call` by one rule."""
    return {
        "decision": decision,
        "deciding_rule": rule,
        "rules": [{"id": rule, "effect": decision, "reason": "test", "citation": "test"}],
        "jurisdictions": ["GB"],
        "earliest_allowed": earliest.isoformat() if earliest else None,
        "pack": PACK,
    }


@dataclass
class Scene:
    """A running campaign over people, with a gate and one dialer."""

    made: MadeDesk
    people: list[Known]
    campaign: str
    gate: Gate
    law: Law
    dialer: Dialer
    token: str
    resources: tuple[str, ...] = field(default=tuple(f"p-{n}" for n in range(50)))

    @property
    def desk(self) -> Desk:
        return self.made.desk

    def wait(self, seconds: float) -> None:
        self.made.clock.advance(timedelta(seconds=seconds))

    def another_dialer(self, total: int = 1000) -> Dialer:
        new = tokens.issue_token(
            self.desk,
            self.made.dpo,
            [self.campaign],
            rate_per_s=1000,
            total=total,
            life=timedelta(hours=8),
        )
        return dialer_of(self.desk, new.token)


@dataclass
class RunningClock(TestClock):
    """Runs on at real speed, so that a rate lets a second call go."""

    __test__ = False

    began_s: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.began_s)

    def monotonic_s(self) -> float:
        return self.monotonic_at_s + time.monotonic() - self.began_s


def number(n: int) -> str:
    """A fictional British number."""
    return f"+4420794600{n:02d}" if n < 100 else f"+44207946{n:04d}"


def consent(
    made: MadeDesk,
    people: Sequence[Known],
    consent_class: ConsentClass = ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
) -> list[str]:
    """A marketing consent of each, given a day ago."""
    news = [
        NewRecord(
            person.subject_id,
            person.phone_point,
            RecordKind.GRANT,
            "marketing",
            "voice_prerecorded",
            consent_class,
            made.clock.now() - timedelta(days=1),
            "form",
        )
        for person in people
    ]
    return consent_store.record(made.desk, made.handler, news)


def scene(
    made: MadeDesk,
    count: int = 3,
    *,
    law: Law | None = None,
    same_number: bool = False,
    begin: bool = True,
    **settings: Any,
) -> Scene:
    """`count` consenting people in a running campaign; without `begin` it has not started."""
    people = []
    for n in range(count):
        made.clock.advance(timedelta(milliseconds=5))
        people.append(
            add_person(made.desk, number(0 if same_number else n), f"canary{n}@example.org")
        )
    consent(made, people)
    new = NewCampaign(
        **{
            "title": "Autumn",
            "purpose": Purpose.MARKETING,
            "caller_id": CALLER,
            "script": SCRIPT,
            "rate_per_s": 100,
            "concurrency": 50,
            **settings,
        }
    )
    campaign = campaigns.create(made.desk, made.dpo, new)
    campaigns.add(made.desk, made.dpo, campaign)
    if begin:
        campaigns.start(made.desk, made.dpo, campaign)
    issued = tokens.issue_token(
        made.desk, made.dpo, [campaign], rate_per_s=100, total=1000, life=timedelta(hours=8)
    )
    law = law or Law()
    gate = Gate(made.desk, law)
    return Scene(
        made, people, campaign, gate, law, dialer_of(made.desk, issued.token), issued.token
    )


def dialer_of(desk: Desk, token: str) -> Dialer:
    with desk.reading() as db:
        return tokens.authenticate(db, token)
