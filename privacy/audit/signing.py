"""Signing checkpoints with a key that lives for a day.

The state directory holds the day key (sealed under custody) and the last
checkpoint that was ever signed. A checkpoint is durable there before anybody
gets it, and never contradicts the one before: the new leaves are computed from
the entries' bytes and must lead from the last signed root to the tree's.

A day key serves from its first signature until the first signature on a later
local date. That act closes its day: the next key is made durable; one
transaction appends `log.day_closed`, which names the next key, and the closing
checkpoint over it, signed by the old key; then the next key takes its place
and the old one is destroyed. What a crash left in between is finished or
dropped by the next signer, according to whether that transaction is in main.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from privacy.audit.files import CheckpointFiles, DayKey, Signed
from privacy.audit.note import Checkpoint, Signer
from privacy.audit.store import Log, TileReader
from privacy.audit.tree import CompactRange, hash_leaf, range_from_tiles, root_from_tiles
from privacy.clock import micros
from privacy.errors import Altered, Forked, RolledBack
from privacy.ids import public_id
from privacy.storage.bulk import insert_rows
from privacy.storage.lock import alone
from privacy.storage.tables.audit import AuditCheckpoint, AuditLeaf
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Draft, Unit
from privacy.storage.writing import WritePath
from privacy.vault.custody import Custody

KEY_LABEL = "log-day-key"
SIGNER_ACTOR = "rightsdesk"
CHECKPOINT_COLUMNS = ("size", "note", "at")

Reading = Callable[[], AbstractContextManager[Connection]]


class Signing:
    """The signer of one log on this machine. `zone` tells when its day ends."""

    def __init__(self, files: CheckpointFiles, custody: Custody, origin: str, zone: str) -> None:
        self.files = files
        self._custody = custody
        self._origin = origin
        self._zone = zone

    def begin(self) -> str:
        """Make the first day key of a new, empty log; its verifier key."""
        self.files.write_signed(Signed(0, "", 0, None))
        key = self._make_key(1)
        self.files.write_day(key)
        return key.verifier

    def verifier_text(self) -> str:
        """The verifier key of the day key in force."""
        return self.files.day().verifier

    def last(self) -> Checkpoint | None:
        """The last checkpoint that was ever signed; None if there is none yet."""
        return self.files.signed().checkpoint()

    def refuse_rolled_back(self, log: Log, reading: Reading) -> None:
        """Raise unless main goes on from the last signed checkpoint.

        Altered (3): the tree's own parts disagree. RolledBack (4): main is shorter.
        Forked (5): as long, with another root.
        """
        if self.files.closing() is not None:
            with alone(self.files.lock), reading() as db:
                self._settle(db)
        # The file is read first: what another process signs meanwhile is in main already.
        signed = self.files.signed().checkpoint()
        with reading() as db:
            leaves = db.execute(select(func.max(table_of(AuditLeaf).c.idx))).scalar()
            stored = 0 if leaves is None else int(leaves) + 1
            if signed is not None and stored < signed.size:
                raise _rolled_back(stored, signed.size)
            head = log.head(db)
            if root_from_tiles(head.size, TileReader(db)) != head.root:
                raise Altered(
                    "The log's tree does not fit its entries.",
                    what=f"log of {head.size} entries",
                    next="The database was altered. Run `rightsdesk audit verify`.",
                )
            if signed is None:
                return
            if head.size < signed.size:
                raise _rolled_back(head.size, signed.size)
            if root_from_tiles(signed.size, TileReader(db)) != signed.root:
                raise _forked(signed.size)

    def sign(self, log: Log, writes: WritePath, reading: Reading) -> Checkpoint | None:
        """Sign what is new, close the day if its date is over; the last checkpoint.

        Raises Altered, RolledBack or Forked, and signs nothing, when main
        contradicts the last signed checkpoint or its own entries.
        """
        with alone(self.files.lock):
            with reading() as db:
                self._settle(db)
            log.sequence_all()
            checked = self._checked(log, reading)
            writes.write(lambda unit: self._sign_in(unit, log, checked))
            with reading() as db:
                self._settle(db)
            return self.files.signed().checkpoint()

    def _checked(self, log: Log, reading: Reading) -> CompactRange:
        """The tree as the entries' bytes make it, from the last signed checkpoint on."""
        signed = self.files.signed().checkpoint()
        with reading() as db:
            size = log.head(db).size
            if signed is None:
                tree = CompactRange()
            elif size < signed.size:
                raise _rolled_back(size, signed.size)
            else:
                tree = range_from_tiles(signed.size, TileReader(db))
                if tree.root() != signed.root:
                    raise _forked(signed.size)
        while tree.size < size:
            # Pages, because a reading transaction ends within 2 s.
            with reading() as db:
                _extend(tree, log, db, min(tree.size + 10_000, size))
        return tree

    def _sign_in(self, unit: Unit, log: Log, tree: CompactRange) -> None:
        log.hold_still(unit.db)
        head = log.head(unit.db)
        _extend(tree, log, unit.db, head.size)
        if tree.root() != head.root:
            raise Altered(
                "The log's entries do not make its tree; nothing was signed.",
                what=f"log of {head.size} entries",
                next="The database was altered. Run `rightsdesk audit verify`.",
            )
        signed, key = self.files.signed(), self.files.day()
        if tree.size == signed.size:
            _keep_row(unit.db, signed, unit.now)
            return
        today = unit.now.astimezone(ZoneInfo(self._zone)).date()
        if signed.key == key.number and signed.first_on is not None and today > signed.first_on:
            self._close_day(unit, log, tree, key, signed)
            return
        first_on = signed.first_on if signed.key == key.number else today
        new = self._signed(tree, key, first_on)
        self.files.write_signed(new)
        _keep_row(unit.db, new, unit.now)

    def _close_day(
        self, unit: Unit, log: Log, tree: CompactRange, key: DayKey, signed: Signed
    ) -> None:
        """Append `log.day_closed` and sign over it with the key whose day ends."""
        following = self._make_key(key.number + 1)
        self.files.write_next_day(following)
        fields = {
            "action": "log.day_closed",
            "actor": SIGNER_ACTOR,
            "object": f"day key {key.number}",
            "verifier": following.verifier,
        }
        tree.append(log.append_now(unit.db, Draft(public_id("e"), fields), unit.now))
        closing = self._signed(tree, key, signed.first_on)
        # Not yet the last signed checkpoint: the transaction may still fail.
        self.files.write_closing(closing)
        _keep_row(unit.db, closing, unit.now)

    def _settle(self, db: Connection) -> None:
        """Finish a closing whose transaction is in main; drop one whose is not."""
        closing = self.files.closing()
        if closing is None:
            return
        table = table_of(AuditCheckpoint)
        note = db.execute(select(table.c.note).where(table.c.size == closing.size)).scalar()
        if note is not None and bytes(note) == closing.note.encode():
            self.files.finish_closing()
        else:
            self.files.drop_closing()

    def _signed(self, tree: CompactRange, key: DayKey, first_on: date | None) -> Signed:
        seed = self._custody.unwrap(key.wrap, key.check, KEY_LABEL, key.number)
        text = Checkpoint(self._origin, tree.size, tree.root()).text()
        note = Signer(self._origin, seed).sign(text)
        return Signed(tree.size, note.decode(), key.number, first_on)

    def _make_key(self, number: int) -> DayKey:
        seed = secrets.token_bytes(32)
        wrap, check = self._custody.wrap(seed, KEY_LABEL, number)
        return DayKey(number, str(Signer(self._origin, seed).verifier()), wrap, check)


