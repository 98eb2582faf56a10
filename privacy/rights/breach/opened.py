"""Whose data an actor opened between two instants, by the audit log.

A person stands there under a pseudonym of each month, which is computed from the log key;
who was erased meanwhile has no key and is counted, not named. Page by page of living
persons, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from privacy.audit.entry import parse, pseudonym
from privacy.clock import instant, micros, rfc3339
from privacy.desk import Desk
from privacy.rights.breach.data_kinds import held_by
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of
from privacy.terms import KeyClass

PAGE = 500
REMEMBERED = 4096


@dataclass(frozen=True)
class Opened:
    """Openings of the log: by those actors (any, if empty), from and to, both included."""

    since: datetime
    until: datetime
    actors: tuple[str, ...] = ()

    def facts(self) -> dict[str, str]:
        """As the timeline keeps it, so that it can be computed again."""
        return {
            "by": "log",
            "actors": " ".join(self.actors),
            "from": rfc3339(self.since),
            "to": rfc3339(self.until),
        }


class Looked:
    """One look through the log, page by page of living persons."""

    def __init__(self, desk: Desk, opened: Opened) -> None:
        self._desk = desk
        self._opened = opened
        self._actions = _opening_actions(desk, opened)
        self._matched: dict[str, int] = {}
        self._entries: dict[str, tuple[str, tuple[str, ...]] | None] = {}

    def opened_of(self, page: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Who of that page was opened, with the kinds of data."""
        names = self._names(page)
        found: dict[int, set[str]] = {}
        met: set[tuple[str, str]] = set()
        subjects = table_of(AuditSubject)
        statement = select(subjects.c.pseudonym, subjects.c.entry_id)
        with self._desk.reading() as db:
            for chunk in in_chunks(sorted(names), PAGE):
                rows = db.execute(statement.where(subjects.c.pseudonym.in_(chunk))).all()
                self._learn(db, {row.entry_id for row in rows})
                for row in rows:
                    if (entry := self._entries[row.entry_id]) is not None:
                        found.setdefault(names[row.pseudonym], set()).update(entry[1])
                        met.add((entry[0], row.pseudonym))
        for month, _ in met:
            self._matched[month] = self._matched.get(month, 0) + 1
        return {subject: tuple(sorted(kinds)) for subject, kinds in found.items()}

    def unmatched(self) -> list[int]:
        """For each month how many pseudonyms belong to nobody who is still here."""
        left = []
        for month, since, until in _months(self._opened):
            total = self._count(Opened(since, until, self._opened.actors))
            left.append(total - self._matched.get(month, 0))
        return left

    def by_actor(self) -> dict[str, int]:
        """How many pseudonyms each actor opened."""
        subjects, entries = table_of(AuditSubject), table_of(AuditEntry)
        statement = (
            select(entries.c.actor, func.count(subjects.c.pseudonym.distinct()))
            .join(subjects, subjects.c.entry_id == entries.c.id)
            .where(self._within())
            .group_by(entries.c.actor)
            .order_by(entries.c.actor)
        )
        with self._desk.reading() as db:
            return {str(actor): int(count) for actor, count in db.execute(statement)}

    def _names(self, page: Collection[int]) -> dict[str, int]:
        """The pseudonyms of those persons in the months of the period."""
        keys = self._desk.vault.person_keys((subject, KeyClass.DESK) for subject in page)
        origin = self._desk.vault.origin
        periods = _periods(self._opened)
        return {
            pseudonym(key.log_key, origin, month): subject
            for (subject, _), key in keys.items()
            if key.log_key is not None
            for month in periods
        }

    def _learn(self, db: Connection, entry_ids: Collection[str]) -> None:
        """Month and kinds of data of those entries; None for one that is not looked for.

        By the entries' ids alone: joined with the pseudonyms, SQLite walks all entries of
        the period for every page.
        """
        if len(self._entries) > REMEMBERED:
            self._entries.clear()
        entries = table_of(AuditEntry)
        for chunk in in_chunks(sorted(set(entry_ids) - self._entries.keys()), PAGE):
            self._entries.update(dict.fromkeys(chunk))
            rows = db.execute(
                select(entries.c.id, entries.c.at, entries.c.body).where(
                    entries.c.id.in_(chunk), self._within()
                )
            )
            for row in rows:
                kinds = parse(bytes(row.body)).get("fields") or ["contact"]
                self._entries[row.id] = (_month(row.at), held_by(str(kind) for kind in kinds))

    def _count(self, opened: Opened) -> int:
        subjects, entries = table_of(AuditSubject), table_of(AuditEntry)
        statement = (
            select(func.count(subjects.c.pseudonym.distinct()))
            .join(entries, entries.c.id == subjects.c.entry_id)
            .where(_within(opened), entries.c.action.in_(self._actions))
        )
        with self._desk.reading() as db:
            return int(db.execute(statement).scalar_one())

    def _within(self) -> ColumnElement[bool]:
        entries = table_of(AuditEntry)
        return _within(self._opened) & entries.c.action.in_(self._actions)


def _opening_actions(desk: Desk, opened: Opened) -> list[str]:
    """The actions of the period by which data left the vault's store, or the desk: their
    entries name persons and say for which purpose."""
    entries, subjects = table_of(AuditEntry), table_of(AuditSubject)
    statement = (
        select(entries.c.action, func.min(entries.c.id))
        .join(subjects, subjects.c.entry_id == entries.c.id)
        .where(_within(opened))
        .group_by(entries.c.action)
    )
    with desk.reading() as db:
        found = db.execute(statement).all()
        bodies = {
            action: db.execute(select(entries.c.body).where(entries.c.id == one)).scalar_one()
            for action, one in found
        }
    return sorted(action for action, body in bodies.items() if "purpose" in parse(bytes(body)))


def _within(opened: Opened) -> ColumnElement[bool]:
    entries = table_of(AuditEntry)
    inside = entries.c.at.between(micros(opened.since), micros(opened.until))
    return inside & entries.c.actor.in_(opened.actors) if opened.actors else inside


def _month(at: int) -> str:
    return f"{instant(at):%Y-%m}"


def _months(opened: Opened) -> Iterator[tuple[str, datetime, datetime]]:
    """The months of the period in UTC, each with its first and last instant in it."""
    since, until = opened.since.astimezone(UTC), opened.until.astimezone(UTC)
    start = since
    while start <= until:
        first = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = (first + timedelta(days=32)).replace(day=1)
        yield f"{start:%Y-%m}", start, min(until, following - timedelta(microseconds=1))
        start = following


def _periods(opened: Opened) -> list[str]:
    """Months whose pseudonyms may stand there: an entry's instant can be a little later than
    the one by which its pseudonyms were made, so the month before the first counts too."""
    since = opened.since.astimezone(UTC)
    before = since.replace(day=1) - timedelta(days=1)
    return [f"{before:%Y-%m}", *(month for month, _, _ in _months(opened))]
