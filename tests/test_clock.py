"""A desk keeps its own time over jumps of the machine's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy.clock import SteadyClock, SystemClock, real, steady
from tests.desks import WEDNESDAY, TestClock


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_jump_of_the_machines_clock_is_not_followed(hours: int) -> None:
    machine = TestClock(simulated=False)
    clock = SteadyClock(machine)
    machine.at += timedelta(hours=hours)
    assert clock.now() == WEDNESDAY
    machine.advance(timedelta(minutes=5))
    assert clock.now() == WEDNESDAY + timedelta(minutes=5)
    machine.at -= timedelta(hours=hours)
    assert clock.now() == machine.now()


def test_small_corrections_are_followed_and_add_up() -> None:
    machine = TestClock(simulated=False)
    clock = SteadyClock(machine)
    for _ in range(5):
        machine.advance(timedelta(hours=1))
        machine.at += timedelta(seconds=1.5)
        assert clock.now() == machine.now()


def test_a_simulated_clock_is_set_by_hand_and_stays_as_it_is() -> None:
    machine = TestClock()
    assert steady(machine) is machine
    assert real(machine) is machine
    system = SystemClock()
    assert real(steady(system)) is system
