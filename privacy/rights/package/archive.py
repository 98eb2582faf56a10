"""The package as one file: an AES-256 ZIP (WinZip AE-2), made in memory.

The names of its files are fixed: nothing of a person stands in one. The pass phrase
is new for each package, goes to the person by another way, and is kept nowhere.
"""

from __future__ import annotations

import base64
import io
import secrets
from collections.abc import Mapping

import pyzipper

PASSPHRASE_BYTES = 15


def new_passphrase() -> str:
    """120 random bits in groups of four, to be given to the person by another way."""
    text = base64.b32encode(secrets.token_bytes(PASSPHRASE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def sealed(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """The bytes of an AES-256 ZIP of those files, in their order."""
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(
        buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
