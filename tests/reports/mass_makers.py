"""What processes of a pool make in tests: documents, errors, and their own end."""

from __future__ import annotations

import os
import signal

from privacy.errors import BadFacts

SECRET = "Canarina Canarison"


def one(task: int) -> bytes:
    """The number; 7 is refused, 11 is a fault that names a person, 13 kills its process."""
    if task == 7:
        raise BadFacts("A fact is missing.", field="data.to", next="Give it.")
    if task == 11:
        raise ValueError(SECRET)
    if task == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return str(task).encode()


def process(_: int) -> bytes:
    """Which process made it."""
    return str(os.getpid()).encode()
