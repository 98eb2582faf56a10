"""The writer lock: one at a time, and it says who holds it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from privacy.errors import DeskInUse, Fault
from privacy.storage.lock import WriterLock, alone

HOLD = """
import sys
from pathlib import Path
from privacy.storage.lock import WriterLock
with WriterLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_held_by_another_process_is_named(tmp_path: Path) -> None:
    path = tmp_path / "main.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = WriterLock(path, wait_s=0.05)
        with pytest.raises(DeskInUse, match=f"process {holder.pid}"), lock.held():
            pass
        assert holder.stdin is not None
        holder.stdin.close()
        holder.wait()
        with lock.held():
            assert path.read_text().strip() == str(os.getpid())
        lock.close()


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    path = tmp_path / "main.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
    with alone(path, wait_s=1):
        pass


def test_threads_that_ask_alone_never_meet(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with alone(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_closed_lock_takes_nobody_elses_file(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "lock")
    lock.close()
    lock.close()
    with (tmp_path / "other").open("w+b") as other:
        with pytest.raises(Fault), lock.held():
            pass
        assert os.fstat(other.fileno()).st_size == 0


def test_a_full_disk_does_not_keep_the_lock_taken(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.symlink_to("/dev/full")
    for _ in range(2):
        with alone(path, wait_s=0.05):
            pass
