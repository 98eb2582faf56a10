"""A share of abandoned calls as the vendor states it, against the records: the kind
`abandonment_figure_differs`. Pure.

The question is whether answering machines and failed calls are in the denominator. The
figure of a campaign and period that is none of those the records allow was not made of answers
by persons alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from privacy.vendors.calls.abandoned import Share
from privacy.vendors.calls.gauges.abandoned_calls import AbandonedCalls
from privacy.vendors.calls.gauges.claim import Claim, FirstRows, Shown, not_provable
from privacy.vendors.calls.record import digest_of

KIND = "abandonment_figure_differs"
FIGURE = "desk.stated_abandonment"
HALF = Decimal("0.5")
PERCENT = 100


@dataclass(frozen=True)
class Stated:
    """What the vendor says of a campaign (by the digest of its name) in a measuring period.

    `percent` as it was written: it is right to half a unit of its last place.
    """

    campaign: int
    from_on: str
    to_on: str
    percent: Decimal

    @property
    def slack(self) -> Decimal:
        exponent = self.percent.as_tuple().exponent
        assert isinstance(exponent, int), "a number"
        return HALF.scaleb(exponent)


def claim(stated: Sequence[Stated], shares: Sequence[Share], abandoned: AbandonedCalls) -> Claim:
    """Each stated figure beside the share of the same campaign, first and last day."""
    differing, compared = [], 0
    missing: set[str] = set()
    for figure, share in _pairs(stated, shares):
        told = _differs(figure, share)
        if told is None:
            missing |= set(share.missing)
            continue
        compared += 1
        if told:
            differing.append((figure, share))
    if differing:
        rows = FirstRows()
        for _, share in differing:
            rows.join(abandoned.rows(share.campaign, share.country, share.begins_on, share.ends_on))
        figure, share = differing[0]
        text = (
            f"From {share.begins_on} to {share.ends_on} {figure.percent} % was stated and the"
            f" records allow {_percent(share.lowest)} to {_percent(share.highest)} %."
        )
        return Claim(
            KIND, Shown.CONTRADICTED, text, rows.listed, len(differing), compared + len(missing)
        )
    if missing:
        text = "The records leave open whether a stated figure is right."
        return not_provable(KIND, text, *sorted(missing))
    if not compared:
        text = "The vendor stated no figure for a campaign and measuring period of these calls."
        return not_provable(KIND, text, FIGURE)
    text = "Each stated figure is the share of calls that a person answered."
    return Claim(KIND, Shown.HELD, text, tested=compared)


def _pairs(stated: Sequence[Stated], shares: Sequence[Share]) -> list[tuple[Stated, Share]]:
    return [
        (figure, share)
        for figure in stated
        for share in shares
        if (figure.campaign, figure.from_on, figure.to_on)
        == (digest_of(share.campaign), share.begins_on, share.ends_on)
    ]


def _differs(figure: Stated, share: Share) -> bool | None:
    """None where the bounds of the share leave it open."""
    if share.lowest is None or share.highest is None:
        return None
    low, high = (Decimal(str(bound)) * PERCENT for bound in (share.lowest, share.highest))
    if figure.percent + figure.slack < low or figure.percent - figure.slack > high:
        return True
    inside = figure.percent - figure.slack <= low and high <= figure.percent + figure.slack
    return False if inside else None


def _percent(bound: float | None) -> str:
    return "?" if bound is None else f"{bound * PERCENT:.2f}"
