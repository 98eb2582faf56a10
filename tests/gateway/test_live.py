"""The figures of a run come from the desk's own tables, and the table names nobody."""

from __future__ import annotations

import io
import time
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from privacy.cli import dial_table
from privacy.cli.dial_table import board, plain, watching
from privacy.consent import suppression
from privacy.gateway.issue import issue
from privacy.gateway.live import Figures, figures
from privacy.gateway.outcomes import Told
from privacy.gateway.protocol import EventKind
from privacy.gateway.recovery import settle
from privacy.gateway.tokens import revoke_token
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, number, scene
from tests.gateway.test_outcomes import ANSWERED, KEY, RINGING, SENT, TALKING, dialled, tell

ZONE = ZoneInfo("Europe/Berlin")
HUMAN = Told(5, EventKind.HUMAN, 3_300, "")


def looked(set_up: Scene, since: datetime) -> Figures:
    with set_up.desk.reading() as db:
        return figures(db, set_up.campaign, since, set_up.desk.now_in(db))


def drawn(now: Figures, width: int = 80) -> str:
    shown = io.StringIO()
    Console(width=width, file=shown).print(board(now, "simulator", ZONE))
    return shown.getvalue()


def test_starts_outcomes_denials_and_opt_outs_are_counted_since_the_run_began(
    store: MadeDesk,
) -> None:
    set_up = scene(store, 6)
    suppression.opt_out(store.desk, store.handler, phone=number(5), source="test")
    since = store.clock.now()
    attempts = dialled(set_up, 5)
    tell(set_up, attempts[0], *TALKING, KEY, Told(6, EventKind.ENDED, 9_000, "remote"))
    tell(set_up, attempts[1], SENT, Told(2, EventKind.ENDED, 900, "486"))
    tell(set_up, attempts[2], SENT, RINGING)
    issue(set_up.gate, set_up.dialer, set_up.campaign, 5, set_up.resources)
    now = looked(set_up, since)
    assert now.starts_per_s == 0.5
    assert now.outcomes == {"busy": 1, "completed": 1}
    assert now.live == {"released": 2, "ringing": 1}
    assert now.denied == {"gateway.suppressed": 1}
    assert (now.opted_out, now.places) == (1, 3)
    assert now.lag.to_sound_p95 == 200.0
    assert now.lag.to_invite_p50 is not None
    later = looked(set_up, store.clock.now() + timedelta(seconds=1))
    assert (later.outcomes, later.denied, later.opted_out) == ({}, {}, 0)


def test_the_share_of_abandoned_calls_has_a_lowest_and_a_highest(made: MadeDesk) -> None:
    set_up = scene(made, 4)
    since = made.clock.now()
    talked, left, untold, _ = dialled(set_up, 4)
    ended = Told(6, EventKind.ENDED, 9_000, "remote")
    tell(set_up, talked, *TALKING, HUMAN, ended)
    tell(set_up, left, SENT, RINGING, ANSWERED, Told(4, EventKind.ABANDONED, 6_000, ""))
    tell(set_up, untold, SENT)
    revoke_token(made.desk, "dpo", set_up.dialer.id)
    settle(set_up.gate, "dpo", dead_dialer=set_up.dialer.id)
    now = looked(set_up, since)
    (share,) = now.abandonment
    assert (share.country, share.bound) == ("GB", None)
    assert share.lowest == Fraction(1, 2)
    assert share.highest == Fraction(3, 4)
    assert now.uncertain == 2
    assert any("without anybody's word" in said for said in now.notes)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_table_fits_and_shows_no_number(made: MadeDesk, width: int) -> None:
    set_up = scene(made, 3, title="Autumn\x1b[31m")
    since = made.clock.now()
    for attempt in dialled(set_up, 3):
        tell(set_up, attempt, *TALKING)
    said = drawn(looked(set_up, since), width)
    assert max(map(len, said.splitlines())) <= width
    assert "\x1b" not in said
    for word in ("starts a second", "0.3 of 100", "speaking 3", "Abandoned", "none named"):
        assert word in said
    assert all(number(n)[3:] not in said for n in range(3))
    assert "starts 0.3/s of 100" in plain(looked(set_up, since), ZONE)


def test_before_the_first_call_the_table_says_so(made: MadeDesk) -> None:
    said = drawn(looked(scene(made, 1), made.clock.now()))
    assert "nobody was called yet" in said
    assert "none ended yet" in said


def test_in_a_pipe_lines_are_written_and_with_json_none(
    made: MadeDesk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = scene(made, 1)
    monkeypatch.setattr(dial_table, "LINE_EVERY_S", 0.01)
    for quiet in (True, False):
        with watching(set_up.desk, set_up.campaign, "simulator", quiet=quiet):
            time.sleep(0.2)
        said = capsys.readouterr()
        assert said.out == ""
        assert ("starts 0.0/s of 100" in said.err) is not quiet
