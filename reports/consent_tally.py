"""Consents counted from their rows: the one way from `consents-N.csv` to every figure of an audit.

Whoever has the attached rows gets the same counts by the same rules, and draws the same
sample: the grants with the smallest SHA-256 of "SEED:RECORD" (`printf %s SEED:RECORD |
sha256sum`). A row that a correction made void counts as void and as nothing else.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TypedDict

from reports.shape import Count

COLUMNS = (
    "record", "kind", "purpose", "channel", "consent_class", "said_at", "recorded_at",
    "valid_until", "notice", "source", "documented", "state", "ended_at", "exception",
)  # fmt: skip
GRANT, WITHDRAWAL, REFUSAL = "grant", "withdrawal", "refusal"
REFUSING = (WITHDRAWAL, REFUSAL)
IN_FORCE, WITHDRAWN, EXPIRED, VOID = "in_force", "withdrawn", "expired", "void"
NO_EVIDENCE, NO_WORDING = "no_evidence", "no_wording"
HOURS = (0, 1, 2, 4, 8, 24, 72, 240)
"""Lower edges of the classes of the latency, in whole hours; the last one has no upper edge."""

METHOD = 'grants with the smallest SHA-256 of "SEED:RECORD", in that order'
SAMPLED = 25
MOST_LISTED = 10_000
"""Calls that are listed one by one; a desk that has more has other worries than a list."""


class Cell(TypedDict):
    """One purpose and channel. granted = in_force + withdrawn + expired + void; the rest
    counts grants that are not void, and `refused` what was refused without a consent before."""

    purpose: str
    channel: str
    granted: Count
    in_force: Count
    withdrawn: Count
    expired: Count
    void: Count
    refused: Count
    without_evidence: Count
    when: Count
    how: Count
    told: Count
    all_told: Count


class Month(TypedDict):
    purpose: str
    channel: str
    month: str
    granted: Count


class OfHours(TypedDict):
    """Withdrawals of at least `hours` whole hours, and less than the next class."""

    hours: Count
    withdrawals: Count


class Latency(TypedDict):
    """From what the person said to its effect: seconds, over withdrawals and refusals."""

    withdrawals: Count
    median_s: float | None
    longest_s: float | None
    by_hours: list[OfHours]


class Wording(TypedDict):
    notice: str
    grants: Count


class Drawn(TypedDict):
    record: str
    digest: str
    row: list[str]


class Tally(TypedDict):
    """Everything that is counted from the rows."""

    population: Count
    withdrawals: Count
    refusals: Count
    corrections: Count
    cells: list[Cell]
    months: list[Month]
    latency: Latency
    wordings: list[Wording]
    sample: list[Drawn]


@dataclass
class Counting:
    """Takes rows with the columns COLUMNS one by one; memory does not grow with them, but for
    the different seconds of the latency."""

    seed: str
    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    cells: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    months: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seconds: Counter[float] = field(default_factory=Counter)
    wordings: Counter[str] = field(default_factory=Counter)
    drawn: list[tuple[int, str, list[str]]] = field(default_factory=list)

    def add(self, given: Sequence[str]) -> None:
        """Count one row. ValueError for one that is none."""
        row = dict(zip(COLUMNS, given, strict=True))
        self.rows += 1
        self.kinds[row["kind"]] += 1
        if row["kind"] == GRANT:
            self._grant(row, list(given))
        elif row["kind"] in REFUSING and row["state"] != VOID:
            if row["kind"] == REFUSAL:
                self._cell(row)["refused"] += 1
            said, known = (datetime.fromisoformat(row[k]) for k in ("said_at", "recorded_at"))
            self.seconds[max(0.0, (known - said).total_seconds())] += 1

    def _grant(self, row: dict[str, str], given: list[str]) -> None:
        cell = self._cell(row)
        cell["granted"] += 1
        cell[row["state"]] += 1
        self.months[row["purpose"], row["channel"], row["said_at"][:7]] += 1
        self._draw(row["record"], given)
        if row["state"] == VOID:
            return
        how, told = row["documented"] == "yes" and bool(row["source"]), bool(row["notice"])
        cell["without_evidence"] += row["documented"] != "yes"
        cell["when"] += bool(row["said_at"])
        cell["how"] += how
        cell["told"] += told
        cell["all_told"] += how and told and bool(row["said_at"])
        self.wordings[row["notice"]] += 1

    def _cell(self, row: dict[str, str]) -> Counter[str]:
        return self.cells.setdefault((row["purpose"], row["channel"]), Counter())

    def _draw(self, record: str, given: list[str]) -> None:
        digest = hashlib.sha256(f"{self.seed}:{record}".encode()).hexdigest()
        key = -int(digest, 16)
        if len(self.drawn) < SAMPLED:
            heapq.heappush(self.drawn, (key, record, given))
        elif key > self.drawn[0][0]:
            heapq.heapreplace(self.drawn, (key, record, given))

    def tally(self) -> Tally:
        """What was counted."""
        return {
            "population": self.kinds[GRANT],
            "withdrawals": self.kinds[WITHDRAWAL],
            "refusals": self.kinds[REFUSAL],
            "corrections": self.kinds["correction"],
            "cells": [_cell(*names, self.cells[names]) for names in sorted(self.cells)],
            "months": [
                {"purpose": purpose, "channel": channel, "month": month, "granted": n}
                for (purpose, channel, month), n in sorted(self.months.items())
            ],
            "latency": _latency(self.seconds),
            "wordings": [
                {"notice": name, "grants": n} for name, n in sorted(self.wordings.items())
            ],
            "sample": [
                {"record": record, "digest": f"{-key:064x}", "row": row}
                for key, record, row in sorted(self.drawn, reverse=True)
            ],
        }


def tally(rows: Iterable[Sequence[str]], seed: str) -> Tally:
    """Count all rows. ValueError where one is no row of an audit."""
    counting = Counting(seed)
    for row in rows:
        counting.add(row)
    return counting.tally()


def _cell(purpose: str, channel: str, n: Counter[str]) -> Cell:
    return {
        "purpose": purpose,
        "channel": channel,
        "granted": n["granted"],
        "in_force": n[IN_FORCE],
        "withdrawn": n[WITHDRAWN],
        "expired": n[EXPIRED],
        "void": n[VOID],
        "refused": n["refused"],
        "without_evidence": n["without_evidence"],
        "when": n["when"],
        "how": n["how"],
        "told": n["told"],
        "all_told": n["all_told"],
    }


def _latency(seconds: Counter[float]) -> Latency:
    classes: Counter[int] = Counter()
    for value, n in seconds.items():
        classes[max(edge for edge in HOURS if edge * 3_600 <= value)] += n
    return {
        "withdrawals": seconds.total(),
        "median_s": round(median(seconds.elements()), 3) if seconds else None,
        "longest_s": round(max(seconds), 3) if seconds else None,
        "by_hours": [{"hours": edge, "withdrawals": classes[edge]} for edge in HOURS],
    }
