"""Storms of kills: nobody called twice, no opt-out lost, no limit passed, nothing left open."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from privacy.gateway.protocol import State
from tests.canaries import find_leaks
from tests.desks import MadeDesk, at_the_desk, make_desk
from tests.dialer.storm.checks import CHECKS, Record, most_at_once, most_in
from tests.dialer.storm.weather import LIVE, RECORDED, TRUNK, Plan, Storm, number
from tests.gateway.test_limits import RealClock

SMALL = Plan(
    people=60,
    gateways=1,
    dialers=(RECORDED, LIVE),
    kills=3,
    every=10,
    rate_per_s=16,
    places=60,
    channels=10,
    speed=20,
    gap_s=1,
    calm=8,
    by_command=0.0,
    no_every=3,
)
WHOLE = Plan(
    people=2_000,
    gateways=2,
    dialers=(RECORDED, RECORDED, LIVE),
    kills=40,
    every=40,
    rate_per_s=16,
    places=60,
    listed=20,
    calm=250,
    earned=3,
)
pytestmark = [
    pytest.mark.serial,
    # httpcore leaves a Unix socket to the collector when nobody listens, as after a kill.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MadeDesk:
    """A desk whose clock is the machine's, on the store that the test names."""
    urls = request.getfixturevalue("postgres_tables") if request.param == "postgresql" else None
    made = make_desk(tmp_path, urls=urls, clock=RealClock())  # type: ignore[arg-type]
    keys = tmp_path.with_name(f"{tmp_path.name}-secrets")
    keys.mkdir()
    at_the_desk(made, keys, monkeypatch)
    return made


def stood(made: MadeDesk, folder: Path, plan: Plan, *, at_once: bool) -> tuple[Storm, Record]:
    """A storm that everything withstood: each check of both sides' records, the log, secrecy."""
    began_s = time.monotonic()
    storm = Storm(made, folder, plan)
    called = storm.pass_over()
    storm.recover(at_once=at_once)
    record = storm.record(called)
    failures = {check.__name__: found[:5] for check in CHECKS if (found := check(record))}
    verified = storm.command("audit", "verify")
    write_out(made, folder)
    made.desk.close()
    told(storm, record, time.monotonic() - began_s)
    assert not failures
    assert verified.returncode == 0, verified.stdout + verified.stderr
    leaks = find_leaks(folder, {number(n) for n in range(plan.people)})
    assert not [(leak.path.name, leak.form) for leak in leaks][:5]
    assert not list(folder.rglob("core*"))
    assert not [log.name for log in folder.glob("*.log") if "Traceback" in log.read_text()]
    return storm, record


def write_out(made: MadeDesk, folder: Path) -> None:
    """Every row of both databases as it is stored, so that the search of files sees those of
    a server, too."""
    with (folder / "rows").open("wb") as out:
        for engine in (made.desk.reads, made.desk.vault.reads):
            with engine.connect() as db:
                for table in inspect(engine).get_table_names():
                    for row in db.execute(text(f'SELECT * FROM "{table}"')):
                        for value in row:
                            raw = isinstance(value, bytes | memoryview)
                            out.write(bytes(value) if raw else str(value).encode())
                            out.write(b"\n")


def told(storm: Storm, record: Record, took_s: float) -> None:
    """Figures of a storm, for docs/long-runs.md; pytest shows them with -s."""
    states = Counter(call.state.value for call in record.calls)
    lines = [
        f"people {storm.plan.people}, attempts {len(record.calls)}, rung {len(record.rung)}",
        f"kills {dict(storm.kills)}, clock jumps {storm.jumps}, lists {storm.imports}",
        f"acknowledged {dict(Counter(one.way for one in record.said))}",
        f"states {dict(sorted(states.items()))}, over {sum(c.over for c in record.calls)}",
        f"most starts in 1 s {most_in(record, TRUNK)} of {storm.plan.rate_per_s},"
        f" at once {most_at_once(record, TRUNK)} of {storm.plan.places}, {took_s:.0f} s",
    ]
    sys.stdout.write("\n".join(["", *lines, ""]))


# Every run has a storm on SQLite in tests/dialer/test_storm.py; this one takes a minute there.
@pytest.mark.parametrize(
    "desk", [pytest.param("sqlite", marks=pytest.mark.long), "postgresql"], indirect=True
)
def test_a_small_storm_leaves_every_promise_standing(desk: MadeDesk, tmp_path: Path) -> None:
    on_postgres = bool(desk.desk.config.main_url)
    plan = replace(SMALL, gateways=2 if on_postgres else 1)
    storm, record = stood(desk, tmp_path, plan, at_once=True)
    assert sum(storm.kills.values()) == plan.kills
    assert {call.state for call in record.calls} & {State.COMPLETED}
    assert record.said


@pytest.mark.long
@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)
def test_a_storm_over_three_dialers_and_two_gateways_on_postgresql(
    desk: MadeDesk, tmp_path: Path
) -> None:
    whole(desk, tmp_path, WHOLE)


@pytest.mark.long
@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_storm_over_two_dialers_and_one_gateway_on_sqlite(desk: MadeDesk, tmp_path: Path) -> None:
    whole(desk, tmp_path, replace(WHOLE, gateways=1, dialers=(RECORDED, LIVE)))


def whole(desk: MadeDesk, folder: Path, plan: Plan) -> None:
    """The storm in full: recovery is `rightsdesk work` alone, when every call must be over."""
    storm, record = stood(desk, folder, plan, at_once=False)
    assert sum(storm.kills.values()) > plan.kills / 2
    assert {one.way for one in record.said} >= {"gateway", "command", "key", "withdrawal", "desk"}
    assert State.UNCERTAIN in {call.state for call in record.calls}
    assert any(call.over for call in record.calls)
    assert storm.jumps
