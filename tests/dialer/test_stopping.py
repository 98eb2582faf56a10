"""Stopping `rightsdesk dial`: calls come to their end, then at once, then not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.consent import registers
from privacy.gateway import campaigns
from privacy.gateway.campaigns import NewCampaign
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Purpose
from tests.desks import MadeDesk, at_the_desk
from tests.gateway.scene import CALLER, SCRIPT, consent, number
from tests.persons import add_person

pytestmark = pytest.mark.serial
PEOPLE = 12
LIVE = {"released", "dialing", "ringing", "answered", "speaking"}
PROGRAM = "from privacy.cli.main import main; main()"


@pytest.fixture
def campaign(made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A running campaign over people who may be called, by the law as it is."""
    at_the_desk(made, tmp_path, monkeypatch)
    today = made.clock.now().date().replace(day=10)
    for register in ("gb_tps", "gb_ctps"):
        registers.load(made.desk, made.dpo, register, [number(60)], today, "test")
    consent(made, [add_person(made.desk, number(n), f"c{n}@example.org") for n in range(PEOPLE)])
    new = NewCampaign("Autumn", Purpose.MARKETING, CALLER, SCRIPT, rate_per_s=50, concurrency=20)
    made_now = campaigns.create(made.desk, made.dpo, new)
    campaigns.add(made.desk, made.dpo, made_now)
    campaigns.start(made.desk, made.dpo, made_now)
    return made_now


@contextmanager
def dialling(made: MadeDesk, campaign: str, speed: float) -> Iterator[subprocess.Popen[str]]:
    """`rightsdesk dial` as its own process, once its calls are under way."""
    words = ["dial", campaign, "--speed", str(speed), "--channels", "4"]
    words += ["--desk", str(made.desk.folder), "--as", "dpo"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            until(lambda: len(LIVE & set(states(made))) > 0)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def states(made: MadeDesk) -> Counter[str]:
    with made.desk.reading() as db:
        return Counter(db.execute(select(table_of(AttemptRow).c.state)).scalars())


def until(true: object, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def placed(made: MadeDesk) -> int:
    """Numbers that left."""
    return sum(
        count for state, count in states(made).items() if state not in ("intent", "not_sent")
    )


def test_the_first_interrupt_places_no_new_call_and_lets_those_under_way_end(
    made: MadeDesk, campaign: str
) -> None:
    with dialling(made, campaign, speed=15) as process:
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert "Stopping: no new calls. Calls under way:" in said
    assert "the last one over in at most" in said
    ended = states(made)
    assert placed(made) < PEOPLE
    # Each call under way came to its own end, and what was not redeemed was never sent.
    assert not LIVE & set(ended)
    assert "uncertain" not in ended
    assert "intent" not in ended
    assert "Outcomes" in out


def test_a_second_interrupt_ends_the_calls_at_once_and_still_tells_what_became_of_them(
    made: MadeDesk, campaign: str
) -> None:
    # Slow calls: by themselves they would last for minutes.
    with dialling(made, campaign, speed=0.5) as process:
        assert process.stderr is not None
        process.send_signal(signal.SIGTERM)
        # Two signals that nobody has looked at yet would be one.
        said = ""
        while "Stopping: no new calls." not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        said += process.stderr.read()
        assert process.wait(60) == 0, said
    assert "Ending the calls under way now." in said
    ended = states(made)
    assert not LIVE & set(ended)
    assert "uncertain" not in ended
    assert placed(made) < PEOPLE


def test_a_third_interrupt_breaks_off_and_what_nobody_told_is_uncertain(
    made: MadeDesk, campaign: str
) -> None:
    with dialling(made, campaign, speed=0.2) as process:
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        _, said = process.communicate(timeout=60)
        assert process.returncode != 0
    assert "uncertain" in said
    ended = states(made)
    assert not LIVE & set(ended)
    # Nobody is called again by itself: their candidates are done.
    assert ended["uncertain"] + ended["no_answer"] + ended["not_sent"] > 0
