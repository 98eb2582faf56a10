"""Decisions as they are kept: every rule that spoke, and the facts sealed for good.

The facts hold a number, so they are sealed under the person's calls key, which may
outlive an erasure only on a statutory ground (16 CFR 310.5). What stays in clear
is rule ids, place, consent class, instants and the rule pack's digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from privacy.clock import micros, rfc3339
from privacy.gateway.decide import WINDOW_MARGIN, Verdict
from privacy.gateway.facts import Known
from privacy.gateway.leases import DENIED, WAITING, Leased
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import DecisionRow
from privacy.storage.unit import Unit
from privacy.vault.sealing import Part, Place, pad, seal

COLUMNS = (
    "id",
    "campaign_id",
    "candidate_id",
    "attempt_id",
    "at",
    "stage",
    "decision",
    "deciding_rule",
    "rules",
    "place_code",
    "consent_class",
    "pack_sha256",
    "next_try_at",
    "holder_id",
    "facts_sealed",
)
_DENY = text(
    "UPDATE candidate SET state = :state, next_try_at = :next_try_at, last_rule = :rule,"
    " last_decision_id = :decision WHERE id = :candidate"
)


@dataclass(frozen=True)
class Decision:
    """One decision before it is stored: `at` is the instant that the law was asked about.

    `attempt_id` is "" where no attempt was made.
    """

    id: int
    leased: Leased
    known: Known
    verdict: Verdict
    at: datetime
    stage: str
    attempt_id: str = ""


def keep(unit: Unit, desk: bytes, campaign_id: str, decisions: Sequence[Decision]) -> str:
    """Store decisions with their sealed facts; the digest that stands in the entry."""
    rows = [_row(desk, campaign_id, decision) for decision in decisions]
    insert_rows(unit.db, table_of(DecisionRow), COLUMNS, rows)
    return digest(rows)


def deny(unit: Unit, decisions: Sequence[Decision]) -> None:
    """Put denied candidates back for their next try, or away if no time would do."""
    values = [
        {
            "candidate": decision.leased.candidate_id,
            "state": WAITING if decision.verdict.next_try_at else DENIED,
            "next_try_at": micros(decision.verdict.next_try_at or decision.at),
            "rule": decision.verdict.deciding_rule,
            "decision": decision.id,
        }
        for decision in decisions
        if not decision.verdict.allowed
    ]
    if values:
        unit.db.execute(_DENY, values)


def digest(rows: Sequence[tuple[Any, ...]]) -> str:
    """SHA-256 over the stored rows in order; sealed facts count by their own digest."""
    total = hashlib.sha256()
    for row in rows:
        *clear, _, sealed = row
        total.update(json.dumps(clear).encode())
        total.update(hashlib.sha256(sealed or b"").digest())
    return total.hexdigest()


def _row(desk: bytes, campaign_id: str, decision: Decision) -> tuple[Any, ...]:
    verdict, leased = decision.verdict, decision.leased
    place = Place(Part.DECISION_FACTS, leased.subject_id, decision.id)
    return (
        decision.id,
        campaign_id,
        leased.candidate_id,
        decision.attempt_id or None,
        micros(decision.at),
        decision.stage,
        "allow" if verdict.allowed else "deny",
        verdict.deciding_rule,
        json.dumps([[reason.rule, reason.effect] for reason in verdict.reasons]),
        verdict.place_code,
        decision.known.consent_class.value,
        verdict.pack_sha256,
        None if verdict.next_try_at is None else micros(verdict.next_try_at),
        leased.subject_id,
        seal(leased.calls_key, pad(_facts(decision)), desk, place),
    )


def _facts(decision: Decision) -> bytes:
    standing = asdict(decision.known.standing)
    return json.dumps(
        {
            "law_call": {**decision.known.document, "at": rfc3339(decision.at)},
            "standing": {
                name: rfc3339(value) if isinstance(value, datetime) else value
                for name, value in standing.items()
            },
            "margin_s": WINDOW_MARGIN.total_seconds(),
            **({"own_rules": own} if (own := decision.verdict.own_rules) else {}),
        },
        sort_keys=True,
    ).encode()
