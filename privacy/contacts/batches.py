"""What an import writes: its own row and its batches.

The vault comes first, then one transaction of main holds the persons, their
points, the doubtful pairs, the consents, the import's progress and one audit
entry with the Merkle root of the ciphertexts: a killed import loses and doubles
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from privacy.actors import Actor
from privacy.audit.tree import hash_leaf, root_hash
from privacy.clock import micros
from privacy.contacts.documents import call_part, profile
from privacy.contacts.known import erased_mark
from privacy.contacts.matching import Point
from privacy.contacts.rows import Contact
from privacy.desk import Desk
from privacy.errors import AnswerIsNo, DeskInUse
from privacy.ids import EPOCH, RANDOM_BITS, row_ids
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.engines import is_sqlite
from privacy.storage.lock import WriterLock
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import (
    ContactPoint,
    ImportBatch,
    PossibleDuplicate,
    Subject,
)
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, SubjectState
from privacy.vault.erase import delete_keys
from privacy.vault.store import NewPerson, SealedPerson

SUBJECT_COLUMNS = (
    "id",
    "state",
    "merged_into",
    "import_id",
    "lawful_basis",
    "source",
    "obtained_on",
    "created_at",
    "profile_sealed",
    "profile_version",
)
POINT_COLUMNS = ("id", "subject_id", "kind", "label", "created_at", "sealed", "version")
COUNTS = (
    "imported",
    "merged",
    "unchanged",
    "rejected",
    "erased",
    "shared",
    "possible_duplicates",
)

LOCK = "hashtext('rightsdesk-import')"


class Moved(AnswerIsNo):
    """Persons or the erased list changed while a batch was being decided; it is decided again."""

    code = "moved"


@dataclass(slots=True)
class NewSubject:
    """A row that becomes a subject, joined to `merged_into` where that is not None."""

    contact: Contact
    subject_id: int
    merged_into: int | None
    points: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Origin:
    """What every contact keeps of where it came from."""

    import_id: str
    source: str
    lawful_basis: str
    obtained_on: str


@dataclass
class Batch:
    """Everything that one transaction of an import writes."""

    origin: Origin
    subjects: list[NewSubject]
    doubles: list[tuple[int, int]]
    joined: set[int]
    erased_mark: tuple[int, int]
    rows_done: int
    counts: dict[str, int]
    consents: Callable[[Unit], None] | None = None


# -- ids ---------------------------------------------------------------------------


class Ids:
    """Row ids of an import. Each batch takes a millisecond of its own, after every older one."""

    def __init__(self, desk: Desk) -> None:
        with desk.reading() as db:
            newest = [
                db.execute(select(func.max(table_of(model).c.id))).scalar() or 0
                for model in (Subject, ContactPoint)
            ]
        self._desk = desk
        self._last = max(newest) >> RANDOM_BITS

    def take(self, subjects: int, points: int) -> tuple[list[int], list[int]]:
        now = int((self._desk.now() - EPOCH) / timedelta(milliseconds=1))
        self._last = max(now, self._last + 1)
        instant = EPOCH + timedelta(milliseconds=self._last, microseconds=500)
        return row_ids(instant, subjects), row_ids(instant, points)


# -- the import's own row ---------------------------------------------------------------


def begin(desk: Desk, actor: Actor, origin: Origin, file_sha256: str, settings_sha256: str) -> None:
    """The import's row, with its first entry."""

    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(ImportBatch)).values(
                id=origin.import_id,
                file_sha256=file_sha256,
                settings_sha256=settings_sha256,
                source=origin.source,
                lawful_basis=origin.lawful_basis,
                obtained_on=origin.obtained_on,
                started_at=micros(unit.now),
                finished_at=None,
                rows_done=0,
                **dict.fromkeys(COUNTS, 0),
            )
        )
        unit.append(
            "contacts.import_begun",
            actor.id,
            object=origin.import_id,
            source=origin.source,
            basis=origin.lawful_basis or "not stated",
            obtained_on=origin.obtained_on,
            file=file_sha256,
        )

    desk.write(job)


