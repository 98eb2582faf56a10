"""What a dialer tells: events of an attempt, and opt-outs, which come before everything.

Events are idempotent by attempt and seq. An opt-out locks the number and takes
nothing else; it is durable before it is answered, and the answer is the same for
known and unknown. A call that ended as unwanted (SIP 607) is an opt-out too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from privacy.clock import micros
from privacy.consent import restrictions, suppression
from privacy.errors import RightsdeskError
from privacy.gateway.campaigns import Campaign, campaign_of
from privacy.gateway.gate import Gate, lock
from privacy.gateway.protocol import (
    STOPPABLE,
    TERMINAL,
    UNWANTED_CAUSE,
    AttemptAnswer,
    Code,
    EventKind,
    IllegalStep,
    Problem,
    State,
    after_event,
)
from privacy.gateway.recovery import after_end, end_attempt
from privacy.gateway.tokens import Dialer
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place


@dataclass(frozen=True)
class Told:
    """One event as told. `at_ms` counts from the redemption, by the dialer's clock."""

    seq: int
    kind: EventKind
    at_ms: int
    cause: str


def record_event(gate: Gate, dialer: Dialer, attempt_id: str, told: Told) -> AttemptAnswer:
    """Take one event. Problem: not_yours, illegal_step (the table of states does not have it).

    An event after the end is kept as evidence and changes nothing. The opt-out that an
    event means is durable before the event itself is.
    """
    row = _own(gate, dialer, attempt_id)
    with gate.desk.reading() as db:
        campaign = campaign_of(db, row.campaign_id)
    if means_opt_out(campaign, told):
        how = "key" if told.kind is EventKind.KEY else "unwanted"
        opt_out_attempt(gate, dialer, attempt_id, how)
    answer = gate.desk.write(lambda unit: _record(gate, unit, dialer, row, told))
    if isinstance(answer, Problem):
        raise answer
    if answer in TERMINAL:
        gate.held.pop(attempt_id, None)
    return state_of(gate, dialer, attempt_id)


def means_opt_out(campaign: Campaign, told: Told) -> bool:
    """The opt-out key, from its start; or an end that says the call was not wanted."""
    if told.kind is EventKind.KEY:
        return told.cause == campaign.opt_out_key
    return told.kind is EventKind.ENDED and told.cause == str(UNWANTED_CAUSE)


def _record(gate: Gate, unit: Unit, dialer: Dialer, own: Row[Any], told: Told) -> State | Problem:
    tags = [] if own.tag is None else [bytes(own.tag)]
    held = lock(gate, unit, tags, own.campaign_id)
    table, events = table_of(AttemptRow), table_of(AttemptEventRow)
    row = unit.db.execute(select(table).where(table.c.id == own.id).with_for_update()).one()
    state = State(row.state)
    before = unit.db.execute(
        select(events).where(events.c.attempt_id == own.id, events.c.seq == told.seq)
    ).one_or_none()
    if before is not None:
        same = (before.kind, before.cause) == (told.kind.value, told.cause)
        return state if same else Problem(Code.ILLEGAL_STEP, "That seq told something else.")
    try:
        to = _after(row, state, told)
    except IllegalStep as refusal:
        return Problem(Code.ILLEGAL_STEP, refusal.message)
    now = micros(held.now)
    unit.db.execute(
        insert(events).values(
            attempt_id=own.id,
            seq=told.seq,
            kind=told.kind.value,
            at_ms=told.at_ms,
            cause=told.cause,
            received_at=now,
        )
    )
    unit.db.execute(
        update(table).where(table.c.id == own.id).values(state=to.value, **_details(row, told))
    )
    if to in TERMINAL and state not in TERMINAL:
        end_attempt(unit, own.id, to, now)
        gap = held.campaign.min_gap_s * 1_000_000
        after_end(unit, row.candidate_id, to, next_try_at=now + gap)
    unit.append("call.told", dialer.id, object=own.id, fields=[told.kind.value], outcome=to.value)
    return to


def _after(row: Row[Any], state: State, told: Told) -> State:
    if state in TERMINAL:
        return state
    if told.seq <= row.last_seq:
        raise IllegalStep("A later event was told before.", what=f"seq {told.seq}")
    return after_event(state, told.kind, told.cause, machine=row.answered_by == "machine")


def _details(row: Row[Any], told: Told) -> dict[str, Any]:
    details: dict[str, Any] = {"last_seq": max(row.last_seq, told.seq)}
    if told.kind in (EventKind.HUMAN, EventKind.MACHINE, EventKind.UNKNOWN):
        details["answered_by"] = told.kind.value
    if told.kind is EventKind.ENDED and told.cause.isdigit():
        details["cause"] = int(told.cause)
    return details


