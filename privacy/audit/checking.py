"""Verifying the log where it lies: bodies against copies, leaves, tiles, state, checkpoints.

Reads in short transactions, one page each, up to the size that the tree had at
the start. What only stands beside the bodies (columns for queries, the index
of pseudonyms, leaf and tile hashes, the state row) must be what the bodies say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from privacy.audit.tree import TILE_WIDTH, hash_leaf, root_hash
from privacy.audit.verify import Anchor, Checker, Limits, Verdict
from privacy.clock import micros
from privacy.errors import Altered, RolledBack
from privacy.storage.tables.audit import (
    AuditCheckpoint,
    AuditEntry,
    AuditLeaf,
    AuditPending,
    AuditState,
    AuditSubject,
    AuditTile,
)
from privacy.storage.tables.base import table_of

PAGE = 5_000
ENTRY, LEAF, SUBJECT = table_of(AuditEntry), table_of(AuditLeaf), table_of(AuditSubject)
TILE, STATE, PENDING = table_of(AuditTile), table_of(AuditState), table_of(AuditPending)
CHECKPOINT = table_of(AuditCheckpoint)

Reading = Callable[[], AbstractContextManager[Connection]]


def check_database(
    reading: Reading,
    *,
    now: datetime,
    first_key: str | None = None,
    anchors: Sequence[Anchor] = (),
    limits: Limits | None = None,
) -> Verdict:
    """Verify the log in a main database. Findings stand in the verdict; nothing is raised."""
    with reading() as db:
        # Leaves before the state: what is sequenced in between is then no contradiction.
        highest = db.execute(select(func.max(LEAF.c.idx))).scalar()
        notes = db.execute(select(CHECKPOINT).order_by(CHECKPOINT.c.size)).all()
        states = db.execute(select(STATE)).all()
    check = _DatabaseCheck(
        reading, Checker([bytes(row.note) for row in notes], first_key, anchors), states
    )
    check.entries(0 if highest is None else int(highest) + 1)
    check.state()
    check.checkpoint_rows(notes)
    if not check.truncated:
        check.strays()
    return check.checker.finish(now, limits or Limits())


class _DatabaseCheck:
    """One run over the tables; findings go to `checker`."""

    def __init__(self, reading: Reading, checker: Checker, states: Sequence[Any]) -> None:
        self.checker = checker
        self.truncated = False
        self._reading = reading
        self._state = states[0] if len(states) == 1 else None
        self._above: list[list[bytes]] = []
        self._missing: list[int] = []
        self._last_at = 0

    def entries(self, stored: int) -> None:
        """Every entry up to the tree's size, with what stands beside it."""
        size = stored if self._state is None else self._state.size
        expected, last = 0, -1
        while expected < size:
            with self._reading() as db:
                rows = _page(db, last, size)
                subjects = _subjects(db, last, size)
                for row in rows:
                    if row.idx != expected:
                        self._bad(expected, f"index {expected} of the tree is missing or twice")
                        expected = row.idx
                    self._entry(db, row, subjects.get(row.entry_id, set()))
                    expected, last = row.idx + 1, row.idx
            if len(rows) < PAGE:
                break
        self._judge_missing(size)

    def _entry(self, db: Connection, row: Any, subjects: set[str]) -> None:
        index, leaf = row.idx, bytes(row.leaf)
        if row.body is None:
            self._missing.append(index)
            self.checker.missing(leaf)
        else:
            body = bytes(row.body)
            document = self.checker.entry(body)
            if hash_leaf(body) != leaf:
                self._bad(index, f"entry {index} is not what its leaf hash says")
            elif document is not None and not _is_copied(row, document, subjects):
                self._bad(index, f"a column beside entry {index} is not what the entry says")
            self._last_at = max(self._last_at, row.at)
        self._grow(db, leaf)

    def _grow(self, db: Connection, leaf: bytes) -> None:
        """Compare each tile that this leaf completes."""
        level, value = 0, leaf
        while True:
            if len(self._above) == level:
                self._above.append([])
            held = self._above[level]
            held.append(value)
            end = self.checker.tree.size // TILE_WIDTH ** (level + 1)
            if len(held) < TILE_WIDTH:
                return
            stored = db.execute(
                select(TILE.c.hashes).where(TILE.c.level == level, TILE.c.n == end - 1)
            ).scalar()
            if stored is None or bytes(stored) != b"".join(held):
                first = (end - 1) * TILE_WIDTH ** (level + 1)
                self._bad(first, f"tile {level}/{end - 1} does not hold the hashes of its entries")
            value = root_hash(held)
            held.clear()
            level += 1

    def _judge_missing(self, size: int) -> None:
        """Entries gone at the end are a cut; anywhere else they were removed."""
        tree = self.checker.tree
        cut = min(self._missing, default=tree.size)
        if self._missing == list(range(cut, tree.size)) and cut < size:
            self.truncated = True
            text = f"{size} entries were in the tree, {cut} are there"
            self.checker.bad(cut, text, RolledBack)
            return
        for index in self._missing:
            self._bad(index, f"entry {index} is gone")

    def state(self) -> None:
        """The state row against the tree that the bodies make."""
        tree = self.checker.tree
        if self._state is None:
            self._bad(None, "the log's state row is missing or twice")
        elif not self.truncated and (
            (self._state.size, bytes(self._state.hashes), self._state.last_at)
            != (tree.size, tree.to_bytes(), self._last_at)
        ):
            self._bad(None, "the log's state row is not that of its entries")

    def checkpoint_rows(self, rows: Sequence[Any]) -> None:
        """The size column against the note."""
        for row in rows:
            lines = bytes(row.note).split(b"\n", 2)
            if len(lines) < 3 or lines[1] != str(row.size).encode():
                self._bad(None, f"the row of checkpoint {row.size} holds another one")

    def strays(self) -> None:
        """Rows that belong to no entry, entries that belong to no tree."""
        size = self.checker.tree.size
        with self._reading() as db:
            tiles = db.execute(select(TILE.c.level, TILE.c.n)).all()
            beyond = db.execute(select(func.max(LEAF.c.idx))).scalar()
            grown = db.execute(select(STATE.c.size)).scalar() or size
            outside = db.execute(
                select(func.count())
                .select_from(ENTRY)
                .outerjoin(LEAF, LEAF.c.entry_id == ENTRY.c.id)
                .outerjoin(PENDING, PENDING.c.entry_id == ENTRY.c.id)
                .where(LEAF.c.idx.is_(None), PENDING.c.entry_id.is_(None))
            ).scalar_one()
            strangers = db.execute(
                select(func.count())
                .select_from(SUBJECT)
                .outerjoin(ENTRY, ENTRY.c.id == SUBJECT.c.entry_id)
                .where(ENTRY.c.id.is_(None))
            ).scalar_one()
        if any(n >= grown // TILE_WIDTH ** (level + 1) for level, n in tiles):
            self._bad(None, "a tile stands for entries that are not there")
        if beyond is not None and beyond >= grown:
            self._bad(grown, f"leaf {beyond} stands outside the tree of {grown}")
        if outside:
            self._bad(None, f"{outside} entries are in no tree")
        if strangers:
            self._bad(None, f"{strangers} pseudonyms belong to no entry")

    def _bad(self, index: int | None, text: str) -> None:
        self.checker.bad(index, text, Altered)


def _page(db: Connection, after: int, size: int) -> Sequence[Any]:
    return db.execute(
        select(
            LEAF.c.idx,
            LEAF.c.entry_id,
            LEAF.c.leaf,
            ENTRY.c.at,
            ENTRY.c.actor,
            ENTRY.c.action,
            ENTRY.c.request,
            ENTRY.c.body,
        )
        .outerjoin(ENTRY, ENTRY.c.id == LEAF.c.entry_id)
        .where(LEAF.c.idx > after, LEAF.c.idx < size)
        .order_by(LEAF.c.idx)
        .limit(PAGE)
    ).all()


def _subjects(db: Connection, after: int, size: int) -> dict[str, set[str]]:
    """Pseudonyms of the page's entries."""
    found: dict[str, set[str]] = {}
    for entry_id, pseudonym in db.execute(
        select(SUBJECT.c.entry_id, SUBJECT.c.pseudonym)
        .join(LEAF, LEAF.c.entry_id == SUBJECT.c.entry_id)
        .where(LEAF.c.idx > after, LEAF.c.idx <= min(after + PAGE, size - 1))
    ):
        found.setdefault(entry_id, set()).add(pseudonym)
    return found


def _is_copied(row: Any, document: dict[str, Any], subjects: set[str]) -> bool:
    return (row.entry_id, row.at, row.actor, row.action, row.request, subjects) == (
        document.get("id"),
        micros(datetime.fromisoformat(document["ts"])),
        document.get("actor"),
        document.get("action"),
        document.get("request"),
        set(document.get("subjects", ())),
    )
