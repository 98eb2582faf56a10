"""Six kills of dialer and gateway in a campaign of 300: at most once, and no lost opt-out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from privacy.app import open_desk
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.gateway.gate import Gate
from privacy.gateway.protocol import LIVE, State
from privacy.gateway.recovery import settle
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow
from tests.desks import PASSPHRASE, MadeDesk, make_desk
from tests.gateway.scene import Law, RunningClock, number, scene

PEOPLE = 300
KILLS = ("dialer", "gateway", "dialer", "gateway", "dialer", "gateway")
GO_ON_S = 1.2


def started(folder: Path, campaign: str, start: str) -> tuple[subprocess.Popen[str], int]:
    """A run and its dialer's process id."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.dialer.storm_child", str(folder), campaign, start],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    return child, int(child.stdout.readline())


def ended(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    child.wait(120)
    child.stdout.close()


def gone(process: int) -> None:
    """Wait until an orphaned dialer has noticed that its gateway is gone."""
    for _ in range(600):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(process, signal.SIGKILL)
    pytest.fail("the dialer did not end without its gateway")


def opted_out(desk: Desk) -> set[str]:
    with desk.reading() as db:
        return set(db.execute(select(table_of(SuppressionRow).c.attempt)).scalars())


def confirmed(folder: Path) -> set[str]:
    """Attempts whose opt-out a gateway confirmed to the dialer."""
    notes = [json.loads(line) for line in (folder / "journal").read_text().split("\n") if line]
    return {note["told"] for note in notes if "told" in note}


@pytest.mark.serial
def test_six_kills_call_nobody_twice_and_lose_no_opt_out(tmp_path: Path) -> None:
    made: MadeDesk = make_desk(tmp_path, clock=RunningClock())
    set_up = scene(
        made,
        PEOPLE,
        rate_per_s=60,
        concurrency=1_000,
        max_attempts=1,
        ring_s=5,
        max_s=5,
        min_gap_s=86_400,
    )
    start = rfc3339(made.clock.now())
    made.desk.close()
    for victim in KILLS:
        child, dialer = started(tmp_path, set_up.campaign, start)
        time.sleep(GO_ON_S)
        os.kill(dialer if victim == "dialer" else child.pid, signal.SIGKILL)
        ended(child)
        gone(dialer)
    # An hour later every call that was under way is over, whoever told of it.
    later = rfc3339(made.clock.now() + timedelta(hours=1))
    child, _ = started(tmp_path, set_up.campaign, later)
    ended(child)

    clock = RunningClock(at=made.clock.now() + timedelta(hours=3))
    desk = open_desk(made.settings, clock, PASSPHRASE)
    try:
        settle(Gate(desk, Law()), "test")
        placed = [line.split() for line in (tmp_path / "placed").read_text().splitlines()]
        attempts = table_of(AttemptRow)
        with desk.reading() as db:
            states = Counter(db.execute(select(attempts.c.state)).scalars())
            ends = {row.id: row.state for row in db.execute(select(attempts))}
            most = db.execute(
                select(func.count())
                .where(attempts.c.state != State.NOT_SENT.value)
                .group_by(attempts.c.candidate_id)
                .order_by(func.count().desc())
            ).scalar()
        assert max(Counter(digest for _, digest in placed).values()) == 1
        assert max(Counter(attempt for attempt, _ in placed).values()) == 1
        assert most == 1
        assert not set(states) & {state.value for state in LIVE}
        assert {ends[attempt] for attempt, _ in placed}.isdisjoint({State.NOT_SENT.value})
        assert sum(states.values()) - states[State.NOT_SENT.value] == PEOPLE
        assert states[State.UNCERTAIN.value] > 0
        assert len(placed) >= PEOPLE - states[State.UNCERTAIN.value]
        told = confirmed(tmp_path)
        assert told
        assert told <= opted_out(desk)
    finally:
        desk.close()
    for n in (0, PEOPLE - 1):
        assert number(n) not in (tmp_path / "journal").read_text()
