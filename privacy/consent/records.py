"""A consent record before it is saved, with what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privacy.consent.ledger import RecordKind
from privacy.terms import ConsentClass


@dataclass(frozen=True)
class Evidence:
    """What shows that a person consented or withdrew. Sealed; may hold personal data.

    `text_sha256` is of the text shown; `reference` names a form, recording or signature.
    """

    notice_id: str = ""
    notice_version: int = 0
    text_sha256: str = ""
    told_at: str = ""
    ip: str = ""
    reference: str = ""
    words: str = ""


@dataclass(frozen=True)
class NewRecord:
    """A record to be added. `effective_at` is when the person said so.

    `tag` is the number's or mail's keyed tag, where whoever records has it at hand.
    """

    subject_id: int
    point_id: int | None
    kind: RecordKind
    purpose: str
    channel: str
    consent_class: ConsentClass
    effective_at: datetime
    source: str
    evidence: Evidence = Evidence()
    valid_until_at: datetime | None = None
    seller: str = ""
    corrects: str | None = None
    tag: bytes = b""
