"""A year of a campaign, counted by the database: seconds, and by how many MiB memory rises.

Rows are copies of one real call, put in by SQL, spread over a year: for the counting, not for
the gate. Run: `.venv/bin/python -m tests.benchmarks.bench_year [CALLS]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from privacy.gateway.review import MOST_BY_FACTS
from reports import campaign_data
from reports.campaign_data import Span
from tests.desks import make_desk
from tests.gateway.many_calls import fill, rising
from tests.gateway.scene import RunningClock, Scene, scene

CALLS = 2_000_000
CHUNK = 250_000
YEAR_MICROS = 365 * 86_400 * 1_000_000


def spread(set_up: Scene, count: int) -> None:
    """`count` calls and decisions more, each a copy of the one that `fill` made."""
    engine = set_up.desk.log.engine
    with engine.begin() as db:
        names = {
            table: [row[1] for row in db.execute(text(f"PRAGMA table_info({table})"))]
            for table in ("decision", "attempt")
        }
    # The tag is left out: one live call a number is not what is counted here.
    new = {
        "attempt": {
            "id": "printf('at-%012d', n)", "permit_hash": "CAST(printf('p%012d', n) AS BLOB)",
            "tag": "NULL", "redeemed_at": "redeemed_at - n * :step",
            "decision_id": "decision_id + n",
            "outcome": "CASE n % 5 WHEN 0 THEN 'busy' WHEN 1 THEN 'no_answer' ELSE outcome END",
        },
        "decision": {
            "id": "id + n", "attempt_id": "NULL", "facts_sealed": "NULL", "holder_id": "NULL",
            "at": "at - n * :step",
            "decision": "CASE n % 3 WHEN 0 THEN 'deny' ELSE 'allow' END",
        },
    }  # fmt: skip
    for start in range(1, count, CHUNK):
        given = {"a": start, "b": min(start + CHUNK, count) - 1, "step": YEAR_MICROS // count}
        for table, columns in names.items():
            values = ", ".join(new[table].get(name, name) for name in columns)
            series = "WITH RECURSIVE s(n) AS (SELECT :a UNION ALL SELECT n + 1 FROM s WHERE n < :b)"
            copy = f"(SELECT * FROM {table} ORDER BY rowid LIMIT 1)"
            with engine.begin() as db:
                db.execute(
                    text(f"INSERT INTO {table} {series} SELECT {values} FROM s, {copy}"), given
                )


def counted(what: str, work: Callable[[], Any]) -> None:
    with rising() as rise:
        began = time.perf_counter()
        work()
        took_s = time.perf_counter() - began
    print(f"{what}: {took_s:.1f} s, +{rise.mib:.0f} MiB", flush=True)


def run(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        set_up = scene(make_desk(Path(folder), clock=RunningClock()), 3)
        fill(set_up, 1)
        began = time.perf_counter()
        spread(set_up, count)
        print(f"{count:,} calls made in {time.perf_counter() - began:.0f} s", flush=True)
        now = set_up.made.clock.now()
        span = Span(now - timedelta(days=400), now + timedelta(days=1), "Europe/Berlin")
        every_nth = max(1, -(-count // MOST_BY_FACTS))
        campaign = set_up.campaign
        with set_up.desk.snapshot() as db:
            counted("decisions by rule", lambda: campaign_data.decisions(db, campaign, span))
            counted("calls by outcome and day", lambda: campaign_data.calls(db, campaign, span, {}))
            counted("consent classes", lambda: campaign_data.consent(db, campaign, span))
            counted("opt-outs", lambda: campaign_data.opt_outs(db, campaign, span))
            counted(
                f"rows for conduct, one of {every_nth}",
                lambda: campaign_data.conduct_rows(db, campaign, span, every_nth),
            )
        set_up.desk.close()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
