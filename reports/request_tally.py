"""Requests counted from their rows: the one way from `requests.csv` to every figure of a register.

Whoever has the attached rows gets the same counts by the same rules. A row stands under the
law that leads it; a metric of California takes every row to which that law applies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from statistics import fmean, median
from typing import TypedDict

from reports.shape import Count

COLUMNS = (
    "request", "kind", "law", "laws", "received_on", "channel", "asked_by", "identity",
    "due_on", "extended", "answered_on", "days", "in_time", "outcome", "basis_of_denial",
    "withheld", "delay", "exception",
)  # fmt: skip
COUNTED = (
    "kind", "law", "laws", "channel", "identity", "days", "in_time", "outcome", "basis_of_denial",
    "withheld", "delay",
)  # fmt: skip
"""The columns that decide what a row counts in: rows that are alike in them count together."""

ENDED = ("whole", "part", "denied")
CALIFORNIA = "US_CA"


class Register(TypedDict):
    """received = closed + open + merged; closed = in_time + late + unclear = whole + part +
    denied; overdue and unclear_open are part of open."""

    law: str
    kind: str
    received: Count
    closed: Count
    in_time: Count
    late: Count
    unclear: Count
    whole: Count
    part: Count
    denied: Count
    open: Count
    overdue: Count
    unclear_open: Count
    merged: Count


class OfDays(TypedDict):
    """How many answered requests of that law and kind took so many days."""

    law: str
    kind: str
    days: Count
    requests: Count


class Named(TypedDict):
    name: str
    requests: Count


class InDays(TypedDict):
    days: Count
    requests: Count


class Right(TypedDict):
    """One right of 11 CCR 7102(a)(1); received = whole + part + denied + merged + open."""

    right: str
    kinds: list[str]
    received: Count
    whole: Count
    part: Count
    denied: Count
    merged: Count
    open: Count
    denied_by_reason: list[Named]
    days: list[InDays]


class Tally(TypedDict):
    """Everything that is counted from the rows."""

    register: list[Register]
    days: list[OfDays]
    channels: list[Named]
    identities: list[Named]
    delays: list[Named]
    denials: list[Named]
    withheld: list[Named]
    rights: list[Right]


def tally(rows: Iterable[Sequence[str]], rights: Mapping[str, Sequence[str]]) -> Tally:
    """Count rows with the columns COLUMNS; `rights` names the kinds of each right."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    days: Counter[tuple[str, str, int]] = Counter()
    named: dict[str, Counter[str]] = {
        name: Counter() for name in ("channel", "identity", "delay", "basis_of_denial", "withheld")
    }
    found = {right: _OfRight(list(kinds)) for right, kinds in rights.items()}
    for row, requests in _alike(rows):
        marks = counts.setdefault((row["law"], row["kind"]), Counter())
        for mark in _marks(row):
            marks[mark] += requests
        if row["days"] and row["outcome"] in ENDED:
            days[row["law"], row["kind"], int(row["days"])] += requests
        for name, counter in named.items():
            for word in row[name].split():
                counter[word] += requests
        for one in found.values():
            one.add(row, requests)
    return {
        "register": [_register(law, kind, counts[law, kind]) for law, kind in sorted(counts)],
        "days": [
            {"law": law, "kind": kind, "days": n, "requests": days[law, kind, n]}
            for law, kind, n in sorted(days)
        ],
        "channels": _listed(named["channel"]),
        "identities": _listed(named["identity"]),
        "delays": _listed(named["delay"]),
        "denials": _listed(named["basis_of_denial"]),
        "withheld": _listed(named["withheld"]),
        "rights": [one.document(right) for right, one in found.items()],
    }


def _alike(rows: Iterable[Sequence[str]]) -> Iterator[tuple[Mapping[str, str], int]]:
    """Rows that differ in nothing that is counted, once, with how many there are.

    ValueError for a row of another length.
    """
    told = itemgetter(*(COLUMNS.index(name) for name in COUNTED))
    for cells, requests in Counter(map(told, map(_whole, rows))).items():
        yield dict(zip(COUNTED, cells, strict=True)), requests


def _whole(row: Sequence[str]) -> Sequence[str]:
    if len(row) != len(COLUMNS):
        raise ValueError("a row of another length")
    return row


def middle(days: Iterable[tuple[int, int]]) -> tuple[float | None, float | None]:
    """Median and mean, to two places, of (days, how many); None of nothing."""
    each = [day for day, count in days for _ in range(count)]
    if not each:
        return None, None
    return round(float(median(each)), 2), round(fmean(each), 2)


class _OfRight:
    def __init__(self, kinds: list[str]) -> None:
        self.kinds = kinds
        self.ends: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.days: Counter[int] = Counter()

    def add(self, row: Mapping[str, str], requests: int) -> None:
        if row["kind"] not in self.kinds or CALIFORNIA not in row["laws"].split():
            return
        self.ends[row["outcome"]] += requests
        for reason in row["basis_of_denial"].split():
            self.reasons[reason] += requests
        if row["days"] and row["outcome"] != "merged":
            self.days[int(row["days"])] += requests

    def document(self, right: str) -> Right:
        ends = self.ends
        return {
            "right": right,
            "kinds": self.kinds,
            "received": ends.total(),
            "whole": ends["whole"],
            "part": ends["part"],
            "denied": ends["denied"],
            "merged": ends["merged"],
            "open": ends["open"],
            "denied_by_reason": _listed(self.reasons),
            "days": [{"days": n, "requests": self.days[n]} for n in sorted(self.days)],
        }


def _marks(row: Mapping[str, str]) -> list[str]:
    """The counters of the register that this row counts in."""
    outcome, judged = row["outcome"], row["in_time"]
    marks = ["received", outcome]
    if outcome in ENDED:
        marks += ["closed", {"yes": "in_time", "no": "late"}.get(judged, "unclear")]
    elif outcome == "open":
        marks += {"no": ["overdue"], "yes": []}.get(judged, ["unclear_open"])
    return marks


def _register(law: str, kind: str, n: Counter[str]) -> Register:
    return {
        "law": law,
        "kind": kind,
        "received": n["received"],
        "closed": n["closed"],
        "in_time": n["in_time"],
        "late": n["late"],
        "unclear": n["unclear"],
        "whole": n["whole"],
        "part": n["part"],
        "denied": n["denied"],
        "open": n["open"],
        "overdue": n["overdue"],
        "unclear_open": n["unclear_open"],
        "merged": n["merged"],
    }


def _listed(counts: Mapping[str, int]) -> list[Named]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{"name": name, "requests": n} for name, n in ordered]
