"""Identifiers that the application makes.

Row ids of subjects and parts: 41 bits of milliseconds since 2024 and 22 random
bits, so that a restored backup never gives an id out again. Public ids: 128
random bits. Neither tells who it belongs to.
"""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
RANDOM_BITS = 22
MAX_MILLIS = (1 << 41) - 1


def row_id(now: datetime) -> int:
    """A new 63-bit row id for an aware instant."""
    return row_ids(now, 1)[0]


def row_ids(now: datetime, count: int) -> list[int]:
    """`count` distinct row ids of one instant, ascending."""
    millis = int((now - EPOCH).total_seconds() * 1000)
    if not 0 <= millis <= MAX_MILLIS:
        raise ValueError("instant outside the range of row ids")
    chosen: set[int] = set()
    while len(chosen) < count:
        chosen.add(secrets.randbits(RANDOM_BITS))
    return [(millis << RANDOM_BITS) | low for low in sorted(chosen)]


def public_id(prefix: str) -> str:
    """`prefix` and 128 random bits in lower-case base32, e.g. `rq-…`."""
    text = base64.b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()
    return f"{prefix}-{text}"