def unfinished(
    db: Connection, file_sha256: str, settings_sha256: str
) -> tuple[str, int, dict[str, int]] | None:
    """(id, rows done, counts so far) of an interrupted import of the same file, the latest."""
    table = table_of(ImportBatch)
    row = db.execute(
        select(table)
        .where(
            table.c.file_sha256 == file_sha256,
            table.c.settings_sha256 == settings_sha256,
            table.c.finished_at.is_(None),
        )
        .order_by(table.c.started_at.desc())
    ).first()
    return None if row is None else (row.id, row.rows_done, {c: getattr(row, c) for c in COUNTS})


def finish(desk: Desk, actor: Actor, import_id: str, counts: dict[str, int]) -> None:
    """The import is whole."""
    table = table_of(ImportBatch)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table).where(table.c.id == import_id).values(finished_at=micros(unit.now))
        )
        unit.append("contacts.import_finished", actor.id, object=import_id, counts=counts)

    desk.write(job)


# -- a batch ---------------------------------------------------------------------------


def write_batch(
    desk: Desk,
    actor: Actor,
    batch: Batch,
    consents: Callable[[], Callable[[Unit], None] | None],
) -> None:
    """Seal, commit in the vault, then everything in main at once.

    `consents` is called when the persons' keys are there; what it returns runs in
    main's transaction. Raises Moved when the batch must be decided again.
    """
    with desk.vault.inserting():
        sealed = desk.vault.seal_people([_new_person(each) for each in batch.subjects])
        root = batch_root(sealed).hex() if sealed else None
        try:
            batch.consents = consents()
            desk.write(lambda unit: _write(unit, actor, batch, sealed, root))
        except Moved:
            holders = [each.subject_id for each in batch.subjects]
            delete_keys(desk.vault, holders, set(KeyClass))
            raise


def _new_person(new: NewSubject) -> NewPerson:
    contact, points = new.contact, new.points
    row_key = "" if points else contact.row_key()
    mails = [(value, point) for kind, value, _, point in points if kind == "email"]
    indexes = [(kind, value, point) for kind, value, _, point in points]
    if contact.surname_key:
        indexes.append(("surname", contact.surname_key, 0))
    if row_key:
        indexes.append(("row", row_key, 0))
    return NewPerson(
        new.subject_id,
        profile(contact, mails, row_key),
        tuple(
            [
                (point, call_part(contact, value))
                for kind, value, _, point in points
                if kind == "phone"
            ]
        ),
        tuple(indexes),
    )


def _write(
    unit: Unit, actor: Actor, batch: Batch, sealed: Sequence[SealedPerson], root: str | None
) -> None:
    _refuse_moved(unit.db, batch)
    at = micros(unit.now)
    origin = batch.origin
    insert_rows(unit.db, table_of(Subject), SUBJECT_COLUMNS, _subject_rows(batch, sealed, at))
    insert_rows(unit.db, table_of(ContactPoint), POINT_COLUMNS, _point_rows(batch, sealed, at))
    _add_doubles(unit.db, batch.doubles, at)
    if batch.consents is not None:
        batch.consents(unit)
    table = table_of(ImportBatch)
    unit.db.execute(
        update(table)
        .where(table.c.id == origin.import_id)
        .values(rows_done=batch.rows_done, **batch.counts)
    )
    unit.append(
        "contacts.imported",
        actor.id,
        object=origin.import_id,
        count=len(batch.subjects),
        rows_done=batch.rows_done,
        root=root,
    )


def _subject_rows(batch: Batch, sealed: Sequence[SealedPerson], at: int) -> list[tuple[Any, ...]]:
    origin = batch.origin
    kept = (origin.import_id, origin.lawful_basis, origin.source, origin.obtained_on, at)
    active = SubjectState.ACTIVE.value
    return [
        (new.subject_id, active, new.merged_into, *kept, person.profile, 1)
        for new, person in zip(batch.subjects, sealed, strict=True)
    ]


