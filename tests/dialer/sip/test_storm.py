"""Dialers killed while they really call: nobody's telephone rings twice, no opt-out is lost."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.cli import dial
from privacy.cli.dialer_process import Apart, files_of, separated
from privacy.gateway import campaigns
from privacy.gateway.gate import Gate
from privacy.gateway.protocol import LIVE
from privacy.gateway.recovery import settle
from privacy.gateway.running import serving_campaign
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow
from tests.desks import make_desk
from tests.dialer.sip.called import CALLER, called, number
from tests.dialer.sip.test_campaign import real_campaign
from tests.gateway.prompted import kept_prompts
from tests.gateway.scene import Law, RunningClock, consent
from tests.persons import add_person

PEOPLE = 240
KILLS = 5
GO_ON_S = 1.5
ENDINGS = ("11", "06", "86", "12", "87", "03")


@pytest.mark.long
@pytest.mark.serial
def test_dialers_killed_over_real_sip_call_nobody_twice_and_lose_no_opt_out(
    tmp_path: Path,
) -> None:
    made = make_desk(tmp_path, clock=RunningClock())
    journal = tmp_path / "journal"
    with called(tmp_path / "first") as first, called(tmp_path / "second") as second:
        trunks = (first.trunk, second.trunk)
        desk = replace(made.desk, config=replace(made.desk.config, trunks=trunks))
        people = [
            add_person(desk, number(ENDINGS[n % len(ENDINGS)], n), f"canary{n}@example.org")
            for n in range(PEOPLE)
        ]
        consent(made, people)
        campaign = real_campaign(made, "sip", rate_per_s=40, concurrency=200, max_attempts=1)
        kept_prompts(desk, made.dpo, campaign)
        campaigns.start(desk, made.dpo, campaign)
        options = ["--campaign", campaign, "--line", "sip", "--channels", "50"]
        options += ["--journal", str(journal)]
        worker, apart = ["-m", "dialer.worker", "--gateway"], Apart(files_of([journal]))
        told = json.dumps({**dial.told_of(trunks), "caller_ids": [CALLER]})
        for kill in range(KILLS + 1):
            with (
                serving_campaign(desk, made.dpo, campaign, Law()) as run,
                separated([*worker, run.address, *options], run.token.token, told, apart) as dialer,
            ):
                if kill < KILLS:
                    time.sleep(GO_ON_S)
                    dialer.kill()
                dialer.wait(120)
            if kill == 2:
                # The preferred trunk is gone for the rest of the campaign.
                first.kill()
        invites = [*first.invites(), *second.invites()]
    made.clock.at = made.clock.at.replace(year=made.clock.at.year + 1)
    settle(Gate(desk, Law()), "test")
    attempts = table_of(AttemptRow)
    with desk.reading() as db:
        rows = db.execute(select(attempts)).all()
        opted_out = set(db.execute(select(table_of(SuppressionRow).c.attempt)).scalars())
    made.desk.close()
    assert max(Counter(one.number for one in invites).values()) == 1
    assert max(Counter(one.attempt for one in invites).values()) == 1
    assert not {row.state for row in rows} & {state.value for state in LIVE}
    notes = [json.loads(line) for line in journal.read_text().splitlines() if line]
    confirmed = {note["told"] for note in notes if "told" in note}
    assert confirmed
    assert confirmed <= opted_out
    assert "uncertain" in {row.state for row in rows}
    assert len({one.number for one in invites}) > PEOPLE / 2
    assert second.folder.exists()
