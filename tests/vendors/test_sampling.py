"""Exact bounds on exception rates, against published and closed values."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.vendors.sampling import at_most, interval, lower_bound, upper_bound


@pytest.mark.parametrize(
    ("sample", "percent"), [(10, 25.9), (29, 9.8), (59, 4.95), (149, 2.0), (299, 1.0)]
)
def test_no_exception_in_a_sample_proves_no_more_than_this(sample: int, percent: float) -> None:
    bound = upper_bound(0, sample)
    assert bound == pytest.approx(1 - 0.05 ** (1 / sample), abs=1e-12)
    assert 100 * bound == pytest.approx(percent, abs=0.05)


@pytest.mark.parametrize(
    ("exceptions", "sample", "low", "high"),
    [
        # Clopper and Pearson's two-sided 95 % intervals, as tables of the binomial give them.
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (2, 50, 0.0049, 0.1371),
        (10, 100, 0.0490, 0.1762),
    ],
)
def test_the_two_sided_interval_is_that_of_the_tables(
    exceptions: int, sample: int, low: float, high: float
) -> None:
    assert interval(exceptions, sample) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 400), st.data())
def test_at_the_bound_so_few_exceptions_have_the_probability_that_is_left(
    sample: int, data: st.DataObject
) -> None:
    exceptions = data.draw(st.integers(0, sample - 1))
    bound = upper_bound(exceptions, sample)
    exact = math.fsum(
        math.comb(sample, k) * bound**k * (1 - bound) ** (sample - k) for k in range(exceptions + 1)
    )
    assert exact == pytest.approx(0.05, rel=1e-6)
    assert at_most(exceptions, sample, bound) == pytest.approx(exact, rel=1e-9)
    assert lower_bound(exceptions, sample) <= exceptions / sample < bound


def test_more_exceptions_raise_the_bound_and_a_larger_sample_lowers_it() -> None:
    assert all(a < b for a, b in pairwise(upper_bound(k, 60) for k in range(61)))
    assert all(a > b for a, b in pairwise(upper_bound(0, n) for n in range(1, 200)))
    assert upper_bound(0, 0) == 1.0


def test_counts_that_cannot_be_are_refused() -> None:
    for exceptions, sample in ((-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="between"):
            upper_bound(exceptions, sample)
