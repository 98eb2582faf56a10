"""Which rows of an export show that it is not whole: the first of each reason. Pure.

Lines only, as they are cited everywhere; what stood in them is in no manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from privacy.contacts.rows import Refusal

MOST = 100
UNREAD = "unread_rows"


class RefusedRows:
    """The least lines that were refused, by reason, whatever the order they come in."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}

    def add(self, refusals: Iterable[Refusal]) -> None:
        """A row that was kept without a field is none of them."""
        for refusal in refusals:
            if not refusal.kept:
                self._lines.setdefault(refusal.reason, []).append(refusal.line)
        for reason, lines in self._lines.items():
            self._lines[reason] = sorted(lines)[:MOST]

    def document(self) -> dict[str, list[int]]:
        return dict(sorted(self._lines.items()))

    def beside(self, check: Mapping[str, Any]) -> dict[str, Any]:
        """A check of completeness, with its records where rows are what shows the gap."""
        if check["code"] != UNREAD or not self._lines:
            return dict(check)
        every = sorted({line for lines in self._lines.values() for line in lines})
        return {**check, "records": every[:MOST]}
