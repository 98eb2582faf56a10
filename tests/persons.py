"""Persons put straight into a desk, as an import would: vault first, then main."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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
    facts = {"family": family, "region": region, "postal_code": postal_code, "language": language}
    (known,) = add_people(desk, [(number, mail)], call_facts=call_facts or {}, **facts)
    return known


def add_people(
    desk: Desk,
    reached_at: Sequence[tuple[str, str]],
    *,
    family: str = "Canarison",
    region: str = "GB",
    postal_code: str = "SW1A 1AA",
    call_facts: Mapping[str, object] = MappingProxyType({}),
    language: str = "",
) -> list[Known]:
    """As `add_person`, many in one transaction; each with that number and mail address."""
    ids = iter(row_ids(desk.now(), 3 * len(reached_at)))
    people, known = [], []
    for number, mail in reached_at:
        subject_id, phone_point, mail_point = next(ids), next(ids), next(ids)
        known.append(Known(subject_id, phone_point, mail_point))
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
            **call_facts,
        }
        people.append(
            NewPerson(
                subject_id,
                json.dumps(profile).encode(),
                ((phone_point, json.dumps(call).encode()),),
                (("phone", number, phone_point), ("email", mail, mail_point)),
            )
        )
    _insert(desk, people, known)
    return known


def _insert(desk: Desk, people: Sequence[NewPerson], known: Sequence[Known]) -> None:
    with desk.vault.inserting():
        sealed = desk.vault.seal_people(people)

        def job(unit: Unit) -> None:
            at, subjects, points = micros(unit.now), [], []
            for one, parts in zip(known, sealed, strict=True):
                subjects.append(
                    (
                        one.subject_id,
                        "active",
                        "consent",
                        "test",
                        "2026-01-01",
                        at,
                        parts.profile,
                        1,
                    )
                )
                phone = (one.phone_point, one.subject_id, "phone", "", at, parts.phones[0][1], 1)
                points += [phone, (one.mail_point, one.subject_id, "email", "", at, None, 1)]
            insert_rows(unit.db, table_of(Subject), SUBJECT_COLUMNS, subjects)
            insert_rows(unit.db, table_of(ContactPoint), POINT_COLUMNS, points)
            unit.append("contact.added", "setup", count=len(known))

        desk.write(job)
