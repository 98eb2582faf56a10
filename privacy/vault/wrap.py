"""Wrapping keys with keys.

Second-level keys (32 bytes) are wrapped by RFC 3394, which has no associated
data, so a check value stands beside each wrap and ties it to its slot. A
person's keys are wrapped by AES-256-GCM with their place as associated data.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from privacy.errors import KeyMissing
from privacy.terms import KeyClass

KEY_BYTES = 32
CHECK_BYTES = 16
FORMAT = 1
AES_256_GCM = 1
LABEL = b"rightsdesk/dek/1"
HEADER = struct.Struct(">BBI12s")
NONCE_BYTES = 12


def wrap_key(
    wrapping: bytes, key: bytes, label: str, desk: bytes, epoch: int
) -> tuple[bytes, bytes]:
    """RFC 3394 wrap of a 32-byte key, and its check value."""
    return aes_key_wrap(wrapping, key), check_value(key, label, desk, epoch)


def unwrap_key(
    wrapping: bytes, wrap: bytes, check: bytes, label: str, desk: bytes, epoch: int
) -> bytes:
    """The key in `wrap`. KeyMissing if it is not this slot's or the wrapping key is another."""
    try:
        key = aes_key_unwrap(wrapping, wrap)
    except (InvalidUnwrap, ValueError):
        raise _refusal(label, epoch) from None
    if not hmac.compare_digest(check, check_value(key, label, desk, epoch)):
        raise _refusal(label, epoch)
    return key


def check_value(key: bytes, label: str, desk: bytes, epoch: int) -> bytes:
    """HMAC-SHA256(key, label | desk id | epoch), the first 16 bytes; parts length-prefixed."""
    slot = label.encode()
    message = struct.pack(">H", len(slot)) + slot + struct.pack(">H", len(desk)) + desk
    message += struct.pack(">Q", epoch)
    return hmac.digest(key, message, hashlib.sha256)[:CHECK_BYTES]


def _refusal(label: str, epoch: int) -> KeyMissing:
    return KeyMissing(
        f"The key {label} of epoch {epoch} does not unwrap.",
        what=f"key {label}/{epoch}",
        next="The vault and the custody files do not belong together; restore both from one time.",
    )


def wrap_person_key(
    kek: AESGCM,
    keys: bytes,
    desk: bytes,
    holder_id: int,
    key_class: KeyClass,
    epoch: int,
    nonce: bytes = b"",
) -> bytes:
    """A person's key or keys (32 or 64 bytes) under a KEK, bound to holder, class and epoch."""
    wraps = PersonWraps(kek, desk, key_class, epoch)
    return wraps.wrap(keys, holder_id, nonce or os.urandom(NONCE_BYTES))


class PersonWraps:
    """Wraps persons' keys of one class under the KEK of one epoch."""

    def __init__(self, kek: AESGCM, desk: bytes, key_class: KeyClass, epoch: int) -> None:
        self._kek = kek
        self._before, self._behind = _around(desk, key_class, epoch)
        self._header = HEADER.pack(FORMAT, AES_256_GCM, epoch, bytes(NONCE_BYTES))[:-NONCE_BYTES]

    def wrap(self, keys: bytes, holder_id: int, nonce: bytes) -> bytes:
        """`nonce` is 12 fresh random bytes."""
        bound = self._before + holder_id.to_bytes(8, "big") + self._behind
        return self._header + nonce + self._kek.encrypt(nonce, keys, bound)


def unwrap_person_key(
    kek: AESGCM, wrap: bytes, desk: bytes, holder_id: int, key_class: KeyClass
) -> bytes:
    """The key or keys in `wrap`. KeyMissing if it is another person's, class's or epoch's."""
    if len(wrap) < HEADER.size + 16:
        raise _lost(holder_id, key_class)
    version, algorithm, epoch, nonce = HEADER.unpack_from(wrap)
    if (version, algorithm) != (FORMAT, AES_256_GCM):
        raise _lost(holder_id, key_class)
    try:
        return kek.decrypt(nonce, wrap[HEADER.size :], _bound(desk, holder_id, key_class, epoch))
    except InvalidTag:
        raise _lost(holder_id, key_class) from None


def _bound(desk: bytes, holder_id: int, key_class: KeyClass, epoch: int) -> bytes:
    before, behind = _around(desk, key_class, epoch)
    return before + holder_id.to_bytes(8, "big") + behind


def _around(desk: bytes, key_class: KeyClass, epoch: int) -> tuple[bytes, bytes]:
    """The associated data of a wrap before and behind the holder's id (8 bytes, big-endian)."""
    code = key_class.value.encode()
    before = LABEL + struct.pack(">H", len(desk)) + desk
    return before, struct.pack(">IH", epoch, len(code)) + code


def _lost(holder_id: int, key_class: KeyClass) -> KeyMissing:
    return KeyMissing(
        f"The {key_class.value} key of a person does not unwrap.",
        what=f"holder {holder_id}",
        next="The row was altered or belongs to another person or desk; run `rightsdesk doctor`.",
    )
