"""All gauges of one audit: given the calls once, in any order and share by share. Pure.

Memory: some counts, and at most a thousand row numbers of each kind of finding (of abandoned
calls for each campaign and day).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from privacy.clock import micros
from privacy.vendors.calls.abandoned import Share
from privacy.vendors.calls.facts import World
from privacy.vendors.calls.gauges import stated_figures
from privacy.vendors.calls.gauges.abandoned_calls import AbandonedCalls
from privacy.vendors.calls.gauges.attestations import Attestations
from privacy.vendors.calls.gauges.claim import Claim, Integers, Seen
from privacy.vendors.calls.gauges.clocks import Clocks
from privacy.vendors.calls.gauges.erasures import Erasures
from privacy.vendors.calls.gauges.known import Known
from privacy.vendors.calls.gauges.list_ages import ListAges
from privacy.vendors.calls.gauges.neighbours import Neighbours
from privacy.vendors.calls.gauges.placed import Reached
from privacy.vendors.calls.gauges.stopping import AfterStop
from privacy.vendors.calls.gauges.subscriptions import Subscriptions
from privacy.vendors.calls.gauges.withdrawals import AfterWithdrawal
from privacy.vendors.calls.record import NO_NUMBER, UNTOLD, CallChunk

HOUR_US = 3_600_000_000
EASTERNMOST_H = 10
"""A day anywhere on earth goes on until ten hours after its beginning in UTC."""


class Gauges:
    """One for an audit, or one for each process of it: `join` makes them one."""

    def __init__(self, purpose: str, known: Known, manifest: Mapping[str, Any]) -> None:
        self._known, self._manifest = known, manifest
        self.stopping = AfterStop(known.stops, _covered_us(manifest))
        self.clocks = Clocks(known.calls)
        self.withdrawals = AfterWithdrawal(purpose)
        self.subscriptions = Subscriptions(known.covered)
        self.list_ages = ListAges()
        self.neighbours = Neighbours()
        self.attestations = Attestations()
        self.erasures = Erasures(purpose)
        self.abandoned = AbandonedCalls()
        self.reached = Reached()

    def learn(self, world: World, erased: Mapping[int, int]) -> None:
        """What the desk knows of one share of the numbers, before its calls are added.

        `erased`: instants (us) by key, of everybody whom the desk had erased before the last
        call of the export.
        """
        self.withdrawals.learn(world)
        self.erasures.learn(world, erased)

    def add(self, chunk: CallChunk, keys: Integers) -> None:
        """Calls of the share that was learnt last."""
        made = ~chunk.blocked & (chunk.number != NO_NUMBER)
        seen = Seen(chunk, keys) if made.all() else Seen(chunk.only(made), keys[made])
        if len(seen):
            for gauge in self._each():
                gauge.add(seen)

    def let_go(self) -> None:
        """Keep the sums alone, before they go to another process."""
        self.learn(World(_no_keys), {})

    def join(self, other: Gauges) -> None:
        """Count what the other was given too."""
        for mine, theirs in zip(self._each(), other._each(), strict=True):
            mine.join(theirs)

    def claims(self, shares: Sequence[Share]) -> list[Claim]:
        """Every kind once, those that nothing could prove included."""
        return [
            self.stopping.claim(),
            self.clocks.claim(self._manifest),
            self.withdrawals.claim(),
            self.subscriptions.claim(),
            self.list_ages.claim(),
            stated_figures.claim(self._known.figures, shares, self.abandoned),
            self.neighbours.claim(),
            self.attestations.claim(),
            self.erasures.claim(),
        ]

    def _each(self) -> tuple[Any, ...]:
        return (
            self.stopping,
            self.clocks,
            self.withdrawals,
            self.subscriptions,
            self.list_ages,
            self.neighbours,
            self.attestations,
            self.erasures,
            self.abandoned,
            self.reached,
        )


def _no_keys(numbers: Integers) -> Integers:
    return numbers * 0


def _covered_us(manifest: Mapping[str, Any]) -> int:
    """Until when the export is of all calls, by the period that was declared of it."""
    told = manifest.get("period", {}).get("declared_to")
    if not told:
        return UNTOLD
    day = datetime.combine(date.fromisoformat(told), datetime.min.time(), UTC)
    return micros(day) + EASTERNMOST_H * HOUR_US
