"""Intake of requests, the day of a full desk, and its reminders, on both stores.

An intake is whole: the case file sealed under a key of its own, the clocks of every law
computed, tags, timeline and audit entry, committed durably. The day reads every open case
and computes all its clocks anew. Run: `.venv/bin/python -m tests.benchmarks.bench_requests`.
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

from privacy.rights import calendar_file, intake, optout, reminders, today
from privacy.rights.case import Kind
from privacy.rights.intake import CaseFile
from tests import postgres
from tests.desks import MadeDesk, make_desk

ROUNDS = 3
REQUESTS = 100
OPT_OUTS = 40


def intakes(made: MadeDesk, laws: tuple[str, ...]) -> float:
    """Requests taken in within a second."""
    start = time.perf_counter()
    for number in range(REQUESTS):
        file = CaseFile(f"Person {number}", f"person{number}@example.com", "what do you hold?")
        intake.open_request(
            made.desk, made.handler, Kind.ACCESS, channel="email", file=file, laws=laws
        )
    return REQUESTS / (time.perf_counter() - start)


def opt_outs(made: MadeDesk) -> float:
    """Opt-outs carried out and recorded within a second, each of a number not seen before."""
    start = time.perf_counter()
    for _ in range(OPT_OUTS):
        number = f"+44{secrets.randbelow(10**8) + 7_400_000_000}"
        optout.opt_out(made.desk, made.handler, phones=(number,), channel="phone")
    return OPT_OUTS / (time.perf_counter() - start)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(name: str, made: MadeDesk) -> None:
    """Medians of the rounds; the first intake, which loads the calendars, is not counted."""
    intake.open_request(made.desk, made.handler, Kind.ACCESS, channel="email")
    one = median(intakes(made, ("EU_GDPR",)) for _ in range(ROUNDS))
    two = median(intakes(made, ("EU_GDPR", "US_CA")) for _ in range(ROUNDS))
    out = median(opt_outs(made) for _ in range(ROUNDS))
    cases = 2 * ROUNDS * REQUESTS + 1
    day = seconds(lambda: today.today(made.desk, made.dpo))
    calendar = seconds(lambda: calendar_file.of_desk(made.desk, made.dpo))
    made.clock.advance(timedelta(days=24))
    remind = seconds(lambda: reminders.make(made.desk, made.dpo))
    print(f"{name}: intake under one law {one:.0f}/s, under two {two:.0f}/s, opt-out {out:.0f}/s")
    print(
        f"{name}: with {cases} open cases: today {day:.2f} s, calendar {calendar:.2f} s,"
        f" {cases} reminders {remind:.2f} s"
    )


def main() -> None:
    key = secrets.token_hex(16)
    server = postgres.server_of_run(key, os.getpid())
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = make_desk(Path(folder))
            measure("SQLite file", made)
            made.desk.close()
        with tempfile.TemporaryDirectory() as folder:
            urls = server.url(server.create()), server.url(server.create())
            made = make_desk(Path(folder), urls=urls)
            measure("PostgreSQL", made)
            made.desk.close()
    finally:
        postgres.stop_server_of_run(key)


if __name__ == "__main__":
    main()
