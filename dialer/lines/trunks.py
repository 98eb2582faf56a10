"""Trunks: which one carries the next call. Pure.

A trunk that failed rests, and the next calls go by another one. A call that may have
been sent is never sent again by another trunk: it ends where it was, and what is
tried later is a new attempt through the whole gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from privacy.settings import Trunk

REST_S = 30.0


@dataclass(frozen=True)
class Standing:
    """What is known of a trunk. `failed_s` is monotonic; a registered trunk must be so."""

    registered: bool = True
    failed_s: float | None = None

    def usable(self, now_s: float) -> bool:
        resting = self.failed_s is not None and now_s - self.failed_s < REST_S
        return self.registered and not resting


@dataclass
class Trunks:
    """Trunks in the order in which they are preferred."""

    trunks: Sequence[Trunk]
    _standing: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for trunk in self.trunks:
            self._standing[trunk.name] = Standing(registered=not trunk.registers)

    def usable(self, now_s: float) -> list[Trunk]:
        """Trunks that may carry a call now, the preferred one first."""
        return [trunk for trunk in self.trunks if self._standing[trunk.name].usable(now_s)]

    def registered(self, name: str, holds: bool) -> None:
        self._standing[name] = replace(self._standing[name], registered=holds)

    def failed(self, name: str, now_s: float) -> None:
        """No answer from the trunk itself, or one that says it cannot."""
        self._standing[name] = replace(self._standing[name], failed_s=now_s)

    def answered(self, name: str) -> None:
        """The trunk works."""
        self._standing[name] = replace(self._standing[name], failed_s=None)

    @property
    def standing(self) -> Mapping[str, Standing]:
        return dict(self._standing)
