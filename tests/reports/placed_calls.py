"""Calls that were placed, put into a desk by bulk inserts with the facts of their decisions.

The facts are documents of the real law, sealed under the key of the person; what the dialer
told are events. So a report finds what it finds in use, and a million calls take minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, update

from privacy.clock import micros
from privacy.gateway.issue import ATTEMPT_COLUMNS
from privacy.ids import public_id, row_ids
from privacy.law.pack import load_pack
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place, pad, seal
from tests.gateway.many_calls import DECISION_COLUMNS, EVENT_COLUMNS
from tests.gateway.scene import Scene

CHUNK = 5_000
COLUMNS = (*ATTEMPT_COLUMNS, "redeemed_at", "ended_at")


@dataclass(frozen=True)
class Spoken:
    """One call: when its number left, its facts (None: gone), how it ended, milliseconds of
    events since then, whose, and its consent."""

    at: datetime
    facts: dict[str, Any] | None
    outcome: str = "completed"
    answered_by: str = "human"
    events: dict[str, int] = field(default_factory=dict)
    person: int = 0
    consent_class: str = "prior_express_written_consent"
    consent_id: str = ""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026, UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def place(set_up: Scene, calls: Iterable[Spoken]) -> list[str]:
    """Put these calls into the scene's campaign; their ids."""
    desk, people = set_up.desk, [one.subject_id for one in set_up.people]
    desk.vault.seal_parts(
        KeyClass.CALLS, [(Place(Part.DECISION_FACTS, one, 0), b"") for one in people]
    )
    keys = desk.vault.person_keys((one, KeyClass.CALLS) for one in people)
    with desk.reading() as db:
        table = table_of(CandidateRow)
        rows = db.execute(
            select(table.c.id, table.c.subject_id).where(table.c.campaign_id == set_up.campaign)
        )
        candidates = {row.subject_id: row.id for row in rows}
    pack = load_pack("calling").sha256
    ids: list[str] = []

    def job(unit: Unit, some: Sequence[Spoken]) -> None:
        decisions, attempts, events = [], [], []
        for row, call in zip(row_ids(unit.now, len(some)), some, strict=True):
            one = people[call.person % len(people)]
            attempt, us = public_id("at"), micros(call.at)
            sealed = None
            if call.facts is not None:
                content = pad(json.dumps({"law_call": call.facts}).encode())
                spot = Place(Part.DECISION_FACTS, one, row)
                key = keys[one, KeyClass.CALLS].data
                sealed = seal(key, content, desk.vault.keyring.desk, spot)
            decisions.append(
                (row, set_up.campaign, candidates[one], attempt, us, "issue", "allow",
                 "us-fed-hours", "[]", "US", call.consent_class, pack, one, sealed)
            )  # fmt: skip
            attempts.append(tuple(_attempt(set_up, call, attempt, row, one, candidates[one])))
            events += [
                (attempt, seq, kind, ms, "", us + ms * 1_000)
                for seq, (kind, ms) in enumerate(call.events.items(), 1)
            ]
            ids.append(attempt)
        insert_rows(unit.db, table_of(DecisionRow), DECISION_COLUMNS, decisions)
        insert_rows(unit.db, table_of(AttemptRow), COLUMNS, attempts)
        insert_rows(unit.db, table_of(AttemptEventRow), EVENT_COLUMNS, events)
        unit.append("test.calls_made", "test", object=set_up.campaign, count=len(some))

    waiting = iter(calls)
    while some := list(islice(waiting, CHUNK)):
        # Row ids are of a millisecond: many of one would meet.
        set_up.made.clock.advance(timedelta(milliseconds=1))
        desk.write(lambda unit, some=some: job(unit, some))  # type: ignore[misc]
    return ids


def opted_out(set_up: Scene, attempt: str, when: datetime, tag: bytes = b"t" * 32) -> None:
    """An opt-out told in that call, which stands with everybody at once."""

    def job(unit: Unit) -> None:
        row = {
            "id": public_id("s"),
            "tag": tag,
            "kind": "phone",
            "since_at": micros(when),
            "source": "key",
            "recorded_by": "gateway",
            "attempt": attempt,
            "spread_at": micros(when),
        }
        unit.db.execute(table_of(SuppressionRow).insert().values(**row))
        unit.append("optout.recorded", "gateway")

    set_up.desk.write(job)


def tagged(set_up: Scene, attempt: str, tag: bytes) -> None:
    """The call went to the number with that tag."""
    table = table_of(AttemptRow)

    def job(unit: Unit) -> None:
        unit.db.execute(update(table).where(table.c.id == attempt).values(tag=tag))
        unit.append("test.tagged", "test")

    set_up.desk.write(job)


def _attempt(
    set_up: Scene, call: Spoken, attempt: str, decision: int, one: int, candidate: int
) -> Iterator[object]:
    us = micros(call.at)
    told = {
        "id": attempt,
        "campaign_id": set_up.campaign,
        "candidate_id": candidate,
        "decision_id": decision,
        "trunk": "trunk-1",
        "dialer": set_up.dialer.id,
        "resource": "p-1",
        "subject_id": one,
        "state": call.outcome,
        "live": 0,
        "outcome": call.outcome,
        "answered_by": call.answered_by,
        "purpose": "marketing",
        "channel": "voice_live",
        "consent_class": call.consent_class,
        "consent_id": call.consent_id,
        "place_code": "US",
        "permit_hash": attempt.encode(),
        "issued_at": us,
        "expires_at": us,
        "slot_until_at": us,
        "last_seq": len(call.events),
        "over": 0,
        "redeemed_at": us,
        "ended_at": us + call.events.get("ended", 0) * 1_000,
    }
    for name in COLUMNS:
        yield told.get(name)
