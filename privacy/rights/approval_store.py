"""Approvals and outside approvers' keys in the database, and what the log says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from privacy.audit.entry import parse
from privacy.clock import instant, micros
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import ApproverKey, PlanApproval
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.storage.unit import Unit
from privacy.terms import Role


@dataclass(frozen=True)
class Planned:
    """What the log says was planned last: `seq` is the line of the timeline."""

    actor: str
    sha256: str
    seq: int
    at: datetime


@dataclass(frozen=True)
class Logged:
    """What the log says was approved last."""

    actor: str
    sha256: str
    seq: int
    how: str
    detail: str


@dataclass(frozen=True)
class ApprovalRow:
    seq: int
    kind: str
    actor: str
    plan_sha256: str
    at: datetime
    detail: str


@dataclass(frozen=True)
class Made:
    """Who added an actor, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Key:
    """A registered key of somebody outside; `logged_sha256`: of its text, as the log has it."""

    id: str
    public_key_pem: str
    added_at: datetime
    revoked_at: datetime | None
    logged_sha256: str
    logged_revoked: bool


def planned(db: Connection, request_id: str) -> Planned | None:
    """The last planning of a case in the log."""
    found = [
        Planned(str(e["actor"]), str(e["object"]), int(e.get("count", 0)), at)
        for at, e in _entries(db, "request.planned", request_id)
    ]
    return max(found, key=lambda each: each.seq, default=None)


def approved(db: Connection, request_id: str) -> Logged | None:
    """The last approval of a case in the log."""
    found = []
    for _, entry in _entries(db, "request.approved", request_id):
        how, _, detail = str(entry.get("outcome", "")).partition(":")
        found.append(
            Logged(
                str(entry["actor"]),
                str(entry["object"]),
                int(entry.get("count", 0)),
                how,
                detail,
            )
        )
    return max(found, key=lambda each: each.seq, default=None)


def row(db: Connection, request_id: str, seq: int | None) -> ApprovalRow | None:
    """The row of that approval."""
    table = table_of(PlanApproval)
    found = db.execute(
        select(table).where(table.c.request_id == request_id, table.c.seq == (seq or 0))
    ).one_or_none()
    if found is None:
        return None
    return ApprovalRow(
        found.seq, found.kind, found.actor, found.plan_sha256, instant(found.at), found.detail
    )


def add(
    unit: Unit, request_id: str, seq: int, kind: str, actor: str, plan_sha256: str, detail: str
) -> None:
    unit.db.execute(
        insert(table_of(PlanApproval)).values(
            request_id=request_id,
            seq=seq,
            kind=kind,
            actor=actor,
            plan_sha256=plan_sha256,
            at=micros(unit.now),
            detail=detail,
        )
    )


# -- actors ---------------------------------------------------------------------------------


def is_active(db: Connection, actor_id: str, role: Role) -> bool:
    """Whether that actor may act in that role now."""
    table = table_of(ActorRow)
    found = db.execute(
        select(table.c.id).where(
            table.c.id == actor_id, table.c.role == role.value, table.c.active.is_(True)
        )
    )
    return found.first() is not None


def approvers(db: Connection, roles: Iterable[Role]) -> set[str]:
    """Active actors in one of those roles."""
    table = table_of(ActorRow)
    found = db.execute(
        select(table.c.id).where(
            table.c.active.is_(True), table.c.role.in_([role.value for role in roles])
        )
    )
    return set(found.scalars())


def deactivated_since(db: Connection, at: datetime) -> set[str]:
    """Actors deactivated at or after that instant, by the log."""
    return {str(entry["object"]) for when, entry in _entries(db, "actor.deactivated") if when >= at}


def added(db: Connection, actor_id: str) -> Made | None:
    """Who added that actor, by the log."""
    for at, entry in _entries(db, "actor.added"):
        if entry.get("object") == actor_id:
            return Made(str(entry["actor"]), at)
    return None


# -- keys of outside approvers ---------------------------------------------------------------


def add_key(unit: Unit, key_id: str, public_key_pem: str, actor_id: str) -> None:
    unit.db.execute(
        insert(table_of(ApproverKey)).values(
            id=key_id,
            public_key_pem=public_key_pem,
            added_by=actor_id,
            added_at=micros(unit.now),
        )
    )


def revoke_key(unit: Unit, key_id: str) -> bool:
    """Whether a key in force was revoked."""
    table = table_of(ApproverKey)
    changed = unit.db.execute(
        update(table)
        .where(table.c.id == key_id, table.c.revoked_at.is_(None))
        .values(revoked_at=micros(unit.now))
    )
    return bool(changed.rowcount)


def key(db: Connection, key_id: str) -> Key | None:
    """That key, with what the log says of it."""
    return next((each for each in keys(db) if each.id == key_id), None)


def keys(db: Connection) -> list[Key]:
    """All registered keys, revoked ones too, oldest first."""
    table = table_of(ApproverKey)
    registered = {e.get("object"): (at, e) for at, e in _entries(db, "approver.key_added")}
    revoked = {e.get("object") for _, e in _entries(db, "approver.key_revoked")}
    return [
        Key(
            found.id,
            found.public_key_pem,
            registered[found.id][0] if found.id in registered else instant(found.added_at),
            None if found.revoked_at is None else instant(found.revoked_at),
            str(registered[found.id][1].get("digest", "")) if found.id in registered else "",
            found.id in revoked,
        )
        for found in db.execute(select(table).order_by(table.c.added_at, table.c.id))
    ]


def _entries(
    db: Connection, action: str, request_id: str | None = None
) -> list[tuple[datetime, dict[str, Any]]]:
    table = table_of(AuditEntry)
    statement = select(table.c.at, table.c.body).where(table.c.action == action)
    if request_id is not None:
        statement = statement.where(table.c.request == request_id)
    rows = db.execute(statement.order_by(table.c.at))
    return [(instant(each.at), parse(bytes(each.body))) for each in rows]
