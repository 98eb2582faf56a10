"""psycopg or pg8000: durable commits and bulk inserts through SQLAlchemy, side by side.

Both drivers talk to the same private server (fsync and synchronous_commit on, Unix
socket), in turns, so that a busy machine disturbs both alike. Figures are the median of
the rounds. Run: `.venv/bin/python -m tests.benchmarks.bench_drivers`.
"""

from __future__ import annotations

import os
import secrets
import time
from statistics import median
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    insert,
    select,
)

from tests import postgres

ROUNDS = 5
COMMITS = 300
ROWS = 5_000

METADATA = MetaData()
ROW = Table(
    "bench_row",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


def rows(first: int, count: int) -> list[dict[str, Any]]:
    """Rows like a sealed part: two integers and 200 random bytes."""
    return [
        {"id": first + n, "created_at": 1_760_000_000_000_000 + n, "sealed": os.urandom(200)}
        for n in range(count)
    ]


def commits_per_second(engine: Engine, first: int) -> float:
    given = rows(first, COMMITS)
    with engine.connect() as db:
        start = time.perf_counter()
        for row in given:
            db.execute(insert(ROW), row)
            db.commit()
        return COMMITS / (time.perf_counter() - start)


def bulk_rows_per_second(engine: Engine, first: int) -> float:
    given = rows(first, ROWS)
    start = time.perf_counter()
    with engine.begin() as db:
        db.execute(insert(ROW), given)
    return ROWS / (time.perf_counter() - start)


def read_rows_per_second(engine: Engine, first: int) -> float:
    start = time.perf_counter()
    with engine.connect() as db:
        found = db.execute(select(ROW).where(ROW.c.id >= first).limit(ROWS)).all()
    return len(found) / (time.perf_counter() - start)


def main() -> dict[str, float]:
    """Measure both drivers; figures by `driver measure`, per second."""
    run = secrets.token_hex(6)
    server = postgres.server_of_run(run, os.getpid())
    socket = server.folder / "socket"
    engines = {
        "psycopg": create_engine(server.url(server.create())),
        "pg8000": create_engine(
            f"postgresql+pg8000://tests@/{server.create()}",
            connect_args={"unix_sock": str(socket / ".s.PGSQL.5432")},
        ),
    }
    taken: dict[str, list[float]] = {}
    try:
        for engine in engines.values():
            METADATA.create_all(engine)
        for turn in range(ROUNDS):
            for name, engine in engines.items():
                first = turn * 1_000_000
                for measure, figure in (
                    ("durable commits", commits_per_second(engine, first)),
                    ("bulk rows inserted", bulk_rows_per_second(engine, first + 500_000)),
                    ("rows read", read_rows_per_second(engine, first + 500_000)),
                ):
                    taken.setdefault(f"{name} {measure}", []).append(figure)
    finally:
        for engine in engines.values():
            engine.dispose()
        postgres.stop_server_of_run(run)
    return {name: median(figures) for name, figures in sorted(taken.items())}


if __name__ == "__main__":
    for name, figure in main().items():
        print(f"{name:32}{figure:12,.0f} /s")
