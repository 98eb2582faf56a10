"""A folder of e-mails into the ledger: plain .eml files, or a maildir; one bad file stops none.

A mail that was taken is known by its keyed tag, so that an interrupted folder goes on and
the same folder again changes nothing. Nothing in the folder is changed or moved. Links are
not followed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.arriving.mails import NOTHING_TOLD, OnBounce, Told, take_mail
from privacy.rights.arriving.taking import LARGEST_BYTES
from privacy.rights.arriving.ways import ArrivalState, Source

MAILDIR = ("new", "cur")


@dataclass(frozen=True)
class Rejected:
    """A file that was not taken: its number in the sorted list (its name can be a person's)."""

    number: int
    reason: str


@dataclass
class FolderResult:
    """What became of the files: read = opened + waiting + set_aside + again + rejected."""

    read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    rejects: list[Rejected] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return {
            "schema": "rightsdesk.intake-folder/1",
            "read": self.read,
            **{name: self.counts[name] for name in ("opened", "waiting", "set_aside", "again")},
            "rejected": len(self.rejects),
            "set_aside_as": dict(self.set_aside),
            "warnings": dict(self.warnings),
            "rejects": [{"file": each.number, "reason": each.reason} for each in self.rejects],
        }


def mail_files(folder: Path) -> list[Path]:
    """The mails of a folder in a fixed order. BadInput where it is none, or has none."""
    if not folder.is_dir():
        raise BadInput("That is no folder.", what="DIR", next="Name a folder of e-mails.")
    inner = [folder / name for name in MAILDIR if (folder / name).is_dir()]
    found = sorted(_files(inner) if inner else _eml(folder))
    if not found:
        raise BadInput(
            "There is no e-mail in this folder.",
            what="DIR",
            next="Give a maildir, or a folder of files that end in .eml.",
        )
    return found


def take_folder(
    desk: Desk,
    actor: Actor,
    folder: Path,
    *,
    told: Told = NOTHING_TOLD,
    on_bounce: OnBounce | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> FolderResult:
    """Take every mail of a folder, whatever becomes of one of them."""
    result = FolderResult()
    for number, path in enumerate(mail_files(folder), 1):
        result.read += 1
        _take(desk, actor, path, number, result, told, on_bounce)
        progress(result.read)
    return result


def _take(
    desk: Desk,
    actor: Actor,
    path: Path,
    number: int,
    result: FolderResult,
    told: Told,
    on_bounce: OnBounce | None,
) -> None:
    try:
        raw = read_bytes(path)
        taken = take_mail(
            desk,
            actor,
            raw,
            source=Source.FOLDER,
            name=path.name,
            told=told,
            on_bounce=on_bounce,
        )
    except BadInput as bad:
        result.rejects.append(Rejected(number, bad.message))
        return
    result.warnings.update(taken.warnings)
    if taken.again:
        result.counts["again"] += 1
        return
    result.counts[taken.arrival.state.value] += 1
    if taken.arrival.state is ArrivalState.SET_ASIDE:
        result.set_aside[taken.arrival.reason] += 1


def read_bytes(path: Path) -> bytes:
    """The file's bytes. BadInput if it cannot be read, is a link, or is too large."""
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_BYTES:
            raise BadInput("The file is a link, or too large.", what="file", next="At most 25 MiB.")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({type(error).__name__}).",
            what="file",
            next="Check its owner and that it is there.",
        ) from None


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.iterdir() if path.is_file())


def _eml(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix.lower() == ".eml" and path.is_file():
            yield path
