"""Is the export whole? Asked before any call is judged, for what is not there cannot be proved.

Each check ends as gap, no_gap or not_provable. A file that holds answered calls only, exactly
as many rows as a known limit, or days without a call fails the duty to keep records
(16 CFR 310.5), whatever its calls look like. Pure.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_clock import local_clock
from privacy.vendors.calls.record import CallChunk, Column, Disposition
from privacy.vendors.calls.sense import CONTRADICTIONS

# What known systems cut an export at: VICIdial's report; sheets of Excel old and new, each
# with and without a header row.
ROW_CAPS = {
    100_000: "the limit of a VICIdial report",
    65_535: "an old spreadsheet's sheet without its header",
    65_536: "an old spreadsheet's sheet",
    1_048_575: "a spreadsheet's sheet without its header",
    1_048_576: "a spreadsheet's sheet",
}
DAY_ZERO = date(1970, 1, 1)
FEW_CALLS = 50
MOST_LISTED = 60


class Whole(StrEnum):
    GAP = "gap"
    NO_GAP = "no_gap"
    NOT_PROVABLE = "not_provable"


@dataclass(frozen=True)
class Shortfall:
    """One check: its code and verdict, a sentence, what to ask the vendor for, and figures."""

    code: str
    verdict: Whole
    text: str
    next: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "verdict": self.verdict.value,
            "text": self.text,
            "next": self.next,
            **self.facts,
        }


@dataclass(frozen=True)
class Expected:
    """What was declared of the export; None: nothing."""

    first: date | None = None
    last: date | None = None
    invoiced: int | None = None
    clock: str = ""
    clock_needed: bool = False


class Tally:
    """Counts of the calls of an export, chunk by chunk, in whichever order."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._days: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._sequences = array("q")
        self.calls = self.blocked = self.campaigns_untold = 0
        self.has = 0
        self.first_us: int | None = None
        self.last_us: int | None = None

    def add(self, chunk: CallChunk, sequences: Sequence[int] = ()) -> None:
        """`sequences`: the file's own counting of its records, where it counts."""
        self._sequences.extend(sequences)
        if not len(chunk):
            return
        self.has |= int(np.bitwise_or.reduce(chunk.has))
        blocked = int(chunk.blocked.sum())
        self.blocked += blocked
        self.calls += len(chunk) - blocked
        first, last = int(chunk.at_us.min()), int(chunk.at_us.max())
        self.first_us = first if self.first_us is None else min(first, self.first_us)
        self.last_us = last if self.last_us is None else max(last, self.last_us)
        days, _ = local_clock(chunk.at_us[~chunk.blocked], self._zone)
        _count(self._days, days)
        _count(self._ends, chunk.disposition.astype(np.int64))

    @property
    def days(self) -> dict[date, int]:
        """Calls of each day on the clock of the zone, in order."""
        return {DAY_ZERO + timedelta(days=day): n for day, n in sorted(self._days.items())}

    @property
    def dispositions(self) -> dict[str, int]:
        return {each.name.lower(): self._ends[each] for each in Disposition if each in self._ends}

    @property
    def answered(self) -> int:
        return sum(
            self._ends.get(each, 0) for each in (Disposition.ANSWERED, Disposition.ABANDONED)
        )

    def first_missing(self) -> list[int]:
        """The first of the numbers that are missing, at most sixty."""
        found = np.unique(np.frombuffer(self._sequences, dtype=np.int64))
        listed: list[int] = []
        for before in np.flatnonzero(np.diff(found) > 1).tolist():
            start, end = int(found[before]) + 1, int(found[before + 1])
            listed += range(start, min(end, start + MOST_LISTED - len(listed)))
            if len(listed) == MOST_LISTED:
                break
        return listed

    def missing_numbers(self) -> tuple[int, int, int]:
        """Of the file's own counting: least, greatest, and how many between are not there."""
        if not self._sequences:
            return 0, 0, 0
        found = np.unique(np.frombuffer(self._sequences, dtype=np.int64))
        least, most = int(found[0]), int(found[-1])
        return least, most, most - least + 1 - len(found)


def _count(into: dict[int, int], values: NDArray[np.int64]) -> None:
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        into[int(value)] = into.get(int(value), 0) + int(count)


