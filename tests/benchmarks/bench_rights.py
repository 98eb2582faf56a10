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
from privacy.rights import (
    access,
    answer_data,
    clock,
    erasure,
    refusal,
    store,
)
from privacy.rights.case import Kind
from privacy.rights.package import archive, contents
from tests import postgres
from tests.benchmarks.peer_effaced import Effaced
from tests.benchmarks.rights_scene import CALLS, add_calls, approved, mail_of, number_of
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person

PEOPLE = 60
# The method that begins after `erasure.keys_deleted` is committed.
PROVE = "prove"


def person(made: MadeDesk, one: int) -> None:
    """A person with 2 contact points and 20 calls."""
    # Row ids hold the millisecond: a clock that stands still would make them collide.
    made.clock.advance(timedelta(seconds=1))
    number = number_of(one)
    known = add_person(made.desk, number, mail_of(one), family=f"Family{one}", region="GB")
    add_calls(made, known, number)


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
    machine = contents.machine_document(found, document, (case.law,))
    files = {"answer.pdf": b"%PDF", **contents.machine_files(machine)}
    assert archive.sealed(files, "a pass phrase")
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
