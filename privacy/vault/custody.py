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
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from privacy.errors import KeyMissing, MachineFailed, WrongDesk
from privacy.storage.lock import alone
from privacy.vault.blind_index import derive
from privacy.vault.files import file_errors, finish_destroying, replace_and_destroy, write_whole
from privacy.vault.key_files import ROOT_FILE, Kdf, damaged, open_root, read_document, seal_root
from privacy.vault.wrap import unwrap_key, wrap_key

__all__ = ["EPOCH_FILE", "ROOT_FILE", "Custody", "Destroyed", "Kdf", "PassphraseFiles"]

EPOCH_FILE = "epoch.key"
CACHEDIR_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Keys: never part of a backup.\n"
EPOCH_LABEL = "epoch-root"


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

    def places(self) -> list[tuple[str, bool]]: ...

    def make_copies(self) -> list[str]: ...

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
        sealed = seal_root(root, passphrase, desk, generation, kdf or Kdf())
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
        document = read_document(folder / ROOT_FILE)
        if document.get("desk") != desk.decode():
            raise WrongDesk(
                "The key file belongs to another desk.",
                what=ROOT_FILE,
                next="Point RIGHTSDESK_STATE at this desk's state directory.",
            )
        root = open_root(document, passphrase, desk)
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

    def places(self) -> list[tuple[str, bool]]:
        """Each listed place by name, and whether it answers."""
        return [(_name(number), place.is_file()) for number, place in enumerate(self._places)]

    def make_copies(self) -> list[str]:
        """Write the epoch file into listed places that are empty; which.

        Never done by a turn: a place that is empty may be a medium that is away.
        """
        with self._alone():
            document = self._epoch_document(self._read(self._places[0]))
            made = []
            for number, place in enumerate(self._places):
                if not place.is_file():
                    write_whole(place, document)
                    made.append(_name(number))
            return made

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
        return Destroyed(_name(number), self.kind, "replaced, overwritten, unlinked")

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
        document = read_document(place)
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
            raise damaged(place)
        return epochs


def _name(number: int) -> str:
    return "state directory" if number == 0 else f"epoch copy {number}"


def _unanswered(number: int, how: str) -> MachineFailed:
    return MachineFailed(
        f"A place of the epoch file ({_name(number)}) {how}; the turn stays open.",
        what=EPOCH_FILE,
        next="Bring it back and run `rightsdesk work`; a new place: `rightsdesk keys custody"
        " --make-copies`.",
    )
