"""Whom a desk knows already: persons by number, mail or row, and the list of the erased.

Everything that is opened here stands in the log first, under the purpose import.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Container
from typing import Any

from sqlalchemy import Connection, func, or_, select

from privacy.actors import Actor
from privacy.contacts.matching import Person, Point
from privacy.desk import Desk
from privacy.storage.bulk import in_chunks, select_among
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ErasedTag, Subject
from privacy.terms import KeyClass, OpeningPurpose, SubjectState
from privacy.vault.lookup import Query, find
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart


def erased_mark(db: Connection) -> tuple[int, int]:
    """Length and newest instant of the erased list: tells whether it changed."""
    table = table_of(ErasedTag)
    row = db.execute(select(func.count(), func.max(table.c.erased_at)).select_from(table)).one()
    return int(row[0]), int(row[1] or 0)


def erased_at(db: Connection, tags: Collection[bytes]) -> dict[bytes, int]:
    """Instants of erasure (microseconds) of those tags that are on the list."""
    rows = select_among(db, table_of(ErasedTag), ("tag", "erased_at"), None, frozenset(tags))
    return {bytes(tag): at for tag, at in rows}


def known_people(
    desk: Desk,
    actor: Actor,
    values: Collection[tuple[str, str]],
    own: Collection[Point],
    skip: Container[int],
    import_id: str,
) -> list[Person]:
    """The persons who have one of `values`, each with its whole merged set opened.

    `own` are points of subjects that this import wrote itself; `skip` are all
    such subjects, whom the index need not find.
    """
    queries = [Query(*value) for value in values]
    matches = find(
        desk.vault,
        queries,
        actor.id,
        OpeningPurpose.IMPORT,
        skip=skip,
        object=import_id,
    )
    points = list(own)
    points += [Point(m.query.kind, m.query.value, m.subject_id, m.point_id) for m in matches]
    if not points:
        return []
    with desk.reading() as db:
        roots = _sets(db, {point.subject_id for point in points})
    profiles = {match.subject_id: match.profile for match in matches}
    profiles |= _opened(desk, actor, roots.keys() - profiles.keys(), import_id)
    people: dict[int, Person] = {}
    for subject_id, document in profiles.items():
        root = roots.get(subject_id)
        if root is not None:
            people.setdefault(root, Person(root)).learn_profile(document)
    for subject_id, document in profiles.items():
        if subject_id in roots:
            mails = [
                Point("email", mail["address"], subject_id, mail["point"])
                for mail in document.get("emails", [])
            ]
            people[roots[subject_id]].learn_points(mails)
    for point in points:
        if point.subject_id in roots and roots[point.subject_id] in people:
            people[roots[point.subject_id]].learn_points([point])
    return list(people.values())


def _sets(db: Connection, subject_ids: Collection[int]) -> dict[int, int]:
    """Root of every active subject in the merged sets of those subjects."""
    table = table_of(Subject)
    roots: set[int] = set()
    for chunk in in_chunks(sorted(subject_ids), 500):
        rows = db.execute(select(table.c.id, table.c.merged_into).where(table.c.id.in_(chunk)))
        roots |= {row.merged_into or row.id for row in rows}
    found: dict[int, int] = {}
    for chunk in in_chunks(sorted(roots), 500):
        rows = db.execute(
            select(table.c.id, table.c.merged_into).where(
                or_(table.c.id.in_(chunk), table.c.merged_into.in_(chunk)),
                table.c.state == SubjectState.ACTIVE,
            )
        )
        found |= {row.id: row.merged_into or row.id for row in rows}
    return found


def _opened(
    desk: Desk, actor: Actor, subject_ids: Collection[int], import_id: str
) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for chunk in in_chunks(sorted(subject_ids), OPENING_LIMIT):
        with desk.reading() as db:
            parts = profile_parts(db, chunk)
        opened = desk.vault.open(parts, actor.id, OpeningPurpose.IMPORT, object=import_id)
        found |= {place.holder_id: json.loads(plain) for place, plain in opened.items()}
    return found


def profile_parts(db: Connection, subject_ids: Collection[int]) -> list[SealedPart]:
    """Sealed profiles of those of the subjects that are active."""
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.id, table.c.profile_sealed, table.c.profile_version).where(
            table.c.id.in_(list(subject_ids)), table.c.state == SubjectState.ACTIVE
        )
    )
    return [
        SealedPart(
            Place(Part.PROFILE, row.id, row.id, row.profile_version),
            KeyClass.DESK,
            bytes(row.profile_sealed),
        )
        for row in rows
    ]
