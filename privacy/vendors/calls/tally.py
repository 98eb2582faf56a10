"""What was found in an export, counted: checks, rules, rows to show, hours of the week.

The same whatever the order of its chunks. Of each finding the earliest rows are kept for
paper; all of them go to the annex as they come.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_clock import local_clock
from privacy.law.bulk_keys import distinct_values
from privacy.law.grounds import Word
from privacy.law.places import NoSuchNumber, locate
from privacy.vendors.calls.checks import Check, Found, masks
from privacy.vendors.calls.many import Verdicts
from privacy.vendors.calls.record import UNTOLD, CallChunk

Integers = NDArray[np.int64]
SHOWN_ROWS = 25
NORTH_AMERICA = (10**10, 2 * 10**10)
AREA = 10**7
HOURS, WEEKDAYS = 24, 7
THURSDAY = 3
"""The weekday of day 0, 1970-01-01; Monday is 0."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One call that a finding rests on: when, which records of the file, and whose."""

    at_us: int
    digest: int
    key: int
    number: int
    zones: tuple[str, ...]
    second_us: int
    rows: tuple[int, ...]

    @property
    def zone(self) -> str:
        """The first of the zones that it was judged in; "" where no place is known."""
        return self.zones[0] if self.zones else ""

    def __repr__(self) -> str:
        """Rows only: a call holds a number."""
        return f"Row({self.rows})"


@dataclass
class Finding:
    """One rule under one check: how many calls broke it or leave it open, and the first ones."""

    check: Check
    rule: str
    word: Word
    reason: str
    calls: int = 0
    missing: Counter[tuple[str, ...]] = field(default_factory=Counter)
    first: list[tuple[tuple[int, int], Row]] = field(default_factory=list)

    def show(self, row: Row) -> None:
        """Keep the row if it is among the earliest."""
        item = ((-row.at_us, -row.digest), row)
        if len(self.first) < SHOWN_ROWS:
            heapq.heappush(self.first, item)
        else:
            heapq.heappushpop(self.first, item)

    def join(self, other: Finding) -> None:
        """Count the other's calls too, and keep the earliest of both."""
        self.calls += other.calls
        self.missing.update(other.missing)
        for _, row in other.first:
            self.show(row)

    @property
    def rows(self) -> list[Row]:
        return sorted(row for _, row in self.first)


@dataclass
class Count:
    """Calls under one check."""

    kept: int = 0
    broken: int = 0
    undecided: int = 0

    def join(self, other: Count) -> None:
        self.kept += other.kept
        self.broken += other.broken
        self.undecided += other.undecided


Tell = Callable[[Row, Found], None]
Clocks = Callable[[int, int], tuple[str, ...]]
"""Key and number to every zone that calls to it were judged in."""


