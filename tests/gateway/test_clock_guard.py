"""A clock that cannot be trusted gives no permits, until somebody has looked at it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy.gateway import clock_guard
from privacy.gateway.clock_guard import ClockGuard
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.redeem import redeem
from tests.desks import MadeDesk, TestClock
from tests.gateway.scene import Scene, scene


def refused(set_up: Scene) -> bool:
    try:
        issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources)
    except Problem as problem:
        return problem.refusal is Code.CLOCK
    return False


def test_a_clock_that_goes_back_gives_no_permits_until_it_is_cleared(made: MadeDesk) -> None:
    set_up = scene(made, 4)
    assert not refused(set_up)
    made.clock.at -= timedelta(seconds=1.9)
    assert not refused(set_up)
    made.clock.at -= timedelta(seconds=2)
    assert refused(set_up)
    made.clock.at += timedelta(hours=1)
    assert refused(set_up)
    assert clock_guard.clear(made.desk, "dpo")
    assert not refused(set_up)
    assert not clock_guard.clear(made.desk, "dpo")


def test_a_permit_that_is_out_is_not_redeemed_by_a_clock_that_went_back(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    (permit,) = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources).permits
    made.clock.at -= timedelta(seconds=3)
    with pytest.raises(Problem) as problem:
        redeem(set_up.gate, set_up.dialer, permit.permit)
    assert problem.value.refusal is Code.CLOCK


def test_a_wall_clock_away_from_the_monotonic_one_is_found() -> None:
    clock = TestClock(simulated=False)
    guard = ClockGuard(clock)
    clock.advance(timedelta(hours=3))
    assert guard.off_us() == 0
    clock.at += timedelta(seconds=5)
    assert guard.off_us() == 5_000_000
