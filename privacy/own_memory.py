"""A process that keeps its memory to itself: it leaves no core, and no debugger attaches to it.

Linux only (prctl(2), PR_SET_DUMPABLE): elsewhere cores are still refused. Whoever runs as
root can read any memory, and nothing here hinders that.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38


def keep_to_itself() -> None:
    """From here no core is written and no process of the same user reads this one's memory.

    A program that this one starts writes no core either; the rest ends with its exec.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, 0)


def prctl(option: int, value: int) -> None:
    """One setting of this process. OSError if the kernel refuses it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
