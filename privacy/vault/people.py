"""Making the keys of new persons and sealing their parts, in memory and in bulk.

Data-encryption keys are random, never derived: a key that can be derived again
cannot be destroyed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.errors import Fault
from privacy.terms import KeyClass
from privacy.vault.keyring import Keyring
from privacy.vault.sealing import NONCE_BYTES, Part, Place, pad, seal
from privacy.vault.wrap import KEY_BYTES

KeyRow = tuple[int, str, int, bytes]
IndexRow = tuple[str, int, int, int]
KEYS_OF_A_PERSON = 3


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


@dataclass
class Batch:
    """Rows for the vault and, in `people`, what goes into main."""

    call_keys: list[KeyRow] = field(default_factory=list)
    desk_keys: list[KeyRow] = field(default_factory=list)
    indexes: list[IndexRow] = field(default_factory=list)
    people: list[SealedPerson] = field(default_factory=list)


def seal_batch(ring: Keyring, people: Sequence[NewPerson], epoch: int) -> Batch:
    """Keys, wraps of `epoch`, index values and sealed parts of `people`."""
    nonces = sum(KEYS_OF_A_PERSON + len(person.phones) for person in people)
    random = _Randomness(nonces * NONCE_BYTES + len(people) * KEYS_OF_A_PERSON * KEY_BYTES)
    batch = Batch()
    for person in people:
        holder = person.subject_id
        phone_key, profile_key, log_key = (random.take(KEY_BYTES) for _ in range(KEYS_OF_A_PERSON))
        for rows, key_class, key in (
            (batch.call_keys, KeyClass.CALL, phone_key),
            (batch.desk_keys, KeyClass.DESK, profile_key),
        ):
            nonce = random.take(NONCE_BYTES)
            wrap = ring.wrap(key + log_key, holder, key_class, epoch, nonce)
            rows.append((holder, key_class.value, epoch, wrap))
        batch.indexes.extend(
            (kind, ring.index.value(kind, value), holder, part)
            for kind, value, part in person.indexes
        )
        batch.people.append(_seal_person(person, phone_key, profile_key, ring.desk, random))
    return batch


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

    def sealed(key: AESGCM, plain: bytes, part: Part, row_id: int) -> bytes:
        place = Place(part, holder, row_id)
        return seal(key, pad(plain), desk, place, nonce=random.take(NONCE_BYTES))

    profile = sealed(AESGCM(profile_key), person.profile, Part.PROFILE, holder)
    if not person.phones:
        return SealedPerson(holder, profile, ())
    call = AESGCM(phone_key)
    phones = tuple(
        (point, sealed(call, plain, Part.PHONE, point)) for point, plain in person.phones
    )
    return SealedPerson(holder, profile, phones)
