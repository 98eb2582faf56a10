"""Deleting a person's keys, and looking whether they are gone.

Deleting the rows closes the person in the live vault at once; what old copies
of the vault hold dies with the epoch turn that follows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from sqlalchemy import Engine, delete, func, select

from privacy.errors import MachineFailed
from privacy.storage.bulk import in_chunks
from privacy.storage.engines import is_sqlite, sqlite_path, truncate_wal
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vault import ContactIndex, EvidenceTag
from privacy.storage.unit import Unit
from privacy.storage.writing import database_errors
from privacy.terms import KEK_OF_CLASS, KekKind, KeyClass
from privacy.vault.sealing import NONCE_BYTES
from privacy.vault.store import Vault, key_table
from privacy.vault.wrap import HEADER

BUSY_WAIT_S = 10.0


def wraps_of(vault: Vault, holders: Sequence[int], classes: Collection[KeyClass]) -> list[bytes]:
    """The wrapped keys that an erasure will delete, for its commitment and read-back."""
    found: list[bytes] = []
    with database_errors(), vault.reads.connect() as db:
        for kind in KekKind:
            table = key_table(kind)
            names = [c.value for c in classes if KEK_OF_CLASS[c] is kind]
            for chunk in in_chunks(list(holders), 500):
                rows = db.execute(
                    select(table.c.wrap).where(
                        table.c.holder_id.in_(chunk), table.c.key_class.in_(names)
                    )
                )
                found.extend(bytes(wrap) for wrap in rows.scalars())
    return found


def commitment(wraps: Sequence[bytes]) -> str:
    """SHA-256 over the digests of the wraps, in hex: says later what was to be deleted."""
    digests = sorted(hashlib.sha256(wrap).digest() for wrap in wraps)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def delete_keys(
    vault: Vault,
    holders: Sequence[int],
    classes: Collection[KeyClass],
    *,
    busy_wait_s: float = BUSY_WAIT_S,
) -> None:
    """Delete key rows and what points at them, and truncate the vault's WAL.

    Index rows go with the desk key, evidence tags with a holder's last key.

    Idempotent. MachineFailed if a reader keeps the log file busy for `busy_wait_s`
    seconds: deleted keys would still stand in it.
    """

    def job(unit: Unit) -> None:
        for kind in KekKind:
            table = key_table(kind)
            names = [c.value for c in classes if KEK_OF_CLASS[c] is kind]
            for chunk in in_chunks(list(holders), 500):
                unit.db.execute(
                    delete(table).where(table.c.holder_id.in_(chunk), table.c.key_class.in_(names))
                )
        index, tags = table_of(ContactIndex), table_of(EvidenceTag)
        for chunk in in_chunks(list(holders), 500):
            if KeyClass.DESK in classes:
                unit.db.execute(delete(index).where(index.c.holder_id.in_(chunk)))
            keyless = (
                tags.c.holder_id.not_in(select(key_table(kind).c.holder_id)) for kind in KekKind
            )
            unit.db.execute(delete(tags).where(tags.c.holder_id.in_(chunk), *keyless))

    vault.writes.write(job)
    if not truncated(vault.writes.engine, busy_wait_s):
        raise MachineFailed(
            "A reader keeps the vault's log file busy; the deleted keys may still stand in it.",
            what="vault",
            next="End other rightsdesk processes and run `rightsdesk work`: it goes on from here.",
        )


def truncated(engine: Engine, wait_s: float = BUSY_WAIT_S) -> bool:
    """Truncating checkpoint, tried again while a reader keeps it busy."""
    end = time.monotonic() + wait_s
    while not truncate_wal(engine):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def keys_left(vault: Vault, holders: Sequence[int], classes: Collection[KeyClass]) -> int:
    """How many key rows the vault still has: 0 after an erasure."""
    return len(wraps_of(vault, holders, classes))


def keys_by_class(
    vault: Vault, holders: Sequence[int], classes: Sequence[KeyClass]
) -> dict[str, int]:
    """How many key rows the vault has of each class, by its name."""
    found = dict.fromkeys((key_class.value for key_class in classes), 0)
    with database_errors(), vault.reads.connect() as db:
        for kind in KekKind:
            table = key_table(kind)
            names = [c.value for c in classes if KEK_OF_CLASS[c] is kind]
            for chunk in in_chunks(list(holders), 500):
                rows = db.execute(
                    select(table.c.key_class, func.count())
                    .where(table.c.holder_id.in_(chunk), table.c.key_class.in_(names))
                    .group_by(table.c.key_class)
                )
                for name, count in rows:
                    found[name] += count
    return found


def bytes_left(engine: Engine, wraps: Sequence[bytes]) -> int | None:
    """How many of `wraps` stand in the vault's files; None on PostgreSQL, which has none to read.

    The 12 bytes of the nonce and the ciphertext after it are searched, in
    blocks, so that a large file needs little memory.
    """
    if not is_sqlite(engine):
        return None
    database = sqlite_path(engine)
    needles = [wrap[HEADER.size - NONCE_BYTES :] for wrap in wraps]
    found: set[int] = set()
    for path in (database, database.with_name(database.name + "-wal")):
        if needles and path.exists():
            found |= _found(path, needles)
    return len(found)


def _found(path: Path, needles: Sequence[bytes]) -> set[int]:
    found: set[int] = set()
    longest = max(len(needle) for needle in needles)
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            window = tail + block
            found |= {n for n, needle in enumerate(needles) if needle in window}
            tail = window[-longest:]
    return found
