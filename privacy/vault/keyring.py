"""The keys that one process holds, and no more.

A process receives only the KEKs that its entrance names: a gateway gets
KEK-call and opens numbers and nothing else, a report gets none. Person keys are
unwrapped here and live as AESGCM objects for as long as the caller keeps them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select

from privacy.errors import KeyMissing
from privacy.storage.tables.base import table_of
from privacy.storage.tables.desk import VaultMeta
from privacy.storage.tables.vault import VaultKey
from privacy.terms import KEK_OF_CLASS, KekKind, KeyClass
from privacy.vault.blind_index import BlindIndex, Tags
from privacy.vault.custody import Custody
from privacy.vault.wrap import (
    KEY_BYTES,
    PersonWraps,
    unwrap_key,
    unwrap_person_key,
    wrap_key,
    wrap_person_key,
)

INDEX_ROOT = "index-root"
SUPPRESSION_ROOT = "suppression-root"
LEDGER_LABEL = "ledger"
# Classes whose wrap holds the person's log key behind the data key.
WITH_LOG_KEY = frozenset({KeyClass.CALL, KeyClass.DESK})


def kek_label(kind: KekKind) -> str:
    return f"kek-{kind.value}"


@dataclass(frozen=True)
class PersonKey:
    """An unwrapped key of one class, and the log key where the class carries it."""

    data: AESGCM
    log_key: bytes | None


@dataclass
class Keyring:
    """KEKs by kind and epoch, index and tags. `desk` is the desk id in ASCII bytes."""

    desk: bytes
    index: BlindIndex
    tags: Tags
    ledger_key: bytes
    keks: dict[tuple[KekKind, int], AESGCM] = field(default_factory=dict)

    def holds(self, kind: KekKind) -> bool:
        return any(held == kind for held, _ in list(self.keks))

    def epochs(self) -> set[int]:
        """Epochs of which this process holds a key."""
        return {epoch for _, epoch in list(self.keks)}

    def kek(self, kind: KekKind, epoch: int) -> AESGCM:
        try:
            return self.keks[kind, epoch]
        except KeyError:
            raise _not_held(kind, f" of epoch {epoch}") from None

    def require(self, kind: KekKind) -> None:
        """KeyMissing unless this process holds keys of `kind`."""
        if not self.holds(kind):
            raise _not_held(kind, "")

    def wrap(
        self, keys: bytes, holder_id: int, key_class: KeyClass, epoch: int, nonce: bytes = b""
    ) -> bytes:
        kek = self.kek(KEK_OF_CLASS[key_class], epoch)
        return wrap_person_key(kek, keys, self.desk, holder_id, key_class, epoch, nonce)

    def wraps(self, key_class: KeyClass, epoch: int) -> PersonWraps:
        """What wraps many persons' keys of a class; KeyMissing without the KEK."""
        return PersonWraps(self.kek(KEK_OF_CLASS[key_class], epoch), self.desk, key_class, epoch)

    def unwrap(self, wrap: bytes, holder_id: int, key_class: KeyClass, epoch: int) -> bytes:
        kek = self.kek(KEK_OF_CLASS[key_class], epoch)
        return unwrap_person_key(kek, wrap, self.desk, holder_id, key_class)

    def person_key(self, wrap: bytes, holder_id: int, key_class: KeyClass, epoch: int) -> PersonKey:
        keys = self.unwrap(wrap, holder_id, key_class, epoch)
        log_key = keys[KEY_BYTES:] if key_class in WITH_LOG_KEY else None
        return PersonKey(AESGCM(keys[:KEY_BYTES]), log_key)


def _not_held(kind: KekKind, of_epoch: str) -> KeyMissing:
    return KeyMissing(
        f"This process holds no {kind.value} key{of_epoch}.",
        what=kek_label(kind),
        next="Use a command whose purpose needs it; a gateway opens numbers only.",
    )


def second_level_keys(custody: Custody, desk: bytes, epoch: int) -> list[dict[str, object]]:
    """Rows of new index and suppression roots under R and new KEKs under W_e."""
    rows: list[dict[str, object]] = []
    for label in (INDEX_ROOT, SUPPRESSION_ROOT):
        wrap, check = custody.wrap(secrets.token_bytes(KEY_BYTES), label)
        rows.append({"label": label, "epoch": 0, "wrap": wrap, "check_value": check})
    return rows + new_keks(custody, desk, epoch)


def new_keks(custody: Custody, desk: bytes, epoch: int) -> list[dict[str, object]]:
    """Rows of two new KEKs of `epoch`, wrapped by its epoch root."""
    root = custody.epoch_root(epoch)
    rows: list[dict[str, object]] = []
    for kind in KekKind:
        wrap, check = wrap_key(root, os.urandom(KEY_BYTES), kek_label(kind), desk, epoch)
        rows.append({"label": kek_label(kind), "epoch": epoch, "wrap": wrap, "check_value": check})
    return rows


def open_keyring(
    custody: Custody, desk: bytes, vault: Connection, kinds: Iterable[KekKind]
) -> Keyring:
    """The keys of `kinds` for every epoch that custody still holds.

    KeyMissing if custody lacks the current epoch's root: an old epoch file was put back.
    """
    table = table_of(VaultKey)
    current = vault.execute(select(table_of(VaultMeta).c.epoch)).scalar_one()
    custody.epoch_root(current)
    rows = {(row.label, row.epoch): row for row in vault.execute(select(table))}

    def root(label: str) -> bytes:
        row = rows.get((label, 0))
        if row is None:
            raise KeyMissing(
                f"The vault has no {label}.", what=label, next="Restore the vault from a backup."
            )
        return custody.unwrap(bytes(row.wrap), bytes(row.check_value), label)

    keyring = Keyring(
        desk,
        BlindIndex(root(INDEX_ROOT)),
        Tags.of(root(SUPPRESSION_ROOT)),
        custody.derive(LEDGER_LABEL),
    )
    add_epochs(keyring, custody, vault, tuple(kinds))
    return keyring


def add_epochs(
    keyring: Keyring, custody: Custody, vault: Connection, kinds: tuple[KekKind, ...]
) -> None:
    """Unwrap the KEKs of `kinds` for every epoch that custody holds and the keyring lacks."""
    table = table_of(VaultKey)
    for epoch in custody.epochs():
        epoch_root: bytes | None = None
        for kind in kinds:
            if (kind, epoch) in keyring.keks:
                continue
            row = vault.execute(
                select(table).where(table.c.label == kek_label(kind), table.c.epoch == epoch)
            ).one_or_none()
            if row is None:
                continue
            epoch_root = epoch_root or custody.epoch_root(epoch)
            key = unwrap_key(
                epoch_root,
                bytes(row.wrap),
                bytes(row.check_value),
                kek_label(kind),
                keyring.desk,
                epoch,
            )
            keyring.keks[kind, epoch] = AESGCM(key)
