"""What a dialer tells: events of an attempt, and opt-outs, which come before everything.

Events are idempotent by attempt and seq. An opt-out locks the number and takes
nothing else; it is durable before it is answered, and the answer is the same for
known and unknown. A call that ended as unwanted (SIP 607) is an opt-out too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from privacy.clock import micros
from privacy.consent import restrictions, suppression
from privacy.errors import RightsdeskError
from privacy.gateway.gate import Gate
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
from privacy.storage.bulk import insert_rows
from privacy.storage.number_locks import lock_numbers
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


_OWN = text(
    "SELECT a.id, a.dialer, a.candidate_id, a.tag, a.state, a.last_seq, a.answered_by,"
    " a.subject_id, a.purpose, a.channel, a.cause, a.connect_ms, c.opt_out_key, c.min_gap_s"
    " FROM attempt a JOIN campaign c ON c.id = a.campaign_id WHERE a.id = :id"
)
_STATE = text(
    "UPDATE attempt SET state = :state, last_seq = :seq, answered_by = :answered_by,"
    " cause = :cause, connect_ms = :connect_ms WHERE id = :id"
)
_EVENT_COLUMNS = ("attempt_id", "seq", "kind", "at_ms", "cause", "received_at")


def record_events(
    gate: Gate, dialer: Dialer, attempt_id: str, told: Sequence[Told]
) -> AttemptAnswer:
    """Take events in their order. Problem: not_yours, illegal_step (the table of states
    does not have it, or that seq told something else): then none of them is taken.

    An event after the end is kept as evidence and changes nothing. The opt-out that an
    event means is durable before the event itself is.
    """
    row = _own(gate, dialer, attempt_id)
    for one in told:
        if means_opt_out(row.opt_out_key, one):
            how = "key" if one.kind is EventKind.KEY else "unwanted"
            opt_out_attempt(gate, dialer, attempt_id, how)
    answer = gate.desk.write(lambda unit: _record(gate, unit, dialer, row, told))
    if isinstance(answer, Problem):
        raise answer
    if answer in TERMINAL:
        gate.held.pop(attempt_id, None)
    stop = answer is State.RINGING and must_stop(gate, row)
    return AttemptAnswer(attempt_id, answer, stop)


def means_opt_out(opt_out_key: str, told: Told) -> bool:
    """The opt-out key, from its start; or an end that says the call was not wanted."""
    if told.kind is EventKind.KEY:
        return told.cause == opt_out_key
    return told.kind is EventKind.ENDED and told.cause == str(UNWANTED_CAUSE)


def _record(
    gate: Gate, unit: Unit, dialer: Dialer, own: Row[Any], told: Sequence[Told]
) -> State | Problem:
    """Under the number's lock: read the state again, make each step, keep each event."""
    lock_numbers(unit.db, [] if own.tag is None else [bytes(own.tag)])
    row = unit.db.execute(_OWN, {"id": own.id}).one()
    standing = _Standing(State(row.state), row.last_seq, row.answered_by, row.cause)
    fresh = []
    for one in told:
        refusal = _known(unit, own.id, one) if one.seq <= standing.seq else None
        if refusal is not None:
            return refusal
        if one.seq > standing.seq:
            try:
                standing = standing.after(one)
            except IllegalStep as illegal:
                return Problem(Code.ILLEGAL_STEP, illegal.message)
            fresh.append(one)
    if not fresh:
        return standing.state
    now = micros(gate.now_of(unit))
    rows = [(own.id, one.seq, one.kind.value, one.at_ms, one.cause, now) for one in fresh]
    insert_rows(unit.db, table_of(AttemptEventRow), _EVENT_COLUMNS, rows)
    unit.db.execute(
        _STATE,
        {
            "id": own.id,
            "state": standing.state.value,
            "seq": standing.seq,
            "answered_by": standing.answered_by,
            "cause": standing.cause,
            "connect_ms": _connect_ms(unit, row, fresh),
        },
    )
    if standing.state in TERMINAL and State(row.state) not in TERMINAL:
        end_attempt(unit, own.id, standing.state, now)
        gap_us = row.min_gap_s * 1_000_000
        after_end(unit, row.candidate_id, standing.state, next_try_at=now + gap_us)
    kinds = [one.kind.value for one in fresh]
    unit.append("call.told", dialer.id, object=own.id, fields=kinds, outcome=standing.state.value)
    return standing.state


def _connect_ms(unit: Unit, row: Row[Any], fresh: Sequence[Told]) -> int | None:
    """From the answer to the first sound, by the dialer's clock; None while there is none."""
    told = {one.kind: one.at_ms for one in reversed(fresh)}
    started = told.get(EventKind.MEDIA_STARTED)
    if row.connect_ms is not None or started is None:
        return row.connect_ms  # type: ignore[no-any-return]
    answered = told.get(EventKind.ANSWERED)
    if answered is None:
        events = table_of(AttemptEventRow)
        answered = unit.db.execute(
            select(func.min(events.c.at_ms)).where(
                events.c.attempt_id == row.id, events.c.kind == EventKind.ANSWERED.value
            )
        ).scalar_one()
    return max(0, started - int(answered or 0))


@dataclass(frozen=True)
class _Standing:
    """An attempt between two events."""

    state: State
    seq: int
    answered_by: str
    cause: int | None

    def after(self, told: Told) -> _Standing:
        """The standing after an event; one that comes after the end changes no state."""
        state = self.state
        if state not in TERMINAL:
            heard = self.answered_by == EventKind.MACHINE.value
            state = after_event(state, told.kind, told.cause, machine=heard)
        who = told.kind in (EventKind.HUMAN, EventKind.MACHINE, EventKind.UNKNOWN)
        ended = told.kind is EventKind.ENDED and told.cause.isdecimal()
        return _Standing(
            state,
            told.seq,
            told.kind.value if who else self.answered_by,
            int(told.cause) if ended else self.cause,
        )


def _known(unit: Unit, attempt_id: str, told: Told) -> Problem | None:
    """None if this very event was told before."""
    events = table_of(AttemptEventRow)
    before = unit.db.execute(
        select(events.c.kind, events.c.cause).where(
            events.c.attempt_id == attempt_id, events.c.seq == told.seq
        )
    ).one_or_none()
    if before is not None and (before.kind, before.cause) == (told.kind.value, told.cause):
        return None
    return Problem(Code.ILLEGAL_STEP, "That seq told something else, or came too late.")


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
    return AttemptAnswer(attempt_id, state, state in STOPPABLE and must_stop(gate, row))


def must_stop(gate: Gate, row: Row[Any]) -> bool:
    """Opted out, restricted or being erased meanwhile: what still rings must not be answered."""
    if row.tag is None or row.subject_id is None:
        return True
    subjects, tag = table_of(Subject), bytes(row.tag)
    with gate.desk.reading() as db:
        state = db.execute(select(subjects.c.state).where(subjects.c.id == row.subject_id)).scalar()
        return (
            state != SubjectState.ACTIVE
            or tag in suppression.suppressed(db, [tag], row.purpose, row.channel)
            or row.subject_id in restrictions.restricted(db, [row.subject_id])
        )


def _own(gate: Gate, dialer: Dialer, attempt_id: str) -> Row[Any]:
    with gate.desk.reading() as db:
        row = db.execute(_OWN, {"id": attempt_id}).one_or_none()
    if row is None or row.dialer != dialer.id:
        raise Problem(Code.NOT_YOURS)
    return row
