"""The log in main: entries enter it in the transaction of the change they tell of.

SQLite: entry, leaf, tiles and compact range are written by the writer that
holds the lock, once for the whole group of jobs. PostgreSQL: the business
transaction writes the entry and a pending row; whoever gets the advisory lock
sequences what is pending. Tile hashes are those of C2SP tlog-tiles: 256 wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from privacy.audit import turns
from privacy.audit.entry import canonical
from privacy.audit.tree import (
    HASH_BYTES,
    TILE_WIDTH,
    CompactRange,
    hash_leaf,
    inclusion_proof_from_tiles,
    root_hash,
)
from privacy.clock import instant, micros, rfc3339
from privacy.errors import Altered, MachineFailed, NotFound, VerificationError
from privacy.ids import public_id
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.audit import (
    AuditEntry,
    AuditLeaf,
    AuditPending,
    AuditState,
    AuditSubject,
    AuditTile,
)
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Draft

LOG_FORMAT = "rightsdesk.log/1"
CLOCK_TOLERANCE = timedelta(seconds=2)
# On PostgreSQL a transaction may have waited while later ones were sequenced.
SERVER_TOLERANCE = timedelta(seconds=60)
SEQUENCE_LIMIT = 20_000
ENTRY_COLUMNS = ("id", "at", "actor", "action", "request", "body")
LEAF_COLUMNS = ("idx", "entry_id", "leaf")
SUBJECT_COLUMNS = ("pseudonym", "entry_id")
TILE_COLUMNS = ("level", "n", "hashes")
PENDING_COLUMNS = ("entry_id", "at")
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('rightsdesk-sequencer'))"
WAIT_LOCK = "SELECT pg_advisory_xact_lock(hashtext('rightsdesk-sequencer'))"


@dataclass(frozen=True)
class Head:
    """Size and root of the tree, and the instant of its last entry."""

    size: int
    root: bytes
    last_at: datetime


class Log:
    """Appends, sequences and reads. `origin` names the log in every checkpoint."""

    def __init__(self, engine: Engine, origin: str) -> None:
        self.engine = engine
        self.origin = origin

    # -- the write path's side -----------------------------------------------------

    def enter(self, db: Connection, clock: Callable[[], datetime], *, alone: bool) -> datetime:
        """Take a transaction's turn among the others, then its instant; see audit.turns."""
        turns.take(db, alone=alone)
        now, latest = clock(), turns.latest(db)
        # A clock that went back further is refused when entries are written.
        return max(now, latest) if now >= latest - self._tolerance else now

    @property
    def _tolerance(self) -> timedelta:
        return CLOCK_TOLERANCE if is_sqlite(self.engine) else SERVER_TOLERANCE

    def fold(
        self, db: Connection, drafts: Sequence[Draft], now: datetime, *, alone: bool = False
    ) -> None:
        """Write entries in this transaction; on SQLite also into the tree.

        MachineFailed when the clock stands more than 2 s (PostgreSQL: 60 s, for a
        transaction that waited) before the last entry. What is written `alone` enters the
        tree here too, behind everything that was committed before.
        """
        if not drafts:
            return
        embedded = is_sqlite(self.engine)
        if alone and not embedded:
            self.hold_still(db)
            while self._take_pending(db):
                pass
        state = _state(db)
        last = instant(state.last_at)
        if now < last - self._tolerance:
            raise MachineFailed(
                f"This machine's clock stands {(last - now).total_seconds():.0f} s before the"
                " desk's last entry.",
                what="clock",
                next="Set the clock right and run the command again; nothing was changed.",
            )
        at = max(now, last)
        bodies = [entry_bytes(draft, at) for draft in drafts]
        _insert_entries(db, drafts, bodies, at)
        if embedded or alone:
            _append(db, state, [draft.id for draft in drafts], bodies, micros(at))
        else:
            insert_rows(
                db,
                table_of(AuditPending),
                PENDING_COLUMNS,
                [(draft.id, micros(at)) for draft in drafts],
            )

    def after_commit(self) -> None:
        """On PostgreSQL, sequence what is pending if nobody else does."""
        if not is_sqlite(self.engine):
            self.sequence()

    def append_now(self, db: Connection, draft: Draft, now: datetime) -> bytes:
        """Append one entry to the tree inside this transaction and return its leaf hash.

        For the log's own entries. On PostgreSQL the caller has `hold_still`.
        """
        state = _state(db)
        at = max(now, instant(state.last_at))
        body = entry_bytes(draft, at)
        _insert_entries(db, [draft], [body], at)
        _append(db, state, [draft.id], [body], micros(at))
        return hash_leaf(body)

    def hold_still(self, db: Connection) -> None:
        """Keep every sequencer out until this transaction ends (PostgreSQL)."""
        if not is_sqlite(self.engine):
            db.execute(text(WAIT_LOCK))

    def sequence_all(self) -> None:
        """Wait for the sequencer's lock and put everything that is pending into the tree."""
        if not is_sqlite(self.engine):
            while self.sequence(wait=True):
                pass

    def sequence(self, *, wait: bool = False) -> int:
        """Put pending entries into the tree, oldest first; how many.

        Without `wait`, nothing when another sequencer is at work.
        """
        with self.engine.begin() as db:
            if wait:
                self.hold_still(db)
            elif not db.execute(text(TRY_LOCK)).scalar_one():
                return 0
            return self._take_pending(db)

    def _take_pending(self, db: Connection) -> int:
        pending, entries = table_of(AuditPending), table_of(AuditEntry)
        oldest = (
            select(pending.c.entry_id)
            .order_by(pending.c.at, pending.c.entry_id)
            .limit(SEQUENCE_LIMIT)
        )
        taken = db.execute(
            delete(pending).where(pending.c.entry_id.in_(oldest)).returning(pending.c.entry_id)
        )
        ids = list(taken.scalars())
        if not ids:
            return 0
        rows = db.execute(
            select(entries.c.id, entries.c.at, entries.c.body)
            .where(entries.c.id.in_(ids))
            .order_by(entries.c.at, entries.c.id)
        ).all()
        _append(
            db,
            _state(db),
            [row.id for row in rows],
            [bytes(row.body) for row in rows],
            max(row.at for row in rows),
        )
        return len(rows)

    # -- reading ---------------------------------------------------------------------

    def head(self, db: Connection) -> Head:
        """Where the tree stands. Altered when its state row is gone or damaged."""
        state = _state(db)
        return Head(state.size, _range(state).root(), instant(state.last_at))

    def unsequenced(self, db: Connection) -> int:
        """Entries that are committed and not yet in the tree (PostgreSQL)."""
        return int(
            db.execute(select(func.count()).select_from(table_of(AuditPending))).scalar_one()
        )

    def bodies(
        self, db: Connection, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[int, bytes]]:
        """(index, entry bytes) in tree order, in pages of 10,000."""
        leaves, entries = table_of(AuditLeaf), table_of(AuditEntry)
        while True:
            page = db.execute(
                select(leaves.c.idx, entries.c.body)
                .join(entries, entries.c.id == leaves.c.entry_id)
                .where(leaves.c.idx >= start, leaves.c.idx < (start + 10_000))
                .order_by(leaves.c.idx)
            ).all()
            for row in page:
                if end is not None and row.idx >= end:
                    return
                yield row.idx, bytes(row.body)
            if not page:
                return
            start += 10_000

    def index_of(self, db: Connection, entry_id: str) -> int:
        """Position of an entry in the tree. NotFound while it has none."""
        leaves = table_of(AuditLeaf)
        found = db.execute(select(leaves.c.idx).where(leaves.c.entry_id == entry_id)).scalar()
        if found is None:
            raise NotFound(
                "That entry is not in the log's tree.",
                what=entry_id,
                next="See `rightsdesk audit show`.",
            )
        return int(found)

    def inclusion(self, db: Connection, index: int, size: int) -> list[bytes]:
        """Inclusion proof of leaf `index` in the tree of `size`, from tiles and tail leaves."""
        return inclusion_proof_from_tiles(index, size, TileReader(db))


