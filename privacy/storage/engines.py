"""Engines for the two stores: SQLite files or PostgreSQL databases.

SQLite connections of each file: WAL, synchronous FULL, secure_delete ON,
foreign_keys ON, temp_store MEMORY. A file is opened only if it exists, unless
it is being made. Main and vault are never attached to each other.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from privacy.errors import Damaged, MachineFailed

# Magic numbers of network file systems (statfs f_type): POSIX locks and WAL shared
# memory cannot be trusted there.
NETWORK_FILE_SYSTEMS = {
    0x6969: "NFS",
    0x517B: "SMB",
    0xFF534D42: "CIFS",
    0xFE534D42: "SMB2",
    0x01021997: "9P",
    0x65735546: "FUSE",
    0x00C36400: "Ceph",
    0x0BD00BD0: "Lustre",
    0x47504653: "GPFS",
    0x5346414F: "AFS",
    0x73757245: "Coda",
    0x7461636F: "OCFS2",
    0x786F4256: "a shared folder of VirtualBox",
}
PRAGMAS = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "secure_delete": ("ON", 1),
    "foreign_keys": ("ON", 1),
    "temp_store": ("MEMORY", 2),
    "fullfsync": ("ON", 1),
    "checkpoint_fullfsync": ("ON", 1),
}
BUSY_WAIT_MS = 10_000
CHECKPOINT_WAIT_MS = 200


def sqlite_url(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def sqlite_path(engine: Engine) -> Path:
    """The file of an embedded store; its WAL is the same name with `-wal`."""
    return Path(str(engine.url.database))


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def open_engine(url: str, *, create: bool = False, immediate: bool = False) -> Engine:
    """An engine for one store.

    `create` lets a missing SQLite file be made; else a missing file is Damaged.
    `immediate` engines begin every SQLite transaction with the write lock.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url, create=create, immediate=immediate)
    return _postgresql(url)


def _sqlite(url: str, *, create: bool, immediate: bool) -> Engine:
    path = Path(str(make_url(url).database))
    _refuse_network(path.parent)
    if create:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
    elif not path.is_file():
        raise Damaged(
            f"The desk is not whole: {path.name} is missing.",
            what=path.name,
            next="Restore the folder from a backup, or make a new desk with `rightsdesk init`.",
        )

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=BUSY_WAIT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )

    engine = create_engine(make_url(url), creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma, (setting, read_back) in PRAGMAS.items():
            cursor.execute(f"PRAGMA {pragma}={setting}")
            if cursor.execute(f"PRAGMA {pragma}").fetchone() != (read_back,):
                raise MachineFailed(
                    f"SQLite does not take the setting {pragma}.",
                    what=path.name,
                    next="Put the desk on a local disk and use a SQLite with write-ahead log.",
                )
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _refuse_network(folder: Path) -> None:
    """Refuse a folder on a network file system, where WAL and locks are not safe."""
    kind = _file_system_kind(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise MachineFailed(
            f"The folder lies on a network file system ({NETWORK_FILE_SYSTEMS[kind]}).",
            what="desk folder",
            next="Put the desk on a local disk, or give it PostgreSQL addresses.",
        )


def _file_system_kind(folder: Path) -> int:
    """`f_type` of statfs on Linux, 0 where it cannot be known."""
    import ctypes
    import sys

    if sys.platform != "linux":
        return 0
    buffer = (ctypes.c_long * 32)()
    library = ctypes.CDLL(None, use_errno=True)
    if library.statfs(os.fsencode(folder), ctypes.byref(buffer)) != 0:
        return 0
    return int(buffer[0]) & 0xFFFFFFFF


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), poolclass=QueuePool, pool_size=8
    )

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
        connection.commit()

    return engine


def truncate_wal(engine: Engine) -> bool:
    """Truncating checkpoint; False when a reader kept it busy (deleted keys stay in the file).

    It waits shortly: while it waits for readers it keeps every writer out.
    """
    if not is_sqlite(engine):
        return True
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_WAIT_MS}")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_WAIT_MS}")
        cursor.close()
        return int(busy) == 0
    finally:
        raw.close()


def server_now_micros(db: Connection) -> int | None:
    """PostgreSQL's clock in microseconds, read now; None on SQLite."""
    if db.dialect.name == "sqlite":
        return None
    found = db.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
    return int(found.scalar_one())
