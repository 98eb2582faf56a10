"""Numbers as columns: which are in a plan at all, and which line their range tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_keys import distinct_values
from privacy.law.places import NoSuchNumber, locate
from privacy.vendors.calls.facts import LINES

Integers = NDArray[np.int64]
NORTH_AMERICA = (10**10, 2 * 10**10)
EITHER = -1


def lines_and_plans(numbers: Integers) -> tuple[NDArray[np.bool_], Integers]:
    """For each number whether a plan knows it, and its line by index in LINES or EITHER.

    A North American number never tells its line.
    """
    american = (numbers >= NORTH_AMERICA[0]) & (numbers < NORTH_AMERICA[1])
    area, exchange = numbers // 10**9 % 10, numbers // 10**6 % 10
    plan = american & (area >= 2) & (exchange >= 2)
    line = np.full(len(numbers), EITHER, dtype=np.int64)
    abroad = np.flatnonzero(~american & (numbers > 0))
    if len(abroad):
        first, inverse = distinct_values(numbers[abroad])
        told = [_of(int(numbers[abroad[row]])) for row in first]
        plan[abroad] = np.array([known for known, _ in told])[inverse]
        line[abroad] = np.array([code for _, code in told])[inverse]
    return plan, line


def _of(number: int) -> tuple[bool, int]:
    try:
        told = locate(f"+{number}", "", "", (), True).line
    except NoSuchNumber:
        return False, EITHER
    names = {"wireless": LINES[0], "landline": LINES[1]}
    return True, LINES.index(names[told]) if told in names else EITHER
