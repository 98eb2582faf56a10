"""Redemption: the one place where a number leaves, after everything was decided again.

One durable transaction takes INTENT to RELEASED, looks again at everything that can have
changed (permit, token, campaign, trunk, what was earned, the number itself, opt-out,
consent, restriction, registers, hours, own rules), spends the rate and writes the entry;
only then is the number opened and answered. A permit is redeemed once; a lost answer is
not repeated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text

from privacy.clock import instant, micros, rfc3339
from privacy.disclosures.store import outside_permit
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.gateway.clock_guard import wrong_clock
from privacy.gateway.decide import Verdict, decide
from privacy.gateway.decisions import Decision, deny, keep
from privacy.gateway.facts import Known, gather
from privacy.gateway.gate import (
    DIAL_WITHIN,
    Gate,
    Locked,
    call_time,
    limits_of,
    lock,
    taken_slots,
    with_own,
)
from privacy.gateway.leases import Leased, open_candidates, rows_of
from privacy.gateway.overdial import Earning
from privacy.gateway.protocol import By, Code, Problem, Released, State, step
from privacy.gateway.rate import next_start, spend, stored_of
from privacy.gateway.recovery import after_end, end_attempt
from privacy.gateway.tokens import Dialer, Outside, left_of, token_hash
from privacy.gateway.vendors import refusal
from privacy.ids import row_id
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.storage.tables.people import ContactPoint
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from privacy.vault.opening import Opening

_RELEASE = text(
    "UPDATE attempt SET state = :state, redeemed_at = :now, dial_before_at = :dial_before,"
    " slot_until_at = :slot_until WHERE id = :id"
)
_USE = text("UPDATE dialer_token SET used = used + 1 WHERE id = :id")
_TRY = text("UPDATE candidate SET tries = tries + 1 WHERE id = :candidate")


@dataclass(frozen=True)
class _Granted:
    """A released number's deadline; the number itself is opened after the commit."""

    dial_before: datetime


def redeem(gate: Gate, dialer: Dialer, permit: str) -> Released:
    """The number of a permit, once, to the dialer that it was issued to.

    Problem: not_yours (unknown, or another dialer's), used, expired, withdrawn,
    closed_hours, not_yet (keeps its permit), quota, stopped, vendor, clock.
    """
    row = _attempt(gate, permit)
    if row is None or row.dialer != dialer.id:
        raise Problem(Code.NOT_YOURS)
    if row.state != State.INTENT.value:
        raise _spent(row)
    dialer.require(row.campaign_id)
    leased = gate.held.get(row.id) or _opened_again(gate, dialer, row)
    opening = _opening(gate, leased) if leased else None
    if leased is None or opening is None:
        raise gate.desk.write(lambda unit: _close(gate, unit, dialer, row))

    def job(unit: Unit) -> _Granted | Problem:
        held = lock(gate, unit, [leased.tag], row.campaign_id)
        return _Redeeming(gate, unit, held, dialer, leased, opening).run(row.id)

    answer = gate.desk.write(job)
    if isinstance(answer, Problem):
        if answer.refusal is not Code.NOT_YET:
            gate.held.pop(row.id, None)
        raise answer
    call = json.loads(opening.release()[leased.part.place])
    return Released(row.id, str(call["number"]), rfc3339(answer.dial_before))


