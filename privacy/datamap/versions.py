"""Texts under versions: what was accepted, by whom and when stands in the log.

A version is one canonical JSON document, `{"files": {NAME: TEXT}}`, kept under its SHA-256
beside what it is of; `sha256sum` shows that a file is the version that the log names. The log
decides which versions there are: a file that is not in it is no version, and one whose bytes
are others than the log says is refused as altered. Order: the file is durable, then the entry
is; what a crash leaves between the two is a file without meaning.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from privacy.audit.entry import parse
from privacy.clock import instant, rfc3339
from privacy.datamap.packing import digest_of
from privacy.errors import Altered, BadInput
from privacy.storage.tables.audit import AuditEntry, AuditLeaf
from privacy.storage.tables.base import table_of
from privacy.vault.files import file_errors, write_whole

FOLDER = "versions"


@dataclass(frozen=True)
class Version:
    """One entry of the log about a text. `number` counts from 1, in the log's order."""

    number: int
    action: str
    digest: str
    by: str
    at: datetime
    entry: str
    object: str = ""

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "number": self.number,
            "action": self.action,
            "digest": self.digest,
            "by": self.by,
            "at": rfc3339(self.at),
            "entry": self.entry,
        }


def keep(folder: Path, content: bytes) -> str:
    """Keep a version under its digest, durably; the digest. Before its entry in the log."""
    digest = digest_of(content)
    with file_errors("versions"):
        (folder / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / FOLDER / f"{digest}.json", content)
    return digest


def kept(folder: Path, digest: str) -> dict[str, str]:
    """The texts of a version that the log names. Altered where they are not those."""
    try:
        content = (folder / FOLDER / f"{digest}.json").read_bytes()
        if digest_of(content) == digest:
            return {str(name): str(text) for name, text in json.loads(content)["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise Altered(
        "A version that the log names is missing or was changed.",
        what=digest[:16],
        next="Restore it from a backup of the desk folder; the log has its SHA-256.",
    )


def logged(db: Connection, actions: Collection[str], size: int | None = None) -> list[Version]:
    """Every entry of those actions, oldest first; of the first `size` entries of the log only.

    In the order of the tree: two entries may have one instant. An entry that waits for its
    place comes after those that have one.
    """
    table, leaves = table_of(AuditEntry), table_of(AuditLeaf)
    wanted = (
        select(table.c.id, table.c.at, table.c.body)
        .join(leaves, leaves.c.entry_id == table.c.id, isouter=True)
        .where(table.c.action.in_(sorted(actions)))
        .order_by(leaves.c.idx.is_(None), leaves.c.idx, table.c.at, table.c.id)
    )
    if size is not None:
        wanted = wanted.where(leaves.c.idx < size)
    found: list[Version] = []
    for row in db.execute(wanted):
        told = parse(bytes(row.body))
        found.append(
            Version(
                len(found) + 1,
                str(told["action"]),
                str(told.get("digest", "")),
                str(told["actor"]),
                instant(row.at),
                str(row.id),
                str(told.get("object", "")),
            )
        )
    return found


def numbered(listed: list[Version], number: int | None, what: str) -> Version:
    """The version of that number, the newest for None. BadInput where there is none."""
    if not listed:
        raise BadInput(
            "Nothing was accepted yet.", what=what, next=f"See `rightsdesk {what} check`."
        )
    if number is None:
        return listed[-1]
    if not 1 <= number <= len(listed):
        raise BadInput("There is no such version.", what="--version", next=f"1 to {len(listed)}.")
    return listed[number - 1]
