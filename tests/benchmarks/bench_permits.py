"""Durable permits and log entries per second, against what the disk can do.

In one run, in turns: plain durable commits of one row (SQLite, WAL, synchronous FULL);
plain inserts with one commit; the log's entries with one commit each, and in groups; and
permits issued and redeemed one by one through the whole gate with the real law, where each
redemption is a durable commit of its own before the number is released. Beside the rates: how
long a permit takes, from asking for one alone to its number.
Run: `.venv/bin/python -m tests.benchmarks.bench_permits`.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import insert

from privacy.desk import Desk
from privacy.gateway.issue import issue
from privacy.gateway.redeem import redeem
from privacy.law import calling
from tests.benchmarks.peers import CONTACT, PLAIN, engine_at
from tests.desks import make_desk
from tests.gateway.scene import Scene, scene

ROUNDS = 5
COMMITS = 400
GROUP = 5_000
THREADS = 16
PEOPLE = 240
ALONE = 100


def plain_commits(folder: Path) -> float:
    """One-row durable commits per second."""
    engine = engine_at(folder / "commits.db")
    PLAIN.create_all(engine)
    row = {"name": "n" * 60, "address": "a" * 60, "phone": "1", "email": "e"}
    with engine.connect() as db:
        start = time.perf_counter()
        for _ in range(COMMITS):
            db.execute(insert(CONTACT), row)
            db.commit()
        return COMMITS / (time.perf_counter() - start)


def plain_inserts(folder: Path) -> float:
    """Rows per second of one insert of many rows with one commit."""
    engine = engine_at(folder / "inserts.db")
    PLAIN.create_all(engine)
    rows = [{"name": "n" * 60, "address": "a" * 60, "phone": "1", "email": "e"}] * GROUP
    start = time.perf_counter()
    with engine.begin() as db:
        db.execute(insert(CONTACT), rows)
    return GROUP / (time.perf_counter() - start)


def log_singly(desk: Desk) -> float:
    """Entries per second, each a commit of its own, waited for."""
    start = time.perf_counter()
    for _ in range(COMMITS):
        desk.write(lambda unit: unit.append("bench.entry", "bench", object="e" * 100))
    return COMMITS / (time.perf_counter() - start)


def log_together(desk: Desk) -> float:
    """Entries per second of 16 threads that each wait for theirs: group commit."""

    def some(count: int) -> None:
        for _ in range(count):
            desk.write(lambda unit: unit.append("bench.entry", "bench", object="e" * 100))

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(some, [COMMITS // 4] * THREADS))
    return THREADS * (COMMITS // 4) / (time.perf_counter() - start)


def log_in_one(desk: Desk) -> float:
    """Entries per second of one transaction."""

    def job(unit: Any) -> None:
        for _ in range(GROUP):
            unit.append("bench.entry", "bench", object="e" * 100)

    start = time.perf_counter()
    desk.write(job)
    return GROUP / (time.perf_counter() - start)


def permits(stage: Scene) -> float:
    """Permits per second: issued by twenties, redeemed one by one."""
    stage.gate.law = calling.answer
    done = 0
    start = time.perf_counter()
    while done < PEOPLE:
        free = [f"p-{number}" for number in range(done, done + 20)]
        answer = issue(stage.gate, stage.dialer, stage.campaign, 20, free)
        if not answer.permits:
            raise SystemExit(f"no permits: {answer.none_because}")
        for permit in answer.permits:
            # The clock stands still in this desk; the campaign's rate is not what is measured.
            stage.wait(0.05)
            redeem(stage.gate, stage.dialer, permit.permit)
            done += 1
    return done / (time.perf_counter() - start)


def alone(stage: Scene) -> list[float]:
    """Milliseconds from asking for one permit to its number, each by itself."""
    stage.gate.law = calling.answer
    took = []
    for number in range(ALONE):
        stage.wait(0.05)
        start = time.perf_counter()
        (permit,) = issue(stage.gate, stage.dialer, stage.campaign, 1, [f"q-{number}"]).permits
        redeem(stage.gate, stage.dialer, permit.permit)
        took.append((time.perf_counter() - start) * 1_000)
    return took


def main() -> None:
    taken: dict[str, list[float]] = {}
    took: list[float] = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            made = make_desk(folder)
            stage = scene(made, PEOPLE + ALONE, rate_per_s=100, concurrency=PEOPLE + ALONE)
            figures = {
                "plain durable commits": plain_commits(folder),
                "log entries, one commit each": log_singly(made.desk),
                "log entries, 16 threads": log_together(made.desk),
                "plain inserts, one commit": plain_inserts(folder),
                "log entries, one commit": log_in_one(made.desk),
                "permits issued and redeemed": permits(stage),
            }
            took += alone(stage)
            made.desk.close()
        for what, rate in figures.items():
            taken.setdefault(what, []).append(rate)
    base = median(taken["plain durable commits"])
    print(f"Median of {ROUNDS} rounds (lowest to highest)\n")
    print("| what | per second | to plain durable commits |")
    print("| --- | ---: | ---: |")
    for what, rates in taken.items():
        spread = f"{median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        print(f"| {what} | {spread} | {median(rates) / base:.2f} |")
    cuts = quantiles(took, n=100)
    print(f"\nA permit asked for alone, until its number ({len(took)} of them), in ms:")
    print(f"median {cuts[49]:.1f}, p99 {cuts[98]:.1f}, longest {max(took):.1f}")


if __name__ == "__main__":
    main()
