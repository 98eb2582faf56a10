"""Sealing one part of a record: AES-256-GCM, bound to its place.

Sealed bytes: format version (1) | algorithm (1) | key id (4, big-endian) |
nonce (12) | ciphertext | tag (16): 34 bytes over the plaintext. The associated
data names, length-prefixed and in fixed order, the format, the desk, the part,
its schema version, the holder, the row, the row's version and the key id, so a
ciphertext moved to another row, column, person or desk does not open. Nonces
are random, never counted: a restored backup would count again.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.errors import CannotOpen

FORMAT = 1
AES_256_GCM = 1
NONCE_BYTES = 12
HEADER = struct.Struct(">BBI12s")
OVERHEAD_BYTES = HEADER.size + 16
LABEL = b"rightsdesk/part/1"
PADDING_BYTES = 32
# By length modulo 32: one byte 0x80, then zeros to the next multiple.
_PADDINGS = tuple(b"\x80" + bytes(PADDING_BYTES - 1 - length) for length in range(PADDING_BYTES))


class Part(IntEnum):
    """Which column of which table a ciphertext stands in. Codes are never used again."""

    PHONE = 1
    PROFILE = 2
    CONSENT_EVIDENCE = 3
    CALL_RECORD = 4
    DECISION_FACTS = 5
    OPT_OUT_WORDS = 6
    CASE_FILE = 7
    CASE_EVENT = 8
    CASE_PACKAGE = 9
    CERTIFICATE = 10
    ATTACHMENT_NAME = 11
    ATTACHMENT = 12
    IDENTITY_EVIDENCE = 13
    OUTBOX_TO = 14
    OUTBOX_CONTENT = 15
    CORRECTION = 16
    PROFILE_HISTORY = 17
    LETTER_TO = 18
    LETTER_CONTENT = 19
    ARRIVAL_NAME = 40
    ARRIVAL = 41
    BREACH_ACCOUNT = 50
    BREACH_NOTE = 51
    CONTROL_EVIDENCE = 64
    VENDOR_CALLS = 68
    VENDOR_CALL_KEYS = 69
    VENDOR_CONTACT = 74
    VENDOR_ANSWER = 75
    VENDOR_EVIDENCE = 76
    VENDOR_NOTE = 77
    VENDOR_CLAUSE = 78
    VENDOR_SUB_PROCESSOR = 79


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed part stands: what its associated data names."""

    part: Part
    holder_id: int
    row_id: int
    version: int = 1


_NUMBERS = struct.Struct(">IQQII")


@lru_cache(maxsize=64)
def _opening_of(desk: bytes) -> bytes:
    """What every associated data of a desk begins with."""
    return b"".join(
        (
            struct.pack(">H", len(LABEL)),
            LABEL,
            struct.pack(">H", len(desk)),
            desk,
            struct.pack(">H", _NUMBERS.size),
        )
    )


def associated_data(desk: bytes, place: Place, key_id: int) -> bytes:
    """The bytes that bind a ciphertext to `place` on `desk` under key `key_id`."""
    return _opening_of(desk) + _NUMBERS.pack(
        place.part, place.holder_id, place.row_id, place.version, key_id
    )


def seal(
    key: AESGCM, plaintext: bytes, desk: bytes, place: Place, *, key_id: int = 1, nonce: bytes = b""
) -> bytes:
    """Seal `plaintext` for `place`; `nonce` is 12 fresh random bytes if given."""
    nonce = nonce or os.urandom(NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce has exactly 12 bytes")
    sealed = key.encrypt(nonce, plaintext, associated_data(desk, place, key_id))
    return HEADER.pack(FORMAT, AES_256_GCM, key_id, nonce) + sealed


class NewRows:
    """Seals and pads rows that are new (version 1, key 1) on one desk, many at a time.

    The same bytes as `seal` and `pad` make, without the cost of a Place for each.
    """

    def __init__(self, desk: bytes) -> None:
        self._opening = _opening_of(desk)
        self._header = HEADER.pack(FORMAT, AES_256_GCM, 1, bytes(NONCE_BYTES))[:-NONCE_BYTES]

    def seal(
        self, key: AESGCM, plaintext: bytes, part: Part, holder_id: int, row_id: int, nonce: bytes
    ) -> bytes:
        """`nonce` is 12 fresh random bytes."""
        bound = self._opening + _NUMBERS.pack(part, holder_id, row_id, 1, 1)
        return self._header + nonce + key.encrypt(nonce, pad(plaintext), bound)


def unseal(key: AESGCM, sealed: bytes, desk: bytes, place: Place) -> bytes:
    """Open `sealed` at `place`. CannotOpen says only that it failed."""
    if len(sealed) < OVERHEAD_BYTES:
        raise _refusal(place)
    version, algorithm, key_id, nonce = HEADER.unpack_from(sealed)
    if (version, algorithm) != (FORMAT, AES_256_GCM):
        raise _refusal(place)
    try:
        return key.decrypt(nonce, sealed[HEADER.size :], associated_data(desk, place, key_id))
    except InvalidTag:
        raise _refusal(place) from None


def _refusal(place: Place) -> CannotOpen:
    return CannotOpen(
        "A sealed part does not open.",
        what=f"part {place.part.name.lower()} of row {place.row_id}",
        next="The row was altered or belongs elsewhere; run `rightsdesk doctor`.",
    )


def pad(plaintext: bytes) -> bytes:
    """ISO 7816-4 padding to a multiple of 32 bytes, so that length tells little."""
    return plaintext + _PADDINGS[len(plaintext) % PADDING_BYTES]


def unpad(padded: bytes) -> bytes:
    """Undo `pad`. CannotOpen if the padding is not whole."""
    plain = padded.rstrip(b"\x00")
    if len(padded) % PADDING_BYTES or not plain.endswith(b"\x80"):
        raise CannotOpen("A sealed part has no whole padding.", next="Run `rightsdesk doctor`.")
    return plain[:-1]
