"""Killing a process at its n-th call that changes a file, whichever thread makes it.

A tracer (ptrace, Linux) counts the calls on their entry, so the n-th one is not
carried out. One tracer a process: it waits for every child.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from collections.abc import Callable
from dataclasses import dataclass

SEIZE, INTERRUPT, SYSCALL, SYSCALL_INFO = 0x4206, 0x4207, 24, 0x420E
SYSCALL_GOOD, FOLLOW_CLONES, KILL_WITH_TRACER = 1, 8, 0x100000
WAIT_FOR_THREADS = 0x40000000
ENTRY = 1

# write, pwrite64, writev, fsync, fdatasync, truncate, ftruncate, rename*, link*, unlink*
CHANGING = {
    "x86_64": {1, 18, 20, 74, 75, 76, 77, 82, 86, 87, 263, 264, 265, 316},
    "aarch64": {64, 68, 66, 82, 83, 45, 46, 38, 276, 37, 35},
}


class _Info(ctypes.Structure):
    _fields_ = [
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 8),
    ]


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, process: int, address: int = 0, data: int = 0) -> None:
    if _libc.ptrace(request, process, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@dataclass(frozen=True)
class Run:
    """How a traced child ended: `calls` were entered; `killed` by us, or by `status`."""

    calls: int
    killed: bool
    status: int


def run_killed(work: Callable[[], None], kill_at: int) -> Run:
    """Run `work` in a child and kill it at its `kill_at`-th changing call (0: never)."""
    ready_read, ready_write = os.pipe()
    child = os.fork()
    if child == 0:
        _child(work, ready_read)
    os.close(ready_read)
    _ptrace(SEIZE, child, 0, SYSCALL_GOOD | FOLLOW_CLONES | KILL_WITH_TRACER)
    _ptrace(INTERRUPT, child)
    calls, released, killed = 0, False, False
    changing = CHANGING[platform.machine()]
    while True:
        stopped, status = os.waitpid(-1, WAIT_FOR_THREADS)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if stopped == child:
                os.close(ready_write)
                return Run(calls, killed, status)
            continue
        received = os.WSTOPSIG(status)
        if received == signal.SIGTRAP | 0x80:
            calls += _enters(stopped, changing)
            if kill_at and calls >= kill_at:
                killed = True
                os.kill(child, signal.SIGKILL)
                continue
        passed_on = 0 if received & ~0x80 == signal.SIGTRAP or status >> 16 else received
        try:
            _ptrace(SYSCALL, stopped, 0, passed_on)
        except ProcessLookupError:
            continue
        if not released:
            released = True
            os.write(ready_write, b"x")


def _child(work: Callable[[], None], ready: int) -> None:
    status = 1
    try:
        os.read(ready, 1)
        work()
        status = 0
    finally:
        os._exit(status)


def _enters(thread: int, changing: set[int]) -> bool:
    info = _Info()
    try:
        _ptrace(SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
    except ProcessLookupError:
        return False
    return info.op == ENTRY and info.number in changing
