"""The one way to write: a change and its entry together or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import event, func, insert, select, text
from sqlmodel import Session

from privacy.errors import Fault, MachineFailed
from privacy.storage.lock import alone
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import PossibleDuplicate
from privacy.storage.unit import Unit
from privacy.storage.writing import SqliteWrites
from tests.desks import MadeDesk

PROCESSES, THREADS, JOBS = 3, 8, 20


def changes(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        return db.execute(
            select(func.count()).select_from(table_of(PossibleDuplicate))
        ).scalar_one()


def entries(made: MadeDesk, action: str) -> int:
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        return db.execute(
            select(func.count()).select_from(table).where(table.c.action == action)
        ).scalar_one()


def change(unit: Unit, number: int = 1) -> None:
    unit.db.execute(
        insert(table_of(PossibleDuplicate)).values(subject_id=number, other_id=2, found_at=0)
    )


def by_executemany(unit: Unit) -> None:
    mark = "?" if unit.db.dialect.name == "sqlite" else "%s"
    unit.db.exec_driver_sql(
        "INSERT INTO possible_duplicate (subject_id, other_id, found_at)"
        f" VALUES ({mark}, {mark}, {mark})",
        [(1, 2, 0), (3, 4, 0)],
    )


def by_text(unit: Unit) -> None:
    unit.db.execute(
        text(
            "/* here */ INSERT INTO possible_duplicate (subject_id, other_id, found_at)"
            " SELECT 1, 2, 0"
        )
    )


def by_orm(unit: Unit) -> None:
    with Session(unit.db) as session:
        session.add(PossibleDuplicate(subject_id=1, other_id=2, found_at=0))
        session.commit()


WAYS: list[Callable[[Unit], None]] = [change, by_executemany, by_text, by_orm]


def test_a_change_without_an_entry_does_not_commit(store: MadeDesk) -> None:
    for way in WAYS:
        with pytest.raises(Fault, match="without an audit entry"):
            store.desk.write(way)
        assert changes(store) == 0, way.__name__


@pytest.mark.parametrize("way", WAYS)
def test_a_change_with_an_entry_commits(made: MadeDesk, way: Callable[[Unit], None]) -> None:
    def job(unit: Unit) -> None:
        way(unit)
        unit.append("test.changed", "dpo")

    made.desk.write(job)
    assert changes(made) >= 1
    assert entries(made, "test.changed") == 1


def test_a_job_that_fails_leaves_neither_change_nor_entry(store: MadeDesk) -> None:
    def job(unit: Unit) -> None:
        change(unit)
        unit.append("test.changed", "dpo")
        raise ValueError("later")

    with pytest.raises(ValueError):
        store.desk.write(job)
    assert (changes(store), entries(store, "test.changed")) == (0, 0)


def test_a_unit_is_committed_only_when_its_transaction_is(store: MadeDesk) -> None:
    units: list[Unit] = []

    def good(unit: Unit) -> None:
        units.append(unit)
        assert not unit.committed

    def bad(unit: Unit) -> None:
        units.append(unit)
        raise ValueError

    store.desk.write(good)
    with pytest.raises(ValueError):
        store.desk.write(bad)
    assert [unit.committed for unit in units] == [True, False]


def test_the_databases_errors_show_no_statement_and_no_value(store: MadeDesk) -> None:
    def job(unit: Unit) -> None:
        unit.db.execute(text("INSERT INTO no_such_table VALUES ('Canarison')"))

    with pytest.raises(MachineFailed) as refusal:
        store.desk.write(job)
    assert "Canarison" not in str(refusal.value.document()) + repr(refusal.value)
    assert "no_such_table" not in str(refusal.value.document())


def test_jobs_that_wait_are_committed_together_and_fail_alone(made: MadeDesk) -> None:
    commits = []
    event.listen(made.desk.writes.engine, "commit", lambda _: commits.append(1))
    failed: list[int] = []

    def run(number: int) -> None:
        def job(unit: Unit) -> None:
            change(unit, number)
            unit.append("test.changed", "dpo")
            if number % 10 == 0:
                raise ValueError

        try:
            made.desk.write(job)
        except ValueError:
            failed.append(number)

    with alone(made.desk.folder / "main.lock"):
        threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert sorted(failed) == [0, 10]
    assert changes(made) == entries(made, "test.changed") == 18
    assert len(commits) < 10


def test_a_full_disk_saves_nobody_of_the_group(made: MadeDesk) -> None:
    """SQLite ends the whole transaction then: a later job must not be saved on its own."""
    assert isinstance(made.desk.writes, SqliteWrites)
    outcomes: dict[str, object] = {}

    def fill(unit: Unit) -> None:
        pages = unit.db.exec_driver_sql("PRAGMA page_count").scalar_one()
        unit.db.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        unit.append("test.filled", "dpo")
        for number in range(100_000):
            change(unit, 1000 + number)

    def small(unit: Unit) -> None:
        change(unit)
        unit.append("test.changed", "dpo")

    def run(name: str, job: Callable[[Unit], None]) -> None:
        try:
            made.desk.write(job)
        except MachineFailed as error:
            outcomes[name] = str(error)

    with alone(made.desk.folder / "main.lock"):
        threads = []
        for name, job in (("first", small), ("before", small), ("fill", fill), ("after", small)):
            threads.append(threading.Thread(target=run, args=(name, job)))
            threads[-1].start()
            time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert "disk is full" in str(outcomes["fill"])
    assert changes(made) == entries(made, "test.changed")
    assert entries(made, "test.filled") == 0


def test_a_job_that_ends_the_transaction_takes_the_whole_group_with_it(made: MadeDesk) -> None:
    """Without a transaction the next job would be saved, and without its entry."""
    outcomes: list[str] = []

    def good(number: int) -> Callable[[Unit], None]:
        def job(unit: Unit) -> None:
            change(unit, number)
            unit.append("test.changed", "dpo")

        return job

    def ending(unit: Unit) -> None:
        change(unit, 5)
        unit.append("test.changed", "dpo")
        unit.db.exec_driver_sql("INSERT OR ROLLBACK INTO possible_duplicate VALUES (5, 2, 0, NULL)")

    def run(job: Callable[[Unit], None]) -> None:
        try:
            made.desk.write(job)
        except MachineFailed as error:
            outcomes.append(str(error))

    run(good(1))
    with alone(made.desk.folder / "main.lock"):
        threads = []
        # The writer already waits for the lock with the first one: the others are its next group.
        for job in (good(0), good(2), ending, good(3)):
            threads.append(threading.Thread(target=run, args=(job,)))
            threads[-1].start()
            time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert changes(made) == entries(made, "test.changed")
    assert len(outcomes) == 3
    assert changes(made) == 2
    run(good(4))
    assert changes(made) == entries(made, "test.changed") == 3


def test_a_job_may_not_write_again_and_a_closed_desk_writes_nothing(made: MadeDesk) -> None:
    with pytest.raises(Fault, match="may not write"):
        made.desk.write(lambda _: made.desk.write(lambda unit: None))
    other = made.reopen()
    other.close()
    with pytest.raises(Fault, match="closed"):
        other.write(lambda unit: None)


@pytest.mark.serial
def test_a_storm_of_processes_and_failures_ends_with_as_many_entries_as_changes(
    store: MadeDesk,
) -> None:
    folder = store.desk.folder.parent
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.storage.storm", str(folder)),
                *map(str, (process, THREADS, JOBS)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for process in range(PROCESSES)
    ]
    failed = [int(process.communicate()[0]) for process in running]
    assert sum(failed) == PROCESSES * THREADS * JOBS // 10
    expected = PROCESSES * THREADS * JOBS - sum(failed)
    assert changes(store) == entries(store, "storm.changed") == expected
