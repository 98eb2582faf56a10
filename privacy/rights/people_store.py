"""The person behind a request: everybody joined by a merge, and what main holds of them.

A merge moves nothing: subjects are joined by `merged_into`, each keeps its
keys, and a right acts on the whole set. Only the person's own rows are read,
by subject id: a number that a household shares leads to nobody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from privacy.audit.entry import parse
from privacy.clock import instant, micros
from privacy.storage.tables.audit import AuditEntry, AuditSubject
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import NoticeTask
from privacy.storage.tables.consent import (
    ConsentRow,
    RestrictionRow,
    SuppressionRow,
)
from privacy.storage.tables.gateway import (
    AttemptRow,
    CallHistoryRow,
    CampaignRow,
    DecisionRow,
    EarlierCallRow,
)
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.tables.vendor_calls import VendorCallImport
from privacy.storage.tables.vendor_counted import VendorCallRow
from privacy.storage.tables.vendors import Vendor
from privacy.terms import KeyClass, SubjectState
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

EARLIER_DIALER = "earlier dialer"
VENDOR = "vendor"


@dataclass(frozen=True)
class Known:
    """What stands unsealed about one subject."""

    id: int
    state: SubjectState
    lawful_basis: str
    source: str
    obtained_on: str
    created_at: datetime


def merged_set(db: Connection, subject_id: int) -> tuple[int, ...]:
    """Ids of all subjects that merges join with this one, ascending; erased ones left out."""
    table = table_of(Subject)
    found = {subject_id}
    fresh = {subject_id}
    while fresh:
        up = db.execute(
            select(table.c.merged_into).where(
                table.c.id.in_(fresh), table.c.merged_into.is_not(None)
            )
        ).scalars()
        down = db.execute(select(table.c.id).where(table.c.merged_into.in_(fresh))).scalars()
        fresh = (set(up) | set(down)) - found
        found |= fresh
    living = db.execute(
        select(table.c.id).where(table.c.id.in_(found), table.c.state != SubjectState.ERASED)
    )
    return tuple(sorted(living.scalars()))


def digest_of(subject_ids: Collection[int]) -> str:
    """A plan holds to whom it applies by this digest, not by the ids."""
    text = ",".join(str(subject_id) for subject_id in sorted(subject_ids))
    return hashlib.sha256(text.encode()).hexdigest()


def known(db: Connection, subject_ids: Collection[int]) -> list[Known]:
    """Those subjects, oldest first; erased ones too."""
    table = table_of(Subject)
    rows = db.execute(
        select(table).where(table.c.id.in_(list(subject_ids))).order_by(table.c.created_at)
    )
    return [
        Known(
            row.id,
            SubjectState(row.state),
            row.lawful_basis,
            row.source,
            row.obtained_on,
            instant(row.created_at),
        )
        for row in rows
    ]


def of_bought_lists(db: Connection, subject_ids: Collection[int]) -> set[int]:
    """Those who came with a list that was bought: it has a notice task (GDPR Article 14)."""
    subjects, notices = table_of(Subject), table_of(NoticeTask)
    rows = db.execute(
        select(subjects.c.id)
        .join(notices, notices.c.import_id == subjects.c.import_id)
        .where(subjects.c.id.in_(list(subject_ids)))
    )
    return set(rows.scalars())


def profile_parts(db: Connection, subject_ids: Collection[int]) -> list[SealedPart]:
    """The sealed profiles of those subjects."""
    table = table_of(Subject)
    rows = db.execute(
        select(table.c.id, table.c.profile_sealed, table.c.profile_version).where(
            table.c.id.in_(list(subject_ids)), table.c.profile_sealed.is_not(None)
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


def phone_parts(db: Connection, subject_ids: Collection[int]) -> list[SealedPart]:
    """The sealed numbers of those subjects."""
    table = table_of(ContactPoint)
    rows = db.execute(
        select(table.c.id, table.c.subject_id, table.c.sealed, table.c.version)
        .where(table.c.subject_id.in_(list(subject_ids)), table.c.sealed.is_not(None))
        .order_by(table.c.id)
    )
    return [
        SealedPart(
            Place(Part.PHONE, row.subject_id, row.id, row.version),
            KeyClass.CALL,
            bytes(row.sealed),
        )
        for row in rows
    ]


def word_parts(db: Connection, subject_ids: Collection[int]) -> dict[str, SealedPart]:
    """What those persons said at an opt-out, by suppression id; never another person's words."""
    table = table_of(SuppressionRow)
    rows = db.execute(
        select(table.c.id, table.c.words_holder_id, table.c.words_row_id, table.c.words_sealed)
        .where(table.c.words_holder_id.in_(list(subject_ids)), table.c.words_sealed.is_not(None))
        .order_by(table.c.since_at)
    )
    return {
        row.id: SealedPart(
            Place(Part.OPT_OUT_WORDS, row.words_holder_id, row.words_row_id),
            KeyClass.CALLS,
            bytes(row.words_sealed),
        )
        for row in rows
    }


