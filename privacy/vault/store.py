"""The vault: persons' keys, sealing under them, and opening by lease.

Rules kept here. Keys and index rows of a new person are committed in the vault
before main knows the person. Every transaction that writes a wrap checks the
current epoch. Nothing is opened before the audit entry that names actor and
purpose is durable in main; a person whom main calls erasing does not open,
whatever the vault holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, select

from privacy.audit.entry import pseudonym
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import VaultMeta
from privacy.storage.tables.vault import CallKey, ContactIndex, DeskKey, VaultKey
from privacy.storage.unit import Unit
from privacy.storage.writing import WritePath, database_errors
from privacy.terms import KEK_OF_CLASS, KekKind, KeyClass, OpeningPurpose
from privacy.vault.custody import Custody
from privacy.vault.inserting import InsertGuard
from privacy.vault.keyring import Keyring, PersonKey, add_epochs
from privacy.vault.opening import OF_THE_PERSON, OPENING_LIMIT, Keys, Opening, SealedPart
from privacy.vault.people import Batch, NewPerson, SealedPerson, seal_batch
from privacy.vault.sealing import Place, pad, seal
from privacy.vault.wrap import KEY_BYTES

__all__ = [
    "OPENING_LIMIT",
    "NewPerson",
    "Opening",
    "SealedPart",
    "SealedPerson",
    "StaleEpoch",
    "Vault",
    "key_table",
]

T = TypeVar("T")
KEY_COLUMNS = ("holder_id", "key_class", "epoch", "wrap")
INDEX_COLUMNS = ("kind", "value", "holder_id", "part_id")


class StaleEpoch(AnswerIsNo):
    """The epoch turned while wraps were being made; they are made again."""

    code = "stale_epoch"


def key_table(kind: KekKind) -> Any:
    return table_of(CallKey if kind is KekKind.CALL else DeskKey)


class Vault:
    """Keys of persons and what is sealed under them. One object a process."""

    def __init__(
        self,
        *,
        reads: Engine,
        writes: WritePath,
        main: WritePath,
        main_reads: Engine,
        keyring: Keyring,
        epoch: int,
        origin: str,
        guard: InsertGuard,
        custody: Custody | None = None,
        kinds: tuple[KekKind, ...] = (),
    ) -> None:
        self.reads = reads
        self.writes = writes
        self.main = main
        self.main_reads = main_reads
        self.keyring = keyring
        self.origin = origin
        self.epoch = epoch
        self.custody = custody
        self._guard = guard
        self._kinds = kinds

    # -- making keys and sealing -------------------------------------------------

    def inserting(self) -> Any:
        """Held from the vault's commit to main's, so that recovery spares young keys."""
        return self._guard.inserting()

    def seal_people(self, people: Sequence[NewPerson]) -> list[SealedPerson]:
        """Make keys, seal, and commit keys and index rows in the vault.

        Call it inside `inserting()`, and commit the result in main before that ends.
        """

        def work(epoch: int) -> list[SealedPerson]:
            batch = seal_batch(self.keyring, people, epoch)
            self.writes.write(lambda unit: self._insert_batch(unit, batch, epoch))
            return batch.people

        return self._with_epoch(work)

    def _insert_batch(self, unit: Unit, batch: Batch, epoch: int) -> None:
        self._require_epoch(unit.db, epoch)
        insert_rows(unit.db, table_of(CallKey), KEY_COLUMNS, batch.call_keys)
        insert_rows(unit.db, table_of(DeskKey), KEY_COLUMNS, batch.desk_keys)
        insert_rows(unit.db, table_of(ContactIndex), INDEX_COLUMNS, batch.indexes)

    def seal_parts(
        self, key_class: KeyClass, parts: Sequence[tuple[Place, bytes]]
    ) -> list[SealedPart]:
        """Seal records under each holder's key of `key_class`, making keys where needed.

        Keys are committed in the vault before this returns. Classes call and desk
        are made with the person only: KeyMissing if they are not there.
        """
        holders = sorted({place.holder_id for place, _ in parts})
        keys = self.person_keys((holder, key_class) for holder in holders)
        missing = [holder for holder in holders if (holder, key_class) not in keys]
        if missing:
            self._with_epoch(lambda epoch: self._make_keys(missing, key_class, epoch))
            keys |= self.person_keys((holder, key_class) for holder in missing)
        desk = self.keyring.desk
        return [
            SealedPart(
                place,
                key_class,
                seal(keys[place.holder_id, key_class].data, pad(plain), desk, place),
            )
            for place, plain in parts
        ]

    def _make_keys(self, holders: Sequence[int], key_class: KeyClass, epoch: int) -> None:
        if key_class in OF_THE_PERSON:
            raise KeyMissing(
                f"A person has no {key_class.value} key.",
                what=f"{len(holders)} persons",
                next="Run `rightsdesk doctor`.",
            )
        rows = [
            (
                holder,
                key_class.value,
                epoch,
                self.keyring.wrap(secrets.token_bytes(KEY_BYTES), holder, key_class, epoch),
            )
            for holder in holders
        ]

        def job(unit: Unit) -> None:
            self._require_epoch(unit.db, epoch)
            # Another process may have made the key meanwhile: the first one stays.
            table = key_table(KEK_OF_CLASS[key_class])
            insert_rows(unit.db, table, KEY_COLUMNS, rows, keep_existing=True)

        self.writes.write(job)

    def add_indexes(self, rows: Iterable[tuple[str, str, int, int]]) -> None:
        """Add index rows (kind, normalised, holder id, part id) of known persons."""
        values = [
            (kind, self.keyring.index.value(kind, value), holder, part)
            for kind, value, holder, part in rows
        ]
        self.writes.write(
            lambda unit: insert_rows(unit.db, table_of(ContactIndex), INDEX_COLUMNS, values)
        )

    # -- opening -----------------------------------------------------------------

    def open(
        self, parts: Sequence[SealedPart], actor: str, purpose: OpeningPurpose, **fields: Any
    ) -> dict[Place, bytes]:
        """Open at most 500 parts: one durable entry with all pseudonyms, then plaintexts."""
        opening = self.opening(parts)
        self.main.write(lambda unit: opening.record(unit, actor, purpose, **fields))
        return opening.release()

    def opening(self, parts: Sequence[SealedPart]) -> Opening:
        """Prepare a lease; the caller records it in a unit of its own and then releases."""
        wanted = {(part.place.holder_id, part.key_class) for part in parts}
        keys = self.person_keys(wanted)
        missing = wanted - keys.keys()
        if missing:
            raise KeyMissing(
                "The key of a person is not there.",
                what=f"{len(missing)} keys",
                next="The person was erased, or the vault is older than the desk.",
            )
        return Opening(self.keyring.desk, parts, keys, self.pseudonyms)

    def person_keys(
        self, wanted: Iterable[tuple[int, KeyClass]]
    ) -> dict[tuple[int, KeyClass], PersonKey]:
        """Unwrapped keys of (holder, class), for those that exist.

        KeyMissing for a class whose KEK this process does not hold: it does not even look.
        """
        found: dict[tuple[int, KeyClass], PersonKey] = {}
        by_class: dict[KeyClass, list[int]] = {}
        for holder, key_class in wanted:
            by_class.setdefault(key_class, []).append(holder)
        with database_errors(), self.reads.connect() as db:
            for key_class, holders in by_class.items():
                self.keyring.require(KEK_OF_CLASS[key_class])
                table = key_table(KEK_OF_CLASS[key_class])
                for chunk in in_chunks(holders, 500):
                    rows = db.execute(
                        select(table.c.holder_id, table.c.epoch, table.c.wrap).where(
                            table.c.holder_id.in_(chunk), table.c.key_class == key_class.value
                        )
                    ).all()
                    self._learn_epochs(db, {row.epoch for row in rows})
                    for row in rows:
                        found[row.holder_id, key_class] = self.keyring.person_key(
                            bytes(row.wrap), row.holder_id, key_class, row.epoch
                        )
        return found

    def pseudonyms(self, holders: Iterable[int], keys: Keys, now: datetime) -> list[str]:
        """This month's pseudonyms of those holders whose log key this process can reach."""
        period = f"{now:%Y-%m}"
        wanted = set(holders)
        log_keys = _log_keys(keys)
        own = KeyClass.DESK if self.keyring.holds(KekKind.DESK) else KeyClass.CALL
        log_keys |= _log_keys(
            self.person_keys((holder, own) for holder in wanted - log_keys.keys())
        )
        return sorted(
            pseudonym(log_keys[holder], self.origin, period)
            for holder in wanted
            if holder in log_keys
        )

    # -- epochs --------------------------------------------------------------------

    def _with_epoch(self, work: Callable[[int], T]) -> T:
        """Run `work` with the current epoch, again if the epoch turned meanwhile."""
        for _ in range(3):
            try:
                return work(self.epoch)
            except StaleEpoch:
                self.refresh()
        raise KeyMissing("The epoch keeps turning.", what="epoch", next="Run the command again.")

    def refresh(self) -> None:
        """Learn the current epoch and its keys; drop keys that the vault no longer has."""
        with database_errors(), self.reads.connect() as db:
            self.epoch = db.execute(select(table_of(VaultMeta).c.epoch)).scalar_one()
            self._learn_epochs(db, {self.epoch})
            kept = set(db.execute(select(table_of(VaultKey).c.epoch)).scalars())
        self.keyring.keks = {key: kek for key, kek in self.keyring.keks.items() if key[1] in kept}

    def _learn_epochs(self, db: Connection, epochs: set[int]) -> None:
        if epochs - self.keyring.epochs() and self.custody is not None:
            add_epochs(self.keyring, self.custody, db, self._kinds)

    def _require_epoch(self, db: Connection, epoch: int) -> None:
        statement = select(table_of(VaultMeta).c.epoch)
        if not is_sqlite(self.writes.engine):
            statement = statement.with_for_update(read=True)
        if db.execute(statement).scalar_one() != epoch:
            raise StaleEpoch("The epoch turned.", what=f"epoch {epoch}")


def _log_keys(keys: Keys) -> dict[int, bytes]:
    return {holder: key.log_key for (holder, _), key in keys.items() if key.log_key is not None}