@dataclass
class Tally:
    """The whole export. `made` calls were looked at; `blocked` were stopped before dialing."""

    made: int = 0
    blocked: int = 0
    with_breach: int = 0
    checks: dict[Check, Count] = field(default_factory=lambda: {c: Count() for c in Check})
    findings: dict[tuple[Check, str, Word, str], Finding] = field(default_factory=dict)
    heat: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((2, WEEKDAYS, HOURS), dtype=np.int64)
    )

    def add(
        self,
        chunk: CallChunk,
        keys: Integers,
        verdicts: Verdicts,
        clocks: Clocks,
        tell: Tell | None = None,
    ) -> None:
        """Count a chunk; `tell` is told every row that broke a rule."""
        made = np.flatnonzero(~chunk.blocked)
        self.made += len(made)
        self.blocked += len(chunk) - len(made)
        zones, zone_of = zones_of(chunk.number)
        index = verdicts.index[made]
        found, counts = np.unique(index, return_counts=True)
        broken_by = np.zeros(len(verdicts.table), dtype=np.bool_)
        for number, calls in zip(found.tolist(), counts.tolist(), strict=True):
            self._count(verdicts.table[number], calls)
            broken_by[number] = bool(masks(verdicts.table[number])[0])
        self.with_breach += int(broken_by[index].sum())
        self._heat(chunk, made, zones, zone_of, broken_by[index])
        self._rows(chunk, made, keys, verdicts, clocks, tell)

    def join(self, other: Tally) -> None:
        """Count what the other was given too."""
        self.made += other.made
        self.blocked += other.blocked
        self.with_breach += other.with_breach
        self.heat += other.heat
        for check, count in other.checks.items():
            self.checks[check].join(count)
        for key, finding in other.findings.items():
            self.findings.setdefault(key, Finding(*key)).join(finding)

    def listed(self, word: Word) -> list[Finding]:
        """Findings of one word, in the order of checks and rules."""
        return [one for _, one in sorted(self.findings.items()) if one.word is word]

    def _count(self, found: tuple[Found, ...], calls: int) -> None:
        broken, undecided = masks(found)
        for check, count in self.checks.items():
            bit = 1 << check
            count.broken += calls if broken & bit else 0
            count.undecided += calls if undecided & bit else 0
            count.kept += 0 if (broken | undecided) & bit else calls
        for one in found:
            held = self._finding(one)
            held.calls += calls
            held.missing[one.missing] += calls

    def _finding(self, one: Found) -> Finding:
        key = (one.check, one.rule, one.word, one.reason)
        if key not in self.findings:
            self.findings[key] = Finding(*key)
        return self.findings[key]

    def _rows(
        self,
        chunk: CallChunk,
        made: Integers,
        keys: Integers,
        verdicts: Verdicts,
        clocks: Clocks,
        tell: Tell | None,
    ) -> None:
        """Of each kind of result the earliest rows; of a broken one every row for the annex."""
        index = verdicts.index[made]
        order = np.lexsort((chunk.digest[made], chunk.at_us[made], index))
        starts = np.flatnonzero(np.diff(index[order], prepend=-1))
        ends = np.append(starts[1:], len(order))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            found = verdicts.table[int(index[order[start]])]
            if not found:
                continue
            every = tell is not None and any(one.word is Word.BROKEN for one in found)
            last = end if every else min(end, start + SHOWN_ROWS)
            for number, place in enumerate(order[start:last].tolist()):
                position = int(made[place])
                row = _row(chunk, position, int(keys[position]), clocks)
                for one in found:
                    if number < SHOWN_ROWS:
                        self._finding(one).show(row)
                    if tell is not None and one.word is Word.BROKEN:
                        tell(row, one)

    def _heat(
        self,
        chunk: CallChunk,
        made: Integers,
        zones: list[str],
        zone_of: Integers,
        broken: NDArray[np.bool_],
    ) -> None:
        """Local hour and weekday of the first zone that the number may be in."""
        for code, zone in enumerate(zones):
            there = np.flatnonzero(zone_of[made] == code)
            if not zone or not len(there):
                continue
            day, minute = local_clock(chunk.at_us[made[there]], zone)
            cell = (day + THURSDAY) % WEEKDAYS * HOURS + minute // 60
            for number, rows in enumerate((np.ones(len(there), dtype=np.bool_), broken[there])):
                counted = np.bincount(cell[rows], minlength=WEEKDAYS * HOURS)
                self.heat[number] += counted.reshape(WEEKDAYS, HOURS)


def _row(chunk: CallChunk, position: int, key: int, clocks: Clocks) -> Row:
    number = int(chunk.number[position])
    return Row(
        int(chunk.at_us[position]),
        int(chunk.digest[position]),
        key,
        number,
        clocks(key, number),
        int(chunk.second_us[position]) if chunk.second_us[position] != UNTOLD else 0,
        chunk.rows_of(position),
    )


def zones_of(numbers: Integers) -> tuple[list[str], Integers]:
    """Zones by name, and for each number the index of the first that it may be in; "" unknown."""
    american = (numbers >= NORTH_AMERICA[0]) & (numbers < NORTH_AMERICA[1])
    keys = np.where(american, numbers // AREA, numbers)
    if not len(keys):
        return [""], keys
    first, inverse = distinct_values(keys)
    names: dict[str, int] = {"": 0}
    codes = [names.setdefault(_zone(int(numbers[row])), len(names)) for row in first]
    return list(names), np.array(codes, dtype=np.int64)[inverse]


def _zone(number: int) -> str:
    try:
        zones = locate(f"+{number}", "", "", (), True).zones
    except NoSuchNumber:
        return ""
    return zones[0] if zones else ""
