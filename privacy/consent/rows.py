"""Consent records as rows: sealed at birth, read back as the ledger's frozen values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from privacy.clock import instant, micros, rfc3339
from privacy.consent.ledger import ConsentRecord, RecordKind
from privacy.consent.records import NewRecord
from privacy.desk import Desk
from privacy.ids import public_id, row_ids
from privacy.terms import ConsentClass, KeyClass
from privacy.vault.sealing import Part, Place

COLUMNS = (
    "id",
    "public_id",
    "subject_id",
    "point_id",
    "kind",
    "purpose",
    "channel",
    "consent_class",
    "effective_at",
    "valid_until_at",
    "notice_id",
    "notice_version",
    "seller",
    "source",
    "documented",
    "evidence_sealed",
    "recorded_at",
    "recorded_by",
    "corrects",
)


def as_record(row: Row[Any]) -> ConsentRecord:
    """A database row as the ledger's frozen value."""
    until = row.valid_until_at
    return ConsentRecord(
        id=row.public_id,
        kind=RecordKind(row.kind),
        purpose=row.purpose,
        channel=row.channel,
        consent_class=ConsentClass(row.consent_class),
        effective_at=instant(row.effective_at),
        recorded_at=instant(row.recorded_at),
        valid_until_at=None if until is None else instant(until),
        documented=bool(row.documented),
        seller=row.seller,
        corrects=row.corrects,
        notice=f"{row.notice_id}/{row.notice_version}" if row.notice_id else "",
        point_id=row.point_id,
    )


def sealed_rows(desk: Desk, actor_id: str, news: Sequence[NewRecord]) -> list[tuple[Any, ...]]:
    """Rows with sealed evidence; the consent keys are committed in the vault by then."""
    now = desk.now()
    ids = row_ids(now, len(news))
    parts = [
        (
            Place(Part.CONSENT_EVIDENCE, new.subject_id, row_id),
            json.dumps({**asdict(new.evidence), "told_at": rfc3339(new.effective_at)}).encode(),
        )
        for row_id, new in zip(ids, news, strict=True)
    ]
    sealed = desk.vault.seal_parts(KeyClass.CONSENT, parts)
    return [
        plain_row(now, new, actor_id, row_id, part.sealed)
        for row_id, new, part in zip(ids, news, sealed, strict=True)
    ]


def recorded_at(now: datetime, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows as recorded at the instant of the transaction that inserts them.

    They were sealed before it: a figure as of an instant between would count them later.
    """
    place = COLUMNS.index("recorded_at")
    return [(*row[:place], micros(now), *row[place + 1 :]) for row in rows]


def plain_row(
    now: datetime, new: NewRecord, actor_id: str, row_id: int = 0, sealed: bytes | None = None
) -> tuple[Any, ...]:
    evidence = new.evidence
    documented = bool(evidence.text_sha256 or evidence.reference)
    until = new.valid_until_at
    return (
        row_id or row_ids(now, 1)[0],
        public_id("c"),
        new.subject_id,
        new.point_id,
        new.kind.value,
        new.purpose,
        new.channel,
        new.consent_class.value,
        micros(new.effective_at),
        None if until is None else micros(until),
        evidence.notice_id,
        evidence.notice_version,
        new.seller,
        new.source,
        documented,
        sealed,
        micros(now),
        actor_id,
        new.corrects,
    )
