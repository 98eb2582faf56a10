"""A whole campaign over real SIP: gateway, dialer process, and a called party of its own."""

from __future__ import annotations

import logging
import os
import tempfile
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.cli.dial import run_dial
from privacy.errors import BadInput
from privacy.gateway import campaigns, prompts
from privacy.gateway.campaigns import NewCampaign
from privacy.settings import Trunk
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Purpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.dialer.sip.called import (
    CALLER,
    Called,
    Ear,
    alike,
    called,
    followed,
    gives,
    number,
    order,
    released,
)
from tests.dialer.sip.conftest import Calling
from tests.gateway.prompted import kept_prompts
from tests.gateway.scene import SCRIPT, Law, RunningClock, consent
from tests.persons import add_person

pytestmark = pytest.mark.serial

ENDINGS = {"10": "completed", "06": "completed", "86": "busy", "07": "unwanted", "12": "completed"}


def test_a_campaign_over_sip_calls_each_once_keeps_opt_outs_and_leaves_no_number(
    tmp_path: Path, ear: Ear, capfd: pytest.CaptureFixture[str]
) -> None:
    made = make_desk(tmp_path, clock=RunningClock())
    with called(tmp_path / "party", rtp_port=ear.port) as party:
        desk = replace(made.desk, config=replace(made.desk.config, trunks=(party.trunk,)))
        people = [add_person(made.desk, number(e), f"canary{e}@example.org") for e in ENDINGS]
        consent(made, people)
        campaign = real_campaign(made, "sip")
        with pytest.raises(BadInput, match="no prompt"):
            campaigns.start(desk, made.dpo, campaign)
        digests = kept_prompts(desk, made.dpo, campaign)
        campaigns.start(desk, made.dpo, campaign)
        journal = tmp_path / "journal"
        answer = run_dial(desk, made.dpo, campaign, "sip", law=Law(), channels=5, journal=journal)
        invites = party.invites()
    attempts = table_of(AttemptRow)
    with made.desk.reading() as db:
        rows = db.execute(select(attempts)).all()
        opted_out = set(db.execute(select(table_of(SuppressionRow).c.attempt)).scalars())
        said = {row.id: prompts.said(db, row.id) for row in rows}
        confirmation = prompts.pcm(prompts.wav_of(db, [campaign], digests[1]))
    made.desk.close()
    assert answer["outcomes"] == {"busy": 1, "completed": 3, "unwanted": 1}
    dialled = {one.attempt: one.number for one in invites}
    assert len(invites) == len(dialled) == len(ENDINGS)
    states = {dialled[row.id]: row.state for row in rows}
    assert states == {number(ending): state for ending, state in ENDINGS.items()}
    assert {dialled[attempt] for attempt in opted_out} == {number("06"), number("07")}
    # Whoever pressed the key heard that it is kept, and nobody else did.
    confirmed = [sender for sender in ear.heard if alike(confirmation, ear.pcm(sender)) > 0.9]
    assert len(confirmed) == 1
    assert '"told"' in journal.read_text()
    for heard in said.values():
        assert set(heard) == {"prompt", "confirmation", "safe_harbour"}
        assert heard["prompt"].text == SCRIPT
    (tmp_path / "told").write_text("".join(capfd.readouterr()))
    for path in (tmp_path / "party").iterdir():
        path.unlink()
    assert not find_leaks(tmp_path, [number(ending) for ending in ENDINGS])


def test_no_log_error_or_file_of_the_line_holds_a_number(
    tmp_path: Path,
    party: Called,
    calling: Calling,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    caplog.set_level(logging.DEBUG)
    nowhere = Trunk("nowhere", "[2001:db8::1]:5060", local="127.0.0.1")
    line = calling(nowhere, party.trunk)
    for name in ("baresip", "baresip.native", "baresip.native.sip", "baresip.call"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
    errors: list[str] = []
    for n, ending in enumerate(("86", "04", "12", "10")):
        line.place(order(f"at-{n}", max_s=1), gives(ending))
        followed(line, f"at-{n}")
    for bad in ("+44 20\r\n7946", "+44207940000<>@"):
        try:
            line.place(order("at-bad"), partial(released, bad))
        except Exception:  # noqa: BLE001 - whatever leaves the line is looked at
            errors.append(traceback.format_exc())
    line.close()
    told = capfd.readouterr()
    everything = "\n".join([caplog.text, told.out, told.err, *errors])
    assert "4207940000" not in everything
    assert "7946" not in everything.replace(CALLER, "")
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and "party" not in path.parts]
    for path in kept:
        assert b"2079400" not in path.read_bytes()
    assert os.path.exists(tmp_path / "party")


def test_a_live_campaign_is_not_started_on_a_line_without_agents(made: MadeDesk) -> None:
    from privacy.terms import Channel

    add_person(made.desk, number("10"), "canary@example.org")
    campaign = real_campaign(made, "sip", channel=Channel.VOICE_LIVE)
    with pytest.raises(BadInput, match="no agents"):
        campaigns.start(made.desk, made.dpo, campaign)


def real_campaign(made: MadeDesk, line: str, **settings: object) -> str:
    new = NewCampaign(
        **{  # type: ignore[arg-type]
            "title": "Autumn",
            "purpose": Purpose.MARKETING,
            "caller_id": CALLER,
            "script": SCRIPT,
            "rate_per_s": 20,
            "concurrency": 10,
            "ring_s": 5,
            "max_s": 30,
            "line": line,
            **settings,
        }
    )
    campaign = campaigns.create(made.desk, made.dpo, new)
    campaigns.add(made.desk, made.dpo, campaign)
    return campaign
