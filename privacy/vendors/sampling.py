"""What a sample proves about an exception rate: exact bounds (Clopper and Pearson, 1934). Pure.

Tests on call records cover every row and need no bound; a sample of recordings does. With no
exception among n the upper bound is 1 - (1 - confidence)^(1/n): 10 recordings prove no more than
that at most 25.9 % fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable

HALVINGS = 200


def upper_bound(exceptions: int, sample: int, confidence: float = 0.95) -> float:
    """The one-sided exact upper bound on the share of exceptions; 1.0 for no sample at all.

    The largest share at which as few exceptions as these still have probability
    1 - confidence. Raises ValueError for counts that cannot be.
    """
    _check(exceptions, sample, confidence)
    if exceptions >= sample:
        return 1.0
    return _solved(lambda share: at_most(exceptions, sample, share), 1 - confidence)


def lower_bound(exceptions: int, sample: int, confidence: float = 0.95) -> float:
    """The one-sided exact lower bound on the share of exceptions; 0.0 for none."""
    _check(exceptions, sample, confidence)
    return 1.0 - upper_bound(sample - exceptions, sample, confidence) if exceptions else 0.0


def interval(exceptions: int, sample: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided exact interval: each end excludes half of what is left of confidence."""
    each = 1 - (1 - confidence) / 2
    return lower_bound(exceptions, sample, each), upper_bound(exceptions, sample, each)


def shown_up(bound: float, places: int = 6) -> str:
    """The bound as text, rounded up: what is printed is never better than what was proved."""
    scale = 10**places
    return f"{min(1.0, math.ceil(bound * scale) / scale):.{places}f}"


def at_most(exceptions: int, sample: int, share: float) -> float:
    """The probability of at most that many exceptions: the binomial distribution's own sum.

    Each term in logarithms, so that nothing underflows for a large sample.
    """
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if exceptions >= sample else 0.0
    hit, miss = math.log(share), math.log1p(-share)
    terms = (
        math.lgamma(sample + 1)
        - math.lgamma(k + 1)
        - math.lgamma(sample - k + 1)
        + k * hit
        + (sample - k) * miss
        for k in range(exceptions + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _solved(falling: Callable[[float], float], wanted: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if falling(middle) > wanted:
            low = middle
        else:
            high = middle
    # The upper end of what is left: rounding never makes a claim look better than it is.
    return high


def _check(exceptions: int, sample: int, confidence: float) -> None:
    if not 0 <= exceptions <= sample or not 0 < confidence < 1:
        raise ValueError("exceptions lie between 0 and the sample, confidence between 0 and 1")
