"""The desk's writer lock: one writing process at a time on embedded desks.

SQLite's own busy handler starves writers (measured: one commit against 1,401),
so the lock is taken around each transaction with flock.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from privacy.errors import DeskInUse, Fault, MachineFailed

WAIT_S = 10.0
POLL_S = 0.002


@contextmanager
def alone(path: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold a lock on `path` against every other process and thread, for one short work."""
    lock = WriterLock(path, wait_s=wait_s)
    try:
        with lock.held():
            yield
    finally:
        lock.close()


class WriterLock:
    """An exclusive flock on a file of the desk folder, held for one transaction.

    The file names its holder by process id, so that a waiting process can say
    who it waits for. Not re-entrant, and for one thread: threads that share the
    object would share the lock.
    """

    def __init__(self, path: Path, *, wait_s: float = WAIT_S) -> None:
        self.path = path
        self.wait_s = wait_s
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; DeskInUse after `wait_s` seconds, naming the holder."""
        self._take()
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _take(self) -> None:
        if self._descriptor < 0:
            raise Fault("The desk was closed.", what=self.path.name)
        end = time.monotonic() + self.wait_s
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise MachineFailed(
                        f"The desk's lock cannot be taken: {os.strerror(error.errno or 0)}.",
                        what=self.path.name,
                        next="Check that the desk folder is on a local disk and writable.",
                    ) from error
                if time.monotonic() >= end:
                    raise self._in_use() from error
                time.sleep(POLL_S)
            else:
                # The name is for messages only: a full disk must not keep the lock taken.
                with suppress(OSError):
                    os.pwrite(self._descriptor, f"{os.getpid():<20}\n".encode(), 0)
                return

    def _in_use(self) -> DeskInUse:
        holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        return DeskInUse(
            f"The desk is in use: process {holder} has been writing for {self.wait_s:.0f} s.",
            what=f"process {holder}",
            next="Wait for it or end it, then run the command again; nothing was changed.",
        )

    def close(self) -> None:
        """Give the file back; the lock cannot be taken again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
