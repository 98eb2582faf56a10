"""The dialer as a process: what it holds, what it can see, and a whole campaign."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from privacy.cli.dial import run_dial
from privacy.cli.dialer_process import separated
from privacy.errors import BadInput
from privacy.gateway import campaigns
from privacy.gateway.running import serving_campaign
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow, DialerTokenRow
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import RunningClock, number, scene

pytestmark = pytest.mark.serial


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeDesk]:
    """A desk whose clock runs: a frozen one would never let the rate go on."""
    made = make_desk(tmp_path, clock=RunningClock())
    yield made
    made.desk.close()


# The dialer runs a whole campaign, and then tells from inside what it has.
FROM_INSIDE = """
import json, os, stat, sys
from dialer import worker
code = worker.run(sys.argv[1:])
files = []
for opened in range(3, 1024):
    try: mode = os.fstat(opened).st_mode
    except OSError: continue
    if not stat.S_ISSOCK(mode): files.append([opened, oct(mode)])
print(json.dumps({"code": code, "environment": dict(os.environ), "files": files,
    "modules": sorted(sys.modules), "arguments": sys.argv, "folder": os.getcwd()}), flush=True)
"""


def test_the_dialer_holds_nothing_of_the_desk(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RIGHTSDESK_DESK", str(made.desk.folder))
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    set_up = scene(made, 3)
    kept = os.open(made.desk.folder / "main.db", os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        with serving_campaign(made.desk, made.dpo, set_up.campaign, set_up.law) as run:
            command = ["-c", FROM_INSIDE, "--gateway", run.address, "--speed", "500"]
            command += ["--campaign", set_up.campaign]
            with separated(command, run.token.token) as dialer:
                assert dialer.stdout is not None
                *_, last = [json.loads(line) for line in dialer.stdout]
                assert dialer.wait(30) == 0
    finally:
        os.close(kept)
    assert last["code"] == 0
    assert last["files"] == []
    assert set(last["environment"]) <= {"LC_CTYPE", "TMPDIR"}
    told = json.dumps({name: last[name] for name in ("files", "arguments", "environment")})
    for secret in (str(made.desk.folder), str(made.desk.state), "main.db", run.token.token):
        assert secret not in told
    assert last["folder"] == "/"
    heavy = ("sqlalchemy", "sqlmodel", "sqlite3", "psycopg", "cryptography", "_sqlite3")
    loaded = {name.partition(".")[0] for name in last["modules"]}
    assert not loaded & set(heavy)
    ours = {name for name in last["modules"] if name.startswith("privacy.")}
    allowed = {"gateway", "gateway.client", "gateway.protocol"}
    allowed |= {"terms", "errors", "clock", "settings", "desk_tables", "ids", "own_memory"}
    assert ours <= {f"privacy.{name}" for name in allowed}


def test_a_campaign_runs_from_end_to_end_and_leaves_no_number(
    made: MadeDesk, tmp_path: Path
) -> None:
    set_up = scene(made, 40)
    log = tmp_path / "placed"
    seen: list[int] = []
    answer = run_dial(
        made.desk,
        made.dpo,
        set_up.campaign,
        seed=4,
        progress=lambda outcomes: seen.append(sum(outcomes.values())),
        law=set_up.law,
        speed=500,
        journal=tmp_path / "journal",
        simulator_log=log,
    )
    assert answer["permitted"] == sum(answer["outcomes"].values()) == 40
    assert seen[-1] == 40
    assert len(log.read_text().splitlines()) == 40
    told = (tmp_path / "journal").read_text().count("told")
    with made.desk.reading() as db:
        suppressed = db.execute(
            select(func.count()).select_from(table_of(SuppressionRow))
        ).scalar_one()
        live = db.execute(select(func.count()).where(table_of(AttemptRow).c.live == 1)).scalar_one()
        revoked = db.execute(select(table_of(DialerTokenRow).c.revoked_at)).scalars().all()
    assert suppressed == told > 0
    assert live == 0
    assert revoked.count(None) == 1  # the scene's own
    assert not find_leaks(tmp_path, [number(n) for n in range(40)])


def test_a_paused_campaign_ends_its_dialer_at_once(made: MadeDesk) -> None:
    set_up = scene(made, 2)
    campaigns.pause(made.desk, made.dpo, set_up.campaign)
    answer = run_dial(made.desk, made.dpo, set_up.campaign, law=set_up.law)
    assert answer == {"permitted": 0, "denied": 0, "by_rule": {}, "outcomes": {}}


def test_a_line_that_is_not_the_campaigns_is_refused(made: MadeDesk) -> None:
    set_up = scene(made, 1, line="sip", begin=False)
    with pytest.raises(BadInput):
        run_dial(made.desk, made.dpo, set_up.campaign, law=set_up.law)
    with pytest.raises(BadInput):
        run_dial(made.desk, made.dpo, set_up.campaign, "sip", law=set_up.law)


def test_a_dialer_whose_gateway_does_not_know_it_says_so(made: MadeDesk) -> None:
    set_up = scene(made, 1)
    with serving_campaign(made.desk, made.dpo, set_up.campaign, set_up.law) as run:
        command = ["-m", "dialer.worker", "--gateway", run.address]
        command += ["--campaign", set_up.campaign]
        with separated(command, "a token of nobody") as dialer:
            assert dialer.stdout is not None
            told = json.loads(dialer.stdout.read())
            assert dialer.wait(30) == 1
    assert told["error"]["what"] == "bad_token"
