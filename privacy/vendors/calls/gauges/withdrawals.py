"""How long after a withdrawal somebody was still called: `longest_after_withdrawal`, in hours.

Withdrawals are the desk's: opt-outs with their lifts, those that records tell, and those of the
consent ledger. Of what the export leaves open the shorter time counts. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

import numpy as np

from privacy.clock import instant, micros
from privacy.consent.ledger import RecordKind
from privacy.terms import ConsentClass
from privacy.vendors.calls import facts
from privacy.vendors.calls.facts import LIVE, NOBODY, RECORDED, World
from privacy.vendors.calls.gauges.claim import (
    CALLS,
    Claim,
    FirstRows,
    Integers,
    Seen,
    Shown,
    not_provable,
)
from privacy.vendors.calls.record import UNTOLD, Column

KIND, UNIT = "longest_after_withdrawal", "hours"
HOUR_US = 3_600_000_000
OPT_OUT = "opt_out_at"
NOBODY_WITHDREW = "desk.withdrawals"


@dataclass
class AfterWithdrawal:
    """`purpose` decides which withdrawals count. Learn a world before its calls are added."""

    purpose: str
    longest_us: int = 0
    people: int = 0
    calls: int = 0
    untold: bool = False
    rows: FirstRows = field(default_factory=FirstRows)
    _world: World | None = None
    _keys: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    _since: Integers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def learn(self, world: World) -> None:
        """Take the people of one share of the numbers; shares have nobody in common."""
        first = dict(_first_withdrawals(world))
        self._world = world
        self._keys = np.array(sorted(first), dtype=np.int64)
        self._since = np.array([first[key] for key in sorted(first)], dtype=np.int64)
        self.people += len(first)

    def add(self, seen: Seen) -> None:
        self.calls += len(seen)
        self.untold |= bool(((seen.chunk.has & Column.OPT_OUT) == 0).any())
        if self._world is None or not len(self._keys):
            return
        place = np.minimum(np.searchsorted(self._keys, seen.keys), len(self._keys) - 1)
        after = (self._keys[place] == seen.keys) & (seen.chunk.at_us > self._since[place])
        late = []
        for index in np.flatnonzero(after).tolist():
            us = self._after_us(seen, index)
            self.longest_us = max(self.longest_us, us)
            if us > HOUR_US:
                late.append(int(seen.chunk.row[index]))
        self.rows.add(np.array(late, dtype=np.int64))

    def join(self, other: AfterWithdrawal) -> None:
        self.longest_us = max(self.longest_us, other.longest_us)
        self.people += other.people
        self.calls += other.calls
        self.untold |= other.untold
        self.rows.join(other.rows)

    def claim(self) -> Claim:
        if not self.longest_us and self.untold:
            text = "No call after a withdrawal that is known, and the export tells no opt-out."
            return not_provable(KIND, text, OPT_OUT)
        if not self.calls:
            return not_provable(KIND, "The export holds no call that could show it.", CALLS)
        if not self.people:
            return not_provable(KIND, "Nobody of those called had withdrawn.", NOBODY_WITHDREW)
        hours = (Decimal(self.longest_us) / HOUR_US).quantize(Decimal("0.01"), ROUND_DOWN)
        least = "at least " if self.untold else ""
        text = (
            f"The last call after a withdrawal came {least}{hours} hours after it;"
            f" {self.people:,} of those called had withdrawn."
        )
        return Claim(
            KIND,
            Shown.MEASURED,
            text,
            self.rows.listed,
            self.rows.count,
            self.calls,
            hours.normalize(),
            UNIT,
        )

    def _after_us(self, seen: Seen, index: int) -> int:
        """The shortest time from the first withdrawal that stood, over all that is open."""
        chunk = seen.chunk
        assert self._world is not None, "learn comes before add"
        spoken = {0: (LIVE,), 1: (RECORDED,)}.get(int(chunk.prerecorded[index]), (LIVE, RECORDED))
        instants = [int(chunk.at_us[index])]
        if chunk.second_us[index] != UNTOLD:
            instants.append(int(chunk.second_us[index]))
        key, digest = int(seen.keys[index]), int(chunk.digest[index])
        return min(
            _after(self._world, self.purpose, channel.value, key, at_us, digest)
            for channel in spoken
            for at_us in instants
        )


def _after(world: World, purpose: str, channel: str, key: int, at_us: int, digest: int) -> int:
    """Time since the first withdrawal that stands against the call; 0 where none does."""
    person, at = world.people.get(key, NOBODY), instant(at_us)
    granted_at = facts.last_grant(person, purpose, channel, at)
    stops = facts.standing_stops(world.stops.get(key, ()), granted_at, channel, at_us, digest)
    since = [stop.since_us for stop in stops]
    for told in facts.consents(person, purpose, channel, at):
        if told["state"] == ConsentClass.WITHDRAWN.value:
            since.append(micros(datetime.fromisoformat(told["withdrawn"])))
    return max(0, at_us - min(since)) if since else 0


def _first_withdrawals(world: World) -> Iterator[tuple[int, int]]:
    """For each number the earliest thing that may count as a withdrawal."""
    keys = {key for key, stops in world.stops.items() if stops}
    keys |= {
        key
        for key, person in world.people.items()
        if any(r.kind is RecordKind.WITHDRAWAL for records in person.points for r in records)
    }
    for key in keys:
        found = [stop.since_us for stop in world.stops.get(key, ())]
        found += [
            micros(record.effective_at)
            for records in world.people.get(key, NOBODY).points
            for record in records
            if record.kind is RecordKind.WITHDRAWAL
        ]
        yield key, min(found)
