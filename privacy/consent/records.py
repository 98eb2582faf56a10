"""A consent record before it is saved, with what shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from privacy.consent.ledger import RecordKind
from privacy.errors import BadInput
from privacy.terms import ConsentClass

# A source stands unsealed in records, ledger and log: a code, so that it names nobody.
SOURCE = re.compile(r"[A-Za-z](?:[A-Za-z_.-]|[0-9](?![0-9]{4})){0,39}")


def check_source(source: str) -> str:
    """The source itself. BadInput for whatever could hold a name, a number or an e-mail."""
    if not SOURCE.fullmatch(source):
        raise BadInput(
            "A source is one word of letters, digits, dots, dashes and underscores.",
            what="source",
            next="Say how it came in, such as web_form or letter; it stands unsealed.",
        )
    return source


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
