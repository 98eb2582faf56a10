"""Legal holds: what stops a destruction until it is released (GDPR Article 17(3)(e)).

A hold names a person by id and a reason by code; it refuses the plan and the
run of an erasure for the whole merged set.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privacy.actors import Act, Actor
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.ids import public_id
from privacy.rights import holds_store
from privacy.storage.unit import Unit

REASON = re.compile(r"[a-z0-9][a-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class Hold:
    """A hold; released ones stay as a record."""

    id: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_at: datetime | None


def place(desk: Desk, actor: Actor, subject_id: int, reason: str) -> str:
    """Place a hold on a person; its id. `reason` is a code such as a file number."""
    actor.require(Act.APPROVE_REQUEST)
    if not REASON.fullmatch(reason):
        raise BadInput(
            "A reason is a code: 2 to 41 of a-z, 0-9, dot, dash, underscore.",
            what="reason",
            next="Give a file number, never a name.",
        )
    hold_id = public_id("ho")

    def job(unit: Unit) -> None:
        holds_store.add(unit, hold_id, subject_id, reason, actor.id)
        unit.append("hold.placed", actor.id, object=hold_id, outcome=reason)

    desk.write(job)
    return hold_id


def release(desk: Desk, actor: Actor, hold_id: str) -> None:
    """Release a hold. NotFound if it is not in force."""
    actor.require(Act.APPROVE_REQUEST)

    def job(unit: Unit) -> None:
        if not holds_store.release(unit, hold_id):
            raise NotFound("There is no such hold in force.", what=hold_id, next="See the holds.")
        unit.append("hold.released", actor.id, object=hold_id)

    desk.write(job)


def listed(desk: Desk) -> list[Hold]:
    """All holds, oldest first."""
    with desk.reading() as db:
        return [_hold(row) for row in holds_store.rows(db)]


def refuse_held(desk: Desk, subject_ids: Collection[int], request_id: str) -> None:
    """Denied if a hold is in force for one of those persons."""
    with desk.reading() as db:
        held = [row.id for row in holds_store.rows(db, subject_ids) if row.released_at is None]
    if held:
        raise Denied(
            f"A legal hold stops this erasure ({', '.join(held)}).",
            what=request_id,
            next="Release the hold, or refuse the request on GDPR Article 17(3)(e).",
        )


def _hold(row: Any) -> Hold:
    released = row.released_at
    return Hold(
        row.id,
        row.reason,
        row.placed_by,
        instant(row.placed_at),
        None if released is None else instant(released),
    )
