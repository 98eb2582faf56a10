"""Opt-out against redemption, at once, on both stores: no number after a confirmation."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from privacy.consent import suppression
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Problem
from privacy.gateway.redeem import redeem
from privacy.law.own_rules import OwnRules
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


@pytest.mark.serial
def test_an_opt_out_is_not_confirmed_while_a_redemption_of_its_number_is_under_way(
    store: MadeDesk,
) -> None:
    set_up = scene(store, 1)
    (permit,) = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, set_up.resources).permits
    under_way, go_on, confirmed = threading.Event(), threading.Event(), threading.Event()
    law = set_up.gate.law
    numbers: list[str] = []

    def slow(document: dict[str, Any], _: OwnRules | None = None, /) -> dict[str, Any]:
        """Asked under the locks, after suppression was read."""
        under_way.set()
        assert go_on.wait(30)
        return law(document)

    def redeems() -> None:
        numbers.append(redeem(set_up.gate, set_up.dialer, permit.permit).number)

    def opts_out() -> None:
        suppression.opt_out(set_up.desk, store.handler, phone=number(0), source="race")
        confirmed.set()

    set_up.gate.law = slow
    threads = [threading.Thread(target=redeems), threading.Thread(target=opts_out)]
    threads[0].start()
    assert under_way.wait(30)
    threads[1].start()
    # Confirmed now, it would be followed by the release of its number.
    assert not confirmed.wait(0.7)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert numbers == [number(0)]
    assert confirmed.is_set()
