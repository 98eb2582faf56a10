"""The sealed parts of persons in main, for tests that open them."""

from __future__ import annotations

from sqlalchemy import select

from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart
from tests.persons import Known


def profile_of(desk: Desk, known: Known) -> SealedPart:
    table = table_of(Subject)
    with desk.reading() as db:
        sealed = db.execute(
            select(table.c.profile_sealed).where(table.c.id == known.subject_id)
        ).scalar_one()
    place = Place(Part.PROFILE, known.subject_id, known.subject_id)
    return SealedPart(place, KeyClass.DESK, bytes(sealed))


def phone_of(desk: Desk, known: Known) -> SealedPart:
    table = table_of(ContactPoint)
    with desk.reading() as db:
        sealed = db.execute(
            select(table.c.sealed).where(table.c.id == known.phone_point)
        ).scalar_one()
    place = Place(Part.PHONE, known.subject_id, known.phone_point)
    return SealedPart(place, KeyClass.CALL, bytes(sealed))
