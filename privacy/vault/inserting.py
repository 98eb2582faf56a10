"""Who is between the vault's commit and main's.

An insert commits keys in the vault first; until main's commit those keys
belong to nobody, and recovery would sweep them. An inserter holds this guard
shared for that moment; recovery sweeps only when it gets it alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, text

LOCK_NAME = "hashtext('rightsdesk-inserting')"


class InsertGuard(Protocol):
    def inserting(self) -> Any: ...

    def alone(self) -> Any: ...


class FileGuard:
    """flock on a file of the desk folder: shared for inserters, exclusive for recovery."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def inserting(self) -> Iterator[None]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """True while nobody inserts; False at once if somebody does."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


class AdvisoryGuard:
    """PostgreSQL advisory locks of a session on the vault database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def inserting(self) -> Iterator[None]:
        with self._engine.connect() as db:
            db.execute(text(f"SELECT pg_advisory_xact_lock_shared({LOCK_NAME})"))
            yield
            db.rollback()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        with self._engine.connect() as db:
            got = db.execute(text(f"SELECT pg_try_advisory_xact_lock({LOCK_NAME})"))
            yield bool(got.scalar_one())
            db.rollback()
