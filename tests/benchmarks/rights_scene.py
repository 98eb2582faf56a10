"""People with many related rows, and their requests, for benchmarks of rights."""

from __future__ import annotations

import json
from typing import Any

from privacy.clock import micros
from privacy.ids import public_id, row_ids
from privacy.rights import approval, identity, intake, planning, store
from privacy.rights.case import Kind
from privacy.rights.identity import Claims, Evidence
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from tests.desks import MadeDesk
from tests.persons import Known
from tests.rights import calls as scene

CALLS = 20

FACTS = json.dumps({"law_call": {"line": "mobile", "zones": ["Europe/London"]}}).encode()


def approved(made: MadeDesk, one: int, kind: Kind) -> store.Case:
    """A request of that person, proven, planned and approved: outside the time taken."""
    claims = Claims(
        phone=number_of(one), email=mail_of(one), given="Canarina", family=f"Family{one}"
    )
    case = intake.open_request(made.desk, made.handler, kind, channel="email")
    identity.verify(made.desk, made.handler, case.id, Evidence.LOGIN, claims)
    planning.make_plan(made.desk, made.handler, case.id)
    return approval.approve(made.desk, made.dpo, case.id)


def number_of(one: int) -> str:
    return f"+1212{5_550_000 + one}"


def mail_of(one: int) -> str:
    return f"person{one}@example.com"


def add_calls(made: MadeDesk, known: Known, number: str, count: int = CALLS) -> None:
    """Ended calls, each with its decision and sealed facts."""
    desk = made.desk
    ids = row_ids(desk.now(), 2 * count)
    decisions, candidates = ids[:count], ids[count:]
    places = [Place(Part.DECISION_FACTS, known.subject_id, decision) for decision in decisions]
    sealed = desk.vault.seal_parts(KeyClass.CALLS, [(place, FACTS) for place in places])
    tag = desk.vault.keyring.tags.number_tag(number)

    def job(unit: Unit) -> None:
        scene._campaign(unit)
        at = micros(unit.now)
        for decision, candidate, part in zip(decisions, candidates, sealed, strict=True):
            attempt = public_id("at")
            rows: list[tuple[type, dict[str, Any]]] = [
                (CandidateRow, scene_candidate(known, candidate, at)),
                (DecisionRow, scene_decision(known, decision, candidate, attempt, at, part.sealed)),
                (AttemptRow, scene_attempt(known, attempt, candidate, decision, at, tag)),
            ]
            for model, row in rows:
                insert_rows(unit.db, table_of(model), tuple(row), [tuple(row.values())])
        unit.append("test.calls_added", "test", count=count)

    desk.write(job)


def scene_candidate(known: Known, candidate: int, at: int) -> dict[str, Any]:
    return {
        "id": candidate,
        "campaign_id": "spring",
        "subject_id": known.subject_id,
        "point_id": candidate,
        "state": "called",
        "next_try_at": at,
        "tries": 1,
        "last_rule": "",
    }


def scene_decision(
    known: Known, decision: int, candidate: int, attempt: str, at: int, sealed: bytes
) -> dict[str, Any]:
    return {
        "id": decision,
        "campaign_id": "spring",
        "candidate_id": candidate,
        "attempt_id": attempt,
        "at": at,
        "stage": "issue",
        "decision": "allow",
        "deciding_rule": "test",
        "rules": "[]",
        "place_code": "GB",
        "consent_class": "prior_express_written_consent",
        "pack_sha256": "0" * 64,
        "holder_id": known.subject_id,
        "facts_sealed": sealed,
    }


def scene_attempt(
    known: Known, attempt: str, candidate: int, decision: int, at: int, tag: bytes
) -> dict[str, Any]:
    return {
        "id": attempt,
        "campaign_id": "spring",
        "candidate_id": candidate,
        "decision_id": decision,
        "trunk": "trunk",
        "dialer": "dialer-1",
        "resource": "r",
        "subject_id": known.subject_id,
        "point_id": known.phone_point,
        "tag": tag,
        "state": "COMPLETED",
        "live": 0,
        "outcome": "COMPLETED",
        "answered_by": "person",
        "purpose": "marketing",
        "channel": "voice_live",
        "consent_class": "prior_express_written_consent",
        "consent_id": "c-test",
        "place_code": "GB",
        "permit_hash": attempt.encode(),
        "issued_at": at,
        "expires_at": at + 1,
        "redeemed_at": at,
        "slot_until_at": at,
        "last_seq": 0,
    }