def attempts(db: Connection, subject_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The calls made or tried to those persons, oldest first; no number stands in them."""
    table, campaigns = table_of(AttemptRow), table_of(CampaignRow)
    rows = db.execute(
        select(
            table.c.id,
            table.c.point_id,
            table.c.dialer,
            table.c.state,
            table.c.outcome,
            table.c.answered_by,
            table.c.purpose,
            table.c.channel,
            table.c.consent_class,
            table.c.issued_at,
            table.c.redeemed_at,
            table.c.ended_at,
            campaigns.c.title,
            campaigns.c.caller_id,
            campaigns.c.line,
        )
        .join(campaigns, campaigns.c.id == table.c.campaign_id)
        .where(table.c.subject_id.in_(list(subject_ids)))
        .order_by(table.c.issued_at, table.c.id)
    )
    return [dict(row._mapping) for row in rows]


def earlier_calls(db: Connection, points: Mapping[bytes, int]) -> list[dict[str, Any]]:
    """Calls that an earlier dialer told, to the numbers of those tags: as `attempts` tells ours."""
    table, files = table_of(EarlierCallRow), table_of(CallHistoryRow)
    rows = db.execute(
        select(
            table.c.id, table.c.tag, table.c.at, table.c.channel, table.c.outcome, files.c.source
        )
        .join(files, files.c.id == table.c.batch_id)
        .where(table.c.tag.in_(list(points)))
        .order_by(table.c.at, table.c.id)
    )
    return [_told_call(row, points, EARLIER_DIALER, f"told by {row.source}") for row in rows]


def vendor_calls(db: Connection, points: Mapping[bytes, int]) -> list[dict[str, Any]]:
    """Calls that vendors' records told, to the numbers of those tags."""
    table = table_of(VendorCallRow)
    imports, vendors = table_of(VendorCallImport), table_of(Vendor)
    rows = db.execute(
        select(
            table.c.id, table.c.tag, table.c.at, table.c.channel, table.c.outcome, vendors.c.name
        )
        .join(imports, imports.c.id == table.c.import_id)
        .join(vendors, vendors.c.id == imports.c.vendor_id)
        .where(table.c.tag.in_(list(points)))
        .order_by(table.c.at, table.c.id)
    )
    return [_told_call(row, points, VENDOR, f"told by {row.name}") for row in rows]


def _told_call(row: Any, points: Mapping[bytes, int], dialer: str, title: str) -> dict[str, Any]:
    """A call that somebody else's records told, as `attempts` tells ours."""
    return {
        "id": row.id,
        "point_id": points[bytes(row.tag)],
        "dialer": dialer,
        "state": row.outcome,
        "outcome": row.outcome,
        "answered_by": "",
        "purpose": "",
        "channel": row.channel,
        "consent_class": "",
        "issued_at": row.at,
        "redeemed_at": row.at,
        "ended_at": None,
        "title": title,
        "caller_id": "",
        "line": "",
    }


def live_attempts(db: Connection, subject_ids: Collection[int], now: datetime) -> int:
    """Calls to those persons that may still be going on at `now`.

    What nobody reported the end of is over when its place on the line is free.
    """
    table = table_of(AttemptRow)
    found = db.execute(
        select(func.count())
        .select_from(table)
        .where(
            table.c.subject_id.in_(list(subject_ids)),
            table.c.live == 1,
            table.c.slot_until_at > micros(now),
        )
    )
    return int(found.scalar_one())


def contact_points(db: Connection, subject_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(kind, label) of each contact point of those persons."""
    table = table_of(ContactPoint)
    rows = db.execute(
        select(table.c.id, table.c.kind, table.c.label).where(
            table.c.subject_id.in_(list(subject_ids))
        )
    )
    return {row.id: (row.kind, row.label) for row in rows}


def openings(db: Connection, pseudonyms: Collection[str]) -> list[tuple[datetime, str, str]]:
    """(when, action, purpose) of every entry of the log that names one of those pseudonyms."""
    names, entries = table_of(AuditSubject), table_of(AuditEntry)
    rows = db.execute(
        select(entries.c.id, entries.c.at, entries.c.action, entries.c.body)
        .join(names, names.c.entry_id == entries.c.id)
        .where(names.c.pseudonym.in_(list(pseudonyms)))
        .order_by(entries.c.at, entries.c.id)
        .distinct()
    )
    return [
        (instant(row.at), row.action, str(parse(bytes(row.body)).get("purpose", "")))
        for row in rows
    ]


def restrictions(db: Connection, subject_ids: Collection[int]) -> list[dict[str, Any]]:
    """Restrictions of processing placed for those persons."""
    table = table_of(RestrictionRow)
    rows = db.execute(
        select(table.c.reason, table.c.placed_at, table.c.lifted_at, table.c.request_id)
        .where(table.c.subject_id.in_(list(subject_ids)))
        .order_by(table.c.placed_at)
    )
    return [dict(row._mapping) for row in rows]


def last_records(db: Connection, subject_ids: Collection[int]) -> dict[KeyClass, datetime]:
    """The instant of the latest record under each class that may outlive an erasure."""
    ids = list(subject_ids)
    consents, calls = table_of(ConsentRow), table_of(AttemptRow)
    decisions, words = table_of(DecisionRow), table_of(SuppressionRow)
    latest = {
        KeyClass.CONSENT: [
            select(func.max(consents.c.recorded_at)).where(
                consents.c.subject_id.in_(ids), consents.c.evidence_sealed.is_not(None)
            )
        ],
        KeyClass.CALLS: [
            select(func.max(calls.c.issued_at)).where(calls.c.subject_id.in_(ids)),
            select(func.max(decisions.c.at)).where(
                decisions.c.holder_id.in_(ids), decisions.c.facts_sealed.is_not(None)
            ),
            select(func.max(words.c.since_at)).where(words.c.words_holder_id.in_(ids)),
        ],
    }
    found: dict[KeyClass, datetime] = {}
    for key_class, statements in latest.items():
        stamps = [db.execute(statement).scalar() for statement in statements]
        known_stamps = [int(stamp) for stamp in stamps if stamp is not None]
        if known_stamps:
            found[key_class] = instant(max(known_stamps))
    return found


def counts(db: Connection, subject_ids: Collection[int]) -> dict[str, int]:
    """How many rows of each kind the desk holds of those persons."""
    ids = list(subject_ids)
    sources = {
        "contact_points": table_of(ContactPoint).c.subject_id,
        "consents": table_of(ConsentRow).c.subject_id,
        "calls": table_of(AttemptRow).c.subject_id,
        "decisions": table_of(DecisionRow).c.holder_id,
        "restrictions": table_of(RestrictionRow).c.subject_id,
    }
    return {
        name: int(
            db.execute(
                select(func.count()).select_from(column.table).where(column.in_(ids))
            ).scalar_one()
        )
        for name, column in sources.items()
    }
