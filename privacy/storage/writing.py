"""The one way to write: `write(job)`.

A job is a function of a unit of work: database work only, under 50 ms and at
most 5,000 rows. On SQLite one writer thread a process takes the writer lock,
begins IMMEDIATE, runs each waiting job in a savepoint, folds the surviving
entries into the log once, commits, unlocks and only then answers (group
commit). On PostgreSQL each job has a transaction of its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from privacy.clock import Clock, instant
from privacy.errors import Damaged, Fault, MachineFailed
from privacy.storage.engines import is_sqlite, server_now_micros
from privacy.storage.lock import WriterLock
from privacy.storage.unit import Draft, Unit, watch

T = TypeVar("T")
GROUP_LIMIT = 64


class Fold(Protocol):
    """Puts entries into the log inside the transaction that made them."""

    def fold(self, db: Connection, drafts: Sequence[Draft], now: datetime) -> None: ...

    def after_commit(self) -> None: ...


class NoLog:
    """For the vault, which keeps no log of its own."""

    def fold(self, db: Connection, drafts: Sequence[Draft], now: datetime) -> None:
        if drafts:
            raise Fault("The vault keeps no audit entries.", what="vault")

    def after_commit(self) -> None:
        return None


class WritePath(Protocol):
    engine: Engine

    def write(self, job: Callable[[Unit], T]) -> T: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class _Waiting:
    job: Callable[[Unit], Any]
    answer: Future[Any]


class SqliteWrites:
    """Group commit by one writer thread, under the desk's writer lock."""

    def __init__(
        self, engine: Engine, clock: Clock, lock: WriterLock, log: Fold, *, audited: bool = True
    ) -> None:
        self.engine = engine
        self._clock = clock
        self._lock = lock
        self._log = log
        self._audited = audited
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        watch(engine)

    def write(self, job: Callable[[Unit], T]) -> T:
        if threading.current_thread() is self._thread:
            raise Fault("A job may not write through the write path again.", what="write path")
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="desk-writer", daemon=True)
                self._thread.start()
        answer: Future[T] = Future()
        self._waiting.put(_Waiting(job, answer))
        return answer.result()

    def close(self) -> None:
        """Finish what waits and stop the writer."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self.engine.dispose()
        self._lock.close()

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            stop = False
            while len(group) < GROUP_LIMIT and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    stop = True
                    break
                group.append(more)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list[_Waiting]) -> None:
        results: list[tuple[Future[Any], Any]] = []
        failures: list[tuple[Future[Any], BaseException]] = []
        try:
            with self._lock.held(), database_errors(), self.engine.begin() as db:
                self._run(db, group, results, failures)
        except BaseException as error:  # noqa: BLE001 - handed to every waiting caller
            for waiting in group:
                if not any(waiting.answer is failed for failed, _ in failures):
                    waiting.answer.set_exception(error)
            for answer, failure in failures:
                answer.set_exception(failure)
            return
        for answer, result in results:
            answer.set_result(result)
        for answer, failure in failures:
            answer.set_exception(failure)
        self._log.after_commit()

    def _run(
        self,
        db: Connection,
        group: list[_Waiting],
        results: list[tuple[Future[Any], Any]],
        failures: list[tuple[Future[Any], BaseException]],
    ) -> None:
        now = self._clock.now()
        drafts: list[Draft] = []
        for waiting in group:
            unit = Unit(db, now)
            savepoint = db.begin_nested()
            db.info["unit"] = unit
            try:
                result = waiting.job(unit)
                if self._audited:
                    unit.check()
            except BaseException as error:  # noqa: BLE001 - handed to the caller of this job
                if savepoint.is_active:
                    savepoint.rollback()
                failures.append((waiting.answer, error))
                if isinstance(error, DBAPIError) and not db.in_nested_transaction():
                    _reraise_if_broken(error)
            else:
                savepoint.commit()
                results.append((waiting.answer, result))
                drafts.extend(unit.drafts)
            finally:
                db.info.pop("unit", None)
        self._log.fold(db, drafts, now)


class PostgresWrites:
    """One transaction a job; the log's sequencer runs after the commit."""

    def __init__(self, engine: Engine, clock: Clock, log: Fold, *, audited: bool = True) -> None:
        self.engine = engine
        self._clock = clock
        self._log = log
        self._audited = audited
        watch(engine)

    def write(self, job: Callable[[Unit], T]) -> T:
        with database_errors(), self.engine.begin() as db:
            unit = Unit(db, self._now(db))
            db.info["unit"] = unit
            try:
                result = job(unit)
                if self._audited:
                    unit.check()
            finally:
                db.info.pop("unit", None)
            self._log.fold(db, unit.drafts, unit.now)
        self._log.after_commit()
        return result

    def _now(self, db: Connection) -> datetime:
        if self._clock.simulated:
            return self._clock.now()
        micros = server_now_micros(db)
        return self._clock.now() if micros is None else instant(micros)

    def close(self) -> None:
        self.engine.dispose()


def make_writes(
    engine: Engine, clock: Clock, lock: WriterLock | None, log: Fold, *, audited: bool = True
) -> WritePath:
    """The write path that fits the engine; SQLite needs the lock."""
    if is_sqlite(engine):
        if lock is None:
            raise Fault("An embedded store is written under a lock.", what="write path")
        return SqliteWrites(engine, clock, lock, log, audited=audited)
    return PostgresWrites(engine, clock, log, audited=audited)


_DISK = {
    "database or disk is full": "The disk is full.",
    "attempt to write a readonly database": "The desk's files cannot be written.",
    "unable to open database file": "The desk's files cannot be opened.",
    "disk I/O error": "The disk answers with errors.",
}


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn the driver's failures into ours; statements and parameters are never shown."""
    try:
        yield
    except DBAPIError as error:
        raise translated(error) from None


def translated(error: DBAPIError) -> MachineFailed | Damaged:
    """Our error for a driver's one. Its text could hold values, so none of it is kept."""
    text = str(error.orig)
    if "malformed" in text or "not a database" in text:
        return Damaged(
            "A database file of the desk is damaged.",
            what="database",
            next="Stop using this desk and restore it from a backup.",
        )
    for sign, message in _DISK.items():
        if sign in text:
            return MachineFailed(
                message,
                what="database",
                next="Nothing was saved. Mend it and run the command again.",
            )
    kind = type(error.orig).__name__
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", "")
    return MachineFailed(
        f"The database refused the work ({kind} {state}).",
        what="database",
        next="Nothing was saved. Run `rightsdesk doctor`.",
    )


def _reraise_if_broken(error: DBAPIError) -> None:
    """A full disk ends SQLite's whole transaction: then nobody in the group is saved."""
    if "disk is full" in str(error.orig) or "I/O" in str(error.orig):
        raise error
