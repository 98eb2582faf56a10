"""Opt-out against redemption, at once, on both stores: no number after a confirmation."""

from __future__ import annotations

import threading
import time

import pytest

from privacy.consent import suppression
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.redeem import redeem
from tests.desks import MadeDesk
from tests.gateway.scene import number, scene

PEOPLE = 12


@pytest.mark.serial
def test_no_number_is_released_after_an_opt_out_was_confirmed(store: MadeDesk) -> None:
    set_up = scene(store, PEOPLE, rate_per_s=200)
    permits = issue(set_up.gate, set_up.dialer, set_up.campaign, PEOPLE, set_up.resources).permits
    assert len(permits) == PEOPLE
    numbers = {permit.attempt: set_up.gate.held[permit.attempt].number for permit in permits}
    confirmed: dict[str, float] = {}
    released: dict[str, tuple[float, float]] = {}
    refusals: set[Code] = set()
    begin = threading.Barrier(3)

    def opts_out() -> None:
        begin.wait()
        for permit in permits:
            suppression.opt_out(
                set_up.desk, store.handler, phone=numbers[permit.attempt], source="race"
            )
            confirmed[permit.attempt] = time.monotonic()

    def redeems(backwards: bool) -> None:
        begin.wait()
        for permit in reversed(permits) if backwards else permits:
            asked = time.monotonic()
            try:
                while True:
                    try:
                        got = redeem(set_up.gate, set_up.dialer, permit.permit)
                        break
                    except Problem as problem:
                        if problem.refusal is not Code.NOT_YET:
                            raise
                        set_up.wait(0.01)
                        asked = time.monotonic()
            except Problem as refused:
                refusals.add(refused.refusal)
                continue
            assert got.number == numbers[permit.attempt]
            released[permit.attempt] = (asked, time.monotonic())

    threads = [threading.Thread(target=opts_out)]
    threads += [threading.Thread(target=redeems, args=(way,)) for way in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(confirmed) == PEOPLE
    assert refusals <= {Code.WITHDRAWN, Code.USED, Code.EXPIRED}
    # Whoever got a number had asked for it before the opt-out was confirmed.
    for attempt, (asked, _) in released.items():
        assert asked < confirmed[attempt]
    # And afterwards nothing is left that could still be released.
    for permit in permits:
        with pytest.raises(Problem):
            redeem(set_up.gate, set_up.dialer, permit.permit)
    assert number(0) in numbers.values()
