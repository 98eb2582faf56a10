"""Persons put straight into a desk, as an import would: vault first, then main."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from privacy.clock import micros
from privacy.desk import Desk
from privacy.ids import row_ids
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.vault.store import NewPerson

SUBJECT_COLUMNS = (
    "id",
    "state",
    "lawful_basis",
    "source",
    "obtained_on",
    "created_at",
    "profile_sealed",
    "profile_version",
)
POINT_COLUMNS = ("id", "subject_id", "kind", "label", "created_at", "sealed", "version")


@dataclass(frozen=True)
class Known:
    """A person that the desk knows now."""

    subject_id: int
    phone_point: int
    mail_point: int


def add_person(
    desk: Desk,
    number: str,
    mail: str,
    *,
    family: str = "Canarison",
    region: str = "GB",
    postal_code: str = "SW1A 1AA",
    call_facts: Mapping[str, object] | None = None,
    language: str = "",
) -> Known:
    """A person with one number and one mail address; `call_facts` add to the phone part."""
    now = desk.now()
    subject_id, phone_point, mail_point = row_ids(now, 3)
    profile = {
        "names": [{"given": "Canarina", "family": family, "full": f"Canarina {family}"}],
        "surname_key": "",
        "emails": [{"address": mail, "point": mail_point}],
        "addresses": [{"postal_code": postal_code, "country": region}],
        **({"language": language} if language else {}),
    }
    call: dict[str, object] = {
        "number": number,
        "region": region,
        "postal_code": postal_code,
        "locality": "",
        "zones": [],
        "language": "",
        "times": None,
        "line": "unknown",
        **(call_facts or {}),
    }
    person = NewPerson(
        subject_id,
        json.dumps(profile).encode(),
        ((phone_point, json.dumps(call).encode()),),
        (("phone", number, phone_point), ("email", mail, mail_point)),
    )
    with desk.vault.inserting():
        (sealed,) = desk.vault.seal_people([person])

        def job(unit: Unit) -> None:
            at = micros(unit.now)
            subject = (
                subject_id,
                "active",
                "consent",
                "test",
                "2026-01-01",
                at,
                sealed.profile,
                1,
            )
            insert_rows(unit.db, table_of(Subject), SUBJECT_COLUMNS, [subject])
            points = [
                (phone_point, subject_id, "phone", "", at, sealed.phones[0][1], 1),
                (mail_point, subject_id, "email", "", at, None, 1),
            ]
            insert_rows(unit.db, table_of(ContactPoint), POINT_COLUMNS, points)
            unit.append("contact.added", "setup", count=1)

        desk.write(job)
    return Known(subject_id, phone_point, mail_point)
