"""Three values of a number: contact index, tag, evidence tag.

The contact index is truncated and finds candidates that are then opened and
compared. Tags are full HMACs under keys derived from the suppression root:
they stand in main only for numbers leased, called, opted out or erased, and in
do-not-call registers. Each use has a key of its own, so equal values in two
columns do not look equal.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Bits kept of each contact index. A phone of 16 bits leaves about 98,000 US numbers
# consistent with one stored value if the index key leaks.
# A row's digest has no values that could be tried one by one.
INDEX_BITS = {"phone": 16, "email": 16, "surname": 12, "row": 20}


def derive(root: bytes, label: str) -> bytes:
    """A 32-byte key of its own for `label`, by HKDF-SHA256 (RFC 5869)."""
    info = b"rightsdesk/" + label.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(root)


class KeyedHash:
    """HMAC-SHA256 under one derived key; a prepared object is copied for each value."""

    def __init__(self, root: bytes, label: str) -> None:
        self.prepared = HMAC(derive(root, label), hashes.SHA256())

    def digest(self, value: bytes) -> bytes:
        hashing = self.prepared.copy()
        hashing.update(value)
        return hashing.finalize()


class BlindIndex:
    """Truncated index values of normalised phones, e-mails and surnames with postcode area."""

    def __init__(self, root: bytes, version: int = 1) -> None:
        self.valuing = {
            kind: _truncating(KeyedHash(root, f"contact-index/{kind}/v{version}"), bits)
            for kind, bits in INDEX_BITS.items()
        }

    def value(self, kind: str, normalised: str) -> int:
        """An integer of INDEX_BITS[kind] bits."""
        return self.valuing[kind](normalised)


def _truncating(hashing: KeyedHash, bits: int) -> Callable[[str], int]:
    """The first `bits` bits of the digest of a text."""
    copy, first, short = hashing.prepared.copy, struct.Struct(">I").unpack_from, 32 - bits

    def value(text: str) -> int:
        digest = copy()
        digest.update(text.encode())
        found: int = first(digest.finalize())[0]
        return found >> short

    return value


@dataclass(frozen=True)
class Tags:
    """Full 32-byte tags from the suppression root."""

    number: KeyedHash
    mail: KeyedHash
    evidence: KeyedHash
    arrival: KeyedHash

    @classmethod
    def of(cls, suppression_root: bytes) -> Tags:
        return cls(
            KeyedHash(suppression_root, "number-tag/v1"),
            KeyedHash(suppression_root, "mail-tag/v1"),
            KeyedHash(suppression_root, "evidence-tag/v1"),
            KeyedHash(suppression_root, "arrival-tag/v1"),
        )

    def number_tag(self, e164: str) -> bytes:
        return self.number.digest(e164.encode())

    def mail_tag(self, address: str) -> bytes:
        return self.mail.digest(address.encode())

    def evidence_tag(self, e164_or_address: str) -> bytes:
        return self.evidence.digest(e164_or_address.encode())

    def arrival_tag(self, original: bytes) -> bytes:
        """Of a whole file that came in: the same file again is known by it."""
        return self.arrival.digest(original)
