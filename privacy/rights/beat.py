"""Answers that leave on a beat, so that their time does not tell whether somebody is known.

The same work is done for known and unknown as far as possible; what differs still, a
key more to unwrap, a row more to write, takes a millisecond or two. An answer therefore
waits for the next beat after its question: both leave at the same instant unless the
work takes a whole beat longer for one of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

BEAT_S = 0.05
"""Longer than the work takes on two slow cores, shorter than a person notices."""

OPT_OUT_BEAT_S = 0.2
"""The same for an opt-out, which is made durable in the ledger of no before it is answered."""


@contextmanager
def on_the_beat(beat_s: float = BEAT_S) -> Iterator[None]:
    """Let the block end, well or with an error, at a whole number of beats after it began."""
    began = time.monotonic()
    try:
        yield
    finally:
        passed = time.monotonic() - began
        time.sleep(beat_s * (int(passed / beat_s) + 1) - passed)
