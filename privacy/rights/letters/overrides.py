"""A desk's own words of letters: files in its folder, in force by an entry of the log.

As with own rules of the law: the log says which digest holds for a language, the file
lies under that digest, and bytes that are not what the entry names stop every letter of
the language. Own words may not use what their block does not list, nor drop a value
that the law wants in it; see words.py.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.audit.entry import parse
from privacy.desk import Desk
from privacy.errors import Altered, BadInput
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.words import Words, with_own, words_of
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from privacy.terms import Language
from privacy.vault.files import file_errors, write_whole

FOLDER = "own_letters"
LARGEST_BYTES = 500_000
SET, CLEARED = "letter.override_set", "letter.override_cleared"


def words(desk: Desk, language: Language) -> Words:
    """The words of a language as this desk uses them. Altered if its own file was changed."""
    with desk.reading() as db:
        digest = in_force(db).get(language, "")
    return _own(desk.folder, language, digest) if digest else words_of(language)


def in_force(db: Connection) -> dict[Language, str]:
    """Digests of the own words that hold now, by language."""
    entry, leaf = table_of(AuditEntry), table_of(AuditLeaf)
    rows = db.execute(
        select(entry.c.at, entry.c.action, entry.c.body, leaf.c.idx)
        .outerjoin(leaf, leaf.c.entry_id == entry.c.id)
        .where(entry.c.action.in_((SET, CLEARED)))
    ).all()
    found: dict[Language, str] = {}
    # What is not in the tree yet is newer than what is.
    for row in sorted(rows, key=lambda row: (row.at, row.idx is None, row.idx or 0)):
        said = parse(bytes(row.body))
        language = Language(str(said["object"]))
        found.pop(language, None)
        if row.action == SET:
            found[language] = str(said["digest"])
    return found


def put(desk: Desk, actor: Actor, language: Language, content: bytes) -> Words:
    """Use these own words from now on. BadInput names block and variable of a fault; logged."""
    actor.require(Act.ADMINISTER)
    if len(content) > LARGEST_BYTES:
        raise BadInput(f"A file of own words has at most {LARGEST_BYTES} bytes.", what="FILE")
    made = with_own(words_of(language), content, catalogue())
    digest = hashlib.sha256(content).hexdigest()
    folder = desk.folder / FOLDER
    with file_errors(FOLDER):
        folder.mkdir(mode=0o700, exist_ok=True)
    # The file first: an entry without its file would stop every letter.
    write_whole(folder / f"{digest}.toml", content)

    def job(unit: Unit) -> None:
        unit.append(SET, actor.id, object=language.value, digest=digest)

    desk.write(job)
    return made


def clear(desk: Desk, actor: Actor, language: Language) -> bool:
    """Use the package's words again; whether there were own ones. Logged."""
    actor.require(Act.ADMINISTER)

    def job(unit: Unit) -> bool:
        if language not in in_force(unit.db):
            return False
        unit.append(CLEARED, actor.id, object=language.value)
        return True

    return desk.write(job)


def content_of(folder: Path, digest: str) -> bytes:
    """The bytes of own words. Altered unless the file has that digest."""
    try:
        with (folder / FOLDER / f"{digest}.toml").open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError:
        raise _altered("cannot be read") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise _altered("was changed without `rightsdesk letter override set`")
    return content


def _own(folder: Path, language: Language, digest: str) -> Words:
    return _made(language, content_of(folder, digest))


@lru_cache(maxsize=16)
def _made(language: Language, content: bytes) -> Words:
    return with_own(words_of(language), content, catalogue())


def _altered(how: str) -> Altered:
    return Altered(
        f"The file of the desk's own words {how}. No letter is written with it.",
        what=FOLDER,
        next="Set the right file with `rightsdesk letter override set LANG FILE`.",
    )
