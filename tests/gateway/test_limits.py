"""Rate and places: never passed, by however many gateways, through kills and restarts."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.gateway import campaigns, trunks
from privacy.gateway.campaigns import NewCampaign
from privacy.gateway.gate import Gate
from privacy.gateway.issue import issue
from privacy.gateway.protocol import Code, Permit, Problem, State
from privacy.gateway.rate import after_start, free_at, interval_us
from privacy.gateway.recovery import settle
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import Dialer, issue_token
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Purpose
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import CALLER, SCRIPT, Law, dialer_of, scene

RATE = 40.0
PLACES = 6
PEOPLE = 30
PROCESSES = 2
KILL_AFTER = 6


def starts(made: MadeDesk, **where: str) -> list[int]:
    """Instants (microseconds) at which numbers left, in order."""
    table = table_of(AttemptRow)
    statement = select(table.c.redeemed_at).where(table.c.redeemed_at.is_not(None))
    for column, value in where.items():
        statement = statement.where(table.c[column] == value)
    with made.desk.reading() as db:
        return sorted(db.execute(statement).scalars())


def keeps(times: list[int], rate_per_s: float) -> bool:
    """Whether each half-open window of length W holds at most ceil(W x rate) of them.

    That is the same as: any n starts lie at least (n - 1) intervals apart.
    """
    interval = interval_us(rate_per_s)
    return all(
        late - early >= (later - earlier) * interval
        for (earlier, early), (later, late) in itertools.combinations(enumerate(times), 2)
    )


@given(
    st.floats(0.01, 500),
    st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60),
)
def test_no_window_holds_more_starts_than_the_rate(rate: float, waits: list[int]) -> None:
    tat, now, begun = None, 0, []
    for wait in waits:
        now += wait
        if free_at(tat, now) <= now:
            tat = after_start(tat, now, interval_us(rate))
            begun.append(now)
    assert keeps(begun, rate)


def another_campaign(made: MadeDesk, rate_per_s: float) -> tuple[str, Dialer]:
    """One more campaign on the same trunk, for people of its own, with a dialer."""
    new = NewCampaign(
        "Winter", Purpose.MARKETING, CALLER, SCRIPT, rate_per_s=rate_per_s, min_gap_s=0, cap_calls=0
    )
    campaign = campaigns.create(made.desk, made.dpo, new)
    issued = issue_token(
        made.desk, made.dpo, [campaign], rate_per_s=100, total=99, life=timedelta(hours=8)
    )
    return campaign, dialer_of(made.desk, issued.token)


def released(gate: Gate, dialer: Dialer, permit: Permit) -> bool:
    """Whether the number left; the only refusal that may be is that its time has not come."""
    try:
        return bool(redeem(gate, dialer, permit.permit).number)
    except Problem as problem:
        if problem.refusal is not Code.NOT_YET:
            raise
        return False


def test_the_rate_of_trunk_and_campaign_holds_over_gateways_and_restarts(store: MadeDesk) -> None:
    set_up = scene(store, 12, rate_per_s=9, min_gap_s=0, cap_calls=0)
    other, dialer = another_campaign(store, 4)
    campaigns.add(store.desk, store.dpo, other)
    campaigns.start(store.desk, store.dpo, other)
    trunks.put(store.desk, store.dpo, "trunk-1", 10, 100)
    gates = [Gate(store.desk, Law()) for _ in range(3)]
    out: list[tuple[Dialer, Permit]] = []
    for mine, campaign in ((set_up.dialer, set_up.campaign), (dialer, other)):
        got = issue(gates[0], mine, campaign, 6, [f"p-{n}" for n in range(6)])
        out += [(mine, permit) for permit in got.permits]
    assert len(out) == 12
    chance = random.Random(7)
    for _ in range(400):
        set_up.wait(chance.choice([0.001, 0.01, 0.05]))
        turn = chance.randrange(3)
        if chance.random() < 0.1:
            gates[turn] = Gate(store.desk, Law())
        if not out:
            break
        mine, permit = chance.choice(out)
        if released(gates[turn], mine, permit):
            out.remove((mine, permit))
    assert not out
    assert keeps(starts(store, trunk="trunk-1"), 10)
    assert keeps(starts(store, campaign_id=set_up.campaign), 9)
    assert keeps(starts(store, campaign_id=other), 4)


@dataclass
class RealClock:
    """The machine's clock, off by `off`: as a worker's may be."""

    off: timedelta = timedelta()
    simulated: bool = False

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def monotonic_s(self) -> float:
        return time.monotonic()

    def advance(self, step: timedelta) -> None:
        time.sleep(step.total_seconds())


@pytest.fixture(params=["sqlite", "postgresql"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A desk whose clock is the machine's, on each of the two stores."""
    urls = request.getfixturevalue("postgres_tables") if request.param == "postgresql" else None
    made = make_desk(tmp_path, urls=urls, clock=RealClock())  # type: ignore[arg-type]
    yield made
    made.desk.close()


def taken_at_once(made: MadeDesk) -> int:
    """The most places that were taken at any instant: until an end was told, or must be over."""
    table = table_of(AttemptRow)
    with made.desk.reading() as db:
        rows = db.execute(select(table)).all()
    moves = []
    for row in rows:
        orphan = row.live or row.state == State.UNCERTAIN
        moves += [(row.issued_at, 1), (row.slot_until_at if orphan else row.ended_at, -1)]
    most = taken = 0
    for _, move in sorted(moves):
        taken += move
        most = max(most, taken)
    return most


@pytest.mark.serial
def test_processes_that_die_pass_neither_rate_nor_places(real: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(real, PEOPLE, rate_per_s=RATE, concurrency=PLACES, max_s=300, min_gap_s=86_400)
    children = [_child(tmp_path, set_up.campaign, set_up.token) for _ in range(PROCESSES)]
    victim = children[0].stdout
    assert victim is not None
    for _ in range(KILL_AFTER):
        victim.readline()
    os.kill(children[0].pid, signal.SIGKILL)
    children.append(_child(tmp_path, set_up.campaign, set_up.token))
    for child in children:
        child.communicate(timeout=120)
    settle(Gate(real.desk, Law()), "test", dead_dialer=set_up.dialer.id)
    times = starts(real)
    assert keeps(times, RATE)
    assert taken_at_once(real) <= PLACES
    # All but those that the killed one held are done: the limits did not stop the work.
    assert len(times) >= PEOPLE - PLACES


def _child(folder: Path, campaign: str, token: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.limits_child", str(folder), campaign],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdin is not None
    child.stdin.write(token + "\n")
    child.stdin.flush()
    return child
