"""Lifting a suppression: only by a later express consent, for its purpose and channel.

A consent at the very instant of the opt-out lifts nothing: ties deny. What is
lifted stands as a record that names the consent; the suppression itself stays
and counts for every other purpose and channel.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from privacy.actors import Actor
from privacy.clock import micros
from privacy.consent.ledger import EXPRESS, RecordKind
from privacy.consent.records import NewRecord
from privacy.desk import Desk
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.number_locks import lock_numbers
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionLift, SuppressionRow
from privacy.storage.tables.people import ContactPoint
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart


def with_tags(desk: Desk, actor: Actor, news: Sequence[NewRecord]) -> list[NewRecord]:
    """The records, express grants with the keyed tag of their number where the desk has
    any suppression that they could lift. Opening the numbers is audited."""
    wanted = {new.point_id for new in news if _express(new) and not new.tag and new.point_id}
    with desk.reading() as db:
        any_row = db.execute(select(table_of(SuppressionRow).c.id).limit(1)).first()
        if not wanted or any_row is None:
            return list(news)
        table = table_of(ContactPoint)
        parts: dict[int, SealedPart] = {}
        for chunk in in_chunks(sorted(wanted), 500):
            for row in db.execute(select(table).where(table.c.id.in_(chunk))):
                if row.kind == ContactKind.PHONE and row.sealed is not None:
                    place = Place(Part.PHONE, row.subject_id, row.id, row.version)
                    parts[row.id] = SealedPart(place, KeyClass.CALL, bytes(row.sealed))
    tags: dict[int, bytes] = {}
    for chunk in in_chunks(list(parts.items()), 500):
        plain = desk.vault.open([part for _, part in chunk], actor.id, OpeningPurpose.CONSENT)
        for point, part in chunk:
            number = json.loads(plain[part.place])["number"]
            tags[point] = desk.vault.keyring.tags.number_tag(number)
    return [replace(new, tag=tags.get(new.point_id or 0, new.tag)) for new in news]


def lift_by_grants(unit: Unit, news: Sequence[tuple[str, NewRecord]]) -> None:
    """Add a lift for each suppression that an express grant of `news` is later than."""
    grants = [(consent_id, new) for consent_id, new in news if new.tag and _express(new)]
    if not grants:
        return
    lock_numbers(unit.db, {new.tag for _, new in grants})
    table = table_of(SuppressionRow)
    rows: list[tuple[str, str, str, str, int]] = []
    for chunk in in_chunks(grants, 500):
        by_tag: dict[bytes, list[tuple[str, NewRecord]]] = {}
        for consent_id, new in chunk:
            by_tag.setdefault(new.tag, []).append((consent_id, new))
        found = unit.db.execute(
            select(table.c.id, table.c.tag, table.c.since_at).where(table.c.tag.in_(by_tag))
        )
        for row in found:
            rows.extend(
                (row.id, consent_id, new.purpose, new.channel, micros(unit.now))
                for consent_id, new in by_tag[bytes(row.tag)]
                if micros(new.effective_at) > row.since_at
            )
    columns = ("suppression_id", "consent_id", "purpose", "channel", "lifted_at")
    insert_rows(unit.db, table_of(SuppressionLift), columns, rows)


def _express(new: NewRecord) -> bool:
    return new.kind is RecordKind.GRANT and new.consent_class in EXPRESS
