"""Custody of the root key R and the epoch roots, behind one port.

Back-end here: two files in the state directory. `root.key` holds R sealed by
the passphrase (Argon2id); `epoch.key` holds the epoch roots W_e sealed under R
and is in no backup. KEKs are wrapped by W_e, never by R, so destroying W_e in
every place destroys everything that epoch wrapped. What this cannot reach:
copies of the files that other software made.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from privacy.errors import Damaged, KeyMissing, MachineFailed, WrongDesk, WrongPassphrase
from privacy.storage.lock import alone
from privacy.vault.blind_index import derive
from privacy.vault.files import file_errors, finish_destroying, replace_and_destroy, write_whole
from privacy.vault.wrap import unwrap_key, wrap_key

ROOT_FILE = "root.key"
EPOCH_FILE = "epoch.key"
CACHEDIR_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Keys: never part of a backup.\n"
EPOCH_LABEL = "epoch-root"


@dataclass(frozen=True)
class Kdf:
    """Argon2id parameters: passes, lanes, memory in KiB."""

    passes: int = 3
    lanes: int = 2
    memory_kib: int = 65_536


@dataclass(frozen=True)
class Destroyed:
    """Where and how one epoch root was destroyed, for the log and the certificate."""

    place: str
    kind: str
    method: str


class Custody(Protocol):
    """Holds R and the epoch roots. Labels keep a wrap in its slot."""

    kind: str

    def wrap(self, key: bytes, label: str, epoch: int = 0) -> tuple[bytes, bytes]: ...

    def unwrap(self, wrap: bytes, check: bytes, label: str, epoch: int = 0) -> bytes: ...

    def derive(self, label: str) -> bytes: ...

    def epochs(self) -> tuple[int, ...]: ...

    def epoch_root(self, epoch: int) -> bytes: ...

    def turning(self) -> AbstractContextManager[None]: ...

    def make_epoch(self, epoch: int) -> None: ...

    def destroy_before(self, epoch: int) -> list[Destroyed]: ...


class PassphraseFiles:
    """Custody in files sealed by a passphrase."""

    kind = "passphrase-sealed files"

    def __init__(
        self, folder: Path, root: bytes, desk: bytes, generation: int, copies: tuple[Path, ...]
    ) -> None:
        self.folder = folder
        self.generation = generation
        self._root = root
        self._desk = desk
        self._places = (folder / EPOCH_FILE, *copies)
        with self._alone():
            for place in self._places:
                finish_destroying(place)

    @classmethod
    def make(
        cls,
        folder: Path,
        passphrase: bytes,
        desk: bytes,
        *,
        generation: int = 1,
        kdf: Kdf | None = None,
        copies: tuple[Path, ...] = (),
    ) -> PassphraseFiles:
        """Make `root.key` with a new R, and epoch 1."""
        with file_errors("state directory"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (folder / ROOT_FILE).exists():
            raise WrongDesk(
                "The state directory already holds keys.",
                what=ROOT_FILE,
                next="Nothing was written. Use the desk they belong to.",
            )
        write_whole(folder / "CACHEDIR.TAG", CACHEDIR_TAG)
        root = secrets.token_bytes(32)
        sealed = _seal_root(root, passphrase, desk, generation, kdf or Kdf())
        write_whole(folder / ROOT_FILE, sealed)
        custody = cls(folder, root, desk, generation, copies)
        for place in custody._places:
            write_whole(place, custody._epoch_document({}))
        custody.make_epoch(1)
        return custody

    @classmethod
    def open(
        cls, folder: Path, passphrase: bytes, desk: bytes, *, copies: tuple[Path, ...] = ()
    ) -> PassphraseFiles:
        """Open `root.key`. WrongPassphrase, WrongDesk, or KeyMissing when a file is not there."""
        document = _read(folder / ROOT_FILE)
        if document.get("desk") != desk.decode():
            raise WrongDesk(
                "The key file belongs to another desk.",
                what=ROOT_FILE,
                next="Point RIGHTSDESK_STATE at this desk's state directory.",
            )
        root = _open_root(document, passphrase, desk)
        return cls(folder, root, desk, document["generation"], copies)

    def wrap(self, key: bytes, label: str, epoch: int = 0) -> tuple[bytes, bytes]:
        return wrap_key(self._root, key, label, self._desk, epoch)

    def unwrap(self, wrap: bytes, check: bytes, label: str, epoch: int = 0) -> bytes:
        return unwrap_key(self._root, wrap, check, label, self._desk, epoch)

    def derive(self, label: str) -> bytes:
        """A key of its own from R; dies with R only."""
        return derive(self._root, label)

    def epochs(self) -> tuple[int, ...]:
        """Epochs whose root any listed place holds, ascending."""
        held = {epoch for place in self._places if place.is_file() for epoch in self._read(place)}
        return tuple(sorted(int(epoch) for epoch in held))

    def epoch_root(self, epoch: int) -> bytes:
        """W_e. KeyMissing when no listed place holds it."""
        for place in self._places:
            if not place.is_file():
                continue
            held = self._read(place).get(str(epoch))
            if held is not None:
                return self.unwrap(
                    base64.b64decode(held["wrap"]),
                    base64.b64decode(held["check"]),
                    EPOCH_LABEL,
                    epoch,
                )
        raise KeyMissing(
            f"The root of epoch {epoch} is missing.",
            what=EPOCH_FILE,
            next="Put the epoch file back from the place listed in epoch_copies.",
        )

    @contextmanager
    def turning(self) -> Iterator[None]:
        """Held for a whole epoch turn. DeskInUse at once if another process turns."""
        with alone(self.folder / "turn.lock", wait_s=0):
            yield

    def make_epoch(self, epoch: int) -> None:
        """A new W_e in every place, durable before this returns; nothing if it is there.

        MachineFailed if a place does not answer.
        """
        with self._alone():
            held = self._answering()[0]
            if str(epoch) not in held:
                wrap, check = self.wrap(secrets.token_bytes(32), EPOCH_LABEL, epoch)
                held[str(epoch)] = {
                    "wrap": base64.b64encode(wrap).decode(),
                    "check": base64.b64encode(check).decode(),
                }
            for place in self._places:
                replace_and_destroy(place, self._epoch_document(held))

    def destroy_before(self, epoch: int) -> list[Destroyed]:
        """Remove every root before `epoch` from every place and read each place back.

        Idempotent. MachineFailed if a place does not answer, lacks `epoch` itself,
        or keeps an older root: the turn stays open then.
        """
        with self._alone():
            for number, held in enumerate(self._answering()):
                if str(epoch) not in held:
                    raise _unanswered(number, f"lacks epoch {epoch}")
            return [
                self._destroyed(number, place, epoch) for number, place in enumerate(self._places)
            ]

    def _destroyed(self, number: int, place: Path, epoch: int) -> Destroyed:
        kept = {e: held for e, held in self._read(place).items() if int(e) >= epoch}
        replace_and_destroy(place, self._epoch_document(kept))
        if self._read(place) != kept:
            raise _unanswered(number, "keeps a root that was to be destroyed")
        name = "state directory" if number == 0 else f"epoch copy {number}"
        return Destroyed(name, self.kind, "replaced, overwritten, unlinked")

    def _answering(self) -> list[dict[str, dict[str, str]]]:
        """What each place holds; a missing one may be a medium that is not there now."""
        for number, place in enumerate(self._places):
            if not place.is_file():
                raise _unanswered(number, "does not answer")
        return [self._read(place) for place in self._places]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with alone(self.folder / "custody.lock"):
            yield

    def _epoch_document(self, held: dict[str, dict[str, str]]) -> bytes:
        return json.dumps(
            {
                "schema": "rightsdesk.epoch/1",
                "desk": self._desk.decode(),
                "generation": self.generation,
                "epochs": held,
            },
            indent=1,
        ).encode()

    def _read(self, place: Path) -> dict[str, dict[str, str]]:
        document = _read(place)
        if (document.get("desk"), document.get("generation")) != (
            self._desk.decode(),
            self.generation,
        ):
            raise WrongDesk(
                "The epoch file belongs to another desk.",
                what=EPOCH_FILE,
                next="Point RIGHTSDESK_STATE at this desk's state directory.",
            )
        epochs = document.get("epochs")
        if not isinstance(epochs, dict):
            raise _damaged(place)
        return epochs


def _unanswered(number: int, how: str) -> MachineFailed:
    return MachineFailed(
        f"Place {number} of the epoch file {how}; the turn stays open.",
        what=EPOCH_FILE,
        next="Bring the place back (place 0 is the state directory) and run `rightsdesk work`.",
    )


def _read(path: Path) -> dict[str, Any]:
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
        raise _damaged(path) from None
    if not isinstance(document, dict):
        raise _damaged(path)
    return document


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"The custody file {path.name} is damaged.",
        what=path.name,
        next="Put back the copy that is kept off this machine.",
    )


def _seal_root(root: bytes, passphrase: bytes, desk: bytes, generation: int, kdf: Kdf) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    key = AESGCM(_stretch(passphrase, salt, kdf))
    sealed = key.encrypt(nonce, root, b"rightsdesk/root/1" + desk)
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


def _open_root(document: dict[str, Any], passphrase: bytes, desk: bytes) -> bytes:
    try:
        kdf = document["kdf"]
        limits = Kdf(int(kdf["passes"]), int(kdf["lanes"]), int(kdf["memory_kib"]))
        stretched = _stretch(passphrase, base64.b64decode(document["salt"]), limits)
        sealed = base64.b64decode(document["sealed"])
        document["generation"] = int(document["generation"])
    except (KeyError, TypeError, ValueError, MemoryError):
        raise _damaged(Path(ROOT_FILE)) from None
    try:
        return AESGCM(stretched).decrypt(sealed[:12], sealed[12:], b"rightsdesk/root/1" + desk)
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
