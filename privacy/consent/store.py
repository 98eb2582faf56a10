"""Consent records in the database: recording, withdrawing, correcting, reading.

Evidence is sealed under the person's consent key at birth. A withdrawal is in
the ledger of no before it is in main. A record is never changed: a second
person corrects it by a record that makes it void.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from privacy.actors import Act, Actor
from privacy.clock import instant
from privacy.consent import restrictions
from privacy.consent.endings import note_endings
from privacy.consent.joined import joined, numbers_to_lock
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.consent.lifting import lift_by_grants, with_tags
from privacy.consent.lines import carried_out, mark_carried_out
from privacy.consent.records import Evidence, NewRecord, check_source
from privacy.consent.rows import COLUMNS, as_record, plain_row, recorded_at, sealed_rows
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import Channel, ConsentClass, KeyClass, LedgerKind, OpeningPurpose, Purpose
from privacy.vault.ledger import Line
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

BATCH = 2_000


def record(desk: Desk, actor: Actor, news: Sequence[NewRecord]) -> list[str]:
    """Add records; their public ids. All of a batch of 2,000 are saved or none.

    BadInput for a purpose or channel that is not in the glossary, or an instant to come;
    Denied for a grant that a restriction of the person stands against.
    """
    actor.require(Act.RECORD_CONSENT)
    now = desk.now()
    for new in news:
        _check(new, now)
    ids: list[str] = []
    for chunk in in_chunks(list(news), BATCH):
        ids.extend(_record_batch(desk, actor, with_tags(desk, actor, chunk)))
    return ids


def withdraw(
    desk: Desk,
    actor: Actor,
    subject_id: int,
    point_id: int | None,
    *,
    purpose: str = EVERYTHING,
    channel: str = EVERYTHING,
    source: str,
    evidence: Evidence | None = None,
    at: datetime | None = None,
) -> str:
    """Withdraw consent; durable in the ledger of no before main, and in main before this returns.

    `at` is when the person said so (default now). Without `point_id` it covers every
    contact point of the person.
    """
    actor.require(Act.RECORD_CONSENT)
    said_at = at or desk.now()
    new = NewRecord(
        subject_id,
        point_id,
        RecordKind.WITHDRAWAL,
        purpose,
        channel,
        ConsentClass.WITHDRAWN,
        said_at,
        source,
        evidence or Evidence(),
    )
    _check(new, desk.now())
    (row,) = sealed_rows(desk, actor.id, [new])
    numbers = numbers_to_lock(desk, actor.id, [subject_id])
    with desk.reading() as db:
        size = desk.log.head(db).size
    line = desk.ledger.append(
        LedgerKind.WITHDRAWAL,
        said_at,
        size,
        subject=subject_id,
        scope=f"{purpose}/{channel}",
        note="" if point_id is None else str(point_id),
    )

    def job(unit: Unit) -> None:
        lock_numbers(unit.db, numbers)
        _insert(unit, actor.id, [row], [new])
        mark_carried_out(unit, line)

    desk.write(job)
    return str(row[1])


def correct(desk: Desk, actor: Actor, consent_id: str, reason: str) -> str:
    """Make a record void by a correction of a second person; the correction's id.

    Denied for whoever recorded it; NotFound for an unknown id. `reason` is sealed.
    """
    actor.require(Act.CORRECT_CONSENT)
    with desk.reading() as db:
        found = _row(db, consent_id)
    if found is None or found.subject_id is None:
        raise NotFound("There is no such consent record.", what=consent_id, next="See its person.")
    if found.recorded_by == actor.id:
        raise Denied(
            "Whoever recorded a consent may not correct it.",
            what=consent_id,
            next="Ask a second person to correct it.",
        )
    if found.kind == RecordKind.CORRECTION:
        raise BadInput(
            "A correction is not corrected.", what=consent_id, next="Record anew what is right."
        )
    new = NewRecord(
        found.subject_id,
        found.point_id,
        RecordKind.CORRECTION,
        found.purpose,
        found.channel,
        ConsentClass(found.consent_class),
        desk.now(),
        "correction",
        Evidence(words=reason),
        corrects=consent_id,
    )
    return _record_batch(desk, actor, [new])[0]


def consents(db: Connection, point_ids: Collection[int]) -> dict[int, list[ConsentRecord]]:
    """Records of each point, with those of its person that cover every point.

    What another row of the same person withdrew counts here too, whatever its point. A
    grant for every point covers those that the desk held when it was recorded: a number
    that came later by a correction needs a consent of its own.
    """
    points = table_of(ContactPoint)
    found: dict[int, list[ConsentRecord]] = {point: [] for point in point_ids}
    for chunk in in_chunks(sorted(found), 500):
        owners = {
            row.id: (row.subject_id, instant(row.created_at))
            for row in db.execute(
                select(points.c.id, points.c.subject_id, points.c.created_at).where(
                    points.c.id.in_(chunk)
                )
            )
        }
        by_owner = of_persons(db, {owner for owner, _ in owners.values()})
        for point, (owner, held_since) in owners.items():
            found[point] = [r for r in by_owner[owner] if _covers(r, point, held_since)]
    return found


def _covers(record: ConsentRecord, point_id: int, held_since: datetime) -> bool:
    if record.point_id is not None:
        return record.point_id == point_id
    return record.kind is not RecordKind.GRANT or record.recorded_at >= held_since


def of_persons(db: Connection, subject_ids: Collection[int]) -> dict[int, list[ConsentRecord]]:
    """Records by subject: its own, and what other subjects of its merged set withdrew.

    Those cover every point: which of them are the same number is sealed.
    """
    sets = joined(db, subject_ids)
    people = {one for group in sets.values() for one in group}
    held: dict[int, list[ConsentRecord]] = {}
    for subject_id, record in of_subjects(db, people):
        held.setdefault(subject_id, []).append(record)
    return {
        subject_id: [
            *held.get(subject_id, ()),
            *(
                replace(record, point_id=None)
                for other in sorted(group - {subject_id})
                for record in held.get(other, ())
                if record.kind is not RecordKind.GRANT
            ),
        ]
        for subject_id, group in sets.items()
    }


def of_subjects(db: Connection, subject_ids: Collection[int]) -> list[tuple[int, ConsentRecord]]:
    """(subject id, record) of those persons, oldest first."""
    table = table_of(ConsentRow)
    found: list[tuple[int, ConsentRecord]] = []
    for chunk in in_chunks(sorted(subject_ids), 500):
        rows = db.execute(
            select(table)
            .where(table.c.subject_id.in_(chunk))
            .order_by(table.c.effective_at, table.c.id)
        )
        found.extend((row.subject_id, as_record(row)) for row in rows)
    return found


def evidence_of(
    desk: Desk,
    actor: Actor,
    subject_ids: Collection[int],
    purpose: OpeningPurpose,
    **fields: Any,
) -> dict[str, Evidence]:
    """The opened evidence of those persons' records, by public id; audited."""
    table = table_of(ConsentRow)
    parts: dict[str, SealedPart] = {}
    with desk.reading() as db:
        for chunk in in_chunks(sorted(subject_ids), 500):
            for row in db.execute(select(table).where(table.c.subject_id.in_(chunk))):
                if row.evidence_sealed is not None:
                    place = Place(Part.CONSENT_EVIDENCE, row.subject_id, row.id)
                    parts[row.public_id] = SealedPart(
                        place, KeyClass.CONSENT, bytes(row.evidence_sealed)
                    )
    opened: dict[str, Evidence] = {}
    for chunk in in_chunks(list(parts.items()), 500):
        plain = desk.vault.open([part for _, part in chunk], actor.id, purpose, **fields)
        for consent_id, part in chunk:
            opened[consent_id] = Evidence(**json.loads(plain[part.place]))
    return opened


