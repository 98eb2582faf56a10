"""The gate of one process: what issuing, redeeming and outcomes share.

Locks in every transaction: number tags ascending, campaign row, trunk row. "Now"
is read after the last lock; on SQLite the writer's lock is the last one.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.gateway import desk_law
from privacy.gateway.campaigns import Campaign, locked_campaign
from privacy.gateway.clock_guard import ClockGuard
from privacy.gateway.decide import Law, LawOfCalls, Limits, decide
from privacy.gateway.facts import Known
from privacy.gateway.leases import Leased, Leases
from privacy.gateway.protocol import DIAL_WITHIN_S, State
from privacy.gateway.tokens import Dialers
from privacy.gateway.trunks import Trunk, trunk_of
from privacy.ids import public_id
from privacy.law.own_rules import OwnRules
from privacy.storage.engines import server_now_micros
from privacy.storage.number_locks import lock_numbers
from privacy.storage.unit import Unit

# Each count by an index of its own; with an OR every attempt would be read.
_TAKEN = text(
    "SELECT (SELECT count(*) FROM attempt WHERE campaign_id = :campaign AND live = 1)"
    " + (SELECT count(*) FROM attempt WHERE slot_until_at > :now AND state = :uncertain"
    " AND campaign_id = :campaign) AS of_campaign,"
    " (SELECT count(*) FROM attempt WHERE trunk = :trunk AND live = 1)"
    " + (SELECT count(*) FROM attempt WHERE slot_until_at > :now AND state = :uncertain"
    " AND trunk = :trunk) AS of_trunk"
)
PERMIT_LIFE = timedelta(seconds=30)
DIAL_WITHIN = timedelta(seconds=DIAL_WITHIN_S)
# What a line may take to hang up after the longest time of a call.
SLOT_GRACE = timedelta(seconds=10)
# Answers of the law this old still hold: the margin before a window's end is longer.
FRESH = timedelta(seconds=2)


@dataclass
class Gate:
    """One gateway process. `held` keeps the opened candidate of each permit that is out.

    While it is `draining` it gives no permit and no number; what happened is still taken.
    """

    desk: Desk
    law: Law
    id: str = field(default_factory=lambda: public_id("gw"))
    leases: Leases = field(init=False)
    dialers: Dialers = field(init=False)
    guard: ClockGuard = field(init=False)
    held: dict[str, Leased] = field(default_factory=dict)
    swept_s: float = float("-inf")
    draining: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.leases = Leases(self.desk, self.id)
        self.dialers = Dialers(self.desk)
        self.guard = ClockGuard(self.desk.clock)

    @property
    def seller(self) -> str:
        """In whose name a campaign calls that tells nobody else: the controller's."""
        return self.desk.config.controller.name

    def own_rules(self, db: Connection) -> OwnRules | None:
        """The desk's own rules as of this transaction. Altered if their file was changed."""
        return desk_law.own_rules(self.desk.folder, db)

    def now_of(self, unit: Unit) -> datetime:
        """The instant of a transaction, read after its locks."""
        server = None if self.desk.clock.simulated else server_now_micros(unit.db)
        return unit.now if server is None else max(unit.now, instant(server))


@dataclass(frozen=True)
class Locked:
    """A transaction that holds its numbers, its campaign and its trunk."""

    campaign: Campaign
    trunk: Trunk
    now: datetime


def lock(gate: Gate, unit: Unit, tags: list[bytes], campaign_id: str) -> Locked:
    """Take the locks in their order and read the instant."""
    lock_numbers(unit.db, tags)
    campaign = locked_campaign(unit.db, campaign_id)
    trunk = trunk_of(unit.db, campaign.trunk, locked=True)
    return Locked(campaign, trunk, gate.now_of(unit))


def taken_slots(db: Connection, campaign: Campaign, now: datetime) -> tuple[int, int]:
    """Places taken on the line: by the campaign, by its trunk.

    An attempt whose end nobody told takes its place until the call must be over.
    """
    told = {
        "campaign": campaign.id,
        "trunk": campaign.trunk,
        "now": micros(now),
        "uncertain": State.UNCERTAIN.value,
    }
    row = db.execute(_TAKEN, told).one()
    return int(row.of_campaign), int(row.of_trunk)


def with_own(law: Law, own: OwnRules | None) -> LawOfCalls:
    """The law together with the desk's own rules."""
    return lambda document: law(document, own)


def limits_of(campaign: Campaign) -> Limits:
    """The campaign's own limits on one number."""
    return Limits(timedelta(seconds=campaign.min_gap_s), campaign.max_attempts)


def call_time(campaign: Campaign) -> timedelta:
    """The longest that a call can hold its place, from the moment it is dialled."""
    return timedelta(seconds=campaign.ring_s + campaign.max_s) + SLOT_GRACE


class Remembered:
    """The law, asked before the transaction and not again for the same facts within it.

    `prepare` asks at `asked_at`; `instant_of` says at which instant to decide under the
    locks: the same one, if the facts are still the same and it is not long ago.
    """

    def __init__(self, law: Law, asked_at: datetime, own: OwnRules | None = None) -> None:
        self._law = law
        self._own = own
        self._asked_at = asked_at
        self._known: dict[int, Known] = {}
        self._answers: dict[str, dict[str, Any]] = {}

    def prepare(self, known: dict[int, Known], limits: Limits) -> None:
        """Ask the law about each candidate's facts."""
        self._known = known
        for facts in known.values():
            decide(facts.document, facts.standing, limits, self, self._asked_at)

    def renew(self, own: OwnRules | None) -> None:
        """Forget every answer if the desk's own rules are not those it was asked with."""
        if own is not self._own:
            self._own = own
            self._known = {}
            self._answers = {}

    def instant_of(self, candidate_id: int, facts: Known, now: datetime) -> datetime:
        """The instant to decide at, never later than `now`.

        A call that began after the law was asked would not count at that instant: then
        it is asked anew.
        """
        before = self._known.get(candidate_id)
        last = facts.standing.last_call_at
        same = (
            before is not None
            and before.document == facts.document
            and timedelta() <= now - self._asked_at <= FRESH
            and (last is None or last <= self._asked_at)
        )
        return self._asked_at if same else now

    def __call__(self, document: dict[str, Any]) -> dict[str, Any]:
        key = json.dumps(document, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = self._law(document, self._own)
        return self._answers[key]
