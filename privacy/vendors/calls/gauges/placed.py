"""Where called numbers are, and how many calls went there: which rules had calls to reach. Pure.

A rule that no call could break is not kept by anybody: a test holds only where calls went to
the places of its rules.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from privacy.law.bulk_keys import distinct_values
from privacy.law.places import NoSuchNumber, places
from privacy.vendors.calls.gauges.claim import Integers, Seen

NORTH_AMERICA = (10**10, 2 * 10**10)
AREA = 10**7
UNITED_STATES = "US"


def areas(numbers: Integers) -> Integers:
    """The area code of a number of the North American plan with its 1, else 0."""
    american = (numbers >= NORTH_AMERICA[0]) & (numbers < NORTH_AMERICA[1])
    return np.where(american, numbers // AREA, 0)


def places_of(numbers: Integers) -> tuple[list[tuple[str, ...]], Integers]:
    """Candidate places, and for each number the index of its own; () where it tells none."""
    area = areas(numbers)
    first, inverse = distinct_values(np.where(area > 0, area, numbers))
    names: dict[tuple[str, ...], int] = {}
    codes = [names.setdefault(_places(int(numbers[row])), len(names)) for row in first]
    return list(names), np.array(codes, dtype=np.int64)[inverse]


def in_country(numbers: Integers, country: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which numbers can be of no other country."""
    found, index = places_of(numbers)
    there = np.array(
        [bool(told) and all(place[:2] == country for place in told) for told in found],
        dtype=np.bool_,
    )
    return there[index]


def _places(number: int) -> tuple[str, ...]:
    try:
        return tuple(places(f"+{number}"))
    except NoSuchNumber:
        return ()


@dataclass
class Reached:
    """Calls by the candidate places of their number."""

    calls: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, seen: Seen) -> None:
        found, index = places_of(seen.chunk.number)
        for told, count in zip(found, np.bincount(index, minlength=len(found)), strict=True):
            if told:
                self.calls[told] += int(count)

    def join(self, other: Reached) -> None:
        self.calls.update(other.calls)

    def document(self) -> list[dict[str, object]]:
        return [{"places": list(told), "calls": n} for told, n in sorted(self.calls.items())]
