"""Persons as the desk keeps them: finding, showing, joining and splitting.

A person is a merged set of subjects: a merge moves nothing, `merged_into` joins,
and every act here names the whole set. Whatever opens sealed data is recorded
with actor and purpose before it opens.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from privacy.actors import Act, Actor
from privacy.clock import instant, micros
from privacy.contacts.places import surname_key
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RestrictionRow
from privacy.storage.tables.people import ContactPoint, PossibleDuplicate, Subject
from privacy.storage.unit import Unit
from privacy.terms import (
    OPEN_WHILE_RESTRICTED,
    ContactKind,
    KeyClass,
    OpeningPurpose,
    SubjectState,
)
from privacy.vault.lookup import Query
from privacy.vault.lookup import find as find_matches
from privacy.vault.sealing import Part, Place
from privacy.vault.store import OPENING_LIMIT, SealedPart


@dataclass(frozen=True, slots=True)
class Record:
    """One subject, opened: its profile, its numbers and where it came from."""

    subject_id: int
    merged_into: int | None
    lawful_basis: str
    source: str
    obtained_on: str
    created_at: datetime
    profile: dict[str, Any]
    phones: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Double:
    """Two persons who may be one; a human decides."""

    subject_id: int
    other_id: int
    found_at: datetime


def persons(db: Connection, subject_id: int) -> set[int]:
    """Ids of the whole merged set that this subject belongs to, in any state."""
    table = table_of(Subject)
    found, fresh = {subject_id}, {subject_id}
    while fresh:
        rows = db.execute(
            select(table.c.id, table.c.merged_into).where(
                or_(table.c.id.in_(fresh), table.c.merged_into.in_(fresh))
            )
        ).all()
        near = {row.id for row in rows} | {row.merged_into for row in rows if row.merged_into}
        fresh = near - found
        found |= fresh
    return found


def find(
    desk: Desk,
    actor: Actor,
    purpose: OpeningPurpose,
    *,
    phone: str | None = None,
    email: str | None = None,
    surname: str | None = None,
    postcode: str | None = None,
    region: str = "",
) -> list[Record]:
    """Every subject who has that number, that e-mail, or that surname with postcode.

    Exactly one of the three. Audited with actor and purpose whether or not somebody
    is found. `region` reads numbers without country code. BadInput for a value
    that cannot be read, without naming it. Whoever is restricted is left out, Denied
    if nobody else is found, unless `purpose` is one that a restriction leaves open.
    """
    actor.require(Act.LOOK_UP)
    query = _query(phone, email, surname, postcode, region or desk.config.region)
    matches = find_matches(desk.vault, [query], actor.id, purpose)
    found = {match.subject_id for match in matches}
    return _records(desk, actor, _unrestricted(desk, found, purpose), purpose)


def _query(
    phone: str | None, email: str | None, surname: str | None, postcode: str | None, region: str
) -> Query:
    if sum(value is not None for value in (phone, email, surname)) != 1:
        raise BadInput(
            "Give exactly one of number, e-mail and surname.",
            what="find",
            next="Use --phone N, --email E, or --name SURNAME with --postcode P.",
        )
    try:
        if phone is not None:
            return Query("phone", parse_phone(phone, region or None))
        if email is not None:
            return Query("email", fold_email(email))
    except (BadNumber, BadEmail) as bad:
        raise BadInput(
            f"The value cannot be read ({bad.reason}).",
            what="--phone" if phone is not None else "--email",
            next="Give a number with its country code, or a whole address.",
        ) from None
    key = surname_key(surname or "", postcode or "", region)
    if not key:
        raise BadInput(
            "A surname is looked up together with a postcode.",
            what="--postcode",
            next="Give both --name and --postcode.",
        )
    return Query("surname", key)


def show(desk: Desk, actor: Actor, subject_id: int, purpose: OpeningPurpose) -> list[Record]:
    """The whole person, every subject of the merged set. NotFound for none that is active.

    Denied for whoever is restricted, unless `purpose` is one that a restriction leaves open.
    """
    actor.require(Act.LOOK_UP)
    with desk.reading() as db:
        ids = persons(db, subject_id)
    records = _records(desk, actor, _unrestricted(desk, ids, purpose), purpose)
    if not records:
        raise nobody(f"person {subject_id}")
    return records


def _unrestricted(desk: Desk, subject_ids: set[int], purpose: OpeningPurpose) -> set[int]:
    """Those who are not restricted to storage (GDPR Article 18(2)). Denied if nobody is left."""
    if purpose in OPEN_WHILE_RESTRICTED or not subject_ids:
        return subject_ids
    table = table_of(RestrictionRow)
    with desk.reading() as db:
        closed = set(
            db.execute(select(table.c.subject_id).where(table.c.lifted_at.is_(None))).scalars()
        )
        left = {one for one in subject_ids if not closed or closed.isdisjoint(persons(db, one))}
    if not left:
        raise Denied(
            "This person's data is restricted to storage.",
            what="restricted person",
            next="Only their own request or a legal claim opens it: name that as the purpose"
            " (GDPR Article 18(2)).",
        )
    return left


def _records(
    desk: Desk, actor: Actor, subject_ids: Collection[int], purpose: OpeningPurpose
) -> list[Record]:
    found: list[Record] = []
    # A person has a profile and at most a few numbers: a lease holds all of a chunk.
    for chunk in in_chunks(sorted(subject_ids), 50):
        found.extend(opened_records(desk, actor, chunk, purpose))
    return found


def opened_records(
    desk: Desk, actor: Actor, subject_ids: Collection[int], purpose: OpeningPurpose, **fields: Any
) -> list[Record]:
    """Records of active subjects, opened under as few leases as they need.

    `fields` go into each lease's entry; see Unit.append.
    """
    with desk.reading() as db:
        rows = _subject_rows(db, subject_ids)
        parts = [_profile_part(row) for row in rows]
        parts += _phone_parts(db, [row.id for row in rows])
    plain: dict[Place, bytes] = {}
    for lease in in_chunks(parts, OPENING_LIMIT):
        plain |= desk.vault.open(lease, actor.id, purpose, **fields)
    phones: dict[int, list[dict[str, Any]]] = {}
    for place, text in plain.items():
        if place.part is Part.PHONE:
            point = json.loads(text) | {"point": place.row_id}
            phones.setdefault(place.holder_id, []).append(point)
    return [
        Record(
            row.id,
            row.merged_into,
            row.lawful_basis,
            row.source,
            row.obtained_on,
            instant(row.created_at),
            json.loads(plain[_profile_part(row).place]),
            tuple(sorted(phones.get(row.id, ()), key=lambda phone: phone["point"])),
        )
        for row in rows
    ]


def _subject_rows(db: Connection, subject_ids: Collection[int]) -> list[Row[Any]]:
    table = table_of(Subject)
    return list(
        db.execute(
            select(table)
            .where(table.c.id.in_(list(subject_ids)), table.c.state == SubjectState.ACTIVE)
            .order_by(table.c.id)
        )
    )


def _profile_part(row: Row[Any]) -> SealedPart:
    place = Place(Part.PROFILE, row.id, row.id, row.profile_version)
    return SealedPart(place, KeyClass.DESK, bytes(row.profile_sealed))


def _phone_parts(db: Connection, subject_ids: Collection[int]) -> list[SealedPart]:
    table = table_of(ContactPoint)
    rows = db.execute(
        select(table).where(
            table.c.subject_id.in_(list(subject_ids)), table.c.kind == ContactKind.PHONE.value
        )
    )
    return [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version),
            KeyClass.CALL,
            bytes(row.sealed),
        )
        for row in rows
    ]


def split(desk: Desk, actor: Actor, subject_id: int) -> None:
    """Undo a merge: this subject is a person of its own again.

    The pair is remembered as settled, so nothing joins the two again by itself.
    NotFound for an unknown subject, BadInput for one that is joined to nobody.
    """
    actor.require(Act.IMPORT)
    table = table_of(Subject)
    with desk.reading() as db:
        rest = persons(db, subject_id) - {subject_id}
        keys = desk.vault.person_keys((holder, KeyClass.DESK) for holder in rest | {subject_id})

    def job(unit: Unit) -> None:
        row = unit.db.execute(select(table).where(table.c.id == subject_id)).one_or_none()
        if row is None or row.state != SubjectState.ACTIVE:
            raise nobody(f"person {subject_id}")
        if persons(unit.db, subject_id) - {subject_id} != rest or not rest:
            raise BadInput(
                "This person is joined to nobody.", what=f"person {subject_id}", next="Show it."
            )
        root = row.merged_into
        if root is None:
            # The root leaves: the oldest of the others becomes the root.
            root = min(rest)
            unit.db.execute(
                update(table).where(table.c.merged_into == subject_id).values(merged_into=root)
            )
            unit.db.execute(update(table).where(table.c.id == root).values(merged_into=None))
        unit.db.execute(update(table).where(table.c.id == subject_id).values(merged_into=None))
        _settle(unit, subject_id, root)
        names = desk.vault.pseudonyms([subject_id, root], keys, unit.now)
        unit.append("contact.split", actor.id, subjects=names)

    desk.write(job)


def possible_duplicates(db: Connection) -> list[Double]:
    """Pairs that share a number or e-mail and wait for a human, oldest first."""
    table = table_of(PossibleDuplicate)
    rows = db.execute(
        select(table)
        .where(table.c.settled_at.is_(None))
        .order_by(table.c.found_at, table.c.subject_id, table.c.other_id)
    )
    return [Double(row.subject_id, row.other_id, instant(row.found_at)) for row in rows]


def settle(desk: Desk, actor: Actor, subject_id: int, other_id: int, *, same: bool) -> None:
    """A human's word on a pair: one person (they are joined), or two (the task is closed).

    NotFound when either is not there, or is being erased.
    """
    actor.require(Act.IMPORT)
    table = table_of(Subject)
    with desk.reading() as db:
        both = persons(db, subject_id) | persons(db, other_id)
        keys = desk.vault.person_keys((holder, KeyClass.DESK) for holder in both)

    def job(unit: Unit) -> None:
        pair = [subject_id, other_id]
        rows = unit.db.execute(select(table.c.id, table.c.state).where(table.c.id.in_(pair)))
        active = {row.id for row in rows if row.state == SubjectState.ACTIVE}
        for missing in set(pair) - active:
            raise nobody(f"person {missing}")
        if same:
            joined = sorted(persons(unit.db, subject_id) | persons(unit.db, other_id))
            root, *members = joined
            unit.db.execute(update(table).where(table.c.id == root).values(merged_into=None))
            unit.db.execute(update(table).where(table.c.id.in_(members)).values(merged_into=root))
        _settle(unit, subject_id, other_id)
        names = desk.vault.pseudonyms(pair, keys, unit.now)
        action = "contact.joined" if same else "contact.kept_apart"
        unit.append(action, actor.id, subjects=names)

    desk.write(job)


def _settle(unit: Unit, subject_id: int, other_id: int) -> None:
    """Mark the pair settled, in whichever order it stands; add it where it does not."""
    table = table_of(PossibleDuplicate)
    at = micros(unit.now)
    done = unit.db.execute(
        update(table)
        .where(
            or_(
                and_(table.c.subject_id == subject_id, table.c.other_id == other_id),
                and_(table.c.subject_id == other_id, table.c.other_id == subject_id),
            )
        )
        .values(settled_at=at)
    )
    if not done.rowcount:
        unit.db.execute(
            insert(table).values(
                subject_id=subject_id, other_id=other_id, found_at=at, settled_at=at
            )
        )


def nobody(what: str) -> NotFound:
    """The answer where nobody is there, in the same words for unknown and erased."""
    return NotFound(
        "There is no such person, or an erasure has begun.",
        what=what,
        next="See `rightsdesk contacts find`.",
    )
