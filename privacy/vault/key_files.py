"""The custody files' contents: JSON documents, and the root key sealed by a passphrase."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from privacy.errors import Damaged, KeyMissing, WrongPassphrase
from privacy.vault.files import file_errors

ROOT_FILE = "root.key"
LABEL = b"rightsdesk/root/1"


@dataclass(frozen=True)
class Kdf:
    """Argon2id parameters: passes, lanes, memory in KiB."""

    passes: int = 3
    lanes: int = 2
    memory_kib: int = 65_536


def read_document(path: Path) -> dict[str, Any]:
    """The document in `path`. KeyMissing if there is no file, Damaged if it is none."""
    if not path.is_file():
        raise KeyMissing(
            f"The custody file {path.name} is missing.",
            what=path.name,
            next="Put it back into this desk's state directory; without it nothing opens.",
        )
    try:
        with file_errors(path.name):
            document = json.loads(path.read_bytes())
    except ValueError:
        raise damaged(path) from None
    if not isinstance(document, dict):
        raise damaged(path)
    return document


def damaged(path: Path) -> Damaged:
    """The error for a custody file that cannot be read."""
    return Damaged(
        f"The custody file {path.name} is damaged.",
        what=path.name,
        next="Put back the copy that is kept off this machine.",
    )


def seal_root(root: bytes, passphrase: bytes, desk: bytes, generation: int, kdf: Kdf) -> bytes:
    """The document of `root.key`: R under a key stretched from the passphrase."""
    salt, nonce = os.urandom(16), os.urandom(12)
    key = AESGCM(_stretch(passphrase, salt, kdf))
    sealed = key.encrypt(nonce, root, LABEL + desk)
    return json.dumps(
        {
            "schema": "rightsdesk.root/1",
            "desk": desk.decode(),
            "generation": generation,
            "kdf": {
                "name": "argon2id",
                "passes": kdf.passes,
                "lanes": kdf.lanes,
                "memory_kib": kdf.memory_kib,
            },
            "salt": base64.b64encode(salt).decode(),
            "sealed": base64.b64encode(nonce + sealed).decode(),
        },
        indent=1,
    ).encode()


def open_root(document: dict[str, Any], passphrase: bytes, desk: bytes) -> bytes:
    """R. WrongPassphrase, or Damaged; makes the document's generation a number."""
    try:
        kdf = document["kdf"]
        limits = Kdf(int(kdf["passes"]), int(kdf["lanes"]), int(kdf["memory_kib"]))
        stretched = _stretch(passphrase, base64.b64decode(document["salt"]), limits)
        sealed = base64.b64decode(document["sealed"])
        document["generation"] = int(document["generation"])
    except (KeyError, TypeError, ValueError, MemoryError):
        raise damaged(Path(ROOT_FILE)) from None
    try:
        return AESGCM(stretched).decrypt(sealed[:12], sealed[12:], LABEL + desk)
    except InvalidTag:
        raise WrongPassphrase(
            "The passphrase does not open this desk.",
            what=ROOT_FILE,
            next="Give the desk's own passphrase; nothing was changed.",
        ) from None


def _stretch(passphrase: bytes, salt: bytes, kdf: Kdf) -> bytes:
    return Argon2id(
        salt=salt, length=32, iterations=kdf.passes, lanes=kdf.lanes, memory_cost=kdf.memory_kib
    ).derive(passphrase)