class TileReader:
    """Hashes of complete subtrees: `(level, n)` is the n-th tile of that level of 256."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def tile(self, level: int, n: int) -> bytes | None:
        """Concatenated hashes of a complete tile, None if it is not complete."""
        table = table_of(AuditTile)
        found = self._db.execute(
            select(table.c.hashes).where(table.c.level == level, table.c.n == n)
        ).scalar()
        return None if found is None else bytes(found)

    def tile_root(self, level: int, n: int) -> bytes:
        """Root of a complete tile. Altered if it is not there."""
        held = self.tile(level, n)
        if held is None:
            raise Altered("A tile of the log is missing.", what=f"tile {level}/{n}")
        return root_hash([held[at : at + HASH_BYTES] for at in range(0, len(held), HASH_BYTES)])

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Leaf hashes of [start, end)."""
        table = table_of(AuditLeaf)
        rows = self._db.execute(
            select(table.c.leaf)
            .where(table.c.idx >= start, table.c.idx < end)
            .order_by(table.c.idx)
        )
        return [bytes(leaf) for leaf in rows.scalars()]


def entry_bytes(draft: Draft, at: datetime) -> bytes:
    """The canonical bytes of an entry: what is hashed, stored and never written again."""
    return canonical({"v": 1, "id": draft.id, "ts": rfc3339(at), **draft.fields})


