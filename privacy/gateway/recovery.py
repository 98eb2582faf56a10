"""Attempts whose end nobody told: a job of its own, not a by-product of dialing.

An intent that ran out was provably never sent: its candidate may be planned again.
A released number may have been called: UNCERTAIN, which counts as a call and is
never dialled again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, func, or_, select, text, update

from privacy.clock import micros
from privacy.desk import Desk
from privacy.gateway.gate import Gate
from privacy.gateway.history import HISTORY
from privacy.gateway.protocol import By, State, may_be_tried_again, step
from privacy.storage.bulk import in_chunks
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, EarlierCallRow
from privacy.storage.unit import Unit

SWEEP_EVERY_S = 1.0
BATCH = 50
_END = text(
    "UPDATE attempt SET state = :outcome, live = 0, outcome = :outcome, ended_at = :now"
    " WHERE id = :id"
)
_AGAIN = text(
    "UPDATE candidate SET state = 'waiting', next_try_at = :next_try_at"
    " WHERE id = :id AND state = 'called'"
)
_DONE = text("UPDATE candidate SET state = 'done' WHERE id = :id AND state = 'called'")


def sweep(gate: Gate) -> int:
    """Settle attempts whose permit or place on the line has run out; at most once a second."""
    monotonic_s = gate.desk.clock.monotonic_s()
    if monotonic_s - gate.swept_s < SWEEP_EVERY_S:
        return 0
    gate.swept_s = monotonic_s
    return settle(gate, "rightsdesk")


def settle(gate: Gate, actor_id: str, *, dead_dialer: str = "") -> int:
    """Settle what has run out and, at once, every live attempt of a dialer known to be dead.

    Whoever names a dialer dead has seen its process end and has revoked its token. Its
    places on the line stay taken until its calls must be over: they may still be talking.
    """
    table = table_of(AttemptRow)
    with gate.desk.reading() as db:
        now = micros(gate.desk.now_in(db))
        rows = db.execute(
            select(table.c.id, table.c.tag)
            .where(table.c.live == 1, _over(now, dead_dialer))
            .order_by(table.c.tag)
        ).all()
    settled = 0
    for chunk in in_chunks(rows, BATCH):
        settled += gate.desk.write(
            lambda unit, chunk=chunk: _settle(gate, unit, chunk, actor_id, dead_dialer)  # type: ignore[misc]
        )
    return settled


def under_way(gate: Gate) -> tuple[int, int]:
    """How many numbers are out whose call nobody told the end of, and in how many seconds
    the last of them must be over."""
    table = table_of(AttemptRow)
    with gate.desk.reading() as db:
        now = micros(gate.desk.now_in(db))
        count, latest = db.execute(
            select(func.count(), func.max(table.c.slot_until_at)).where(
                table.c.live == 1, table.c.state != State.INTENT.value
            )
        ).one()
    return int(count), max(0, -(-(int(latest or now) - now) // 1_000_000))


def _over(now: int, dead_dialer: str) -> Any:
    """Live attempts that may be settled at `now` (microseconds)."""
    table = table_of(AttemptRow)
    intent = State.INTENT.value
    return or_(
        and_(table.c.state == intent, table.c.expires_at < now),
        and_(table.c.state != intent, table.c.slot_until_at < now),
        table.c.dialer == dead_dialer,
    )


def _settle(
    gate: Gate, unit: Unit, rows: Sequence[Row[Any]], actor_id: str, dead_dialer: str
) -> int:
    table = table_of(AttemptRow)
    lock_numbers(unit.db, [bytes(row.tag) for row in rows if row.tag is not None])
    now = micros(gate.now_of(unit))
    # Read again under the locks: an event may have settled one of them meanwhile.
    live = unit.db.execute(
        select(table.c.id, table.c.state, table.c.candidate_id)
        .where(
            table.c.id.in_([row.id for row in rows]),
            table.c.live == 1,
            _over(now, dead_dialer),
        )
        .order_by(table.c.id)
        .with_for_update()
    ).all()
    for row in live:
        state = State(row.state)
        to = State.NOT_SENT if state is State.INTENT else State.UNCERTAIN
        end_attempt(unit, row.id, step(state, to, By.RECOVERY), now)
        after_end(unit, row.candidate_id, to, next_try_at=now)
        unit.append("call.settled", actor_id, object=row.id, outcome=to.value)
        gate.held.pop(row.id, None)
    return len(live)


def end_attempt(unit: Unit, attempt_id: str, outcome: State, now: int) -> None:
    """Write a terminal state. `now` in microseconds."""
    unit.db.execute(_END, {"outcome": outcome.value, "now": now, "id": attempt_id})


def after_end(unit: Unit, candidate_id: int, outcome: State, *, next_try_at: int | None) -> None:
    """Put the candidate back for `next_try_at` (microseconds), if it may be tried again."""
    if may_be_tried_again(outcome) and next_try_at is not None:
        unit.db.execute(_AGAIN, {"id": candidate_id, "next_try_at": next_try_at})
    else:
        unit.db.execute(_DONE, {"id": candidate_id})


def due(db: Connection, now: int) -> tuple[int, int]:
    """(live attempts that have run out, tags of calls that no rule looks back on) at `now`."""
    table = table_of(AttemptRow)
    return (
        _how_many(db, and_(table.c.live == 1, _over(now, ""))),
        _how_many(db, _old(now)) + _how_many(db, _old_told(now)),
    )


def _how_many(db: Connection, condition: Any) -> int:
    return int(db.execute(select(func.count()).where(condition)).scalar_one())


def _old(now: int) -> Any:
    """Ended attempts whose tag no rule looks back on any more at `now` (microseconds)."""
    table = table_of(AttemptRow)
    old = now - int(HISTORY.total_seconds()) * 1_000_000
    return and_(table.c.tag.is_not(None), table.c.live == 0, table.c.issued_at < old)


def _old_told(now: int) -> Any:
    """The same of calls that an earlier dialer told."""
    table = table_of(EarlierCallRow)
    old = now - int(HISTORY.total_seconds()) * 1_000_000
    return and_(table.c.tag.is_not(None), table.c.at < old)


def forget_old_tags(desk: Desk, actor_id: str) -> int:
    """Clear number tags from calls that no rule looks back on any more; how many."""

    def clear(unit: Unit, table: Table, old: Any) -> int:
        ids = list(unit.db.execute(select(table.c.id).where(old).limit(5_000)).scalars())
        for chunk in in_chunks(ids, 500):
            unit.db.execute(update(table).where(table.c.id.in_(chunk)).values(tag=None))
        return len(ids)

    def job(unit: Unit) -> int:
        now = micros(unit.now)
        count = clear(unit, table_of(AttemptRow), _old(now))
        count += clear(unit, table_of(EarlierCallRow), _old_told(now))
        if count:
            unit.append("calls.tags_cleared", actor_id, count=count)
        return count

    return desk.write(job)
