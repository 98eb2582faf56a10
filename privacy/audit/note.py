"""Signed notes and checkpoints, as C2SP signed-note and tlog-checkpoint write them.

A note is a text that ends with a newline, an empty line, and one line a
signature. Parsing is strict: whatever could be written in two ways is taken in
one. Signatures of unknown keys are ignored; one bad signature of a known key
refuses the whole note. Everything wrong raises VerificationError.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacy.audit.tree import HASH_BYTES
from privacy.errors import VerificationError

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_BYTES = 32
SIGNATURE_BYTES = 64
ID_BYTES = 4
MOST_SIGNATURES = 100
LONGEST_NOTE_BYTES = 1_000_000
LARGEST_SIZE = (1 << 64) - 1
DASH = "\u2014 "
KEY_ID = re.compile(r"[0-9a-f]{8}")
SIZE = re.compile(r"0|[1-9][0-9]{0,19}", re.ASCII)


@dataclass(frozen=True)
class Verifier:
    """A public key with its name: `name+key id+base64(type | key)`."""

    name: str
    key_id: bytes
    kind: int
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The verifier that `text` writes. Types: Ed25519 note (1), Ed25519 cosignature (4)."""
        # The base64 part may hold "+" too, hence at most two splits.
        parts = text.split("+", 2)
        if len(parts) != 3 or not _is_name(parts[0]) or not KEY_ID.fullmatch(parts[1]):
            raise _wrong("A verifier key is not name+id+key.")
        data = strict_base64(parts[2])
        if len(data) != 1 + KEY_BYTES or data[0] not in (ED25519, COSIGNATURE):
            raise _wrong("A verifier key is of an unknown type or length.")
        made = cls.make(parts[0], data[1:], data[0])
        if made.key_id.hex() != parts[1]:
            raise _wrong("A verifier key does not have the id that it states.")
        return made

    @classmethod
    def make(cls, name: str, public_key: bytes, kind: int = ED25519) -> Verifier:
        """The verifier of a public key; the key id follows from name, type and key."""
        digest = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()
        return cls(name, digest[:ID_BYTES], kind, public_key)

    def __str__(self) -> str:
        key = base64.b64encode(bytes([self.kind]) + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def check(self, text: bytes, signature: bytes) -> None:
        """VerificationError unless `signature` (without the key id) is this key's over `text`."""
        if self.kind == COSIGNATURE:
            if len(signature) != 8 + SIGNATURE_BYTES:
                raise _wrong("A cosignature has a wrong length.")
            (time_s,) = struct.unpack(">Q", signature[:8])
            text, signature = b"cosignature/v1\ntime %d\n" % time_s + text, signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            raise _wrong("A signature does not hold.") from None


@dataclass(frozen=True)
class Signer:
    """A private Ed25519 key with its name."""

    name: str
    seed: bytes

    def verifier(self) -> Verifier:
        return Verifier.make(self.name, self._key().public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """The signed note over `text`, which ends with a newline."""
        blob = self.verifier().key_id + self._key().sign(text.encode())
        line = f"{DASH}{self.name} {base64.b64encode(blob).decode('ascii')}\n"
        return f"{text}\n{line}".encode()

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Signature:
    """One signature line: key name, key id, and what the key's type asks for."""

    name: str
    key_id: bytes
    blob: bytes


@dataclass(frozen=True)
class Note:
    """A note's text (with its last newline) and its signatures, not yet verified."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """The note in `data`. VerificationError for anything malformed."""
        if len(data) > LONGEST_NOTE_BYTES:
            raise _wrong("A note is too long.")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise _wrong("A note is not UTF-8.") from None
        if any(character < " " and character != "\n" for character in whole):
            raise _wrong("A note holds control characters.")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise _wrong("A note has no signatures, or does not end with a newline.")
        parts = lines[:-1].split("\n")
        if len(parts) > MOST_SIGNATURES:
            raise _wrong("A note has too many signatures.")
        return cls(text + "\n", tuple(_signature(line) for line in parts))

    def verify(self, verifiers: Sequence[Verifier]) -> tuple[Verifier, ...]:
        """The known keys that signed, in the note's order.

        VerificationError when none did, when one of their signatures is bad, or
        when two of the verifiers have one name and id.
        """
        known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
        if len(known) != len(verifiers):
            raise _wrong("Two verifier keys have the same name and id.")
        found: dict[Verifier, None] = {}
        for signature in self.signatures:
            verifier = known.get((signature.name, signature.key_id))
            if verifier is not None:
                verifier.check(self.text.encode(), signature.blob)
                found[verifier] = None
        if not found:
            raise _wrong("A note is not signed by a known key.")
        return tuple(found)


@dataclass(frozen=True)
class Checkpoint:
    """Origin, size and root of a log at one time. Extension lines are kept, not read."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint in a note's text."""
        if not text.endswith("\n"):
            raise _wrong("A checkpoint does not end with a newline.")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise _wrong("A checkpoint does not have its three lines.")
        origin, size, root = lines[:3]
        if not SIZE.fullmatch(size) or int(size) > LARGEST_SIZE:
            raise _wrong("A checkpoint's size is not a plain decimal.")
        digest = strict_base64(root)
        if len(digest) != HASH_BYTES:
            raise _wrong("A checkpoint's root has not 32 bytes.")
        return cls(origin, int(size), digest, tuple(lines[3:]))

    def text(self) -> str:
        """The note's text, with its last newline."""
        root = base64.b64encode(self.root).decode("ascii")
        return "\n".join((self.origin, str(self.size), root, *self.extensions)) + "\n"


def strict_base64(text: str) -> bytes:
    """Decode standard base64 that is written in the one right way."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("A value is not base64.") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise _wrong("A value is not written as base64 asks.")
    return data


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not space or not _is_name(name):
        raise _wrong("A signature line is malformed.")
    blob = strict_base64(encoded)
    if len(blob) <= ID_BYTES:
        raise _wrong("A signature line is malformed.")
    return Signature(name, blob[:ID_BYTES], blob[ID_BYTES:])


def _is_name(name: str) -> bool:
    """Not empty, no plus, no white space, no half of a surrogate pair."""
    return bool(name) and not any(
        c == "+" or c.isspace() or "\ud800" <= c <= "\udfff" for c in name
    )


def _wrong(message: str) -> VerificationError:
    return VerificationError(message, what="note", next="Do not rely on it.")
