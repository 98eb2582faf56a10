"""The share of calls that were signed at level A (STIR/SHAKEN): `attestation_share`. Pure.

A call that tells no level may have had level A: the share that stands against the claim is the
highest that the records allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

import numpy as np

from privacy.vendors.calls.gauges.claim import (
    Claim,
    FirstRows,
    Seen,
    Shown,
    not_provable,
)
from privacy.vendors.calls.record import Attestation

KIND, UNIT = "attestation_share", "share"
PLACES = Decimal("0.0001")


@dataclass
class Attestations:
    """Rows are the calls that tell another level, or none that could be verified."""

    full: int = 0
    untold: int = 0
    rows: FirstRows = field(default_factory=FirstRows)

    def add(self, seen: Seen) -> None:
        level = seen.chunk.attestation
        self.full += int(np.sum(level == Attestation.A))
        self.untold += int(np.sum(level == Attestation.UNTOLD))
        self.rows.add(seen.chunk.row[(level != Attestation.A) & (level != Attestation.UNTOLD)])

    def join(self, other: Attestations) -> None:
        self.full += other.full
        self.untold += other.untold
        self.rows.join(other.rows)

    def claim(self) -> Claim:
        calls = self.full + self.untold + self.rows.count
        if self.untold == calls:
            return not_provable(KIND, "The export tells no attestation level.", "attestation")
        if self.untold and not self.rows.count:
            text = f"{self.untold:,} of {calls:,} calls tell no level, the others level A."
            return not_provable(KIND, text, "attestation")
        lowest, highest = (Decimal(count) / calls for count in (self.full, self.full + self.untold))
        said = f"{highest:.1%}" if lowest == highest else f"{lowest:.1%} to {highest:.1%}"
        return Claim(
            KIND,
            Shown.MEASURED,
            f"{said} of {calls:,} calls were signed at level A.",
            self.rows.listed,
            self.rows.count,
            calls,
            highest.quantize(PLACES, ROUND_UP).normalize(),
            UNIT,
        )
