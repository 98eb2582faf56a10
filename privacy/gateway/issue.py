"""Issuing permits: one transaction decides up to 20 candidates and reserves what it grants.

Reserved at issue: a place on campaign and trunk, the number's caps and gap, and a
resource, or what the campaign has earned to call without one (`overdial`).
The rate is spent at redemption. A permit is 128 random bits, kept as a hash, for
one dialer, for 30 s; it says nothing about whom it is for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from privacy.clock import instant, micros, rfc3339
from privacy.gateway import prompts
from privacy.gateway.campaigns import campaign_of
from privacy.gateway.clock_guard import wrong_clock
from privacy.gateway.decide import decide
from privacy.gateway.decisions import Decision, deny, keep
from privacy.gateway.facts import Known, gather
from privacy.gateway.gate import (
    PERMIT_LIFE,
    Gate,
    Locked,
    Remembered,
    call_time,
    limits_of,
    lock,
    taken_slots,
)
from privacy.gateway.leases import WAITING, Leased
from privacy.gateway.overdial import OVER_DIAL, Earning
from privacy.gateway.protocol import Code, Permit, PermitsAnswer, Problem, State
from privacy.gateway.recovery import sweep
from privacy.gateway.tokens import Dialer, left_of, token_hash
from privacy.gateway.trunks import trunk_of
from privacy.gateway.vendors import allow, refusal
from privacy.gateway.wishes import spoken
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, NumberLeaseRow
from privacy.storage.unit import Unit

BATCH = 20
ROUNDS = 12
SOON = timedelta(milliseconds=200)
CONCURRENCY = "gateway.concurrency"
RESOURCES = "gateway.resources"
QUOTA = "gateway.quota"

ATTEMPT_COLUMNS = (
    "id",
    "campaign_id",
    "candidate_id",
    "decision_id",
    "trunk",
    "dialer",
    "resource",
    "subject_id",
    "point_id",
    "tag",
    "state",
    "live",
    "outcome",
    "answered_by",
    "purpose",
    "channel",
    "consent_class",
    "consent_id",
    "place_code",
    "permit_hash",
    "issued_at",
    "expires_at",
    "slot_until_at",
    "last_seq",
    "over",
)
_CALLED = text(
    "UPDATE candidate SET state = 'called', last_decision_id = :decision, last_rule = :rule"
    " WHERE id = :candidate"
)


@dataclass
class _Round:
    """What one transaction did."""

    permits: list[Permit] = field(default_factory=list)
    held: dict[str, Leased] = field(default_factory=dict)
    denied: Counter[str] = field(default_factory=Counter)
    undecided: list[Leased] = field(default_factory=list)
    clock_ok: bool = True
    unfit: Problem | None = None
    unearned: bool = False


@dataclass(frozen=True)
class _Asked:
    """What a dialer asks for: at most `over` of `want` permits without a resource."""

    dialer: Dialer
    campaign_id: str
    want: int
    resources: Sequence[str]
    over: int


@dataclass(frozen=True)
class _Room:
    """Resources that may be used for new permits now, how many may do without one, and
    what ran out if there is neither."""

    free: list[str]
    over: int
    full: str


def issue(
    gate: Gate,
    dialer: Dialer,
    campaign_id: str,
    want: int,
    resources: Sequence[str],
    over: int = 0,
) -> PermitsAnswer:
    """Up to `want` permits, one a free resource and `over` at most without, or why none.

    Problem: stopped (campaign not running), not_yours, vendor, clock. Every candidate that was
    looked at has a stored decision; what was not decided stays in its lease.
    """
    dialer.require(campaign_id)
    sweep(gate)
    permits: list[Permit] = []
    denied: Counter[str] = Counter()
    full, drained = "", False
    for number in range(ROUNDS):
        asked = _Asked(dialer, campaign_id, want - len(permits), resources, over)
        with gate.desk.reading() as db:
            now = gate.desk.now_in(db)
            # Nobody is opened for a vendor that may have no number; the round asks again.
            allow(db, gate.desk.config, dialer, now)
            full = _room(db, asked, now).full
        if full:
            denied[full] += 1
            break
        size = min(BATCH, asked.want << min(number, 4))
        batch = gate.leases.take(campaign_id, size, dialer.id)
        if not batch:
            drained = True
            break
        done = _round(gate, asked, batch)
        gate.held.update(done.held)
        gate.leases.give_back(campaign_id, done.undecided)
        permits.extend(done.permits)
        denied.update(done.denied)
        if not done.clock_ok:
            raise wrong_clock()
        if done.unfit is not None:
            raise done.unfit
        if done.unearned:
            denied[OVER_DIAL] += 1
            full = OVER_DIAL
        if full or len(permits) >= want:
            break
    because = tuple({"rule": rule, "count": count} for rule, count in sorted(denied.items()))
    if permits:
        return PermitsAnswer(tuple(permits), because, None)
    with gate.desk.reading() as db:
        now = gate.desk.now_in(db)
        again = _retry_at(db, gate, campaign_id, now, full, drained)
    if again is None:
        return PermitsAnswer((), because, None)
    wait_ms = (again - now) // timedelta(milliseconds=1)
    return PermitsAnswer((), because, rfc3339(again), max(1, wait_ms))


def _round(gate: Gate, asked: _Asked, batch: Sequence[Leased]) -> _Round:
    campaign_id = asked.campaign_id
    with gate.desk.reading() as db:
        asked_at = gate.desk.now_in(db)
        campaign = campaign_of(db, campaign_id)
        known = gather(db, campaign, batch, asked_at, seller=gate.seller)
        law = Remembered(gate.law, asked_at, gate.own_rules(db))
    law.prepare(known, limits_of(campaign))

    def job(unit: Unit) -> _Round:
        held = lock(gate, unit, [one.tag for one in batch], campaign_id)
        if not gate.guard.check(unit, micros(held.now)):
            return _Round(undecided=list(batch), clock_ok=False)
        unfit = refusal(unit.db, gate.desk.config, asked.dialer, held.now, locked=True)
        if unfit is not None:
            return _Round(undecided=list(batch), unfit=unfit)
        law.renew(gate.own_rules(unit.db))
        return _Deciding(gate, unit, held, asked, law).run(batch)

    return gate.desk.write(job)


@dataclass
class _Deciding:
    """One transaction under its locks."""

    gate: Gate
    unit: Unit
    locked: Locked
    asked: _Asked
    law: Remembered
    kept: list[Decision] = field(default_factory=list)
    attempts: list[tuple[Any, ...]] = field(default_factory=list)
    called: list[dict[str, Any]] = field(default_factory=list)
    speeches: dict[str, prompts.Chosen] = field(default_factory=dict)
    said: list[tuple[str, prompts.Chosen]] = field(default_factory=list)

    def run(self, batch: Sequence[Leased]) -> _Round:
        done = _Round()
        campaign, db = self.locked.campaign, self.unit.db
        room = _room(db, self.asked, self.locked.now)
        free, over = room.free, room.over
        earning = Earning(db, campaign, self.locked.now)
        self.speeches = prompts.speeches(db, campaign.id)
        known = gather(db, campaign, batch, self.locked.now, seller=self.gate.seller)
        ids = row_ids(self.locked.now, len(batch))
        reserved: set[bytes] = set()
        for decision_id, one in zip(ids, batch, strict=True):
            facts = known[one.candidate_id]
            if facts.state != WAITING or one.until <= self.locked.now or one.tag in reserved:
                continue
            if not free and not over:
                done.undecided.append(one)
                continue
            at = self.law.instant_of(one.candidate_id, facts, self.locked.now)
            verdict = decide(facts.document, facts.standing, limits_of(campaign), self.law, at)
            decision = Decision(decision_id, one, facts, verdict, at, "issue")
            if verdict.allowed and (free or earning.grant(verdict.places)):
                reserved.add(one.tag)
                over -= not free
                self._grant(done, decision, facts, free.pop(0) if free else "")
            elif verdict.allowed:
                # Nothing is said about the person: the call waits for an agent.
                done.unearned = True
                done.undecided.append(one)
            else:
                done.denied[verdict.deciding_rule] += 1
                self.kept.append(decision)
        self._store(done)
        return done

    def _grant(self, done: _Round, decision: Decision, facts: Known, resource: str) -> None:
        campaign, now, one = self.locked.campaign, self.locked.now, decision.leased
        attempt_id, permit = public_id("at"), public_id("pm")
        language = spoken(one.call, {campaign.language, *self.speeches}, campaign.language)
        speech = self.speeches.get(language)
        if speech is not None:
            self.said.append((attempt_id, speech))
        expires = now + PERMIT_LIFE
        self.kept.append(
            Decision(decision.id, one, facts, decision.verdict, decision.at, "issue", attempt_id)
        )
        row = self._attempt(decision, facts, resource)
        self.attempts.append(
            (attempt_id, *row, token_hash(permit), *self._until(expires, resource))
        )
        self.called.append(
            {
                "candidate": one.candidate_id,
                "decision": decision.id,
                "rule": decision.verdict.deciding_rule,
            }
        )
        done.held[attempt_id] = one
        done.permits.append(
            Permit(
                permit,
                attempt_id,
                rfc3339(expires),
                campaign.caller_id,
                speech.by_role[prompts.Role.PROMPT].text if speech else campaign.script,
                language,
                campaign.ring_s,
                campaign.max_s,
                campaign.opt_out_key,
                resource=resource,
                speech=speech.digests() if speech else {},
            )
        )

    def _attempt(self, decision: Decision, facts: Known, resource: str) -> tuple[Any, ...]:
        """An attempt's columns from the campaign to the place, in their order."""
        campaign, one = self.locked.campaign, decision.leased
        return (
            campaign.id,
            one.candidate_id,
            decision.id,
            campaign.trunk,
            self.asked.dialer.id,
            resource,
            one.subject_id,
            one.point_id,
            one.tag,
            State.INTENT.value,
            1,
            "",
            "",
            campaign.purpose,
            campaign.channel,
            facts.consent_class.value,
            facts.consent_id,
            decision.verdict.place_code,
        )

    def _until(self, expires: datetime, resource: str) -> tuple[Any, ...]:
        """Its columns from the issue on: instants, no event yet, and whether nobody is reserved."""
        slot_until = expires + call_time(self.locked.campaign)
        return micros(self.locked.now), micros(expires), micros(slot_until), 0, int(not resource)

    def _store(self, done: _Round) -> None:
        if not self.kept:
            return
        campaign_id = self.locked.campaign.id
        desk = self.gate.desk.vault.keyring.desk
        digest = keep(self.unit, desk, campaign_id, self.kept)
        insert_rows(self.unit.db, table_of(AttemptRow), ATTEMPT_COLUMNS, self.attempts)
        prompts.note(self.unit.db, self.said)
        if self.called:
            self.unit.db.execute(_CALLED, self.called)
        deny(self.unit, self.kept)
        self.unit.append(
            "calls.decided",
            self.asked.dialer.id,
            object=campaign_id,
            count=len(self.kept),
            outcome=f"{len(done.permits)} permitted",
            fields=[f"{rule}={count}" for rule, count in sorted(done.denied.items())],
            digest=digest,
        )


