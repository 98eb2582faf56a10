"""Calls that the law cannot tell apart: rows reduced to small codes, and to distinct ones.

A code stands for everything that a rule can see of a column: not the instant of a
consent but whether it came before the call, not the age of a list but how many of the
limits it exceeds. Two rows with equal codes get the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.law.bulk_clock import day_of
from privacy.law.bulk_columns import UNTOLD, Calls, Integers, Listing
from privacy.law.call_lists import age_limit_days, superseded
from privacy.law.rulebook import Rule

# Up to here a table of all possible keys may be made, and up to so many keys for each row it
# is quicker than sorting the keys there are.
DENSE = 1 << 21
DENSE_PER_ROW = 16
OLDEST_DAYS = 20_000
MONTHS_PER_YEAR = 12
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Codes:
    """One column of codes, each at least 0 and below `count`."""

    values: Integers
    count: int


def distinct(columns: Iterable[Codes]) -> tuple[Integers, Integers]:
    """The first row of each distinct combination, and for each row which one it has."""
    key: Integers | None = None
    size = 1
    for column in columns:
        if column.count == 1 and key is not None:
            continue
        if key is None:
            key, size = column.values.astype(np.int64), column.count
            continue
        if size * column.count > DENSE:
            first, key = _compressed(key, size)
            size = len(first)
        key = key * column.count + column.values
        size *= column.count
    assert key is not None, "at least one column"
    return _compressed(key, size)


def _compressed(key: Integers, size: int) -> tuple[Integers, Integers]:
    if size > min(DENSE, DENSE_PER_ROW * len(key)):
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        return first.astype(np.int64), inverse.astype(np.int64)
    first_of = np.full(size, -1, dtype=np.int64)
    # Written from the last row to the first, so that the first one stays.
    first_of[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    there = np.flatnonzero(first_of >= 0)
    code_of = np.zeros(size, dtype=np.int64)
    code_of[there] = np.arange(len(there))
    return first_of[there], code_of[key]


def distinct_values(values: Integers) -> tuple[Integers, Integers]:
    """The first row of each distinct whole number, and for each row which one it has."""
    if not values.size:
        return values.astype(np.int64), values.astype(np.int64)
    least = int(values.min())
    return _compressed(values - least, int(values.max()) - least + 1)


def interned(values: Integers) -> Codes:
    """Any whole numbers as codes."""
    first, inverse = distinct_values(values)
    return Codes(inverse, max(len(first), 1))


def consent_codes(calls: Calls) -> Codes:
    """Whether each consent holds at the call, and how its grant lies to a withdrawal before it.

    A grant after the call and an end before it are alike: there is no consent. A
    withdrawal that is told and comes later is not yet one; one without a day is.
    """
    told = calls.granted_us != UNTOLD
    expired = (calls.valid_until_us != UNTOLD) & (calls.valid_until_us < calls.at_us)
    holds = ~expired & (~told | (calls.granted_us <= calls.at_us))
    dated = calls.withdrawn_us != UNTOLD
    withdrawn = dated & (calls.withdrawn_us <= calls.at_us)
    renewed = withdrawn & told & (calls.granted_us > calls.withdrawn_us)
    grant = np.where(holds, np.where(told, 2, 1), 0)
    return Codes(grant * 4 + dated + withdrawn + renewed, 12)


def confirmation_codes(calls: Calls, rules: Iterable[Rule]) -> Iterable[Codes]:
    """For each span in which an opt-out may be confirmed: whether the call comes later."""
    for minutes in {rule.params["within_minutes"] for rule in rules if _confirms(rule)}:
        late = calls.at_us > calls.withdrawn_us + int(minutes * MINUTE_US)
        yield Codes(((calls.withdrawn_us != UNTOLD) & late).astype(np.int64), 2)


def _confirms(rule: Rule) -> bool:
    return bool(rule.decide.get("confirms_opt_out"))


def renewal_codes(calls: Calls, rules: Iterable[Rule]) -> Iterable[Codes]:
    """For each number of years after which a consent must be renewed: whether they are over."""
    years = {rule.params.get(rule.decide.get("consent_years", "")) for rule in rules}
    for number in sorted(filter(None, years)):
        over = (calls.granted_us != UNTOLD) & (calls.at_us >= _later(calls.granted_us, number))
        yield Codes(over.astype(np.int64), 2)


def _later(moments: Integers, years: float) -> Integers:
    """The same UTC day and time that many years later, else that month's last day."""
    told = np.where(moments == UNTOLD, 0, moments).astype("M8[us]")
    days, months = told.astype("M8[D]"), told.astype("M8[M]")
    target = months + np.timedelta64(int(years * MONTHS_PER_YEAR), "M")
    length = ((target + np.timedelta64(1, "M")).astype("M8[D]") - target.astype("M8[D]")).astype(
        np.int64
    )
    of_month = (days - months.astype("M8[D]")).astype(np.int64)
    day = target.astype("M8[D]") + np.minimum(of_month, length - 1).astype("m8[D]")
    later: Integers = (day.astype("M8[us]") + (told - days.astype("M8[us]"))).astype(np.int64)
    return later


def register_codes(
    calls: Calls, rules: Iterable[Rule], tables: Mapping[str, Any], today: Callable[[], Integers]
) -> Iterable[Codes]:
    """For each list: whether the number is on it, and which rules find it too old.

    `today` gives the latest local day of each call, asked for only where a rule counts
    from days of publication.
    """
    named = list(rules)
    for name, listing in calls.registers.items():
        yield Codes(listing.listed + 1, 3)
        asking = [rule for rule in named if name in rule.decide.get("registers", ())]
        if asking:
            yield _age_codes(listing, asking, tables)
        for rule in asking:
            if "grace_days_after_publication" in rule.params:
                yield _superseded_codes(listing, rule, today())


def _age_codes(listing: Listing, rules: Iterable[Rule], tables: Mapping[str, Any]) -> Codes:
    limits = sorted({age_limit_days(rule, tables) for rule in rules})
    exceeded = np.searchsorted(np.array(limits), listing.age_days, side="left")
    return Codes(np.where(listing.age_days < 0, 0, exceeded + 1), len(limits) + 2)


def _superseded_codes(listing: Listing, rule: Rule, today: Integers) -> Codes:
    ages = np.clip(listing.age_days, -1, OLDEST_DAYS)
    first, inverse = distinct([interned(ages), interned(today)])
    over = [
        ages[row] >= 0 and superseded(int(ages[row]), rule.params, day_of(int(today[row])))
        for row in first
    ]
    return Codes(np.array(over, dtype=np.int64)[inverse], 2)