@dataclass
class _Redeeming:
    """One redemption under its locks."""

    gate: Gate
    unit: Unit
    locked: Locked
    dialer: Dialer
    leased: Leased
    opening: Opening

    def run(self, attempt_id: str) -> _Granted | Problem:
        db, campaign, now = self.unit.db, self.locked.campaign, self.locked.now
        if not self.gate.guard.check(self.unit, micros(now)):
            return wrong_clock()
        table = table_of(AttemptRow)
        row = db.execute(select(table).where(table.c.id == attempt_id).with_for_update()).one()
        if row.state != State.INTENT.value:
            return _spent(row)
        if now >= instant(row.expires_at):
            return self._not_sent(row, Problem(Code.EXPIRED))
        try:
            left = left_of(db, self.dialer, now, locked=True)
        except Problem as ended:
            return self._not_sent(row, ended)
        unfit = refusal(db, self.gate.desk.config, self.dialer, now, locked=True)
        if unfit is not None:
            return self._not_sent(row, unfit)
        if campaign.state != "running":
            return self._not_sent(row, Problem(Code.STOPPED, "The campaign is not running."))
        if left < 1:
            return self._not_sent(row, Problem(Code.QUOTA))
        moved = self._moved(row)
        if moved is not None:
            return self._not_sent(row, moved)
        rates = self._rates()
        stored = stored_of(db, rates)
        free_at = next_start(stored, rates, micros(now))
        if free_at > micros(now):
            wait_ms = -(-(free_at - micros(now)) // 1_000)
            return Problem(Code.NOT_YET, retry_at=rfc3339(instant(free_at)), retry_after_ms=wait_ms)
        known = gather(
            db, campaign, [self.leased], now, seller=self.gate.seller, apart_from=attempt_id
        )
        facts = known[self.leased.candidate_id]
        law = with_own(self.gate.law, self.gate.own_rules(db))
        verdict = decide(facts.document, facts.standing, limits_of(campaign), law, now)
        if not verdict.allowed:
            return self._refused(row, facts, verdict)
        if row.over and not Earning(db, campaign, now).holds(verdict.places):
            return self._not_sent(row, Problem(Code.NOT_EARNED, "No agent is free for it."))
        spend(db, stored, rates, micros(now))
        return self._release(row)

    def _moved(self, row: Row[Any]) -> Problem | None:
        """What is no longer as it was when the permit was issued, apart from the person's word."""
        db, campaign = self.unit.db, self.locked.campaign
        point = table_of(ContactPoint)
        version = db.execute(
            select(point.c.version).where(point.c.id == row.point_id, point.c.sealed.is_not(None))
        ).scalar()
        if version != self.leased.part.place.version:
            return Problem(Code.WITHDRAWN, "The number was corrected or taken out.")
        by_campaign, by_trunk = taken_slots(db, campaign, self.locked.now)
        if by_campaign > campaign.concurrency or by_trunk > self.locked.trunk.concurrency:
            return Problem(Code.STOPPED, "The line takes fewer calls at once than before.")
        return None

    def _rates(self) -> dict[str, float]:
        campaign = self.locked.campaign
        return {
            f"campaign:{campaign.id}": campaign.rate_per_s,
            f"trunk:{campaign.trunk}": self.locked.trunk.rate_per_s,
            f"dialer:{self.dialer.id}": self.dialer.rate_per_s,
        }

    def _release(self, row: Row[Any]) -> _Granted:
        now, db = self.locked.now, self.unit.db
        dial_before = now + DIAL_WITHIN
        db.execute(
            _RELEASE,
            {
                "id": row.id,
                "state": step(State.INTENT, State.RELEASED, By.REDEMPTION).value,
                "now": micros(now),
                "dial_before": micros(dial_before),
                "slot_until": micros(dial_before + call_time(self.locked.campaign)),
            },
        )
        db.execute(_USE, {"id": self.dialer.id})
        db.execute(_TRY, {"candidate": row.candidate_id})
        self.opening.record(
            self.unit,
            self.dialer.id,
            OpeningPurpose.CALL,
            action="number.released",
            object=row.id,
            basis=row.consent_id or None,
        )
        if self.dialer.outside is not None:
            self._disclosed(row, self.dialer.outside)
        return _Granted(dial_before)

    def _disclosed(self, row: Row[Any], outside: Outside) -> None:
        """The number goes to another organisation: the person may ask to whom."""
        outside_permit(
            self.unit,
            row.subject_id,
            row.id,
            outside.company,
            role=outside.role,
            country=outside.country,
            basis="consent" if row.consent_id else "permitted without consent",
            by=self.dialer.id,
        )

    def _not_sent(self, row: Row[Any], problem: Problem) -> Problem:
        """The attempt ends unsent; its candidate may be planned again."""
        now = micros(self.locked.now)
        end_attempt(self.unit, row.id, step(State.INTENT, State.NOT_SENT, By.REDEMPTION), now)
        after_end(self.unit, row.candidate_id, State.NOT_SENT, next_try_at=now)
        self.unit.append(
            "call.refused", self.dialer.id, object=row.id, outcome=problem.refusal.value
        )
        return problem

    def _refused(self, row: Row[Any], facts: Known, verdict: Verdict) -> Problem:
        """Decided again, and denied: the person was not told of yet."""
        now = self.locked.now
        decision = Decision(row_id(now), self.leased, facts, verdict, now, "redeem", row.id)
        keep(self.unit, self.gate.desk.vault.keyring.desk, row.campaign_id, [decision])
        code = Code.CLOSED_HOURS if verdict.hours_only else Code.WITHDRAWN
        self._not_sent(row, Problem(code))
        deny(self.unit, [decision])
        return Problem(code)


def _attempt(gate: Gate, permit: str) -> Row[Any] | None:
    table = table_of(AttemptRow)
    with gate.desk.reading() as db:
        return db.execute(
            select(table).where(table.c.permit_hash == token_hash(permit))
        ).one_or_none()


def _spent(row: Row[Any]) -> Problem:
    """A permit is used up by its redemption; one that was never sent has expired."""
    return Problem(Code.EXPIRED if row.state == State.NOT_SENT.value else Code.USED)


def _opened_again(gate: Gate, dialer: Dialer, row: Row[Any]) -> Leased | None:
    """The candidate of a permit that an earlier gateway process issued; audited again."""
    with gate.desk.reading() as db:
        rows = rows_of(db, [row.candidate_id])
    try:
        opened = open_candidates(gate.desk, rows, dialer.id, row.campaign_id)
    except (AnswerIsNo, KeyMissing):
        return None
    return opened[0] if opened else None


def _opening(gate: Gate, leased: Leased) -> Opening | None:
    try:
        return gate.desk.vault.opening([leased.part])
    except KeyMissing:
        return None


def _close(gate: Gate, unit: Unit, dialer: Dialer, row: Row[Any]) -> Problem:
    """End an intent whose person can no longer be opened: erased, or about to be."""
    tags = [] if row.tag is None else [bytes(row.tag)]
    held = lock(gate, unit, tags, row.campaign_id)
    table = table_of(AttemptRow)
    state = unit.db.execute(select(table.c.state).where(table.c.id == row.id)).scalar_one()
    if state == State.INTENT.value:
        outcome = step(State.INTENT, State.NOT_SENT, By.REDEMPTION)
        end_attempt(unit, row.id, outcome, micros(held.now))
        after_end(unit, row.candidate_id, outcome, next_try_at=None)
        unit.append("call.refused", dialer.id, object=row.id, outcome=Code.WITHDRAWN.value)
    return Problem(Code.WITHDRAWN)
