"""Calls to areas that the registry's subscription does not cover: `area_not_subscribed`. Pure.

A seller has to have paid for access to an area code before anybody calls into it on its behalf,
unless all its calls are to persons who agreed or have a relationship with it (16 CFR 310.8(a)).
Which areas the account covers, the first five being free, stands in no record of calls: the
controller states it, from a day on. The finding is against the claim of full cover; it says of
no call that it was unlawful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy.vendors.calls.gauges.claim import Claim, FirstRows, Seen, decided, not_provable
from privacy.vendors.calls.gauges.placed import UNITED_STATES, areas, in_country
from privacy.vendors.calls.record import UNTOLD

KIND = "area_not_subscribed"
SUBSCRIBED = "desk.subscribed_areas"


@dataclass(frozen=True)
class Covered:
    """The area codes (three digits) that the account covers from an instant on."""

    from_us: int
    codes: frozenset[int]


@dataclass
class Subscriptions:
    """`stated` in order of time: each takes the place of the one before."""

    stated: Sequence[Covered] = ()
    tested: int = 0
    untested: int = 0
    rows: FirstRows = field(default_factory=FirstRows)

    def add(self, seen: Seen) -> None:
        called = in_country(seen.chunk.number, UNITED_STATES)
        code = areas(seen.chunk.number) - 1000
        first = seen.chunk.at_us
        last = np.where(seen.chunk.second_us == UNTOLD, first, seen.chunk.second_us)
        known = np.zeros(len(seen), dtype=np.bool_)
        outside = known.copy()
        for number, each in enumerate(self.stated):
            until = self.stated[number + 1].from_us if number + 1 < len(self.stated) else None
            there = called & (first >= each.from_us)
            if until is not None:
                there &= last < until
            known |= there
            outside |= there & ~np.isin(code, sorted(each.codes))
        self.tested += int(known.sum())
        self.untested += int((called & ~known).sum())
        self.rows.add(seen.chunk.row[outside])

    def join(self, other: Subscriptions) -> None:
        self.tested += other.tested
        self.untested += other.untested
        self.rows.join(other.rows)

    def claim(self) -> Claim:
        if not self.rows.count and (self.untested or not self.tested):
            return not_provable(
                KIND,
                f"Which areas the account covered is not on record for {self.untested:,} calls to"
                " the United States.",
                SUBSCRIBED,
            )
        against = f"{self.rows.count:,} calls to area codes that the subscription did not cover."
        held = "Every area code called was covered by the subscription that is on record."
        return decided(KIND, against, held, self.rows, self.tested)
