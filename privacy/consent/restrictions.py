"""Restriction of processing (GDPR Article 18): the person's data is only stored.

Written by rights requests, read by the gateway and by everything that would
use the data. Placed through the ledger of no, so that a restored backup cannot
forget it. What Article 18(2) leaves open is named by the purpose of an opening:
the person's own requests and refusals, and legal claims. Everything else is
refused until the restriction is lifted, and the person is told before that
(Article 18(3)).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.consent.joined import joined, numbers_to_lock
from privacy.consent.lines import carried_out, mark_carried_out
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.storage.bulk import in_chunks
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RestrictionRow
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import LedgerKind
from privacy.vault.ledger import Line

# The grounds of GDPR Article 18(1), and the balance that an objection waits for.
REASONS = ("contested", "unlawful", "needed_for_claims", "objection_pending")


@dataclass(frozen=True)
class Restriction:
    """A restriction in force. `informed_at`: when the person was told that it will be lifted."""

    id: str
    subject_id: int
    reason: str
    placed_at: datetime
    informed_at: datetime | None
    request_id: str | None


def place(desk: Desk, actor: Actor, subject_id: int, reason: str, *, request_id: str = "") -> str:
    """Restrict a person; effective when this returns. `reason` is a code, never free text.

    `request_id`: the request that asked for it, which must be there.
    """
    actor.require(Act.HANDLE_REQUEST)
    numbers = numbers_to_lock(desk, actor.id, [subject_id])
    with desk.reading() as db:
        size = desk.log.head(db).size
    line = desk.ledger.append(
        LedgerKind.RESTRICTION, desk.now(), size, subject=subject_id, scope="placed", note=reason
    )

    def job(unit: Unit) -> None:
        lock_numbers(unit.db, numbers)
        _place(unit, line, actor.id, request_id or None)

    desk.write(job)
    return line.id


def inform(desk: Desk, actor: Actor, restriction_id: str, *, at: datetime | None = None) -> None:
    """Record that the person was told that the restriction will be lifted (Article 18(3)).

    `at` is when (default now). BadInput before it was placed, or in the future.
    """
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        placed_at, _ = _in_force(unit.db, restriction_id)
        told_at = at or unit.now
        if not placed_at <= micros(told_at) <= micros(unit.now):
            raise BadInput(
                "The person is told between the restriction and now.",
                what="at",
                next="Give the instant of the message, with its offset.",
            )
        set_informed(unit, actor.id, restriction_id, told_at)

    desk.write(job)


def set_informed(unit: Unit, actor_id: str, restriction_id: str, at: datetime | None) -> None:
    """The person was told at `at`; None: they were not, for what told them came back."""
    table = table_of(RestrictionRow)
    told = None if at is None else micros(at)
    unit.db.execute(update(table).where(table.c.id == restriction_id).values(informed_at=told))
    action = "restriction.lift_announced" if at else "restriction.lift_not_announced"
    unit.append(action, actor_id, object=restriction_id)


def lift(desk: Desk, actor: Actor, restriction_id: str) -> None:
    """Lift a restriction. Denied until the person was told of it (Article 18(3))."""
    actor.require(Act.APPROVE_REQUEST)
    table = table_of(RestrictionRow)

    def job(unit: Unit) -> None:
        _, informed_at = _in_force(unit.db, restriction_id)
        if informed_at is None:
            raise Denied(
                "The person was not told yet that this restriction will be lifted.",
                what=restriction_id,
                next="Tell them, record it with `contacts restrict PERSON --informed ID`, then"
                " lift it (GDPR Article 18(3)).",
            )
        unit.db.execute(
            update(table).where(table.c.id == restriction_id).values(lifted_at=micros(unit.now))
        )
        unit.append("restriction.lifted", actor.id, object=restriction_id)

    desk.write(job)


def _in_force(db: Connection, restriction_id: str) -> tuple[int, int | None]:
    """(placed_at, informed_at) under the row's lock. NotFound if it is not in force."""
    table = table_of(RestrictionRow)
    row = db.execute(
        select(table.c.placed_at, table.c.informed_at)
        .where(table.c.id == restriction_id, table.c.lifted_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such restriction in force.", what=restriction_id)
    return row.placed_at, row.informed_at


def of_person(db: Connection, subject_id: int) -> list[Restriction]:
    """Restrictions in force of a person, whichever row of theirs they stand under."""
    table = table_of(RestrictionRow)
    rows = db.execute(
        select(table)
        .where(
            table.c.subject_id.in_(joined(db, [subject_id])[subject_id]),
            table.c.lifted_at.is_(None),
        )
        .order_by(table.c.placed_at, table.c.id)
    )
    return [
        Restriction(
            row.id,
            row.subject_id,
            row.reason,
            instant(row.placed_at),
            None if row.informed_at is None else instant(row.informed_at),
            row.request_id,
        )
        for row in rows
    ]


def refuse_grants(db: Connection, grants: Iterable[tuple[int, datetime, bool]]) -> None:
    """Denied for a grant (subject, given at, documented) that a restriction stands against.

    Article 18(2) lets in what the person agrees to while restricted: a documented consent
    given after the restriction. An older one is data that may only be stored.
    """
    wanted = list(grants)
    since = restricted_since(db, {subject_id for subject_id, _, _ in wanted})
    for subject_id, given_at, documented in wanted:
        if subject_id in since and not (documented and given_at > since[subject_id]):
            raise Denied(
                "This person's data is restricted to storage.",
                what="consent record",
                next="Only a documented consent that the person gave since then can be recorded.",
            )


def restricted_since(db: Connection, subject_ids: Collection[int]) -> dict[int, datetime]:
    """When the latest restriction in force of each restricted person was placed."""
    table = table_of(RestrictionRow)
    placed = {
        row.subject_id: row.placed_at
        for row in db.execute(
            select(table.c.subject_id, table.c.placed_at)
            .where(table.c.lifted_at.is_(None), table.c.subject_id.is_not(None))
            .order_by(table.c.placed_at)
        )
    }
    if not placed:
        return {}
    return {
        subject_id: instant(max(placed[one] for one in group if one in placed))
        for subject_id, group in joined(db, subject_ids).items()
        if not group.isdisjoint(placed)
    }


def restricted(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those of `subject_ids` whose data is restricted now, by whichever row of the person."""
    table = table_of(RestrictionRow)
    sets = joined(db, subject_ids)
    people = {one for group in sets.values() for one in group}
    found: set[int] = set()
    for chunk in in_chunks(sorted(people), 500):
        rows = db.execute(
            select(table.c.subject_id).where(
                table.c.subject_id.in_(chunk), table.c.lifted_at.is_(None)
            )
        )
        found.update(rows.scalars())
    return {subject_id for subject_id, group in sets.items() if group & found}


def carry(desk: Desk, line: Line) -> None:
    """Carry out a restriction of the ledger that main does not have."""
    desk.write(lambda unit: _place(unit, line, "rightsdesk", None))


def _place(unit: Unit, line: Line, actor_id: str, request_id: str | None) -> None:
    if carried_out(unit.db, line):
        return
    subjects = table_of(Subject)
    subject_id = int(line.subject)
    if unit.db.execute(select(subjects.c.id).where(subjects.c.id == subject_id)).scalar():
        unit.db.execute(
            insert(table_of(RestrictionRow)).values(
                id=line.id,
                subject_id=subject_id,
                reason=line.note,
                placed_at=micros(datetime.fromisoformat(line.at)),
                request_id=request_id,
            )
        )
    mark_carried_out(unit, line)
    unit.append(
        "restriction.placed", actor_id, object=line.id, outcome=line.note, request=request_id
    )
