"""Reading the log: entries by what they are about, and everything for an export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from privacy.audit.entry import parse
from privacy.audit.store import Log
from privacy.storage.tables.audit import AuditCheckpoint, AuditEntry, AuditLeaf, AuditSubject
from privacy.storage.tables.base import table_of

PAGE = 10_000
Reading = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class Question:
    """Which entries: each given field must be equal. `last` is how many, newest last."""

    action: str | None = None
    actor: str | None = None
    request: str | None = None
    subject: str | None = None
    last: int = 50


def find(db: Connection, question: Question) -> list[tuple[int, dict[str, Any]]]:
    """(index, entry) of the newest entries that answer the question, oldest first."""
    entries, leaves, subjects = table_of(AuditEntry), table_of(AuditLeaf), table_of(AuditSubject)
    query = select(leaves.c.idx, entries.c.body).join(entries, entries.c.id == leaves.c.entry_id)
    for name in ("action", "actor", "request"):
        wanted = getattr(question, name)
        if wanted is not None:
            query = query.where(entries.c[name] == wanted)
    if question.subject is not None:
        query = query.join(subjects, subjects.c.entry_id == entries.c.id).where(
            subjects.c.pseudonym == question.subject
        )
    rows = db.execute(query.order_by(leaves.c.idx.desc()).limit(question.last)).all()
    return [(int(row.idx), parse(bytes(row.body))) for row in reversed(rows)]


def entries_until(log: Log, reading: Reading, size: int) -> Iterator[bytes]:
    """The bytes of the first `size` entries, read in short transactions."""
    for start in range(0, size, PAGE):
        with reading() as db:
            page = [body for _, body in log.bodies(db, start, min(start + PAGE, size))]
        yield from page


def notes_until(reading: Reading, size: int) -> list[bytes]:
    """The signed checkpoints of at most `size` entries, shortest first."""
    table = table_of(AuditCheckpoint)
    query = select(table.c.note).where(table.c.size <= size).order_by(table.c.size)
    with reading() as db:
        return [bytes(note) for note in db.execute(query).scalars()]
