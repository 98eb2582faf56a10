"""A simulated floor of agents for figures of abandonment: no telephone, no desk, no clock.

Calls ring, are answered by a person or not, talk, and end; agents log off. A policy
says how many to place. The share of abandoned calls is looked at after every event.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from dialer.pacing import over
from privacy.law.overdial import may_add

LIMIT = Fraction(3, 100)
TICK_S = 1.0


@dataclass
class Floor:
    """`wanted`: agents who want to work now. A call that is answered and gets none is lost."""

    seed: int
    answers: Callable[[float], float]
    wanted: Callable[[float], int]
    now: float = 0.0
    answered: int = 0
    abandoned: int = 0
    placed: int = 0
    heard: int = 0
    reserved: int = 0
    flying: int = 0
    talking: int = 0
    worst: float = 0.0
    worst_over: int = 0
    _events: list[tuple[float, int, str]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def free(self) -> int:
        """Agents who neither talk nor stay for a call that rings; whoever is free may leave."""
        return max(0, self.wanted(self.now) - self.talking - self.reserved)

    def place(self, *, reserved: bool) -> None:
        """One call; with an agent who stays until it ends, or without."""
        self.placed += 1
        self.reserved += reserved
        self.flying += not reserved
        self.worst_over = max(self.worst_over, self.flying)
        ring_s = self.random.uniform(3, 22)
        taken = self.random.random() < self.answers(self.now + ring_s)
        what = ("reserved" if reserved else "over") + (" answered" if taken else " unanswered")
        self._after(ring_s, what)

    def run(self, until_s: float, policy: Callable[[Floor], None]) -> None:
        """Place by `policy` every second, and let what is due happen in its order."""
        while self.now < until_s:
            policy(self)
            self.now += TICK_S
            while self._events and self._events[0][0] <= self.now:
                _, _, what = heapq.heappop(self._events)
                self._happens(what)
                if self.answered:
                    self.worst = max(self.worst, self.abandoned / self.answered)

    def _after(self, seconds: float, what: str) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._order), what))

    def _happens(self, what: str) -> None:
        if what == "hung up":
            self.talking -= 1
            return
        self.heard += 1
        has_agent = what.startswith("reserved") or self.free > 0
        self.reserved -= what.startswith("reserved")
        self.flying -= what.startswith("over")
        if what.endswith(" answered"):
            self.answered += 1
            if has_agent:
                self.talking += 1
                self._after(self.random.expovariate(1 / 60), "hung up")
            else:
                self.abandoned += 1


def bounded(floor: Floor) -> None:
    """A reserved agent a call; beyond that what pacing proposes and the bound admits."""
    while floor.free > 0:
        floor.place(reserved=True)
    share = floor.answered / floor.heard if floor.heard else 0.0
    # Whoever talks may be free within a ring; the guess may be as bad as it likes.
    for _ in range(over(floor.talking, share, floor.flying, 50)):
        if not may_add(floor.abandoned, floor.answered, floor.flying, LIMIT):
            return
        floor.place(reserved=False)


@dataclass
class Feedback:
    """A dial level led by the drops of the past, as predictive dialers have it (VICIdial).

    The level rises while the share of drops is under its target and falls when it is over;
    it is looked at every 15 s. Calls placed: level times agents, less those that ring.
    """

    level: float = 1.0
    looked_at: float = 0.0

    def __call__(self, floor: Floor) -> None:
        if floor.now - self.looked_at >= 15:
            self.looked_at = floor.now
            drops = floor.abandoned / floor.answered if floor.answered else 0.0
            self.level = max(1.0, self.level * 0.8) if drops > LIMIT else min(8.0, self.level * 1.1)
        wanted = floor.wanted(floor.now) - floor.talking
        for _ in range(max(0, int(wanted * self.level) - floor.flying)):
            floor.place(reserved=False)
