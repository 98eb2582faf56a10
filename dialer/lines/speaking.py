"""Feeding speech to a call in real time. Pure.

The stack's transmit buffer holds two seconds and drops the rest without a word, so
never more than AHEAD_MS is kept in it.
"""

from __future__ import annotations

from dataclasses import dataclass

RATE_HZ = 8_000
BYTES_PER_MS = RATE_HZ * 2 // 1_000
FRAME_BYTES = 20 * BYTES_PER_MS
AHEAD_MS = 1_000
# A person still finds the key after the last word.
LINGER_MS = 3_000
# What was handed over has left the machine.
TAIL_MS = 120


@dataclass
class Track:
    """One thing that is being said. `at` counts bytes handed over, `linger_ms` the silence
    after it before the call is ended."""

    pcm: bytes
    linger_ms: int
    at: int = 0
    said_s: float | None = None

    def __post_init__(self) -> None:
        # The last frame is filled with silence, so that none is sent half.
        self.pcm += bytes(-len(self.pcm) % FRAME_BYTES)

    def due(self, buffered: int) -> bytes:
        """What to hand over now, given what still waits in the stack's buffer."""
        room = max(0, AHEAD_MS * BYTES_PER_MS - buffered) // FRAME_BYTES * FRAME_BYTES
        return self.pcm[self.at : self.at + room]

    def begun(self, buffered: int) -> bool:
        """Whether a first sample has left for the person."""
        return self.at > buffered

    def over(self, buffered: int, now_s: float) -> bool:
        """Whether all was said and the silence after it has passed."""
        if self.at < len(self.pcm) or buffered > 0:
            return False
        if self.said_s is None:
            self.said_s = now_s
        return (now_s - self.said_s) * 1_000 >= self.linger_ms