def shortfalls(
    tally: Tally,
    expected: Expected,
    rows_of_file: Sequence[int],
    refused: int,
    pages: tuple[int, int] = (0, 0),
    odd: Mapping[str, int] = MappingProxyType({}),
    known: int = 0,
) -> list[Shortfall]:
    """Every check in order, also those that found nothing.

    `pages`: how many pages of an interface the export holds, and how many are a last one.
    `odd`: how often a record contradicts itself, by code. `known`: calls that an earlier export
    of the vendor told.
    """
    return [
        _row_cap(rows_of_file),
        *_pages(*pages),
        _sequence(tally),
        *_days(tally, expected),
        _unanswered(tally),
        _invoice(tally, expected),
        _refused(refused, sum(rows_of_file)),
        *_contradictions(odd),
        *_told_before(known),
        *_clock(expected),
    ]


def _row_cap(rows_of_file: Sequence[int]) -> Shortfall:
    hit = [rows for rows in rows_of_file if rows in ROW_CAPS]
    if not hit:
        return Shortfall("row_cap", Whole.NO_GAP, "No file has exactly as many rows as a limit.")
    return Shortfall(
        "row_cap",
        Whole.GAP,
        f"A file has exactly {hit[0]:,} rows: {ROW_CAPS[hit[0]]}. What came after was cut off.",
        "Ask for shorter periods, and for the count of rows of each.",
        {"rows": hit[0], "files": len(hit)},
    )


def _pages(pages: int, last: int) -> Iterator[Shortfall]:
    if not pages:
        return
    facts = {"pages": pages}
    if last:
        yield Shortfall("pages", Whole.NO_GAP, "The last page is among the pages.", "", facts)
        return
    yield Shortfall(
        "pages",
        Whole.GAP,
        f"Each of the {pages} pages names one after it: the export was not fetched to its end.",
        "Ask for all pages, and give them together.",
        facts,
    )


def _sequence(tally: Tally) -> Shortfall:
    least, most, gone = tally.missing_numbers()
    if not most:
        return Shortfall(
            "sequence",
            Whole.NOT_PROVABLE,
            "The export does not number its records, so removed ones leave no trace in it.",
            "Ask for an export with the system's own sequence, or compare with an invoice.",
            {"missing": "sequence"},
        )
    facts = {"first": least, "last": most, "missing_numbers": gone}
    if not gone:
        return Shortfall(
            "sequence", Whole.NO_GAP, "The numbers of the records have no gap.", "", facts
        )
    return Shortfall(
        "sequence",
        Whole.GAP,
        f"The records are numbered {least} to {most}; missing between are {gone}.",
        "Ask which calls these were, and why they were left out.",
        {**facts, "first_missing": tally.first_missing()},
    )


def _days(tally: Tally, expected: Expected) -> Iterator[Shortfall]:
    days = tally.days
    if not days:
        yield Shortfall(
            "no_calls", Whole.GAP, "The export holds no call.", "Ask the vendor for its calls."
        )
        return
    found_first, found_last = min(days), max(days)
    first, last = expected.first or found_first, expected.last or found_last
    found = {"found_from": found_first.isoformat(), "found_to": found_last.isoformat()}
    if expected.first is None or expected.last is None:
        yield Shortfall(
            "period",
            Whole.NOT_PROVABLE,
            "No period was declared, so calls before the first and after the last row may lack.",
            "Declare it with --from and --to.",
            {**found, "missing": "period"},
        )
    else:
        outside = sum(n for day, n in days.items() if not first <= day <= last)
        yield Shortfall(
            "period",
            Whole.GAP if outside else Whole.NO_GAP,
            f"{outside} calls lie outside of the declared period."
            if outside
            else "Every call lies in the declared period.",
            "Ask which period the export is of." if outside else "",
            {**found, "outside": outside},
        )
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    empty = [day for day in span if day not in days]
    working = [day for day in empty if day.weekday() < 5]
    facts = {
        "days": len(span),
        "days_without_calls": len(empty),
        "working_days_without_calls": [day.isoformat() for day in working[:MOST_LISTED]],
    }
    if working:
        yield Shortfall(
            "empty_days",
            Whole.GAP,
            f"{len(working)} days from Monday to Friday have no call at all.",
            "Ask whether nothing was dialled on them, and for the system's log of those days.",
            facts,
        )
    else:
        yield Shortfall(
            "empty_days", Whole.NO_GAP, "Every day from Monday to Friday has calls.", "", facts
        )