def carry(desk: Desk, line: Line) -> None:
    """Carry out a withdrawal of the ledger that main does not have: after a crash."""
    subject_id = int(line.subject)
    purpose, _, channel = line.scope.partition("/")
    new = NewRecord(
        subject_id,
        int(line.note) if line.note else None,
        RecordKind.WITHDRAWAL,
        purpose,
        channel,
        ConsentClass.WITHDRAWN,
        datetime.fromisoformat(line.at),
        "ledger",
    )
    subjects = table_of(Subject)

    def job(unit: Unit) -> None:
        if carried_out(unit.db, line):
            return
        if unit.db.execute(select(subjects.c.id).where(subjects.c.id == subject_id)).scalar():
            row = plain_row(unit.now, new, "rightsdesk")
            insert_rows(unit.db, table_of(ConsentRow), COLUMNS, [row])
            note_endings(unit, [str(row[1])], [subject_id])
        unit.append("consent.withdrawn", "rightsdesk", object=line.id, outcome="carried out")
        mark_carried_out(unit, line)

    desk.write(job)


def _check(new: NewRecord, now: datetime) -> None:
    check_source(new.source)
    if new.purpose not in (EVERYTHING, *Purpose) or new.channel not in (EVERYTHING, *Channel):
        raise BadInput(
            "Purpose or channel is not in the glossary.",
            what="purpose or channel",
            next=f"Purposes: {', '.join(Purpose)}. Channels: {', '.join(Channel)}. Or *.",
        )
    if new.kind is RecordKind.GRANT and EVERYTHING in (new.purpose, new.channel):
        raise BadInput(
            "A consent names one purpose and one channel.",
            what="purpose or channel",
            next="Record one consent for each; only a withdrawal may cover everything.",
        )
    if new.effective_at > now:
        raise BadInput(
            "A consent or withdrawal cannot be given in the future.",
            what="instant",
            next="Give the instant at which the person said so, with its offset.",
        )


