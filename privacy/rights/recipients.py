"""Who was given a person's data: dialers that got a number, companies that got an export.

The actual recipients, named (CJEU C-154/21): an access answer lists them, and a
correction, an erasure or a restriction is told to each (GDPR Article 19). A person is
known in the log by the pseudonyms of every month, which die with their key.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.audit.entry import parse, pseudonym
from privacy.clock import instant, rfc3339
from privacy.desk import Desk
from privacy.rights import erasing_store, people_store
from privacy.rights.people_store import Known
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of
from privacy.terms import KeyClass

DISCLOSED = "contact.disclosed"
RELEASED = "contacts.exported"
# The step of a runner whose detail lists them.
STEP = "recipients"


@dataclass(frozen=True)
class Recipient:
    """One recipient, what they got and when first and last. `role` is processor or controller."""

    name: str
    role: str
    what: str
    why: str
    first_at: datetime
    last_at: datetime

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            **asdict(self),
            "first_at": rfc3339(self.first_at),
            "last_at": rfc3339(self.last_at),
        }


def of(desk: Desk, people: Collection[int]) -> list[Recipient]:
    """Recipients of those persons' data, by name."""
    with desk.reading() as db:
        known = people_store.known(db, people)
        calls = people_store.attempts(db, sorted(people))
    names = pseudonyms(desk, known)
    with desk.reading() as db:
        exports = list(_exports(db, names))
    return sorted([*_dialers(calls), *exports], key=lambda each: (each.role, each.name))


def told(db: Connection, request_id: str) -> list[dict[str, Any]]:
    """Whom the runner of a request listed as to be told, as documents; none before it did."""
    for step in erasing_store.steps(db, request_id).values():
        if step.name == STEP and step.done_at is not None:
            found: list[dict[str, Any]] = json.loads(step.detail)
            return found
    return []


def pseudonyms(desk: Desk, known: Sequence[Known]) -> set[str]:
    """The pseudonyms of every month since each person is known; none once the key is gone."""
    keys = desk.vault.person_keys((subject.id, KeyClass.DESK) for subject in known)
    found: set[str] = set()
    now = desk.now()
    for subject in known:
        key = keys.get((subject.id, KeyClass.DESK))
        if key is not None and key.log_key is not None:
            found |= {
                pseudonym(key.log_key, desk.vault.origin, period)
                for period in _months(subject.created_at, now)
            }
    return found


def _dialers(calls: Sequence[dict[str, Any]]) -> Iterator[Recipient]:
    by_name: dict[tuple[str, str], list[datetime]] = {}
    for call in calls:
        if call["redeemed_at"] is not None:
            key = (str(call["dialer"]), str(call["line"]))
            by_name.setdefault(key, []).append(instant(call["redeemed_at"]))
    for (dialer, line), times in by_name.items():
        yield Recipient(
            f"dialer {dialer} on line {line}",
            "processor",
            f"a number, for {len(times)} calls, one at a time",
            "to place calls",
            min(times),
            max(times),
        )


def _exports(db: Connection, names: Collection[str]) -> Iterator[Recipient]:
    """Exports that were released and named one of those pseudonyms."""
    subjects, entries = table_of(AuditSubject), table_of(AuditEntry)
    rows = db.execute(
        select(entries.c.at, entries.c.body)
        .join(subjects, subjects.c.entry_id == entries.c.id)
        .where(subjects.c.pseudonym.in_(list(names)), entries.c.action == DISCLOSED)
        .order_by(entries.c.at)
        .distinct()
    )
    given = [(instant(row.at), parse(bytes(row.body))) for row in rows]
    if not given:
        return
    wanted = {str(entry["object"]) for _, entry in given}
    released = {
        str(parse(bytes(body))["object"])
        for body in db.execute(select(entries.c.body).where(entries.c.action == RELEASED)).scalars()
    }
    by_name: dict[tuple[str, str], list[datetime]] = {}
    for at, entry in given:
        if entry["object"] in wanted & released:
            by_name.setdefault((str(entry["recipient"]), str(entry["purpose"])), []).append(at)
    for (name, purpose), times in by_name.items():
        yield Recipient(
            name,
            "recipient",
            "name, language, country and a contact point",
            purpose,
            min(times),
            max(times),
        )


def _months(start: datetime, end: datetime) -> Iterator[str]:
    """`2026-11` for every month from start to end, both included."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    for month in range(first, last + 1):
        yield f"{month // 12:04d}-{month % 12 + 1:02d}"