def _unanswered(tally: Tally) -> Shortfall:
    facts = {"calls": tally.calls, "answered": tally.answered}
    if not tally.has & Column.DISPOSITION:
        return Shortfall(
            "unanswered",
            Whole.NOT_PROVABLE,
            "The export does not say how a call ended.",
            "Ask for the disposition of each call.",
            {"missing": "disposition"},
        )
    if tally.calls >= FEW_CALLS and tally.answered == tally.calls:
        return Shortfall(
            "unanswered",
            Whole.GAP,
            "Every call was answered. No dialer reaches everybody: calls that nobody answered"
            " were left out, and the law wants them kept.",
            "Ask for all attempts, with busy, unanswered and failed ones.",
            facts,
        )
    if tally.answered == tally.calls:
        return Shortfall(
            "unanswered",
            Whole.NOT_PROVABLE,
            f"Every call was answered, and with fewer than {FEW_CALLS} that may be.",
            "Ask for a longer period.",
            {**facts, "missing": "rows"},
        )
    return Shortfall(
        "unanswered", Whole.NO_GAP, "Calls that nobody answered are there too.", "", facts
    )


def _invoice(tally: Tally, expected: Expected) -> Shortfall:
    if expected.invoiced is None:
        return Shortfall(
            "invoice",
            Whole.NOT_PROVABLE,
            "The export was not compared with the carrier's invoice.",
            "Take the count of calls of the same period from it: --invoice-count N.",
            {"missing": "invoice"},
        )
    facts = {"invoiced": expected.invoiced, "calls": tally.calls, "answered": tally.answered}
    lacking = expected.invoiced - tally.calls
    if lacking > 0:
        return Shortfall(
            "invoice",
            Whole.GAP,
            f"The carrier invoiced {expected.invoiced:,} calls and the export holds"
            f" {tally.calls:,}: at least {lacking:,} are missing.",
            "Ask for the calls that were invoiced and not exported.",
            {**facts, "lacking": lacking},
        )
    return Shortfall(
        "invoice",
        Whole.NO_GAP,
        "The export holds as many calls as the carrier invoiced, or more.",
        "",
        facts,
    )


def _refused(refused: int, rows: int) -> Shortfall:
    if not refused:
        return Shortfall("unread_rows", Whole.NO_GAP, "Every row could be read.")
    return Shortfall(
        "unread_rows",
        Whole.GAP,
        f"{refused:,} of {rows:,} rows could not be read; they are not judged.",
        "See the file of rejects: line, field and reason of each.",
        {"refused": refused, "rows": rows},
    )


def _contradictions(odd: Mapping[str, int]) -> Iterator[Shortfall]:
    found = {code: count for code, count in odd.items() if code in CONTRADICTIONS}
    if not found:
        return
    told = "; ".join(f"{CONTRADICTIONS[code]}: {count:,}" for code, count in sorted(found.items()))
    yield Shortfall(
        "contradictions",
        Whole.NOT_PROVABLE,
        f"Records contradict themselves, so what else they say proves less ({told}).",
        "Ask how each of these came about, and for the system's log of those calls.",
        {"contradictions": found},
    )


def _told_before(known: int) -> Iterator[Shortfall]:
    if known:
        yield Shortfall(
            "told_before",
            Whole.NOT_PROVABLE,
            f"{known:,} calls were told by an earlier export: they stand and are judged there.",
            "Where this export tells more of them, give up the earlier one (rightsdesk vendor"
            " calls drop) and this one, and give this one again.",
            {"known": known},
        )


def _clock(expected: Expected) -> Iterator[Shortfall]:
    if not expected.clock_needed:
        return
    if expected.clock:
        yield Shortfall(
            "clock", Whole.NO_GAP, "It is stated which clock wrote the times.", "",
            {"clock": expected.clock},
        )  # fmt: skip
        return
    yield Shortfall(
        "clock",
        Whole.NOT_PROVABLE,
        "The zone was declared, and it is not stated who said so and how that clock is kept.",
        "State it: --clock 'server in UTC, kept by NTP, mail of the vendor of 3 November'.",
        {"missing": "clock"},
    )
