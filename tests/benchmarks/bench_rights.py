"""Access and erasure of a person with 22 related rows, against effaced in the same run.

A desk opens sealed data, writes an audit entry for each opening and seals the package;
effaced collects plain rows. Access ends with the bytes of the package (its JSON without a
PDF), erasure with the log entry `erasure.keys_deleted`; the epoch turn that follows is
timed apart. Both on PostgreSQL, in turns, and on file SQLite.
Run: `.venv/bin/python -m tests.benchmarks.bench_rights`.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from privacy.cli.documents import wording
from privacy.clock import micros
from privacy.ids import public_id, row_ids
from privacy.rights import (
    access,
    answer_data,
    approval,
    clock,
    erasure,
    identity,
    intake,
    planning,
    refusal,
    store,
)
from privacy.rights import package as packages
from privacy.rights.case import Kind
from privacy.rights.identity import Claims, Evidence
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place
from tests import postgres
from tests.benchmarks.peer_effaced import Effaced
from tests.desks import MadeDesk, make_desk
from tests.persons import Known, add_person
from tests.rights import calls as scene

PEOPLE = 60
# The method that begins after `erasure.keys_deleted` is committed.
PROVE = "prove"
CALLS = 20


def person(made: MadeDesk, one: int) -> None:
    """A person with 2 contact points and 20 calls."""
    # Row ids hold the millisecond: a clock that stands still would make them collide.
    made.clock.advance(timedelta(seconds=1))
    number = number_of(one)
    known = add_person(made.desk, number, mail_of(one), family=f"Family{one}", region="GB")
    add_calls(made, known, number)


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


def add_calls(made: MadeDesk, known: Known, number: str) -> None:
    """20 ended calls, each with its decision and sealed facts."""
    desk = made.desk
    ids = row_ids(desk.now(), 2 * CALLS)
    decisions, candidates = ids[:CALLS], ids[CALLS:]
    places = [Place(Part.DECISION_FACTS, known.subject_id, decision) for decision in decisions]
    sealed = desk.vault.seal_parts(KeyClass.CALLS, [(place, b"facts " * 20) for place in places])
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
        unit.append("test.calls_added", "test", count=CALLS)

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


def desk_access(made: MadeDesk, case: store.Case) -> float:
    """Seconds from nothing to the sealed package's bytes, every opening logged."""
    start = time.perf_counter()
    desk = made.desk
    found = access.collect(desk, made.handler, case)
    with desk.reading() as db:
        told = store.timeline(db, case.id)
    now = desk.now()
    answered = clock.answer(desk.config.controller, case, told, now)
    rights, complaint = wording(case.law)
    context = answer_data.Context(
        desk.config, case, now, answered, told, "the person", rights, complaint
    )
    document = answer_data.access_answer(found, context)
    assert packages.make(b"%PDF", answer_data.machine_document(found, document), "a pass phrase")
    return time.perf_counter() - start


def desk_erase(made: MadeDesk, request_id: str) -> tuple[float, float]:
    """Seconds until `erasure.keys_deleted` is committed, and of the epoch turn with read-back."""
    began = time.perf_counter()
    deleted: list[float] = []
    real: Callable[..., None] = erasure._Erasure.prove

    def noted(self: Any, wait_s: float) -> None:
        deleted.append(time.perf_counter())
        real(self, wait_s)

    setattr(erasure._Erasure, PROVE, noted)
    try:
        erasure.run(made.desk, made.dpo, request_id)
    finally:
        setattr(erasure._Erasure, PROVE, real)
    return deleted[0] - began, time.perf_counter() - deleted[0]


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def shown(name: str, seconds: list[float]) -> str:
    return f"| {name} | {median(seconds) * 1e3:.1f} | {p95(seconds) * 1e3:.1f} |"


def compare(store_name: str, made: MadeDesk, peer: Effaced) -> None:
    """Both sides in turns, person by person."""
    times: dict[str, list[float]] = {}
    peer_error = ""

    def note(name: str, seconds: float) -> None:
        times.setdefault(name, []).append(seconds)

    for one in range(1, PEOPLE + 1):
        person(made, one)
    asked = {one: approved(made, one, Kind.ACCESS) for one in range(1, PEOPLE + 1)}
    for one, case in asked.items():
        note("a desk, access", desk_access(made, case))
        note("effaced, access", peer.access(one))
    for one, case in asked.items():
        # An erasure waits for the person's other requests: end this one.
        refusal.refuse(made.desk, made.handler, case.id, "excessive")
        request_id = approved(made, one, Kind.ERASURE).id
        until, turn = desk_erase(made, request_id)
        note("a desk, erasure until keys_deleted", until)
        note("a desk, epoch turn and read-back", turn)
        if not peer_error:
            try:
                note("effaced, erasure", peer.erase(one))
            except SQLAlchemyError as error:
                peer_error = str(error).splitlines()[0]
    print(f"\n{store_name}: {PEOPLE} people, 1 profile and 22 related rows each\n")
    print("| way | median, ms | p95, ms |\n| --- | ---: | ---: |")
    for name, seconds in times.items():
        print(shown(name, seconds))
    if peer_error:
        print(f"\neffaced, erasure: fails: {peer_error}")


def main() -> None:
    key = secrets.token_hex(16)
    server = postgres.server_of_run(key, os.getpid())
    try:
        with tempfile.TemporaryDirectory() as folder:
            urls = server.url(server.create()), server.url(server.create())
            made = make_desk(Path(folder), urls=urls)
            compare("PostgreSQL", made, Effaced.at(server.url(server.create()), PEOPLE, CALLS))
            made.desk.close()
        with tempfile.TemporaryDirectory() as folder:
            made = make_desk(Path(folder))
            peer = Effaced.at(f"sqlite:///{folder}/effaced.db", PEOPLE, CALLS)
            compare("SQLite file", made, peer)
            made.desk.close()
    finally:
        postgres.stop_server_of_run(key)


if __name__ == "__main__":
    main()