def _extend(tree: CompactRange, log: Log, db: Connection, size: int) -> None:
    """Add the leaves of the entries up to `size`. Altered when one is not where it belongs."""
    for index, body in log.bodies(db, tree.size, size):
        if index != tree.size:
            break
        tree.append(hash_leaf(body))
    if tree.size != size:
        raise Altered(
            f"Entry {tree.size} of the log is missing; nothing was signed.",
            what=f"entry {tree.size}",
            next="The database was altered. Run `rightsdesk audit verify`.",
        )


def _keep_row(db: Connection, signed: Signed, now: datetime) -> None:
    """Store the checkpoint in main, unless it is there or there is none yet."""
    if signed.size:
        row = (signed.size, signed.note.encode(), micros(now))
        insert_rows(db, table_of(AuditCheckpoint), CHECKPOINT_COLUMNS, [row], keep_existing=True)


def _rolled_back(size: int, signed: int) -> RolledBack:
    return RolledBack(
        f"The log has {size} entries, but {signed} were signed for.",
        what=f"entry {size}",
        next="This is an old copy. Put back the newest databases, or use `rightsdesk restore`.",
    )


def _forked(size: int) -> Forked:
    return Forked(
        f"The log's first {size} entries are not those that were signed for.",
        what=f"checkpoint {size}",
        next="Put back the database that belongs to this state directory.",
    )
