"""The package of an access answer: an AES-256 ZIP, written once for each approval.

It holds a PDF for people, JSON and CSV for machines (docs/rights.md). The
plaintext lives in memory only. The file is written with mode 0600 under another
name; its digest is in the log, durably, before it gets the name that was asked
for. Cells that a spreadsheet would run as a formula are made harmless in the CSV
files; the JSON keeps every value as it is.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyzipper

from privacy.contacts.cells import harmless
from privacy.errors import BadInput
from privacy.vault.files import file_errors

PASSPHRASE_BYTES = 15
FILES = {
    "names.csv": ("label", "value", "source", "since_on"),
    "contact_points.csv": ("label", "value", "source", "since_on"),
    "addresses.csv": ("label", "value", "source", "since_on"),
    "other.csv": ("label", "value", "source", "since_on"),
    "consents.csv": (
        "id",
        "kind",
        "purpose",
        "channel",
        "at",
        "valid_until_on",
        "how",
        "text_version",
        "text_shown",
    ),
    "calls.csv": ("at", "campaign", "purpose", "caller_id", "number", "outcome"),
    "recipients.csv": ("name", "role", "country", "what", "why", "first_on", "last_on"),
    "openings.csv": ("at", "action", "purpose"),
}


def new_passphrase() -> str:
    """120 random bits in groups of four, to be given to the person by another way."""
    text = base64.b32encode(secrets.token_bytes(PASSPHRASE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def make(pdf: bytes | None, document: Mapping[str, Any], passphrase: str) -> bytes:
    """The bytes of the package: answer.pdf if there is one, answer.json, one CSV file a table."""
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(
        buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(passphrase.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        if pdf is not None:
            archive.writestr("answer.pdf", pdf)
        archive.writestr(
            "answer.json", json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
        )
        for name, columns in FILES.items():
            archive.writestr(name, table(columns, _rows(document, name)))
    return buffer.getvalue()


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """CSV (RFC 4180) with a heading; formula cells get an apostrophe in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(row.get(column)) for column in columns])
    return out.getvalue()


def _rows(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    key = name.removesuffix(".csv")
    source = document if key in document else document["held"]
    rows: list[dict[str, Any]] = source[key]
    return rows


def digest(content: bytes) -> str:
    """SHA-256 of the package, in hex: what the log names."""
    return hashlib.sha256(content).hexdigest()


def part_of(path: Path) -> Path:
    """The name under which a package lies until its release is in the log."""
    return path.with_name(path.name + ".part")


def refuse_existing(path: Path) -> None:
    """BadInput if something lies where a file should be written: nothing is overwritten."""
    if path.exists():
        raise BadInput(
            "Something is there already; nothing was overwritten.",
            what="output file",
            next="Give another path, or move the file away.",
        )


def write_private(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600, made durable. Replaces nothing."""
    with file_errors("output file"):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def complete(path: Path) -> None:
    """Give the written package its name, durably."""
    with file_errors("output file"):
        os.rename(part_of(path), path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
