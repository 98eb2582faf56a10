"""Making the keys of new persons and sealing their parts, in memory and in bulk.

Data-encryption keys are random, never derived: a key that can be derived again
cannot be destroyed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.terms import KeyClass
from privacy.vault.keyring import Keyring
from privacy.vault.sealing import NONCE_BYTES, NewRows, Part
from privacy.vault.wrap import KEY_BYTES

KeyRow = tuple[int, str, int, bytes]
IndexRow = tuple[str, int, int, int]
KEYS_OF_A_PERSON = 3


class NewPerson(NamedTuple):
    """A person to be sealed: profile and call parts as bytes, index values normalised.

    `phones`: (contact point id, call part); `indexes`: (kind, normalised, part id).
    """

    subject_id: int
    profile: bytes
    phones: tuple[tuple[int, bytes], ...]
    indexes: tuple[tuple[str, str, int], ...]


class SealedPerson(NamedTuple):
    """What main stores of a new person; keys and indexes are already in the vault."""

    subject_id: int
    profile: bytes
    phones: tuple[tuple[int, bytes], ...]


@dataclass
class Batch:
    """Rows for the vault and, in `people`, what goes into main."""

    call_keys: list[KeyRow] = field(default_factory=list)
    desk_keys: list[KeyRow] = field(default_factory=list)
    indexes: list[IndexRow] = field(default_factory=list)
    people: list[SealedPerson] = field(default_factory=list)


def seal_batch(ring: Keyring, people: Sequence[NewPerson], epoch: int) -> Batch:
    """Keys, wraps of `epoch`, index values and sealed parts of `people`."""
    # 12 us a person where the readable way, part by part, took 23: names are looked up
    # once, and the nonces and keys of a batch are one read of the system's randomness.
    nonces = _random(NONCE_BYTES, sum(3 + len(person.phones) for person in people))
    keys = _random(KEY_BYTES, KEYS_OF_A_PERSON * len(people))
    nonce, key = nonces.pop, keys.pop
    wrap_call = ring.wraps(KeyClass.CALL, epoch).wrap
    wrap_desk = ring.wraps(KeyClass.DESK, epoch).wrap
    seal, valuing = NewRows(ring.desk).seal, ring.index.valuing
    call, desk = KeyClass.CALL.value, KeyClass.DESK.value
    batch = Batch()
    for holder, profile, phones, indexes in people:
        phone_key, profile_key, log_key = key(), key(), key()
        wrap = wrap_call(phone_key + log_key, holder, nonce())
        batch.call_keys.append((holder, call, epoch, wrap))
        wrap = wrap_desk(profile_key + log_key, holder, nonce())
        batch.desk_keys.append((holder, desk, epoch, wrap))
        for kind, value, part in indexes:
            batch.indexes.append((kind, valuing[kind](value), holder, part))
        sealed = seal(AESGCM(profile_key), profile, Part.PROFILE, holder, holder, nonce())
        sealed_phones = []
        if phones:
            under = AESGCM(phone_key)
            for point, plain in phones:
                sealed_phones.append(
                    (point, seal(under, plain, Part.PHONE, holder, point, nonce()))
                )
        batch.people.append(SealedPerson(holder, sealed, tuple(sealed_phones)))
    # In the order of the table, so that neighbours are stored together.
    batch.indexes.sort()
    return batch


def _random(size: int, count: int) -> list[bytes]:
    """`count` random values of `size` bytes from one read (80 ns each instead of 760)."""
    return [value for (value,) in struct.iter_unpack(f"{size}s", os.urandom(size * count))]
