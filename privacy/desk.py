"""The open desk: what every room works with.

A room's store takes a `Desk`, writes through `desk.write(job)` and reads in
short transactions of other connections through `desk.reading()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from privacy.audit.note import Checkpoint
from privacy.audit.signing import Signing
from privacy.audit.store import Log
from privacy.clock import Clock, instant
from privacy.settings import DeskConfig
from privacy.storage.engines import is_sqlite, server_now_micros
from privacy.storage.unit import Unit
from privacy.storage.writing import WritePath, database_errors
from privacy.vault.ledger import Ledger
from privacy.vault.store import Vault

T = TypeVar("T")


@dataclass
class Desk:
    """Everything that is open of one desk. `folder` and `state` are its two directories."""

    folder: Path
    state: Path
    config: DeskConfig
    clock: Clock
    reads: Engine
    writes: WritePath
    vault: Vault
    log: Log
    ledger: Ledger
    signing: Signing

    def write(self, job: Callable[[Unit], T], *, alone: bool = False) -> T:
        """Run `job` in a transaction of main with its audit entries; see storage.writing."""
        return self.writes.write(job, alone=alone)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A short reading transaction (under 2 s, or the WAL cannot be truncated)."""
        with database_errors(), self.reads.connect() as db:
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `reading`, and every statement sees the desk as the first one saw it."""
        with database_errors(), self.reads.connect() as db:
            if not is_sqlite(self.reads):
                db = db.execution_options(isolation_level="REPEATABLE READ")
            yield db

    def sign_checkpoint(self) -> Checkpoint | None:
        """Sign what is new in the log; the last checkpoint. See audit.signing."""
        return self.signing.sign(self.log, self.writes, self.reading)

    def now(self) -> datetime:
        return self.clock.now()

    def now_in(self, db: Connection) -> datetime:
        """The store's own clock where it has one (PostgreSQL), else this machine's.

        What several machines compare takes this one: no wrong clock of one of them counts.
        """
        server = None if self.clock.simulated else server_now_micros(db)
        return self.now() if server is None else instant(server)

    def close(self) -> None:
        self.writes.close()
        self.vault.writes.close()
        self.vault.reads.dispose()
        self.reads.dispose()
