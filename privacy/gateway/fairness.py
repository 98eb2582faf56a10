"""Room for every dialer: what one of them asks for at once does not keep the others waiting.

Each token works in a few threads of its own; what it asks for beyond that waits in its own
queue, and beyond a length of the queue it is told to come again. Tokens that nobody knows
yet share one room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from privacy.gateway.protocol import Code, Problem

AT_ONCE = 8
MOST_WAITING = 128
STRANGERS = ""


class Rooms:
    """One room for each dialer that asked; used by the server's event loop only."""

    def __init__(self) -> None:
        self._rooms: dict[str, CapacityLimiter] = {}

    async def run(self, dialer_id: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """`work` in a thread of that dialer's room. Problem if too many wait there already."""
        room = self._rooms.get(dialer_id)
        if room is None:
            room = self._rooms[dialer_id] = CapacityLimiter(AT_ONCE)
        if room.statistics().tasks_waiting >= MOST_WAITING:
            raise Problem(Code.UNAVAILABLE, "Too many requests of this token at once.")
        return await run_sync(work, *arguments, limiter=room)