def _room(db: Connection, asked: _Asked, now: datetime) -> _Room:
    """What there is room for at `now`: the instant under the locks, where they are held."""
    campaign, dialer = campaign_of(db, asked.campaign_id), asked.dialer
    if campaign.state != "running":
        raise Problem(Code.STOPPED, "The campaign is not running.")
    trunk = trunk_of(db, campaign.trunk)
    table = table_of(AttemptRow)
    mine = db.execute(
        select(table.c.resource, table.c.state).where(
            table.c.dialer == dialer.id, table.c.live == 1
        )
    ).all()
    intents = sum(row.state == State.INTENT.value for row in mine)
    quota = left_of(db, dialer, now) - intents
    by_campaign, by_trunk = taken_slots(db, campaign, now)
    places = min(campaign.concurrency - by_campaign, trunk.concurrency - by_trunk)
    busy = {row.resource for row in mine}
    free = [resource for resource in asked.resources if resource not in busy]
    count = max(0, min(asked.want, places, quota))
    over = 0
    if dialer.inside and asked.over and len(free) < count:
        over = min(asked.over, count - len(free), Earning(db, campaign, now).left())
    if count and (free or over):
        return _Room(free[:count], over, "")
    full = CONCURRENCY if places <= 0 else QUOTA if quota <= 0 else RESOURCES
    return _Room([], 0, full)


def _retry_at(
    db: Connection, gate: Gate, campaign_id: str, now: datetime, full: str, drained: bool
) -> datetime | None:
    """When asking again may help; None if no time would.

    `drained`: nobody whose turn has come could be leased; then it is the next turn, or the
    end of another gateway's lease.
    """
    if full == QUOTA:
        return None
    if full or not drained:
        return now + SOON
    candidate, lease = table_of(CandidateRow), table_of(NumberLeaseRow)
    waiting = (candidate.c.campaign_id == campaign_id, candidate.c.state == WAITING)
    turn = db.execute(
        select(func.min(candidate.c.next_try_at)).where(
            *waiting, candidate.c.next_try_at > micros(now)
        )
    ).scalar()
    held = db.execute(
        select(func.min(lease.c.until_at))
        .join(candidate, candidate.c.id == lease.c.candidate_id)
        .where(*waiting, lease.c.gateway != gate.id, lease.c.until_at > micros(now))
    ).scalar()
    first = min((at for at in (turn, held) if at is not None), default=None)
    return None if first is None else max(instant(first), now + SOON)
