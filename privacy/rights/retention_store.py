"""Retention rules, recorded days and what a person's days are, in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, select, update

from privacy.clock import instant, micros
from privacy.rights.retention_rules import Days, Rule, Start, What
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RetentionEvent, RetentionRule
from privacy.storage.tables.consent import ConsentRow
from privacy.storage.tables.gateway import AttemptRow
from privacy.storage.tables.people import Subject
from privacy.storage.tables.rights import RightsRequest
from privacy.storage.unit import Unit
from privacy.terms import SubjectState


def rules(db: Connection) -> list[Rule]:
    """All rules, ended ones too, oldest first."""
    table = table_of(RetentionRule)
    rows = db.execute(select(table).order_by(table.c.added_at, table.c.id))
    return [
        Rule(
            row.id,
            What(row.what),
            Start(row.start),
            row.keep_months,
            row.ground,
            row.citation,
            bool(row.active),
        )
        for row in rows
    ]


def add(unit: Unit, rule: Rule, actor_id: str) -> None:
    unit.db.execute(
        insert(table_of(RetentionRule)).values(
            id=rule.id,
            what=rule.what.value,
            start=rule.start.value,
            keep_months=rule.keep_months,
            ground=rule.ground,
            citation=rule.citation,
            active=True,
            added_at=micros(unit.now),
            added_by=actor_id,
        )
    )


def end(unit: Unit, rule_id: str) -> bool:
    """Whether an active rule was ended."""
    table = table_of(RetentionRule)
    changed = unit.db.execute(
        update(table).where(table.c.id == rule_id, table.c.active.is_(True)).values(active=False)
    )
    return bool(changed.rowcount)


def record_day(unit: Unit, subject_id: int, start: Start, on: date, actor_id: str) -> None:
    """Put a day in the place of the one before."""
    table = table_of(RetentionEvent)
    unit.db.execute(
        delete(table).where(table.c.subject_id == subject_id, table.c.what == start.value)
    )
    unit.db.execute(
        insert(table).values(
            subject_id=subject_id,
            what=start.value,
            on_day=on.isoformat(),
            recorded_at=micros(unit.now),
            recorded_by=actor_id,
        )
    )


def people(db: Connection, zone: ZoneInfo, only: Collection[int] | None = None) -> dict[int, Days]:
    """The days of every living person, or of `only`: a merged set is one, by its lowest id.

    The set's last contact is the latest of a call, a consent record, a request and its
    creation; a recorded day is the latest one of the set.
    """
    table = table_of(Subject)
    statement = select(table.c.id, table.c.merged_into, table.c.created_at).where(
        table.c.state == SubjectState.ACTIVE.value
    )
    if only is not None:
        statement = statement.where(table.c.id.in_(list(only)))
    rows = db.execute(statement).all()
    root = _roots({row.id: row.merged_into for row in rows})
    created: dict[int, int] = {}
    touched: dict[int, int] = {}
    for row in rows:
        one = root[row.id]
        created[one] = max(created.get(one, 0), row.created_at)
        touched[one] = created[one]
    for subject_id, at in _contacts(db, only):
        if subject_id in root:
            touched[root[subject_id]] = max(touched[root[subject_id]], at)
    recorded = _recorded(db, root)
    return {
        one: Days(
            _day(instant(created[one]), zone),
            _day(instant(touched[one]), zone),
            recorded.get((one, Start.CONTRACT_END.value)),
            recorded.get((one, Start.EVENT.value)),
        )
        for one in created
    }


def _contacts(db: Connection, only: Collection[int] | None) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for model, name in (
        (AttemptRow, "issued_at"),
        (ConsentRow, "recorded_at"),
        (RightsRequest, "received_at"),
    ):
        table = table_of(model)
        mine = table.c.subject_id.is_not(None)
        if only is not None:
            mine = table.c.subject_id.in_(list(only))
        rows = db.execute(
            select(table.c.subject_id, func.max(table.c[name]))
            .where(mine)
            .group_by(table.c.subject_id)
        )
        found.extend((row[0], row[1]) for row in rows)
    return found


def _recorded(db: Connection, root: dict[int, int]) -> dict[tuple[int, str], date]:
    table = table_of(RetentionEvent)
    found: dict[tuple[int, str], date] = {}
    for row in db.execute(select(table)):
        if row.subject_id in root:
            key = (root[row.subject_id], row.what)
            on = date.fromisoformat(row.on_day)
            found[key] = max(found.get(key, on), on)
    return found


def _roots(merged: dict[int, Any]) -> dict[int, int]:
    """The lowest id of each merged set."""
    joined: dict[int, set[int]] = {one: {one} for one in merged}
    for one, into in merged.items():
        if into in joined and joined[into] is not joined[one]:
            both = joined[into] | joined[one]
            for each in both:
                joined[each] = both
    return {one: min(group) for one, group in joined.items()}


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
