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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
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

    def enter(self, db: Connection, clock: Callable[[], datetime], *, alone: bool) -> datetime:
        """Take the transaction's turn and its instant, which no earlier one stands behind."""
        ...

    def fold(
        self, db: Connection, drafts: Sequence[Draft], now: datetime, *, alone: bool
    ) -> None: ...

    def after_commit(self) -> None:
        """Called after each commit on PostgreSQL, where entries are sequenced then."""
        ...


class NoLog:
    """For the vault, which keeps no log of its own."""

    def enter(self, db: Connection, clock: Callable[[], datetime], *, alone: bool) -> datetime:
        return clock()

    def fold(self, db: Connection, drafts: Sequence[Draft], now: datetime, *, alone: bool) -> None:
        if drafts:
            raise Fault("The vault keeps no audit entries.", what="vault")

    def after_commit(self) -> None:
        return None


class WritePath(Protocol):
    engine: Engine

    def write(self, job: Callable[[Unit], T], *, alone: bool = False) -> T:
        """Run `job`. `alone`: while no other transaction of main is open."""
        ...

    def close(self) -> None: ...


class _Nothing(Enum):
    NOTHING = "nothing"


NOTHING = _Nothing.NOTHING


@dataclass(frozen=True)
class _Waiting:
    job: Callable[[Unit], Any]
    answer: Future[Any]
    alone: bool


@dataclass(frozen=True)
class _Done:
    answer: Future[Any]
    result: Any
    unit: Unit


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
        self._closed = False
        self._handing_over = threading.Lock()
        watch(engine)

    def write(self, job: Callable[[Unit], T], *, alone: bool = False) -> T:
        if threading.current_thread() is self._thread:
            raise Fault("A job may not write through the write path again.", what="write path")
        answer: Future[T] = Future()
        with self._handing_over:
            if self._closed:
                raise Fault("The desk was closed.", what="write path")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="desk-writer", daemon=True)
                self._thread.start()
            self._waiting.put(_Waiting(job, answer, alone))
        return answer.result()

    def close(self) -> None:
        """Finish what waits and stop the writer; nothing is written after that."""
        with self._handing_over:
            self._closed = True
            if self._thread is not None:
                self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()
        self.engine.dispose()
        self._lock.close()

    def _serve(self) -> None:
        first = self._waiting.get()
        while first is not None:
            group, ahead = self._group(first)
            self._commit(group)
            first = self._waiting.get() if ahead is NOTHING else ahead

    def _group(self, first: _Waiting) -> tuple[list[_Waiting], _Waiting | _Nothing | None]:
        """What is committed together with `first`, and what was taken from the queue after it."""
        group = [first]
        while not first.alone and len(group) < GROUP_LIMIT and not self._waiting.empty():
            more = self._waiting.get()
            if more is None or more.alone:
                return group, more
            group.append(more)
        return group, NOTHING

    def _commit(self, group: list[_Waiting]) -> None:
        done: list[_Done] = []
        failures: dict[Future[Any], BaseException] = {}
        try:
            with self._lock.held(), database_errors(), self.engine.begin() as db:
                self._run(db, group, done, failures)
        except BaseException as error:  # noqa: BLE001 - handed to every waiting caller
            for waiting in group:
                failures.setdefault(waiting.answer, error)
            done.clear()
        for each in done:
            each.unit.committed = True
            each.answer.set_result(each.result)
        for answer, failure in failures.items():
            answer.set_exception(failure)

    def _run(
        self,
        db: Connection,
        group: list[_Waiting],
        done: list[_Done],
        failures: dict[Future[Any], BaseException],
    ) -> None:
        alone = group[0].alone
        now = self._log.enter(db, self._clock.now, alone=alone)
        for waiting in group:
            unit = Unit(db, now)
            savepoint = db.begin_nested()
            db.info["unit"] = unit
            try:
                result = waiting.job(unit)
                if self._audited:
                    unit.check()
            except BaseException as error:  # noqa: BLE001 - handed to the caller of this job
                failures[waiting.answer] = (
                    translated(error) if isinstance(error, DBAPIError) else error
                )
                _refuse_ended(db, failures[waiting.answer])
                savepoint.rollback()
            else:
                savepoint.commit()
                done.append(_Done(waiting.answer, result, unit))
            finally:
                db.info.pop("unit", None)
        drafts = [draft for each in done for draft in each.unit.drafts]
        self._log.fold(db, drafts, now, alone=alone)


class PostgresWrites:
    """One transaction a job; the log's sequencer runs after the commit."""

    def __init__(self, engine: Engine, clock: Clock, log: Fold, *, audited: bool = True) -> None:
        self.engine = engine
        self._clock = clock
        self._log = log
        self._audited = audited
        watch(engine)

    def write(self, job: Callable[[Unit], T], *, alone: bool = False) -> T:
        with database_errors(), self.engine.begin() as db:
            unit = Unit(db, self._log.enter(db, lambda: self._now(db), alone=alone))
            db.info["unit"] = unit
            try:
                result = job(unit)
                if self._audited:
                    unit.check()
            finally:
                db.info.pop("unit", None)
            self._log.fold(db, unit.drafts, unit.now, alone=alone)
        unit.committed = True
        # What is committed stays confirmed: an entry that is not sequenced now waits
        # in `pending` for the next one, and the tail says so.
        with suppress(DBAPIError):
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


def _refuse_ended(db: Connection, error: BaseException) -> None:
    """Raise if SQLite ended the whole transaction, as for a full disk: nobody is saved then.

    Without a transaction the next job's statements would be saved one by one, and
    without their entries.
    """
    connection = db.connection.dbapi_connection
    if connection is None or not getattr(connection, "in_transaction", True):
        raise error
