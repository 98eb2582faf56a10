"""The vault: persons' keys, sealing under them, and opening by lease.

Rules kept here. Keys and index rows of a new person are committed in the vault
before main knows the person. Every transaction that writes a wrap checks the
current epoch. Nothing is opened before the audit entry that names actor and
purpose is durable in main; a person whom main calls erasing does not open,
whatever the vault holds. What does not match inside a lookup is dropped here.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, select

from privacy.audit.entry import pseudonym
from privacy.errors import AnswerIsNo, Fault, KeyMissing
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import VaultMeta
from privacy.storage.tables.people import Subject
from privacy.storage.tables.vault import CallKey, ContactIndex, DeskKey
from privacy.storage.unit import Unit
from privacy.storage.writing import WritePath
from privacy.terms import KEK_OF_CLASS, KekKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.custody import Custody
from privacy.vault.inserting import InsertGuard
from privacy.vault.keyring import Keyring, PersonKey, add_epochs
from privacy.vault.sealing import Part, Place, pad, seal, unpad, unseal
from privacy.vault.wrap import KEY_BYTES

T = TypeVar("T")
OPENING_LIMIT = 500
PADDED = frozenset({Part.PROFILE, Part.CASE_FILE, Part.CASE_EVENT, Part.CONSENT_EVIDENCE})
KEY_COLUMNS = ("holder_id", "key_class", "epoch", "wrap")
INDEX_COLUMNS = ("kind", "value", "holder_id", "part_id")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be sealed: profile and call parts as bytes, index values normalised.

    `phones`: (contact point id, call part); `indexes`: (kind, normalised, part id).
    """

    subject_id: int
    profile: bytes
    phones: tuple[tuple[int, bytes], ...]
    indexes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """What main stores of a new person; keys and indexes are already in the vault."""

    subject_id: int
    profile: bytes
    phones: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A ciphertext with its place and the class of the key that seals it."""

    place: Place
    key_class: KeyClass
    sealed: bytes


class StaleEpoch(AnswerIsNo):
    """The epoch turned while wraps were being made; they are made again."""

    code = "stale_epoch"


def key_table(kind: KekKind) -> Any:
    return table_of(CallKey if kind is KekKind.CALL else DeskKey)


class Opening:
    """One lease: recorded in a unit of work, released after that unit committed."""

    def __init__(
        self, vault: Vault, parts: Sequence[SealedPart], keys: dict[tuple[int, KeyClass], PersonKey]
    ) -> None:
        self._vault = vault
        self._parts = parts
        self._keys = keys
        self._unit: Unit | None = None

    def record(
        self, unit: Unit, actor: str, purpose: OpeningPurpose, *, action: str = "", **fields: Any
    ) -> str:
        """Append the opening's entry to `unit`; refuses a person who is being erased.

        Returns the entry's id. Fields go into the entry; see Unit.append.
        """
        self._vault.refuse_closed(unit.db, self._parts, purpose)
        names = self._vault.pseudonyms(
            (part.place.holder_id for part in self._parts), self._keys, unit
        )
        kinds = sorted({part.place.part.name.lower() for part in self._parts})
        entry = unit.append(
            action or "personal_data.opened",
            actor,
            purpose=purpose.value,
            subjects=names,
            fields=kinds,
            count=len(self._parts),
            **fields,
        )
        self._unit = unit
        return entry

    def release(self) -> dict[Place, bytes]:
        """The plaintexts. Fault unless the entry's transaction has ended."""
        if self._unit is None or not self._unit.db.closed:
            raise Fault("Nothing opens before its audit entry is durable.", what="opening")
        return {part.place: self._vault.unsealed(part, self._keys) for part in self._parts}


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
        return self._with_epoch(lambda epoch: self._seal_people(people, epoch))

    def _seal_people(self, people: Sequence[NewPerson], epoch: int) -> list[SealedPerson]:
        ring, desk = self.keyring, self.keyring.desk
        messages = sum(3 + len(person.phones) for person in people)
        random = _Randomness(messages * 12 + len(people) * 3 * KEY_BYTES)
        call_rows, desk_rows = [], []
        index_rows: list[tuple[str, int, int, int]] = []
        sealed = []
        for person in people:
            holder = person.subject_id
            phone_key, profile_key, log_key = (random.take(KEY_BYTES) for _ in range(3))
            call_rows.append(
                (
                    holder,
                    "call",
                    epoch,
                    ring.wrap(phone_key + log_key, holder, KeyClass.CALL, epoch, random.take(12)),
                )
            )
            desk_rows.append(
                (
                    holder,
                    "desk",
                    epoch,
                    ring.wrap(profile_key + log_key, holder, KeyClass.DESK, epoch, random.take(12)),
                )
            )
            index_rows.extend(
                (kind, ring.index.value(kind, value), holder, part)
                for kind, value, part in person.indexes
            )
            sealed.append(_seal_person(person, phone_key, profile_key, desk, random))

        def job(unit: Unit) -> None:
            self._require_epoch(unit.db, epoch)
            insert_rows(unit.db, table_of(CallKey), KEY_COLUMNS, call_rows)
            insert_rows(unit.db, table_of(DeskKey), KEY_COLUMNS, desk_rows)
            insert_rows(unit.db, table_of(ContactIndex), INDEX_COLUMNS, index_rows)

        self.writes.write(job)
        return sealed

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
        return [
            SealedPart(
                place,
                key_class,
                seal(
                    keys[place.holder_id, key_class].data,
                    _packed(place, plain),
                    self.keyring.desk,
                    place,
                ),
            )
            for place, plain in parts
        ]

    def _make_keys(self, holders: Sequence[int], key_class: KeyClass, epoch: int) -> None:
        if key_class in (KeyClass.CALL, KeyClass.DESK):
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
            table = key_table(KEK_OF_CLASS[key_class])
            # Another process may have made the key meanwhile: the first one stays.
            held = unit.db.execute(
                select(table.c.holder_id).where(
                    table.c.holder_id.in_(holders), table.c.key_class == key_class.value
                )
            )
            taken = set(held.scalars())
            insert_rows(unit.db, table, KEY_COLUMNS, [row for row in rows if row[0] not in taken])

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
        if len(parts) > OPENING_LIMIT:
            raise Fault(f"One lease opens at most {OPENING_LIMIT} parts.", what="opening")
        wanted = {(part.place.holder_id, part.key_class) for part in parts}
        keys = self.person_keys(wanted)
        missing = wanted - keys.keys()
        if missing:
            raise KeyMissing(
                "The key of a person is not there.",
                what=f"{len(missing)} keys",
                next="The person was erased, or the vault is older than the desk.",
            )
        return Opening(self, parts, keys)

    def unsealed(self, part: SealedPart, keys: dict[tuple[int, KeyClass], PersonKey]) -> bytes:
        key = keys[part.place.holder_id, part.key_class].data
        plain = unseal(key, part.sealed, self.keyring.desk, part.place)
        return unpad(plain) if part.place.part in PADDED else plain

    def person_keys(
        self, wanted: Iterable[tuple[int, KeyClass]]
    ) -> dict[tuple[int, KeyClass], PersonKey]:
        """Unwrapped keys of (holder, class), for those that exist."""
        found: dict[tuple[int, KeyClass], PersonKey] = {}
        by_class: dict[KeyClass, list[int]] = {}
        for holder, key_class in wanted:
            by_class.setdefault(key_class, []).append(holder)
        with self.reads.connect() as db:
            for key_class, holders in by_class.items():
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

    def pseudonyms(
        self,
        holders: Iterable[int],
        keys: dict[tuple[int, KeyClass], PersonKey],
        unit: Unit,
    ) -> list[str]:
        """This month's pseudonyms of those holders whose log key this process can reach."""
        period = f"{unit.now:%Y-%m}"
        wanted = set(holders)
        log_keys: dict[int, bytes] = {}
        for (holder, _), key in keys.items():
            if key.log_key is not None:
                log_keys[holder] = key.log_key
        own = KeyClass.DESK if self.keyring.holds(KekKind.DESK) else KeyClass.CALL
        more = self.person_keys((holder, own) for holder in wanted - log_keys.keys())
        for (holder, _), key in more.items():
            if key.log_key is not None:
                log_keys[holder] = key.log_key
        return sorted(
            pseudonym(log_keys[holder], self.origin, period)
            for holder in wanted
            if holder in log_keys
        )

    def refuse_closed(
        self, db: Connection, parts: Sequence[SealedPart], purpose: OpeningPurpose
    ) -> None:
        """Raise AnswerIsNo if a part's person is being erased, or erased without a ground."""
        table = table_of(Subject)
        holders = sorted({part.place.holder_id for part in parts})
        states: dict[int, str] = {}
        for chunk in in_chunks(holders, 500):
            rows = db.execute(select(table.c.id, table.c.state).where(table.c.id.in_(chunk)))
            states |= {row.id: row.state for row in rows}
        for part in parts:
            state = states.get(part.place.holder_id, SubjectState.ACTIVE)
            on_ground = (
                state == SubjectState.ERASED
                and purpose is OpeningPurpose.LEGAL_GROUND
                and part.key_class not in (KeyClass.CALL, KeyClass.DESK)
            )
            if state != SubjectState.ACTIVE and not on_ground:
                raise AnswerIsNo(
                    "A person's data is closed: an erasure has begun.",
                    what=f"part {part.place.part.name.lower()}",
                    next="Nothing was opened. See the erasure's request for its state.",
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
        """Learn the current epoch and its keys from vault and custody."""
        with self.reads.connect() as db:
            self.epoch = db.execute(select(table_of(VaultMeta).c.epoch)).scalar_one()
            self._learn_epochs(db, {self.epoch})

    def _learn_epochs(self, db: Connection, epochs: set[int]) -> None:
        held = {epoch for _, epoch in self.keyring.keks}
        if epochs - held and self.custody is not None:
            add_epochs(self.keyring, self.custody, db, self._kinds)

    def _require_epoch(self, db: Connection, epoch: int) -> None:
        statement = select(table_of(VaultMeta).c.epoch)
        if not is_sqlite(self.writes.engine):
            statement = statement.with_for_update(read=True)
        if db.execute(statement).scalar_one() != epoch:
            raise StaleEpoch("The epoch turned.", what=f"epoch {epoch}")


class _Randomness:
    """One read of the system's randomness for a whole batch (80 ns a nonce instead of 760)."""

    def __init__(self, size: int) -> None:
        self._bytes = os.urandom(size)
        self._taken = 0

    def take(self, size: int) -> bytes:
        start = self._taken
        self._taken += size
        taken = self._bytes[start : self._taken]
        if len(taken) != size:
            raise Fault("A batch ran out of randomness.", what="sealing")
        return taken


def _seal_person(
    person: NewPerson, phone_key: bytes, profile_key: bytes, desk: bytes, random: _Randomness
) -> SealedPerson:
    holder = person.subject_id
    profile = seal(
        AESGCM(profile_key),
        pad(person.profile),
        desk,
        Place(Part.PROFILE, holder, holder),
        nonce=random.take(12),
    )
    phones: tuple[tuple[int, bytes], ...] = ()
    if person.phones:
        call = AESGCM(phone_key)
        phones = tuple(
            (
                point,
                seal(call, part, desk, Place(Part.PHONE, holder, point), nonce=random.take(12)),
            )
            for point, part in person.phones
        )
    return SealedPerson(holder, profile, phones)


def _packed(place: Place, plain: bytes) -> bytes:
    return pad(plain) if place.part in PADDED else plain
