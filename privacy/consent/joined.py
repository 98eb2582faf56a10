"""Whom a word of refusal is about: the whole merged set, and the numbers that it locks.

A merge moves nothing, so a person's rows may stand under several subjects. What one
of them said no to counts for all of them (GDPR Article 7(3): a person withdraws, not
a row).
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, or_, select

from privacy.desk import Desk
from privacy.errors import AnswerIsNo, KeyMissing
from privacy.storage.bulk import in_chunks
from privacy.storage.engines import is_sqlite
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.terms import ContactKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart


def joined(db: Connection, subject_ids: Collection[int]) -> dict[int, set[int]]:
    """For each subject the ids of its whole merged set, itself included."""
    table = table_of(Subject)
    sets = {subject_id: {subject_id} for subject_id in subject_ids}
    fresh, seen = set(sets), set(sets)
    while fresh:
        met: set[int] = set()
        for chunk in in_chunks(sorted(fresh), 500):
            rows = db.execute(
                select(table.c.id, table.c.merged_into).where(
                    table.c.merged_into.is_not(None),
                    or_(table.c.id.in_(chunk), table.c.merged_into.in_(chunk)),
                )
            )
            for row in rows:
                met |= {row.id, row.merged_into}
                _unite(sets, row.id, row.merged_into)
        fresh = met - seen
        seen |= met
    return {subject_id: sets[subject_id] for subject_id in subject_ids}


def _unite(sets: dict[int, set[int]], one: int, other: int) -> None:
    both = sets.get(one, {one}) | sets.get(other, {other})
    for each in both:
        sets[each] = both


def numbers_to_lock(desk: Desk, actor_id: str, subject_ids: Collection[int]) -> set[bytes]:
    """Keyed tags of every number of those persons, for `lock_numbers`; opening is audited.

    A gate that decides one of them right now holds its lock until the number has left
    or was refused: a refusal that waits for it is confirmed after that, never before.
    None on SQLite, whose writers wait for each other anyway, and none of a person who is
    closed already.
    """
    if is_sqlite(desk.reads):
        return set()
    table, subjects = table_of(ContactPoint), table_of(Subject)
    with desk.reading() as db:
        people = {one for group in joined(db, subject_ids).values() for one in group}
        rows = [
            row
            for chunk in in_chunks(sorted(people), 500)
            for row in db.execute(
                select(table)
                .join(subjects, subjects.c.id == table.c.subject_id)
                .where(
                    table.c.subject_id.in_(chunk),
                    table.c.kind == ContactKind.PHONE.value,
                    subjects.c.state == SubjectState.ACTIVE,
                )
            )
        ]
    parts = [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version), KeyClass.CALL, bytes(row.sealed)
        )
        for row in rows
        if row.sealed is not None
    ]
    return number_tags(desk, actor_id, parts)


def number_tags(desk: Desk, actor_id: str, parts: Collection[SealedPart]) -> set[bytes]:
    """Keyed tags of opened numbers; nothing of a person who is closed."""
    found: set[bytes] = set()
    for chunk in in_chunks(list(parts), OPENING_LIMIT):
        try:
            opened = desk.vault.open(chunk, actor_id, OpeningPurpose.CONSENT)
        except (AnswerIsNo, KeyMissing):
            continue
        found |= {
            desk.vault.keyring.tags.number_tag(str(json.loads(plain)["number"]))
            for plain in opened.values()
        }
    return found