def opt_out_attempt(gate: Gate, dialer: Dialer, attempt_id: str, how: str, words: str = "") -> None:
    """Suppress the number that an attempt called; durable when this returns.

    Any dialer that knows the attempt may tell it, also one whose token has ended: an
    opt-out is never refused for that. Told twice, it stands once.
    """
    table = table_of(AttemptRow)
    with gate.desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == attempt_id)).one_or_none()
        done = row is not None and _suppressed_by(db, attempt_id)
    if row is None:
        raise Problem(Code.NOT_YOURS)
    # Without a tag the person is erased, and was suppressed with that.
    if row.tag is None or done:
        return
    receipt = suppression.opt_out_tag(
        gate.desk,
        dialer.id,
        bytes(row.tag),
        ContactKind.PHONE,
        source=f"call_{how}",
        words=words.encode() if words else None,
        attempt=attempt_id,
        holder_id=row.subject_id,
    )
    _spread(gate, dialer, row, receipt)


def opt_out_number(gate: Gate, dialer: Dialer, number: str) -> None:
    """Suppress a number that a dialer was told; durable when this returns, known or not."""
    receipt = suppression.opt_out_tag(
        gate.desk,
        dialer.id,
        gate.desk.vault.keyring.tags.number_tag(number),
        ContactKind.PHONE,
        source="dialer",
    )
    _withdraw(gate, dialer, receipt, number)


def _spread(gate: Gate, dialer: Dialer, row: Row[Any], receipt: str) -> None:
    """Withdraw for everyone who has the number. The suppression already refuses for them all."""
    leased = gate.held.get(row.id)
    number = leased.number if leased is not None else _number_of(gate, dialer, row)
    if number is not None:
        _withdraw(gate, dialer, receipt, number)


def _withdraw(gate: Gate, dialer: Dialer, receipt: str, number: str) -> None:
    try:
        suppression.spread(gate.desk, dialer.id, receipt, ContactKind.PHONE, number)
    except RightsdeskError:
        # The opt-out is durable and must be confirmed; `spread_at` stays empty, and the
        # withdrawals are added later.
        return


def _number_of(gate: Gate, dialer: Dialer, row: Row[Any]) -> str | None:
    """The number of an attempt whose lease this process does not hold; audited."""
    points = table_of(ContactPoint)
    with gate.desk.reading() as db:
        point = db.execute(select(points).where(points.c.id == row.point_id)).one_or_none()
    if point is None or point.sealed is None:
        return None
    place = Place(Part.PHONE, point.subject_id, point.id, point.version)
    part = SealedPart(place, KeyClass.CALL, bytes(point.sealed))
    try:
        opened = gate.desk.vault.open([part], dialer.id, OpeningPurpose.OPT_OUT, object=row.id)
    except RightsdeskError:
        return None
    return str(json.loads(opened[place])["number"])


def _suppressed_by(db: Connection, attempt_id: str) -> bool:
    table = table_of(SuppressionRow)
    found = db.execute(select(table.c.id).where(table.c.attempt == attempt_id).limit(1))
    return found.scalar() is not None


def state_of(gate: Gate, dialer: Dialer, attempt_id: str) -> AttemptAnswer:
    """State of the dialer's own attempt, and whether to stop what still rings."""
    row = _own(gate, dialer, attempt_id)
    state = State(row.state)
    with gate.desk.reading() as db:
        stop = state in STOPPABLE and _must_stop(db, row)
    return AttemptAnswer(attempt_id, state, stop)


def _must_stop(db: Connection, row: Row[Any]) -> bool:
    """Opted out, restricted or being erased meanwhile: what still rings must not be answered."""
    if row.tag is None or row.subject_id is None:
        return True
    subjects = table_of(Subject)
    state = db.execute(select(subjects.c.state).where(subjects.c.id == row.subject_id)).scalar()
    tag = bytes(row.tag)
    return (
        state != SubjectState.ACTIVE
        or tag in suppression.suppressed(db, [tag], row.purpose, row.channel)
        or row.subject_id in restrictions.restricted(db, [row.subject_id])
    )


def _own(gate: Gate, dialer: Dialer, attempt_id: str) -> Row[Any]:
    table = table_of(AttemptRow)
    with gate.desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == attempt_id)).one_or_none()
    if row is None or row.dialer != dialer.id:
        raise Problem(Code.NOT_YOURS)
    return row
