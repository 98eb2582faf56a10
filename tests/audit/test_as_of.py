"""A size of the log is one state of the desk, also while other processes write."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from privacy.audit import as_of
from privacy.audit.as_of import AsOf
from privacy.clock import micros
from privacy.desk import Desk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import Notice
from privacy.storage.unit import Unit
from reports import calling_data, consent_rows
from tests.audit.as_of_writer import GIVEN, RunningClock
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person

REPORTS = 12
PATIENCE_S = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MadeDesk]:
    """A desk whose clock runs, on each of the two stores."""
    urls = request.getfixturevalue("postgres_tables") if request.param == "postgresql" else None
    made = make_desk(tmp_path, urls=urls, clock=RunningClock())
    yield made
    made.desk.close()


@contextmanager
def another_process(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """It runs and has begun; at the end it may go, and has ended well."""
    child = subprocess.Popen([sys.executable, "-m", "tests.audit.as_of_writer", *arguments])
    try:
        give_up = time.monotonic() + PATIENCE_S
        while not (folder / "inside").exists():
            assert child.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.01)
        yield child
    finally:
        (folder / "go").touch()
        (folder / "stop").touch()
        assert child.wait(PATIENCE_S) == 0


def notices(desk: Desk, at: datetime) -> int:
    table = table_of(Notice)
    with desk.reading() as db:
        statement = select(func.count()).select_from(table).where(table.c.created_at <= micros(at))
        return int(db.execute(statement).scalar_one())


def test_a_report_begins_when_what_another_process_writes_is_committed(
    running: MadeDesk, tmp_path: Path
) -> None:
    desk, begun = running.desk, list[tuple[AsOf, int]]()

    def begin() -> None:
        state = as_of.begin(desk, "dpo", "x")
        begun.append((state, notices(desk, state.at)))

    with another_process(tmp_path, "slow", str(tmp_path)):
        report = threading.Thread(target=begin)
        report.start()
        # Long enough for a report that does not wait to have begun.
        report.join(0.5)
        (tmp_path / "go").touch()
        report.join()
    [(state, then)] = begun
    assert notices(desk, state.at) == then


def counted(desk: Desk, at: datetime) -> tuple[int, int]:
    """Consents and opt-outs as the reports count them."""
    span = calling_data.Span(GIVEN, datetime(2100, 1, 1, tzinfo=UTC), "Europe/Berlin", at)
    consents = sum(1 for _ in consent_rows.records(desk.reading, consent_rows.Window(at)))
    with desk.reading() as db:
        return consents, sum(count for _, count in calling_data.opt_outs(db, span))


def test_figures_of_a_size_are_the_same_later_whatever_another_process_was_writing(
    running: MadeDesk, tmp_path: Path
) -> None:
    desk = running.desk
    person = add_person(desk, "+442079460123", "ann@example.org")
    told = (str(person.subject_id), str(person.phone_point))
    with another_process(tmp_path, "many", str(tmp_path), *told):
        begun = []
        for _ in range(REPORTS):
            state = as_of.begin(desk, "dpo", "x")
            begun.append((state.at, counted(desk, state.at)))
    assert [(at, counted(desk, at)) for at, _ in begun] == begun
    assert begun[-1][1] > begun[0][1]


def next_instant(desk: Desk) -> datetime:
    """That of the next transaction."""

    def job(unit: Unit) -> datetime:
        unit.append("test.done", "dpo")
        return unit.now

    return desk.write(job)


def test_an_instant_after_a_report_is_later_than_its_own_though_the_clock_stands(
    store: MadeDesk,
) -> None:
    desk = store.desk
    state = as_of.begin(desk, "dpo", "x")
    assert state.at == store.clock.now()
    assert next_instant(desk) > state.at


def test_a_size_where_no_report_began_is_settled_when_it_is_asked_for(store: MadeDesk) -> None:
    desk = store.desk
    desk.write(lambda unit: unit.append("test.done", "dpo"))
    desk.log.sequence_all()
    with desk.reading() as db:
        size = desk.log.head(db).size
    state = as_of.wanted(desk, "dpo", "x", size)
    assert (state.size, state.at) == (size, store.clock.now())
    assert next_instant(desk) > state.at
    assert as_of.wanted(desk, "dpo", "x", size) == state