def _point_rows(batch: Batch, sealed: Sequence[SealedPerson], at: int) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for new, person in zip(batch.subjects, sealed, strict=True):
        labels, phones = dict(new.contact.phones), dict(person.phones)
        for kind, value, subject_id, point in new.points:
            label = labels[value] if kind == "phone" else ""
            rows.append((point, subject_id, kind, label, at, phones.get(point), 1))
    return rows


def batch_root(sealed: Sequence[SealedPerson]) -> bytes:
    """Merkle root (RFC 6962) over SHA-256 of each ciphertext of a batch.

    By subject id ascending: the profile, then the phones by point id ascending.
    """
    return _root((person.profile, [part for _, part in person.phones]) for person in sealed)


def root_of_stored(db: Connection, subject_ids: Sequence[int]) -> bytes:
    """The same root from what main stores of those subjects, to compare with the batch's entry.

    A batch's subjects are those of one import whose ids share their milliseconds
    (`id >> 22`).
    """
    subject, point = table_of(Subject), table_of(ContactPoint)
    profiles: dict[int, bytes] = {}
    phones: dict[int, list[bytes]] = {}
    for chunk in in_chunks(sorted(subject_ids), 500):
        for row in db.execute(
            select(subject.c.id, subject.c.profile_sealed).where(subject.c.id.in_(chunk))
        ):
            profiles[row.id] = bytes(row.profile_sealed or b"")
        for row in db.execute(
            select(point.c.subject_id, point.c.sealed)
            .where(point.c.subject_id.in_(chunk), point.c.sealed.is_not(None))
            .order_by(point.c.id)
        ):
            phones.setdefault(row.subject_id, []).append(bytes(row.sealed))
    return _root((profiles[n], phones.get(n, [])) for n in sorted(profiles))


def _root(people: Iterable[tuple[bytes, Sequence[bytes]]]) -> bytes:
    parts = [part for profile_sealed, phones in people for part in (profile_sealed, *phones)]
    return root_hash([hash_leaf(sha256(part).digest()) for part in parts])


def _refuse_moved(db: Connection, batch: Batch) -> None:
    """Raise Moved if a person joined to, or the erased list, changed since the decision."""
    table = table_of(Subject)
    sound = 0
    for chunk in in_chunks(sorted(batch.joined), 500):
        sound += db.execute(
            select(func.count())
            .select_from(table)
            .where(
                table.c.id.in_(chunk),
                table.c.state == SubjectState.ACTIVE,
                table.c.merged_into.is_(None),
            )
        ).scalar_one()
    if sound != len(batch.joined) or erased_mark(db) != batch.erased_mark:
        raise Moved("Persons changed during the import.", what=batch.origin.import_id)


def _add_doubles(db: Connection, doubles: Sequence[tuple[int, int]], at: int) -> None:
    insert_rows(
        db,
        table_of(PossibleDuplicate),
        ("subject_id", "other_id", "found_at", "settled_at"),
        [(one, other, at, None) for one, other in doubles],
    )


@contextmanager
def alone(desk: Desk) -> Iterator[None]:
    """Held for a whole import: two at once could make one person twice. DeskInUse if one runs."""
    if is_sqlite(desk.writes.engine):
        lock = WriterLock(desk.folder / "import.lock", wait_s=0.0)
        try:
            with lock.held():
                yield
        finally:
            lock.close()
        return
    with desk.writes.engine.connect() as db:
        if not db.execute(text(f"SELECT pg_try_advisory_lock({LOCK})")).scalar_one():
            raise DeskInUse(
                "Another import is running on this desk.",
                what="import",
                next="Wait until it is done, then run the command again.",
            )
        # The lock is the session's: an open transaction would hold back VACUUM.
        db.commit()
        try:
            yield
        finally:
            db.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
            db.commit()
