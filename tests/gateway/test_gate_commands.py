"""The commands of trunks, of an earlier dialer's calls, of wishes, and the campaign's limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.clock import rfc3339
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CampaignRow
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.gateway.scene import CALLER, number, scene
from tests.gateway.test_commands import Command, command

__all__ = ["command"]


def test_trunks_are_set_listed_and_refused(command: Command) -> None:
    assert command("trunk", "list")["trunks"] == []
    command("trunk", "set", "trunk-1", "--rate", "5", "--concurrency", "30")
    command("trunk", "set", "trunk-1", "--rate", "4", "--concurrency", "20")
    assert command("trunk", "list")["trunks"] == [
        {"id": "trunk-1", "rate_per_s": 4.0, "concurrency": 20, "campaigns": 0}
    ]
    refused = command("trunk", "set", "+442079460000", "--rate", "1", "--concurrency", "1", code=2)
    assert number(0) not in str(refused)


def test_a_campaign_keeps_its_limits(made: MadeDesk, command: Command, tmp_path: Path) -> None:
    created = command(
        *("campaign", "create", "--title", "Live", "--purpose", "marketing"),
        *("--caller-id", CALLER, "--script", str(tmp_path / "script.txt")),
        *("--channel", "voice_live", "--cap", "2", "--cap-hours", "48"),
        *("--over-dial", "3", "--over-dial-rate", "0.02", "--language-fallback"),
    )
    table = table_of(CampaignRow)
    with made.desk.reading() as db:
        row = db.execute(select(table).where(table.c.id == created["campaign"])).one()
    limits = (row.cap_calls, row.cap_hours, row.over_most, row.over_rate, row.language_fallback)
    assert limits == (2, 48, 3, 0.02, 1)


def test_an_earlier_dialers_calls_are_taken_over_once(
    made: MadeDesk, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "calls.csv"
    at = rfc3339(made.clock.now() - timedelta(hours=3))
    path.write_text(f"number,at,outcome\n{number(0)},{at},busy\nnobody,{at},busy\n")
    words = ("campaign", "import-history", str(path), "--source", "old_dialer", "--region", "GB")
    dry = command(*words, "--dry-run")
    assert (dry["imported"], dry["rejected"]) == (1, 1)
    told = command(*words)
    assert (told["imported"], told["known"], told["rejected"]) == (1, 0, 1)
    again = command(*words)
    assert (again["imported"], again["known"], again["rejected"]) == (0, 1, 1)
    assert Path(told["rejects"]).read_text() == (
        "line,field,reason,row\n3,number,not_a_number,rejected\n"
    )
    path.unlink()
    assert find_leaks(made.desk.folder, [number(0)]) == []


@pytest.mark.parametrize(
    "words", [("--times", "mornings"), ("--channel", "pigeon"), (), ("--times", "12-9")]
)
def test_a_wish_that_cannot_be_read_is_refused(command: Command, words: tuple[str, ...]) -> None:
    command("contacts", "wish", "1", *words, code=2)


def test_a_wish_is_noted_and_cleared(made: MadeDesk, command: Command) -> None:
    person = str(scene(made, 1).people[0].subject_id)
    told = command("contacts", "wish", person, "--times", "mon 9-12", "--channel", "sms")
    assert told["numbers"] == 1
    assert told["wishes"] == {"times": {"mon": [["09:00", "12:00"]]}, "channels": ["text"]}
    cleared = command("contacts", "wish", person, "--times", "any", "--channel", "any")
    assert cleared["wishes"] == {"times": None, "channels": []}
    command("contacts", "wish", "1", "--language", "de", code=1)
