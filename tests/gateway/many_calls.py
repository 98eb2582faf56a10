"""Calls by the thousand, put straight into a desk: for memory and pace, not for the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from privacy.clock import micros
from privacy.gateway.issue import ATTEMPT_COLUMNS
from privacy.ids import public_id, row_ids
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptEventRow, AttemptRow, CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place, pad, seal
from tests.gateway.scene import Scene, number

CHUNK = 10_000
EVENTS = (("sent", 0), ("ringing", 400), ("answered", 3_000), ("media_started", 3_200))
EVENT_COLUMNS = ("attempt_id", "seq", "kind", "at_ms", "cause", "received_at")
DECISION_COLUMNS = (
    *("id", "campaign_id", "candidate_id", "attempt_id", "at", "stage", "decision"),
    *("deciding_rule", "rules", "place_code", "consent_class", "pack_sha256", "holder_id"),
    "facts_sealed",
)


@dataclass
class Rise:
    """By how many MiB the process's memory rose at its peak."""

    mib: float = 0.0


@contextmanager
def rising() -> Iterator[Rise]:
    """Measure the peak of memory within, whatever it was before (Linux, proc(5) clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")
    rise, before = Rise(), _kib("VmRSS")
    yield rise
    rise.mib = (_kib("VmHWM") - before) / 1024


def _kib(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


def fill(set_up: Scene, count: int) -> None:
    """`count` ended calls of the scene's people, with sealed facts and events."""
    desk = set_up.desk
    people = [one.subject_id for one in set_up.people]
    desk.vault.seal_parts(
        KeyClass.CALLS, [(Place(Part.DECISION_FACTS, one, 0), b"") for one in people]
    )
    keys = desk.vault.person_keys((one, KeyClass.CALLS) for one in people)
    with desk.reading() as db:
        table = table_of(CandidateRow)
        candidates = {
            row.subject_id: row.id for row in db.execute(select(table.c.id, table.c.subject_id))
        }
    facts = {
        one: pad(
            json.dumps({"law_call": {"number": number(n), "context": {"registers": {}}}}).encode()
        )
        for n, one in enumerate(people)
    }
    for first in range(0, count, CHUNK):
        set_up.made.clock.advance(timedelta(seconds=30))

        def job(unit: Unit, first: int = first) -> None:
            size = min(CHUNK, count - first)
            whose = [people[(first + n) % len(people)] for n in range(size)]
            decisions, attempts, events = [], [], []
            ids = row_ids(unit.now, size)
            for n, (decision, one) in enumerate(zip(ids, whose, strict=True)):
                attempt, at = public_id("at"), micros(unit.now) + n * 1_000
                place = Place(Part.DECISION_FACTS, one, decision)
                sealed = seal(
                    keys[one, KeyClass.CALLS].data,
                    facts[one],
                    desk.vault.keyring.desk,
                    place,
                )
                decisions.append(
                    (
                        *(decision, set_up.campaign, candidates[one], attempt, at, "issue"),
                        *("allow", "test-consent", "[]", "GB", "none", "ab" * 32, one, sealed),
                    )
                )
                attempts.append(tuple(_attempt(set_up, attempt, decision, one, at, candidates)))
                events += [
                    (attempt, seq, kind, ms, "", at)
                    for seq, (kind, ms) in enumerate((*EVENTS, ("ended", 9_000)), 1)
                ]
            insert_rows(unit.db, table_of(DecisionRow), DECISION_COLUMNS, decisions)
            insert_rows(
                unit.db,
                table_of(AttemptRow),
                (*ATTEMPT_COLUMNS, "redeemed_at", "ended_at"),
                attempts,
            )
            insert_rows(unit.db, table_of(AttemptEventRow), EVENT_COLUMNS, events)
            unit.append("test.calls_made", "test", object=set_up.campaign, count=size)

        desk.write(job)


def _attempt(
    set_up: Scene, attempt: str, decision: int, one: int, at: int, candidates: dict[int, int]
) -> Iterator[object]:
    told = {
        "id": attempt,
        "campaign_id": set_up.campaign,
        "candidate_id": candidates[one],
        "decision_id": decision,
        "trunk": "trunk-1",
        "dialer": set_up.dialer.id,
        "resource": "p-1",
        "subject_id": one,
        "state": "completed",
        "live": 0,
        "outcome": "completed",
        "answered_by": "human",
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "consent_class": "none",
        "consent_id": "",
        "place_code": "GB",
        "permit_hash": attempt.encode(),
        "issued_at": at,
        "expires_at": at,
        "slot_until_at": at,
        "last_seq": 5,
        "over": 0,
        "redeemed_at": at,
        "ended_at": at + 9_000_000,
    }
    for name in (*ATTEMPT_COLUMNS, "redeemed_at", "ended_at"):
        yield told.get(name)