def begin_log(db: Connection, log: Log, verifier: str, now: datetime) -> None:
    """In a new main database: the state row, and the first entry with the first day key."""
    db.execute(
        insert(table_of(AuditState)).values(
            id=1, size=0, hashes=CompactRange().to_bytes(), last_at=0
        )
    )
    fields = {
        "action": "log.opened",
        "actor": "rightsdesk",
        "object": log.origin,
        "format": LOG_FORMAT,
        "verifier": verifier,
    }
    log.append_now(db, Draft(public_id("e"), fields), now)


def _state(db: Connection) -> AuditState:
    row = db.execute(select(table_of(AuditState))).one_or_none()
    if row is None:
        raise _damaged_state()
    return AuditState(id=row.id, size=row.size, hashes=bytes(row.hashes), last_at=row.last_at)


def _range(state: AuditState) -> CompactRange:
    try:
        return CompactRange.from_bytes(state.size, state.hashes)
    except VerificationError:
        raise _damaged_state() from None


def _damaged_state() -> Altered:
    return Altered(
        "The log's state row is missing or does not fit its size.",
        what="audit_state",
        next="The database was altered. Run `rightsdesk audit verify`.",
    )


def _insert_entries(
    db: Connection, drafts: Sequence[Draft], bodies: Sequence[bytes], at: datetime
) -> None:
    insert_rows(
        db,
        table_of(AuditEntry),
        ENTRY_COLUMNS,
        [
            (
                draft.id,
                micros(at),
                draft.fields["actor"],
                draft.fields["action"],
                draft.fields.get("request"),
                body,
            )
            for draft, body in zip(drafts, bodies, strict=True)
        ],
    )
    insert_rows(
        db,
        table_of(AuditSubject),
        SUBJECT_COLUMNS,
        [
            (pseudonym, draft.id)
            for draft in drafts
            for pseudonym in dict.fromkeys(draft.fields.get("subjects", ()))
        ],
    )


def _append(
    db: Connection, state: AuditState, ids: Sequence[str], bodies: Sequence[bytes], last_at: int
) -> None:
    tree = _range(state)
    leaves = [hash_leaf(body) for body in bodies]
    rows = [
        (state.size + n, entry_id, leaf)
        for n, (entry_id, leaf) in enumerate(zip(ids, leaves, strict=True))
    ]
    for chunk in in_chunks(rows, 5_000):
        insert_rows(db, table_of(AuditLeaf), LEAF_COLUMNS, chunk)
    tree.extend(leaves)
    _complete_tiles(db, state.size, tree.size)
    table = table_of(AuditState)
    db.execute(
        update(table).values(
            size=tree.size, hashes=tree.to_bytes(), last_at=max(state.last_at, last_at)
        )
    )


def _complete_tiles(db: Connection, before: int, after: int) -> None:
    """Store every tile that was completed by growing from `before` to `after` leaves."""
    tiles, reader = table_of(AuditTile), TileReader(db)
    level, unit = 0, TILE_WIDTH
    while after // unit > before // unit:
        rows = []
        for n in range(before // unit, after // unit):
            if level == 0:
                hashes = reader.leaves(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)
            else:
                below = range(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)
                hashes = [reader.tile_root(level - 1, child) for child in below]
            rows.append((level, n, b"".join(hashes)))
        insert_rows(db, tiles, TILE_COLUMNS, rows)
        level, unit = level + 1, unit * TILE_WIDTH