def prepare(desk: Desk, actor: Actor, news: Sequence[NewRecord]) -> list[tuple[Any, ...]]:
    """Check and seal records for `insert_prepared`; their keys are in the vault by then."""
    for new in news:
        _check(new, desk.now())
    return sealed_rows(desk, actor.id, news)


def insert_prepared(
    unit: Unit, actor: Actor, rows: Sequence[tuple[Any, ...]], news: Sequence[NewRecord]
) -> None:
    """Insert prepared records with their entry, in the caller's transaction."""
    _insert(unit, actor.id, rows, news)


def _record_batch(desk: Desk, actor: Actor, news: Sequence[NewRecord]) -> list[str]:
    rows = sealed_rows(desk, actor.id, news)
    desk.write(lambda unit: _insert(unit, actor.id, rows, news))
    return [str(row[1]) for row in rows]


def _insert(
    unit: Unit,
    actor_id: str,
    rows: Sequence[tuple[Any, ...]],
    news: Sequence[NewRecord],
) -> None:
    restrictions.refuse_grants(
        unit.db,
        [
            (
                new.subject_id,
                new.effective_at,
                bool(new.evidence.text_sha256 or new.evidence.reference),
            )
            for new in news
            if new.kind is RecordKind.GRANT
        ],
    )
    insert_rows(unit.db, table_of(ConsentRow), COLUMNS, recorded_at(unit.now, rows))
    ids = [str(row[1]) for row in rows]
    note_endings(unit, ids, {new.subject_id for new in news})
    lift_by_grants(unit, list(zip(ids, news, strict=True)))
    kinds = sorted({new.kind for new in news})
    single = ids[0] if len(ids) == 1 else None
    unit.append(
        "consent.recorded" if kinds != [RecordKind.WITHDRAWAL] else "consent.withdrawn",
        actor_id,
        object=single,
        fields=kinds,
        count=len(ids),
    )


def _row(db: Connection, consent_id: str) -> Row[Any] | None:
    table = table_of(ConsentRow)
    return db.execute(select(table).where(table.c.public_id == consent_id)).one_or_none()
