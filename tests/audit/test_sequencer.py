"""Many writers at once: every entry gets one place, on SQLite and through the sequencer."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import insert

from privacy.audit.checking import check_database
from privacy.clock import micros
from privacy.desk import Desk
from privacy.storage.tables.audit import AuditEntry, AuditPending
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from tests.desks import MadeDesk

WRITERS, EACH = 4, 40


def run_all(works: list[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def size(desk: Desk) -> int:
    with desk.reading() as db:
        return desk.log.head(db).size


def test_two_sequencers_and_many_writers_lose_nothing(store: MadeDesk) -> None:
    desk, before = store.desk, size(store.desk)
    done = threading.Event()

    def write() -> None:
        for number in range(EACH):
            desk.write(lambda unit, n=number: unit.append("test.done", "handler", count=n))  # type: ignore[misc]

    def sequence() -> None:
        while not done.wait(0.005):
            desk.log.sequence_all()

    def writers() -> None:
        run_all([write] * WRITERS)
        done.set()

    run_all([writers, sequence, sequence])
    desk.log.sequence_all()
    assert size(desk) == before + WRITERS * EACH
    with desk.reading() as db:
        assert desk.log.unsequenced(db) == 0
        assert [index for index, _ in desk.log.bodies(db)] == list(range(size(desk)))
    assert check_database(desk.reading, now=desk.now()).findings == ()


def test_a_signer_among_writers_signs_what_it_sees(store: MadeDesk) -> None:
    desk = store.desk

    def write() -> None:
        for _ in range(EACH):
            desk.write(lambda unit: unit.append("test.done", "handler"))

    def sign() -> None:
        for _ in range(10):
            desk.sign_checkpoint()

    run_all([write, write, sign, sign])
    last = desk.sign_checkpoint()
    assert last is not None
    assert last.size == size(desk)
    assert check_database(desk.reading, now=desk.now()).findings == ()


def test_a_job_that_fails_leaves_no_entry(made: MadeDesk) -> None:
    desk, before = made.desk, size(made.desk)

    def job(unit: Unit) -> None:
        unit.append("test.done", "handler")
        raise KeyError

    with pytest.raises(KeyError):
        desk.write(job)
    desk.log.sequence_all()
    assert size(desk) == before


def test_an_open_transaction_delays_its_entry_and_loses_nothing(
    store: MadeDesk,
) -> None:
    """PostgreSQL: what commits late is sequenced late; SQLite has one writer anyway."""
    desk, before = store.desk, size(store.desk)
    if desk.reads.dialect.name == "sqlite":
        return
    at = micros(desk.now())
    with desk.reads.connect() as late:
        from privacy.audit.store import entry_bytes
        from privacy.storage.unit import Draft

        draft = Draft("e-late", {"action": "test.done", "actor": "handler"})
        body = entry_bytes(draft, desk.now())
        late.execute(
            insert(table_of(AuditEntry)).values(
                id="e-late", at=at, actor="handler", action="test.done", body=body
            )
        )
        late.execute(insert(table_of(AuditPending)).values(entry_id="e-late", at=at))
        desk.write(lambda unit: unit.append("test.done", "handler"))
        assert size(desk) == before + 1
        late.commit()
    desk.log.sequence_all()
    with desk.reading() as db:
        assert desk.log.index_of(db, "e-late") == before + 1
    assert check_database(desk.reading, now=desk.now()).findings == ()
