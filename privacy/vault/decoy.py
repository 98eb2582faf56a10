"""The work of opening a person, done for nobody.

Whoever measures how long an answer takes must not learn whether somebody was
found. So where a lookup finds nobody, the same reads, unwrapping, opening and
parsing are done for a row that does not exist, under a key that is thrown away.
"""

from __future__ import annotations

import json
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.writing import database_errors
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place, pad, seal, unpad, unseal
from privacy.vault.store import Vault
from privacy.vault.wrap import KEY_BYTES

NOBODY = 0
"""No row has this id: ids begin with the milliseconds since 2024."""

# About as long as a usual profile, and a usual number with its zones.
_DOCUMENTS = (
    (Part.PROFILE, KeyClass.DESK, json.dumps({"names": [{"full": "x" * 24}], "x": "x" * 240})),
    (Part.PHONE, KeyClass.CALL, json.dumps({"number": "x" * 13, "x": "x" * 120})),
)


def open_nobody(vault: Vault) -> None:
    """Do once what opening one person's profile and number costs; it changes nothing."""
    subjects, points = table_of(Subject), table_of(ContactPoint)
    with database_errors(), vault.main_reads.connect() as db:
        db.execute(select(subjects).where(subjects.c.id == NOBODY)).all()
        db.execute(select(points).where(points.c.id == NOBODY)).all()
    vault.person_keys([(NOBODY, KeyClass.DESK), (NOBODY, KeyClass.CALL)])
    for part, key_class, document in _DOCUMENTS:
        _open(vault, Place(part, NOBODY, NOBODY), key_class, document.encode())


def _open(vault: Vault, place: Place, key_class: KeyClass, document: bytes) -> None:
    keys = secrets.token_bytes(2 * KEY_BYTES)
    wrap = vault.keyring.wrap(keys, NOBODY, key_class, vault.epoch)
    vault.keyring.person_key(wrap, NOBODY, key_class, vault.epoch)
    key = AESGCM(secrets.token_bytes(KEY_BYTES))
    sealed = seal(key, pad(document), vault.keyring.desk, place)
    json.loads(unpad(unseal(key, sealed, vault.keyring.desk, place)))
