"""Calls of one share of the numbers judged and counted, in whatever order they come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from privacy.law.places import remembering
from privacy.terms import Purpose
from privacy.vendors.calls.abandoned import Abandonment
from privacy.vendors.calls.checks import Found, order
from privacy.vendors.calls.desk_world import subjects_of
from privacy.vendors.calls.facts import Mandate, World
from privacy.vendors.calls.gauges.gauges import Gauges
from privacy.vendors.calls.gauges.known import Known
from privacy.vendors.calls.many import Judge
from privacy.vendors.calls.record import CallChunk
from privacy.vendors.calls.tally import Row, Tally, Tell

Broke = tuple[Row, Found]


class Sums:
    """Everything that is counted of the calls: findings, abandonment, what claims rest on.

    `days` are the first and last UTC day of the calls.
    """

    def __init__(
        self,
        purpose: Purpose,
        days: tuple[date, date],
        known: Known,
        manifest: Mapping[str, object],
    ) -> None:
        self._of = (purpose, days, known, manifest)
        self.tally = Tally()
        self.shares = Abandonment(purpose, *days)
        self.gauges = Gauges(purpose.value, known, manifest)

    def empty(self) -> Sums:
        """Of the same calls, with nothing counted."""
        return Sums(*self._of)

    def join(self, other: Sums) -> None:
        """Count what the other was given too."""
        self.tally.join(other.tally)
        self.shares.join(other.shares)
        self.gauges.join(other.gauges)


def judge_all(
    world: World,
    erased: Mapping[int, int],
    mandate: Mandate,
    chunks: Iterable[CallChunk],
    sums: Sums,
    tell: Tell | None = None,
) -> None:
    """Judge every chunk; `tell` is told of each chunk's breaches in order of their instants.

    `erased`: instants (us) of erasure by key.
    """
    with remembering():
        _judge_all(world, erased, mandate, chunks, sums, tell)


def _judge_all(
    world: World,
    erased: Mapping[int, int],
    mandate: Mandate,
    chunks: Iterable[CallChunk],
    sums: Sums,
    tell: Tell | None,
) -> None:
    judge = Judge(world, mandate)
    sums.gauges.learn(world, erased)
    for chunk in chunks:
        if not len(chunk):
            continue
        keys = world.keys(chunk.number)
        verdicts = judge.judge(chunk, subjects_of(chunk), keys)
        broke = _Broke()
        heard = None if tell is None else broke.tell
        sums.tally.add(chunk, keys, verdicts, world.clocks, heard)
        sums.shares.add(chunk)
        sums.gauges.add(chunk, keys)
        if tell is not None:
            tell_in_order(broke, tell)


class _Broke(list[Broke]):
    """What a chunk's breaches are kept in until they are in order."""

    def tell(self, row: Row, one: Found) -> None:
        self.append((row, one))


def tell_in_order(broke: Iterable[Broke], tell: Tell) -> None:
    """Tell of the breaches of a chunk, the same order however it was judged."""
    for row, one in sorted(broke, key=lambda each: (each[0].at_us, each[0].digest, order(each[1]))):
        tell(row, one)
