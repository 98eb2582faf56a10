"""Rows of a rectification: its sealed proposal, the profile it replaces, what it writes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from privacy.audit.entry import parse
from privacy.clock import instant, micros
from privacy.rights.case import NotNow
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Correction, ProfileVersion
from privacy.storage.tables.gateway import CandidateRow
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.rights import ErasureStep
from privacy.storage.unit import Unit
from privacy.terms import ContactKind, KeyClass
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

CORRECTED = "contact.corrected"
REPLACED = "gateway.number_replaced"


@dataclass(frozen=True)
class Proposal:
    """A proposal as main holds it. `digest` is keyed: it leads to no value."""

    part: SealedPart
    digest: str
    made_by: str


def put(unit: Unit, request_id: str, part: SealedPart, digest: str, actor_id: str) -> None:
    """Store a proposal in the place of the one before."""
    drop(unit, request_id)
    unit.db.execute(
        insert(table_of(Correction)).values(
            request_id=request_id,
            subject_id=part.place.holder_id,
            row_id=part.place.row_id,
            sealed=part.sealed,
            sha256=digest,
            made_at=micros(unit.now),
            made_by=actor_id,
        )
    )


def proposal(db: Connection, request_id: str) -> Proposal:
    """The proposal of a request. NotNow if there is none."""
    table = table_of(Correction)
    row = db.execute(select(table).where(table.c.request_id == request_id)).one_or_none()
    if row is None:
        raise NotNow(
            "Nothing is proposed to be corrected.",
            what=request_id,
            next="Propose it first: `rightsdesk request correct ID --field NAME`.",
        )
    place = Place(Part.CORRECTION, row.subject_id, row.row_id)
    return Proposal(SealedPart(place, KeyClass.DESK, bytes(row.sealed)), row.sha256, row.made_by)


def corrected_fields(db: Connection, request_id: str) -> tuple[str, ...]:
    """Codes of the fields that a rectification has changed, as its entry names them."""
    step, entry = table_of(ErasureStep), table_of(AuditEntry)
    bodies = db.execute(
        select(entry.c.body)
        .join(step, step.c.entry_id == entry.c.id)
        .where(step.c.request_id == request_id, entry.c.action == CORRECTED)
    ).scalars()
    found = {field for body in bodies for field in parse(bytes(body)).get("fields", ())}
    return tuple(sorted(found))


def drop(unit: Unit, request_id: str) -> None:
    """The proposal is done or replaced."""
    table = table_of(Correction)
    unit.db.execute(delete(table).where(table.c.request_id == request_id))


def versions(db: Connection, subject_ids: Collection[int]) -> dict[int, int]:
    """The present version of each subject's profile."""
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.id, table.c.profile_version).where(table.c.id.in_(list(subject_ids)))
    )
    return {row.id: row.profile_version for row in rows}


def replace_profile(
    unit: Unit, request_id: str, subject_id: int, version: int, sealed: bytes, history: bytes
) -> None:
    """Put a profile in the place of `version`, which goes into the history. NotNow if that
    is not the present one."""
    table = table_of(Subject)
    done = unit.db.execute(
        update(table)
        .where(table.c.id == subject_id, table.c.profile_version == version)
        .values(profile_sealed=sealed, profile_version=version + 1)
    )
    if done.rowcount != 1:
        raise NotNow(
            "The profile was changed meanwhile; nothing was corrected.",
            what=request_id,
            next="Run the command again.",
        )
    unit.db.execute(
        insert(table_of(ProfileVersion)).values(
            subject_id=subject_id,
            version=version,
            sealed=history,
            request_id=request_id,
            replaced_at=micros(unit.now),
        )
    )


def phone_versions(db: Connection, points: Collection[int]) -> dict[int, int]:
    """The present version of each of those contact points; new ones are left out."""
    table = table_of(ContactPoint)
    rows = db.execute(select(table.c.id, table.c.version).where(table.c.id.in_(list(points))))
    return {row.id: row.version for row in rows}


def write_phones(unit: Unit, subject_id: int, sealed: Mapping[int, tuple[int, bytes]]) -> None:
    """Phone parts by point with their version: the first is a new contact point."""
    table = table_of(ContactPoint)
    for point, (version, part) in sealed.items():
        if version == 1:
            add_point(unit, subject_id, point, ContactKind.PHONE, part)
        else:
            unit.db.execute(
                update(table).where(table.c.id == point).values(sealed=part, version=version)
            )


def add_point(
    unit: Unit, subject_id: int, point: int, kind: ContactKind, sealed: bytes | None
) -> None:
    """A new contact point, held since now: no consent from before covers it."""
    unit.db.execute(
        insert(table_of(ContactPoint)).values(
            id=point,
            subject_id=subject_id,
            kind=kind.value,
            label="",
            created_at=micros(unit.now),
            sealed=sealed,
            version=1,
        )
    )


def drop_points(unit: Unit, points: Sequence[int]) -> None:
    """Contact points that were wrong go, and no campaign calls them any more."""
    candidates, table = table_of(CandidateRow), table_of(ContactPoint)
    unit.db.execute(
        update(candidates)
        .where(candidates.c.point_id.in_(list(points)), candidates.c.state == "waiting")
        .values(state="denied", last_rule=REPLACED)
    )
    unit.db.execute(delete(table).where(table.c.id.in_(list(points))))


@dataclass(frozen=True)
class Replaced:
    """A profile that was replaced, sealed under the person's own key, and when."""

    part: SealedPart
    replaced_at: datetime


def history(db: Connection, subject_ids: Collection[int]) -> list[Replaced]:
    """What rectifications replaced of those persons, oldest first."""
    table = table_of(ProfileVersion)
    rows = db.execute(
        select(table)
        .where(table.c.subject_id.in_(list(subject_ids)))
        .order_by(table.c.replaced_at, table.c.subject_id, table.c.version)
    )
    return [
        Replaced(
            SealedPart(
                Place(Part.PROFILE_HISTORY, row.subject_id, row.subject_id, row.version),
                KeyClass.DESK,
                bytes(row.sealed),
            ),
            instant(row.replaced_at),
        )
        for row in rows
    ]
