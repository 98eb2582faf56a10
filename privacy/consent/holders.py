"""Who has a number or an e-mail: every active person, through the blind index.

Numbers are compared by opening phone parts only, so that a gateway, which
holds no profile key, can tell whose consent an opt-out ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from privacy.desk import Desk
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.vault import ContactIndex
from privacy.storage.writing import database_errors
from privacy.terms import ContactKind, KekKind, KeyClass, OpeningPurpose, SubjectState
from privacy.vault.lookup import Query, find
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart


@dataclass(frozen=True, slots=True)
class Holder:
    """A person and the contact point by which they have the number or mail."""

    subject_id: int
    point_id: int


def holders_of(
    desk: Desk,
    actor_id: str,
    kind: ContactKind,
    value: str,
    purpose: OpeningPurpose = OpeningPurpose.OPT_OUT,
) -> list[Holder] | None:
    """Active persons with that E.164 number or folded e-mail; audited with `purpose`.

    None where this process cannot tell: mails without profile keys.
    """
    if kind is ContactKind.PHONE:
        return _by_phone(desk, actor_id, value, purpose)
    if not desk.vault.keyring.holds(KekKind.DESK):
        return None
    matches = find(desk.vault, [Query("email", value)], actor_id, purpose)
    return [Holder(match.subject_id, match.point_id) for match in matches]


def _by_phone(desk: Desk, actor_id: str, number: str, purpose: OpeningPurpose) -> list[Holder]:
    found: list[Holder] = []
    for chunk in in_chunks(_candidates(desk, number), OPENING_LIMIT):
        opened = desk.vault.open(chunk, actor_id, purpose, action="contact.looked_up")
        found.extend(
            Holder(part.place.holder_id, part.place.row_id)
            for part in chunk
            if json.loads(opened[part.place])["number"] == number
        )
    return found


def _candidates(desk: Desk, number: str) -> list[SealedPart]:
    index = table_of(ContactIndex)
    value = desk.vault.keyring.index.value("phone", number)
    with database_errors(), desk.vault.reads.connect() as db:
        points = set(
            db.execute(
                select(index.c.part_id).where(index.c.kind == "phone", index.c.value == value)
            ).scalars()
        )
    table, subjects = table_of(ContactPoint), table_of(Subject)
    parts: list[SealedPart] = []
    with desk.reading() as db:
        for chunk in in_chunks(sorted(points), 500):
            rows = db.execute(
                select(table.c.id, table.c.subject_id, table.c.sealed, table.c.version)
                .join(subjects, subjects.c.id == table.c.subject_id)
                .where(table.c.id.in_(chunk), subjects.c.state == SubjectState.ACTIVE)
            )
            parts.extend(
                SealedPart(
                    Place(Part.PHONE, row.subject_id, row.id, row.version),
                    KeyClass.CALL,
                    bytes(row.sealed),
                )
                for row in rows
            )
    return parts
