"""How old the national list was on the day of a call: `national_list_age`, in days. Pure.

Of calls to the United States, by the list's date in the export; whole days, as the check of
each call counts them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from privacy.vendors.calls.gauges.claim import (
    Claim,
    FirstRows,
    Seen,
    Shown,
    not_provable,
)
from privacy.vendors.calls.gauges.placed import UNITED_STATES, in_country
from privacy.vendors.calls.manner_codes import list_days
from privacy.vendors.calls.record import UNTOLD

KIND, UNIT = "national_list_age", "days"
LIST = "list_date"
FRESH_DAYS = 7


@dataclass
class ListAges:
    """Rows are those with a list of more than seven days, the least age anybody claims."""

    oldest_days: int = -1
    told: int = 0
    untold: int = 0
    rows: FirstRows = field(default_factory=FirstRows)

    def add(self, seen: Seen) -> None:
        called = in_country(seen.chunk.number, UNITED_STATES)
        told = called & (seen.chunk.list_us != UNTOLD)
        self.told += int(told.sum())
        self.untold += int((called & ~told).sum())
        if not told.any():
            return
        days = list_days(seen.chunk, np.flatnonzero(told))
        self.oldest_days = max(self.oldest_days, int(np.maximum(days, 0).max()))
        self.rows.add(seen.chunk.row[told][days > FRESH_DAYS])

    def join(self, other: ListAges) -> None:
        self.oldest_days = max(self.oldest_days, other.oldest_days)
        self.told += other.told
        self.untold += other.untold
        self.rows.join(other.rows)

    def claim(self) -> Claim:
        if not self.told and not self.untold:
            return not_provable(KIND, "No call went to the United States.", "called_number")
        if self.untold and self.oldest_days <= FRESH_DAYS:
            text = f"{self.untold:,} calls tell no date of the list that was used."
            return not_provable(KIND, text, LIST)
        least = "at least " if self.untold else ""
        text = f"The list was up to {least}{self.oldest_days} days old on the day of a call."
        return Claim(
            KIND,
            Shown.MEASURED,
            text,
            self.rows.listed,
            self.rows.count,
            self.told,
            Decimal(self.oldest_days),
            UNIT,
        )
