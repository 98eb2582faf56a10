"""A private PostgreSQL for the tests: one server a run, new databases for every test.

The first worker that needs it starts a keeper (tests/keeper.py), which ends the server
with the run. The server listens on a Unix socket only, whose folder nobody else may
enter, and keeps fsync on: durability is what is tested.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

START_SECONDS = 90


class NoPostgres(Exception):
    """PostgreSQL's server programs are not on this machine."""


@dataclass(frozen=True)
class Server:
    """A running server. `folder` holds its socket, its data and its log."""

    folder: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database, with the psycopg driver."""
        return f"postgresql+psycopg://tests@/{database}?host={self.folder / 'socket'}"

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; its name."""
        name = f"t_{secrets.token_hex(6)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, database: str) -> None:
        """Remove a database, and end whoever is still connected to it."""
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """A database to copy, made once a run by `fill(url)`, which must close its connections."""
        with locked(self.folder / "templates.lock"):
            done = self.folder / f"template-{name}"
            if not done.exists():
                made = self.create()
                fill(self.url(made))
                self._run(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                        sql.Identifier(made), sql.Identifier(name)
                    )
                )
                done.touch()
        return name

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host=str(self.folder / "socket"), user="tests", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


def programs() -> Path:
    """The folder of initdb and postgres, the newest version where there are several."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parent.parent.name.partition(".")[0]),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoPostgres("PostgreSQL's initdb is not on this machine (Debian: postgresql)")
    return Path(on_path).resolve().parent


def server_of_run(run: str, process: int) -> Server:
    """The server of the test run `run`, started if it is not there yet.

    It ends with `process`, which is the run's first process and outlives its workers.
    """
    binaries = programs()
    folder = folder_of_run(run)
    folder.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)
    with locked(folder / "start.lock"):
        if not (folder / "ready").exists() and not (folder / "failed").exists():
            _start_keeper(folder, binaries, process)
    if (folder / "failed").exists():
        raise RuntimeError((folder / "failed").read_text())
    return Server(folder)


def stop_server_of_run(run: str) -> None:
    """End the server of a run, if one was started, and wait until its folder is gone."""
    folder = folder_of_run(run)
    try:
        keeper = int((folder / "keeper.pid").read_text())
    except FileNotFoundError:
        return
    try:
        os.kill(keeper, 15)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + START_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def folder_of_run(run: str) -> Path:
    """Outside pytest's own folders, which are closed to the user that the server runs as."""
    return Path(tempfile.gettempdir()) / f"rightsdesk-postgres-{run[:12]}"


def _start_keeper(folder: Path, binaries: Path, process: int) -> None:
    program = Path(__file__).with_name("keeper.py")
    keeper = subprocess.Popen(
        [sys.executable, "-I", str(program), str(folder), str(binaries), str(process)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    (folder / "keeper.pid").write_text(str(keeper.pid))
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "ready").exists() and not (folder / "failed").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the keeper of the PostgreSQL server did not start it")
        time.sleep(0.05)
    # It outlives this worker on purpose; without this, its handle would warn at the end.
    keeper.returncode = 0


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` against the other workers of the run."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
