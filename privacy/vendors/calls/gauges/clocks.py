"""Whether the stated clock of the records is right: `clock_wrong`. Pure.

Proof against it are calls whose true instant is known otherwise, and times that the stated
clock cannot have shown when the export was made: one that its zone skipped, or one to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from privacy.vendors.calls.gauges.claim import Claim, FirstRows, Seen, decided, not_provable
from privacy.vendors.calls.record import UNTOLD

KIND = "clock_wrong"
TOLERANCE_US = 60_000_000
IMPOSSIBLE = ("skipped_hour", "in_the_future")
KNOWN_CALL = "desk.known_call"
CLOCK = "clock"


@dataclass
class Clocks:
    """`known`: true instants (us) by record. Only rows of this import."""

    known: Mapping[int, int] = field(default_factory=dict)
    compared: int = 0
    calls: int = 0
    rows: FirstRows = field(default_factory=FirstRows)

    def add(self, seen: Seen) -> None:
        self.calls += len(seen)
        if not self.known:
            return
        wanted = np.array(sorted(self.known), dtype=np.int64)
        places = np.flatnonzero(np.isin(seen.chunk.row, wanted)).tolist()
        wrong = []
        for place in places:
            row, second = int(seen.chunk.row[place]), int(seen.chunk.second_us[place])
            told = [int(seen.chunk.at_us[place]), *([second] if second != UNTOLD else [])]
            self.compared += 1
            if min(abs(at - self.known[row]) for at in told) > TOLERANCE_US:
                wrong.append(row)
        self.rows.add(np.array(wrong, dtype=np.int64))

    def join(self, other: Clocks) -> None:
        self.compared += other.compared
        self.calls += other.calls
        self.rows.join(other.rows)

    def claim(self, manifest: Mapping[str, Any]) -> Claim:
        """`manifest` tells which clock was stated, and which rows no clock can have written."""
        if not _stated(manifest):
            return not_provable(KIND, "It is not stated which clock wrote the times.", CLOCK)
        found = FirstRows()
        found.join(self.rows)
        refused = impossible(manifest)
        found.join(refused)
        if not found.count and not self.compared:
            text = "No call of the export is one whose true instant is known."
            return not_provable(KIND, text, KNOWN_CALL)
        against = " ".join(
            f"{count} {words}."
            for count, words in (
                (self.rows.count, "calls stand more than a minute off their known instant"),
                (refused.count, "rows stand at a time that the stated clock cannot have shown"),
            )
            if count
        )
        held = f"{self.compared} calls of known instant stand within a minute of it."
        return decided(KIND, against, held, found, self.calls + refused.count)


def impossible(manifest: Mapping[str, Any]) -> FirstRows:
    """Rows that were refused because no clock of the stated zone was ever there."""
    found = FirstRows()
    reasons = manifest.get("rows", {}).get("reasons", {})
    first = manifest.get("refused_rows", {})
    for reason in IMPOSSIBLE:
        listed = np.array(first.get(reason, ()), dtype=np.int64)
        found.add(listed)
        found.count += max(0, int(reasons.get(reason, 0)) - len(listed))
    return found


def _stated(manifest: Mapping[str, Any]) -> bool:
    """A format that writes its own offset states its clock; of another it must be declared."""
    asked = any(each["code"] == CLOCK for each in manifest.get("completeness", ()))
    return bool(manifest.get("declared", {}).get("clock")) or not asked
