"""Imports of call records in the database: the only module that writes and opens their rows.

A chunk is sealed, and committed with its entry, before the next is read. Digests of its calls
are sealed apart, so that those of an earlier export are known without opening numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from privacy.actors import Act, Actor
from privacy.audit.tree import hash_leaf
from privacy.clock import instant, micros
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.ids import public_id, row_id, row_ids
from privacy.storage.tables.base import table_of
from privacy.storage.tables.vendor_calls import (
    VendorCallChunk,
    VendorCallFile,
    VendorCallImport,
)
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.erase import delete_keys
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from privacy.vendors import store as vendors
from privacy.vendors.calls.counted import forget
from privacy.vendors.calls.record import CallChunk, Integers
from privacy.vendors.calls.same_calls import Known, contents_of

RUNNING, DONE, REPLACED, ENDED = "running", "done", "replaced", "ended"
OPENED = "vendor_calls.opened"


@dataclass(frozen=True)
class Import:
    """One export of a vendor as main holds it. `manifest` names nobody; instants are UTC."""

    id: str
    vendor_id: str
    holder_id: int
    state: str
    format: str
    settings_sha256: str
    started_at: datetime
    finished_at: datetime | None
    calls: int
    first_at: datetime | None
    last_at: datetime | None
    manifest: Mapping[str, Any]
    manifest_sha256: str

    def document(self) -> dict[str, Any]:
        """The line of a list."""
        return {
            "id": self.id,
            "vendor": self.vendor_id,
            "state": self.state,
            "format": self.format,
            "calls": self.calls,
            "from": _text(self.first_at),
            "to": _text(self.last_at),
            "started": _text(self.started_at),
            "finished": _text(self.finished_at),
            "manifest_sha256": self.manifest_sha256 or None,
        }


@dataclass(frozen=True)
class Given:
    """A file as it was given."""

    sha256: str
    size: int


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def import_of(db: Connection, import_id: str) -> Import:
    """NotFound."""
    table = table_of(VendorCallImport)
    row = db.execute(select(table).where(table.c.id == import_id)).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such import of call records.",
            what="import",
            next="See `rightsdesk vendor calls list`.",
        )
    return _import(row)


def listed(db: Connection, vendor_id: str = "", state: str = "") -> list[Import]:
    """Imports, oldest first."""
    table = table_of(VendorCallImport)
    statement = select(table).order_by(table.c.started_at, table.c.id)
    if vendor_id:
        statement = statement.where(table.c.vendor_id == vendor_id)
    if state:
        statement = statement.where(table.c.state == state)
    return [_import(row) for row in db.execute(statement)]


def same_files(db: Connection, vendor_id: str, digests: Sequence[str]) -> list[Import]:
    """Imports of the vendor, running or done, that hold one of the files already."""
    files, imports = table_of(VendorCallFile), table_of(VendorCallImport)
    rows = db.execute(
        select(imports)
        .where(
            imports.c.vendor_id == vendor_id,
            imports.c.state.in_((RUNNING, DONE)),
            imports.c.id.in_(select(files.c.import_id).where(files.c.sha256.in_(list(digests)))),
        )
        .order_by(imports.c.started_at)
    )
    return [_import(row) for row in rows]


def begin(
    desk: Desk, actor: Actor, vendor_id: str, form: str, settings: str, files: Sequence[Given]
) -> Import:
    """A new import, with its entry."""
    now = desk.now()
    import_id, holder = public_id("vi"), row_id(now)

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(VendorCallImport)).values(
                id=import_id,
                vendor_id=vendor_id,
                holder_id=holder,
                state=RUNNING,
                format=form,
                settings_sha256=settings,
                started_at=micros(unit.now),
                started_by=actor.id,
                calls=0,
                manifest="{}",
                manifest_sha256="",
            )
        )
        unit.db.execute(
            insert(table_of(VendorCallFile)),
            [
                {
                    "import_id": import_id,
                    "position": position,
                    "sha256": file.sha256,
                    "size_bytes": file.size,
                }
                for position, file in enumerate(files)
            ],
        )
        unit.append("vendor_calls.import_begun", actor.id, object=import_id, digest=files[0].sha256)

    desk.write(job)
    with desk.reading() as db:
        return import_of(db, import_id)


def chunks_stored(db: Connection, import_id: str) -> int:
    table = table_of(VendorCallChunk)
    return int(
        db.execute(
            select(func.count()).select_from(table).where(table.c.import_id == import_id)
        ).scalar_one()
    )


def keep(desk: Desk, actor: Actor, found: Import, number: int, chunk: CallChunk) -> None:
    """Seal and store one chunk, with its entry and the digest of its ciphertext."""
    first, second = row_ids(desk.now(), 2)
    digests = np.concatenate([np.sort(chunk.digest), np.sort(contents_of(chunk))]).tobytes()
    sealed, keys = desk.vault.seal_parts(
        KeyClass.CALLS,
        [
            (Place(Part.VENDOR_CALLS, found.holder_id, first), chunk.to_bytes()),
            (Place(Part.VENDOR_CALL_KEYS, found.holder_id, second), digests),
        ],
    )

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(VendorCallChunk)).values(
                row_id=first,
                digest_row_id=second,
                import_id=found.id,
                number=number,
                calls=len(chunk),
                sealed=sealed.sealed,
                digests_sealed=keys.sealed,
            )
        )
        unit.append(
            "vendor_calls.part_imported",
            actor.id,
            object=found.id,
            count=len(chunk),
            digest=hash_leaf(sealed.sealed).hex(),
        )

    desk.write(job)


def finish(
    desk: Desk,
    actor: Actor,
    found: Import,
    calls: int,
    period_us: tuple[int | None, int | None],
    manifest: Mapping[str, Any],
) -> Import:
    """The import is whole: its manifest goes into the table, and with its digest into the log."""
    text, digest = _written(manifest)
    table = table_of(VendorCallImport)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table)
            .where(table.c.id == found.id)
            .values(
                state=DONE,
                finished_at=micros(unit.now),
                calls=calls,
                first_at=period_us[0],
                last_at=period_us[1],
                manifest=text,
                manifest_sha256=digest,
            )
        )
        vendors.tell(
            unit, found.vendor_id, "calls_imported", actor.id, {"import": found.id, "calls": calls}
        )
        unit.append(
            "vendor_calls.imported",
            actor.id,
            object=found.id,
            count=calls,
            digest=digest,
            fields=manifest_words(manifest),
        )

    desk.write(job)
    with desk.reading() as db:
        return import_of(db, found.id)


def restate(desk: Desk, actor: Actor, found: Import, manifest: Mapping[str, Any]) -> Import:
    """Something else is stated of an import that is done; its calls are the same."""
    text, digest = _written(manifest)
    table = table_of(VendorCallImport)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table)
            .where(table.c.id == found.id)
            .values(manifest=text, manifest_sha256=digest)
        )
        unit.append(
            "vendor_calls.restated",
            actor.id,
            object=found.id,
            digest=digest,
            fields=manifest_words(manifest),
        )

    desk.write(job)
    with desk.reading() as db:
        return import_of(db, found.id)


def _written(manifest: Mapping[str, Any]) -> tuple[str, str]:
    """The manifest's text and its SHA-256."""
    text = json.dumps(manifest, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text, sha256(text.encode()).hexdigest()


def manifest_words(manifest: Mapping[str, Any]) -> list[str]:
    """The manifest as it stands in the log: one word a fact."""
    period, rows = manifest["period"], manifest["rows"]
    return [
        *(f"file={each['sha256']}" for each in manifest["files"][:50]),
        f"rows={rows['read']}",
        f"from={period['found_from']}",
        f"to={period['found_to']}",
        f"zone={manifest['declared']['zone']}",
        f"mapping={manifest['declared']['mapping_sha256']}",
    ]


def replace(desk: Desk, actor: Actor, import_id: str) -> None:
    """An import was read wrongly: its calls go, then its key; the row stays."""
    actor.require(Act.ASSESS_VENDOR)
    destroy(desk, actor, import_id, REPLACED, "vendor_calls.import_replaced")


def destroy(desk: Desk, actor: Actor, import_id: str, state: str, action: str) -> None:
    """Delete the calls of an import in main, then its key in the vault. Idempotent."""
    with desk.reading() as db:
        found = import_of(db, import_id)

    def job(unit: Unit) -> None:
        chunks, imports = table_of(VendorCallChunk), table_of(VendorCallImport)
        unit.db.execute(delete(chunks).where(chunks.c.import_id == found.id))
        forget(unit, found.id)
        unit.db.execute(
            update(imports).where(imports.c.id == found.id).values(state=state, calls=0)
        )
        unit.append(action, actor.id, object=found.id)

    desk.write(job)
    delete_keys(desk.vault, [found.holder_id], (KeyClass.CALLS,))


def chunks(desk: Desk, actor: Actor, import_id: str) -> Iterator[CallChunk]:
    """The calls of an import, chunk by chunk; each opening stands in the log first."""
    actor.require(Act.ASSESS_VENDOR)
    with desk.reading() as db:
        found = import_of(db, import_id)
        table = table_of(VendorCallChunk)
        numbers = list(
            db.execute(
                select(table.c.row_id)
                .where(table.c.import_id == import_id)
                .order_by(table.c.number)
            ).scalars()
        )
    for number in numbers:
        with desk.reading() as db:
            sealed = db.execute(select(table.c.sealed).where(table.c.row_id == number)).scalar_one()
        place = Place(Part.VENDOR_CALLS, found.holder_id, number)
        part = SealedPart(place, KeyClass.CALLS, bytes(sealed))
        opened = desk.vault.open(
            [part], actor.id, OpeningPurpose.VENDOR, action=OPENED, object=import_id
        )
        yield CallChunk.from_bytes(opened[place])


def known_calls(desk: Desk, actor: Actor, vendor_id: str, besides: str) -> Known:
    """The calls that the vendor's other imports hold."""
    table, imports = table_of(VendorCallChunk), table_of(VendorCallImport)
    keys: list[Integers] = []
    contents: list[Integers] = []
    with desk.reading() as db:
        rows = db.execute(
            select(table.c.digest_row_id, table.c.digests_sealed, imports.c.holder_id)
            .join(imports, imports.c.id == table.c.import_id)
            .where(imports.c.vendor_id == vendor_id, imports.c.id != besides)
            .where(imports.c.state == DONE)
        ).all()
    for row in rows:
        place = Place(Part.VENDOR_CALL_KEYS, row.holder_id, row.digest_row_id)
        part = SealedPart(place, KeyClass.CALLS, bytes(row.digests_sealed))
        opened = desk.vault.open(
            [part], actor.id, OpeningPurpose.VENDOR, action=OPENED, object=vendor_id
        )
        both = np.frombuffer(opened[place], dtype=np.int64).reshape(2, -1)
        keys.append(both[0])
        contents.append(both[1])
    none = np.empty(0, dtype=np.int64)
    return Known(np.unique(np.concatenate([none, *keys])), np.concatenate([none, *contents]))


def _import(row: Row[Any]) -> Import:
    return Import(
        id=row.id,
        vendor_id=row.vendor_id,
        holder_id=row.holder_id,
        state=row.state,
        format=row.format,
        settings_sha256=row.settings_sha256,
        started_at=instant(row.started_at),
        finished_at=None if row.finished_at is None else instant(row.finished_at),
        calls=row.calls,
        first_at=None if row.first_at is None else instant(row.first_at),
        last_at=None if row.last_at is None else instant(row.last_at),
        manifest=json.loads(row.manifest),
        manifest_sha256=row.manifest_sha256,
    )
