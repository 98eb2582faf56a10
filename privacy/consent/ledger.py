"""What a person's consent records say at an instant. Pure.

Records are only ever added. A withdrawal at the same instant as a grant wins.
A correction makes the record that it names void, as if it had never been. No
record means no consent. Bounds are inclusive: a grant counts from its instant,
`valid_until_at` is the last instant that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from privacy.clock import rfc3339
from privacy.terms import ConsentClass

EVERYTHING = "*"
TELEPHONE = frozenset({"voice_live", "voice_prerecorded", "text", EVERYTHING})
EXPRESS = frozenset(
    {
        ConsentClass.PRIOR_EXPRESS_CONSENT,
        ConsentClass.PRIOR_EXPRESS_CONSENT_ORAL,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        ConsentClass.LIVE_ANNOUNCEMENT_AND_CONSENT,
    }
)


class RecordKind(StrEnum):
    GRANT = "grant"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One record. `purpose` and `channel` may be `*`: everything. Instants are aware UTC."""

    id: str
    kind: RecordKind
    purpose: str
    channel: str
    consent_class: ConsentClass
    effective_at: datetime
    recorded_at: datetime
    valid_until_at: datetime | None = None
    documented: bool = False
    seller: str = ""
    corrects: str | None = None
    notice: str = ""
    point_id: int | None = None


def applicable(
    records: Iterable[ConsentRecord],
    purpose: str,
    channel: str,
    at: datetime,
    *,
    known_at: datetime | None = None,
) -> list[ConsentRecord]:
    """Records about `purpose` and `channel`, effective at `at`, voided ones left out.

    `known_at` leaves out what was recorded later: what the desk knew then.
    """
    known = [r for r in records if known_at is None or r.recorded_at <= known_at]
    void = {r.corrects for r in known if r.kind is RecordKind.CORRECTION}
    return [
        r
        for r in known
        if r.kind is not RecordKind.CORRECTION
        and r.id not in void
        and r.effective_at <= at
        and r.purpose in (EVERYTHING, purpose)
        and r.channel in (EVERYTHING, channel)
    ]


def last_withdrawal(records: Iterable[ConsentRecord]) -> ConsentRecord | None:
    """The latest withdrawal among applicable records."""
    withdrawals = [r for r in records if r.kind is RecordKind.WITHDRAWAL]
    return max(withdrawals, key=lambda r: r.effective_at, default=None)


def in_force(
    records: Iterable[ConsentRecord],
    purpose: str,
    channel: str,
    at: datetime,
    *,
    known_at: datetime | None = None,
) -> list[ConsentRecord]:
    """Grants that count at `at`: after the last withdrawal (a tie is withdrawn), not expired."""
    found = applicable(records, purpose, channel, at, known_at=known_at)
    withdrawn = last_withdrawal(found)
    return [
        r
        for r in found
        if r.kind is RecordKind.GRANT
        and (withdrawn is None or r.effective_at > withdrawn.effective_at)
        and (r.valid_until_at is None or at <= r.valid_until_at)
    ]


def facts(
    records: Sequence[ConsentRecord], purpose: str, channel: str, at: datetime
) -> list[dict[str, Any]]:
    """The `consent` documents of a `law call`: grants in force, else withdrawn, else none."""
    grants = in_force(records, purpose, channel, at)
    if grants:
        return [_document(grant, channel, purpose) for grant in grants]
    withdrawn = last_withdrawal(applicable(records, purpose, channel, at))
    if withdrawn is None:
        return [{"state": ConsentClass.NONE.value}]
    return [
        {"state": ConsentClass.WITHDRAWN.value, "withdrawn": rfc3339(withdrawn.effective_at)},
    ]


def other_withdrawals(
    records: Sequence[ConsentRecord], purpose: str, channel: str, at: datetime
) -> list[dict[str, Any]]:
    """Withdrawals of calls or texts that do not name this purpose and channel, as of `at`."""
    void = {record.corrects for record in records if record.kind is RecordKind.CORRECTION}
    return [
        {
            "programme": record.purpose,
            "at": rfc3339(record.effective_at),
            "scope": "all" if record.purpose == EVERYTHING else record.purpose,
            "channel": record.channel,
        }
        for record in records
        if record.kind is RecordKind.WITHDRAWAL
        and record.id not in void
        and record.effective_at <= at
        and record.channel in TELEPHONE
        and not (
            record.purpose in (EVERYTHING, purpose) and record.channel in (EVERYTHING, channel)
        )
    ]


def _document(grant: ConsentRecord, channel: str, purpose: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "state": grant.consent_class.value,
        "granted": rfc3339(grant.effective_at),
        "documented": grant.documented,
        "channels": [channel if grant.channel == EVERYTHING else grant.channel],
        "purposes": [purpose if grant.purpose == EVERYTHING else grant.purpose],
    }
    if grant.valid_until_at is not None:
        document["valid_until"] = rfc3339(grant.valid_until_at)
    if grant.seller:
        document["seller"] = grant.seller
    return document
