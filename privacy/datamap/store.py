"""The desk's data map: TOML files in its folder, and the versions that were accepted.

Whoever works on the files by hand accepts them afterwards; `edit` does both. A report is made
from an accepted version and says which: files that differ from the newest one are nobody's
word yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from privacy.actors import Act, Actor
from privacy.datamap import packing, reading, versions
from privacy.datamap.form import refuse
from privacy.datamap.reading import DataMap, file_name
from privacy.datamap.versions import Version
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.storage.unit import Unit
from privacy.vault.files import file_errors, write_whole

ACCEPTED = "datamap.accepted"
FOLDER = "datamap"
WHAT = "datamap"


@dataclass(frozen=True)
class Accepted:
    """A version with its texts and the map that they say."""

    version: Version
    texts: Mapping[str, str]
    map: DataMap
    sample: bool


def folder_of(desk: Desk) -> Path:
    """Where the map's files lie."""
    return desk.folder / FOLDER


def files_of(desk: Desk) -> dict[str, bytes]:
    """The map's files as they lie in the folder; nothing where there is no folder."""
    folder = folder_of(desk)
    with file_errors("data map"):
        paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        return {path.name: path.read_bytes() for path in paths}


def listed(db: Connection, size: int | None = None) -> list[Version]:
    """Every version that was accepted, oldest first; as of that size of the log."""
    return versions.logged(db, (ACCEPTED,), size)


def accepted(desk: Desk, number: int | None = None) -> Accepted:
    """A version of the map, the newest without a number. BadInput where there is none.

    Altered where its texts are not those that the log names.
    """
    with desk.reading() as db:
        found = versions.numbered(listed(db), number, WHAT)
    texts = versions.kept(folder_of(desk), found.digest)
    content = {name: text.encode() for name, text in texts.items()}
    return Accepted(found, texts, reading.read(content), reading.is_sample(content))


def newest(desk: Desk, size: int | None = None) -> Accepted | None:
    """The newest version, as of that size of the log; None where nothing was accepted yet."""
    with desk.reading() as db:
        known = listed(db, size)
    return accepted(desk, known[-1].number) if known else None


def is_newest(desk: Desk) -> bool:
    """Whether the files in the folder are the newest accepted version, byte for byte."""
    with desk.reading() as db:
        known = listed(db)
    if not known:
        return False
    try:
        texts = _texts(files_of(desk))
    except BadInput:
        return False
    return packing.digest_of(packing.packed(texts)) == known[-1].digest


def require_newest(desk: Desk) -> None:
    """BadInput where files were changed and nobody accepted them: no report is made of that."""
    if not is_newest(desk):
        raise BadInput(
            "The files of the data map are not an accepted version.",
            what=FOLDER,
            next="See `rightsdesk datamap check`, then `rightsdesk datamap accept`.",
        )


def accept(desk: Desk, actor: Actor) -> Version:
    """Accept the files as they lie in the folder as a new version.

    Denied for a role that handles no requests. BadInput for files that are not valid, none,
    or those of the newest version.
    """
    actor.require(Act.HANDLE_REQUEST)
    files = files_of(desk)
    if not files:
        raise BadInput("There is no file of a data map.", what=FOLDER, next=_begin())
    reading.read(files)
    content = packing.packed(_texts(files))
    digest = versions.keep(folder_of(desk), content)

    def job(unit: Unit) -> None:
        known = listed(unit.db)
        if known and known[-1].digest == digest:
            raise BadInput(
                "These files are the newest version already.",
                what=FOLDER,
                next="Nothing is to be done.",
            )
        unit.append(ACCEPTED, actor.id, digest=digest, fields=sorted(files))

    desk.write(job)
    with desk.reading() as db:
        return [each for each in listed(db) if each.digest == digest][-1]


def replace_file(desk: Desk, actor: Actor, name: str, content: bytes) -> Version:
    """Put a file in the place of another, whole, and accept the map with it.

    Nothing is written where the map would not be valid with it. A crash after the file is
    replaced leaves a file that is not accepted yet, which `check` says.
    """
    actor.require(Act.HANDLE_REQUEST)
    target = file_name(name)
    refuse(reading.check({**files_of(desk), target: content}).faults)
    folder = folder_of(desk)
    with file_errors("data map"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / target, content)
    return accept(desk, actor)


def begin(desk: Desk, actor: Actor, name: str, content: bytes) -> Version:
    """The first file of a map. Denied where there is one: nothing is overwritten."""
    if files_of(desk):
        raise Denied(
            "There is a data map already; nothing was written.",
            what=FOLDER,
            next="See `rightsdesk datamap show`; change it with `rightsdesk datamap edit`.",
        )
    return replace_file(desk, actor, name, content)


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    try:
        return {name: content.decode("utf-8") for name, content in files.items()}
    except UnicodeDecodeError:
        raise BadInput("A file is not UTF-8.", what=FOLDER, next="Save it as UTF-8.") from None


def _begin() -> str:
    return "Begin with `rightsdesk datamap init`."
