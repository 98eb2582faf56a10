"""A worker whose clock stands an hour off changes nothing; on one machine it gets nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dialer.campaign import Running
from dialer.journal import Journal
from dialer.lines.simulator import SimulatedLine
from privacy.app import open_desk
from privacy.clock import SystemClock
from privacy.consent import suppression
from privacy.desk import Desk
from privacy.gateway.client import Client
from privacy.gateway.gate import Gate
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import Told, opt_out_attempt, opt_out_number, record_events
from privacy.gateway.protocol import Code, EventKind, Problem
from privacy.gateway.recovery import settle
from privacy.gateway.redeem import redeem
from privacy.gateway.serving import Serving
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, NumberLeaseRow
from privacy.storage.unit import Unit
from privacy.terms import Channel
from tests.desks import PASSPHRASE, MadeDesk, make_desk
from tests.gateway.scene import Law, consent, number, scene
from tests.gateway.test_limits import RealClock

HOUR = timedelta(hours=1)


@pytest.fixture
def desks(
    tmp_path: Path, postgres_tables: tuple[str, str]
) -> Iterator[tuple[MadeDesk, Desk, Desk]]:
    """A desk on PostgreSQL, and the same opened by machines an hour behind and ahead."""
    made = make_desk(tmp_path, urls=postgres_tables, clock=RealClock())  # type: ignore[arg-type]
    off = [open_desk(made.settings, RealClock(way), PASSPHRASE) for way in (-HOUR, HOUR)]
    yield made, off[0], off[1]
    for desk in (made.desk, *off):
        desk.close()


def test_gateways_an_hour_off_keep_gaps_places_permits_and_leases(
    desks: tuple[MadeDesk, Desk, Desk],
) -> None:
    made, behind, ahead = desks
    set_up = scene(made, 3, concurrency=3, rate_per_s=200)
    gates = [Gate(behind, Law()), Gate(ahead, Law())]
    out = issue(gates[0], set_up.dialer, set_up.campaign, 2, ["p-1", "p-2"]).permits
    # What one gave out either takes, and nobody finds that it ran out.
    for gate, permit in zip(gates, out, strict=True):
        settle(gate, "work")
        assert redeem(gate, set_up.dialer, permit.permit).number
    # Their dialer dies: the calls may still go on, by every clock.
    settle(gates[0], "work", dead_dialer=set_up.dialer.id)
    other = set_up.another_dialer()
    last = issue(gates[0], other, set_up.campaign, 5, ["p-5", "p-6"])
    assert len(last.permits) == 1
    full = issue(gates[1], other, set_up.campaign, 5, ["p-7"])
    assert full.none_because == ({"rule": "gateway.concurrency", "count": 1},)
    table = table_of(AttemptRow)
    ran_out = int((made.desk.now() - timedelta(minutes=1)).timestamp()) * 1_000_000

    def runs_out(unit: Unit) -> None:
        mine = table.c.id == last.permits[0].attempt
        unit.db.execute(update(table).where(mine).values(expires_at=ran_out))
        unit.append("test.changed", "test")

    made.desk.write(runs_out)
    # A permit that ran out a minute ago is settled by a machine that is an hour behind, too.
    assert settle(gates[0], "work") == 1
    with made.desk.reading() as db:
        left = select(table.c.redeemed_at).where(table.c.redeemed_at.is_not(None))
        times = db.execute(left).scalars().all()
        states = Counter(db.execute(select(table.c.state)).scalars())
        waits = db.execute(select(table_of(CandidateRow).c.next_try_at)).scalars().all()
        leased = db.execute(select(table_of(NumberLeaseRow).c.until_at)).scalars().all()
    assert states["uncertain"] == 2
    assert states["not_sent"] == 1
    now = made.desk.now().timestamp() * 1_000_000
    assert all(abs(at - now) < 60_000_000 for at in (*times, *waits))
    assert all(0 < at - now < 61_000_000 for at in leased)


def test_an_opt_out_at_a_machine_an_hour_behind_is_later_than_a_consent_before_it(
    desks: tuple[MadeDesk, Desk, Desk],
) -> None:
    made, behind, _ = desks
    set_up = scene(made, 1)
    consent(made, set_up.people)
    suppression.opt_out(behind, made.handler, phone=number(0), source="telephone")
    tag = made.desk.vault.keyring.tags.number_tag(number(0))
    with made.desk.reading() as db:
        said = suppression.last_opt_outs(db, [tag])[tag]
        assert suppression.suppressed(db, [tag], "marketing", Channel.VOICE_PRERECORDED)
    assert abs(said - made.desk.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_on_one_machine_a_clock_that_jumps_gives_no_permits(tmp_path: Path, off: timedelta) -> None:
    made = make_desk(tmp_path, clock=RealClock())  # type: ignore[arg-type]
    set_up = scene(made, 2)
    out = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["p-1"]).permits[0]
    made.clock.off = off  # type: ignore[attr-defined]
    with pytest.raises(Problem) as refused:
        redeem(set_up.gate, set_up.dialer, out.permit)
    assert refused.value.refusal in (Code.CLOCK, Code.EXPIRED)
    with pytest.raises(Problem) as refused:
        issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["p-2"])
    assert refused.value.refusal in (Code.CLOCK, Code.BAD_TOKEN)
    made.desk.close()


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_after_a_jump_a_running_gateway_takes_opt_outs_and_leaves_the_desk_open_to_all(
    tmp_path: Path, off: timedelta
) -> None:
    made = make_desk(tmp_path, clock=RealClock())  # type: ignore[arg-type]
    set_up = scene(made, 2)
    out = issue(set_up.gate, set_up.dialer, set_up.campaign, 1, ["p-1"]).permits[0]
    redeem(set_up.gate, set_up.dialer, out.permit)
    made.clock.off = off  # type: ignore[attr-defined]
    # The call goes on: it has not run out, and what it tells is written with the right time.
    assert settle(set_up.gate, "work") == 0
    record_events(set_up.gate, set_up.dialer, out.attempt, [Told(1, EventKind.SENT, 5, "")])
    opt_out_attempt(set_up.gate, set_up.dialer, out.attempt, "key")
    opt_out_number(set_up.gate, set_up.dialer, number(1))
    beside = open_desk(made.settings, RealClock(), PASSPHRASE)
    suppression.opt_out(beside, made.handler, phone=number(2), source="telephone")
    table = table_of(SuppressionRow)
    with beside.reading() as db:
        said = db.execute(select(table.c.since_at)).scalars().all()
    assert len(said) == 3
    assert all(abs(at - beside.now().timestamp() * 1_000_000) < 60_000_000 for at in said)
    for desk in (beside, made.desk):
        desk.close()


def test_a_dialer_whose_clock_jumps_calls_each_person_once_and_in_time(
    made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 4, rate_per_s=100)
    jumps = cycle([-HOUR, HOUR])
    real = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: real(clock) + next(jumps))
    placed = tmp_path / "placed"
    # The desk's clock stands still, so time passes for it as the dialer asks.
    ended = threading.Event()

    def passes() -> None:
        while not ended.wait(0.005):
            set_up.wait(0.02)

    passing = threading.Thread(target=passes, daemon=True)
    passing.start()
    with Serving(set_up.gate, tmp_path / "gw.sock") as served:
        client = Client(f"unix:{served.path}", set_up.token)
        running = Running(
            client=client,
            line=SimulatedLine(3, speed=200.0, log=placed),
            journal=Journal(None),
            campaign=set_up.campaign,
            resources=("p-1", "p-2"),
            report=lambda _: None,
        )
        running.run()
        client.close()
    ended.set()
    passing.join()
    attempts = [line.split()[0] for line in placed.read_text().splitlines()]
    assert len(attempts) == len(set(attempts)) == 4
    table = table_of(AttemptRow)
    with made.desk.reading() as db:
        rows = db.execute(select(table)).all()
    assert all(row.redeemed_at <= row.dial_before_at for row in rows)
