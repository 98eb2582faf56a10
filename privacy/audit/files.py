"""The signer's files in the state directory: the day key and the last signed checkpoint.

`day.key` is the key in force, wrapped under custody; `signed.json` the last
checkpoint that was ever signed, authenticated under a key of custody. While a
day is being closed their successors stand beside them with `.next`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from privacy.audit.note import Checkpoint, Note
from privacy.errors import Damaged, KeyMissing
from privacy.vault.custody import Custody
from privacy.vault.files import (
    DYING,
    file_errors,
    finish_destroying,
    overwrite,
    sync_folder,
    write_whole,
)

DAY_FILE = "day.key"
SIGNED_FILE = "signed.json"
NEXT = ".next"
MAC_LABEL = "rightsdesk/signed-checkpoint/1"


@dataclass(frozen=True)
class DayKey:
    """A day key: its number since the log began, its verifier key, its wrap and check value."""

    number: int
    verifier: str
    wrap: bytes
    check: bytes


@dataclass(frozen=True)
class Signed:
    """A signed checkpoint, the number of its key, and the local date of that key's first use."""

    size: int
    note: str
    key: int
    first_on: date | None

    def checkpoint(self) -> Checkpoint | None:
        """What was signed; None for a log that nobody has signed yet."""
        return Checkpoint.parse(Note.parse(self.note.encode()).text) if self.note else None


class CheckpointFiles:
    """Reads and writes the signer's files; what is read is authenticated."""

    def __init__(self, folder: Path, custody: Custody) -> None:
        self.folder = folder
        self.lock = folder / "signing.lock"
        self._custody = custody
        self._day = folder / DAY_FILE
        self._signed = folder / SIGNED_FILE
        self._next_day = folder / (DAY_FILE + NEXT)
        self._next_signed = folder / (SIGNED_FILE + NEXT)

    def day(self) -> DayKey:
        """The day key in force. KeyMissing or Damaged."""
        document = _read(self._day)
        try:
            return DayKey(
                int(document["number"]),
                str(document["verifier"]),
                base64.b64decode(document["wrap"]),
                base64.b64decode(document["check"]),
            )
        except (KeyError, TypeError, ValueError):
            raise _damaged(self._day) from None

    def signed(self) -> Signed:
        """The last signed checkpoint. KeyMissing or Damaged."""
        return self._read_signed(self._signed)

    def closing(self) -> Signed | None:
        """The closing checkpoint of a turn that is under way; None if none is."""
        return self._read_signed(self._next_signed) if self._next_signed.exists() else None

    def write_day(self, key: DayKey) -> None:
        write_whole(self._day, _day_bytes(key))

    def write_next_day(self, key: DayKey) -> None:
        write_whole(self._next_day, _day_bytes(key))

    def write_signed(self, signed: Signed) -> None:
        write_whole(self._signed, self._signed_bytes(signed))

    def write_closing(self, signed: Signed) -> None:
        write_whole(self._next_signed, self._signed_bytes(signed))

    def finish_closing(self) -> None:
        """The next key takes its place, the old one is destroyed. Idempotent."""
        with file_errors(DAY_FILE):
            finish_destroying(self._day)
            if self._next_day.exists():
                os.link(self._day, self._day.with_name(DAY_FILE + DYING))
                os.replace(self._next_day, self._day)
                sync_folder(self.folder)
            finish_destroying(self._day)
            os.replace(self._next_signed, self._signed)
            sync_folder(self.folder)

    def drop_closing(self) -> None:
        """Forget a turn whose transaction did not commit; the key in force stays."""
        with file_errors(DAY_FILE):
            self._next_signed.unlink()
            sync_folder(self.folder)
            if self._next_day.exists():
                overwrite(self._next_day)
                self._next_day.unlink()
                sync_folder(self.folder)

    def _read_signed(self, path: Path) -> Signed:
        document = _read(path)
        try:
            mac = bytes.fromhex(document.pop("mac"))
            if not hmac.compare_digest(mac, self._mac(document)):
                raise _damaged(path)
            first_on = document["first_on"]
            return Signed(
                int(document["size"]),
                str(document["note"]),
                int(document["key"]),
                date.fromisoformat(first_on) if first_on else None,
            )
        except (KeyError, TypeError, ValueError):
            raise _damaged(path) from None

    def _signed_bytes(self, signed: Signed) -> bytes:
        document = {
            "schema": "rightsdesk.signed-checkpoint/1",
            "size": signed.size,
            "note": signed.note,
            "key": signed.key,
            "first_on": signed.first_on.isoformat() if signed.first_on else None,
        }
        return json.dumps({**document, "mac": self._mac(document).hex()}, indent=1).encode()

    def _mac(self, document: dict[str, Any]) -> bytes:
        message = json.dumps(document, sort_keys=True).encode()
        return hmac.digest(self._custody.derive(MAC_LABEL), message, hashlib.sha256)


def _day_bytes(key: DayKey) -> bytes:
    document = {
        "schema": "rightsdesk.day-key/1",
        "number": key.number,
        "verifier": key.verifier,
        "wrap": base64.b64encode(key.wrap).decode("ascii"),
        "check": base64.b64encode(key.check).decode("ascii"),
    }
    return json.dumps(document, indent=1).encode()


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise KeyMissing(
            f"The state directory holds no {path.name}.",
            what=path.name,
            next="Point RIGHTSDESK_STATE at this desk's state directory, or use `rightsdesk"
            " restore`: without it nobody can tell whether the log is whole.",
        )
    try:
        with file_errors(path.name):
            document = json.loads(path.read_bytes())
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(document, dict):
        raise _damaged(path)
    return document


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"The file {path.name} of the state directory is damaged.",
        what=path.name,
        next="Put back the state directory of this desk; nothing was changed.",
    )
