"""Noting what a person wishes: hours, ways and language of calls, on every number at once.

The sealed part of each number is opened, changed and sealed anew under its next version:
a permit that is out for the old one releases nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from privacy.actors import Act, Actor
from privacy.contacts.store import persons
from privacy.desk import Desk
from privacy.errors import NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.opening import SealedPart
from privacy.vault.sealing import Part, Place


def note(desk: Desk, actor: Actor, subject_id: int, wishes: Mapping[str, Any]) -> int:
    """Set `wishes` (times, channels, language) for every number of the person; how many.

    Joined records count as one person. NotFound for whoever is not known, and for a person
    without a number. A number that was changed meanwhile is left, and NotFound says so.
    """
    actor.require(Act.RECORD_CONSENT)
    with desk.reading() as db:
        parts = _parts(db, subject_id)
    if not parts:
        raise _unknown()
    opened = desk.vault.open(
        parts, actor.id, OpeningPurpose.CONSENT, action="contact.wish_opened", object="wish"
    )
    changed = [
        (
            Place(Part.PHONE, part.place.holder_id, part.place.row_id, part.place.version + 1),
            json.dumps({**json.loads(opened[part.place]), **wishes}).encode(),
        )
        for part in parts
    ]
    sealed = desk.vault.seal_parts(KeyClass.CALL, changed)
    people = sorted({part.place.holder_id for part in parts})

    def job(unit: Unit) -> None:
        table = table_of(ContactPoint)
        for part in sealed:
            done = unit.db.execute(
                update(table)
                .where(table.c.id == part.place.row_id, table.c.version == part.place.version - 1)
                .values(sealed=part.sealed, version=part.place.version)
            )
            if not done.rowcount:
                raise _unknown()
        unit.append(
            "contact.wish_noted",
            actor.id,
            subjects=desk.vault.pseudonyms(people, {}, unit.now),
            fields=sorted(wishes),
            count=len(sealed),
        )

    desk.write(job)
    return len(sealed)


def _parts(db: Connection, subject_id: int) -> list[SealedPart]:
    point, subject = table_of(ContactPoint), table_of(Subject)
    rows = db.execute(
        select(point.c.id, point.c.subject_id, point.c.version, point.c.sealed)
        .join(subject, subject.c.id == point.c.subject_id)
        .where(
            subject.c.id.in_(persons(db, subject_id)),
            subject.c.state == SubjectState.ACTIVE,
            point.c.kind == ContactKind.PHONE,
            point.c.sealed.is_not(None),
        )
        .order_by(point.c.id)
    )
    return [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version), KeyClass.CALL, bytes(row.sealed)
        )
        for row in rows
    ]


def _unknown() -> NotFound:
    return NotFound(
        "Nobody is known by that id with a number, or it was changed meanwhile.",
        what="person",
        next="Nothing was changed. See `rightsdesk contacts find`.",
    )
