"""Metrics that California asks to be kept and published (11 CCR 7102), from the register. Pure.

For each of the five rights: received, complied with in whole or in part, denied,
and the median and mean of the days within which a request was substantively
answered. Denials are told apart by reason (7102(a)(2), where the business says why).
A request that is answered counts its days from receipt; a merged one is answered in
the older one and has no days of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from privacy.rights.case import Kind
from privacy.rights.figures import Counted, End

LAW = "US_CA"
CITATION = "11 CCR 7102(a)"
# The right as the regulation names it, and the kinds of request that ask for it.
RIGHTS: dict[str, frozenset[Kind]] = {
    "delete": frozenset({Kind.ERASURE}),
    "correct": frozenset({Kind.RECTIFICATION}),
    "know": frozenset({Kind.ACCESS, Kind.PORTABILITY}),
    "opt_out_of_sale_sharing": frozenset({Kind.OPT_OUT_SALE, Kind.OPT_OUT}),
    "limit": frozenset({Kind.LIMIT}),
}


@dataclass(frozen=True)
class Metric:
    """The figures of one right; received = whole + part + denied + merged + open."""

    right: str
    received: int
    whole: int
    part: int
    denied: int
    merged: int
    open: int
    denied_by_reason: dict[str, int]
    median_days: float | None
    mean_days: float | None

    @property
    def complied(self) -> int:
        """Complied with in whole or in part."""
        return self.whole + self.part

    def document(self) -> dict[str, Any]:
        """JSON-ready; days have two places."""
        return {
            "right": self.right,
            "received": self.received,
            "complied_in_whole_or_in_part": self.complied,
            "complied_in_whole": self.whole,
            "complied_in_part": self.part,
            "denied": self.denied,
            "denied_by_reason": dict(sorted(self.denied_by_reason.items())),
            "merged": self.merged,
            "open": self.open,
            "median_days": _rounded(self.median_days),
            "mean_days": _rounded(self.mean_days),
        }


def of(requests: Iterable[Counted], law: str | None = LAW) -> list[Metric]:
    """A metric for each of the five rights, of requests to which `law` applies (None: all)."""
    chosen = [one for one in requests if law is None or law in one.laws]
    return [
        _metric(right, [one for one in chosen if one.kind in kinds])
        for right, kinds in RIGHTS.items()
    ]


def _metric(right: str, requests: Sequence[Counted]) -> Metric:
    ends = Counter(one.end for one in requests)
    days = [one.days for one in requests if one.days is not None and one.end is not End.MERGED]
    return Metric(
        right,
        len(requests),
        ends[End.WHOLE],
        ends[End.PART],
        ends[End.DENIED],
        ends[End.MERGED],
        ends[End.OPEN],
        dict(Counter(one.reason for one in requests if one.end is End.DENIED)),
        float(median(days)) if days else None,
        fmean(days) if days else None,
    )


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)
