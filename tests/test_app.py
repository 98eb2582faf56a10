"""Making and opening a desk: what is refused before anything happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from privacy.app import init_desk, new_desk_config, open_desk
from privacy.errors import BadInput, DeskSealed, WrongDesk
from privacy.settings import Settings, dump_config
from tests.desks import CHEAP, PASSPHRASE, MadeDesk, TestClock, make_desk


def test_only_a_demo_desk_may_have_a_simulated_clock(tmp_path: Path) -> None:
    made = make_desk(tmp_path, clock=TestClock(simulated=False))
    made.desk.close()
    with pytest.raises(BadInput, match="simulated clock"):
        open_desk(made.settings, TestClock(simulated=True), PASSPHRASE)


def test_a_desk_that_was_made_as_a_demo_stays_one(made: MadeDesk) -> None:
    config = replace(made.desk.config, demo=False)
    (made.settings.desk_dir / "desk.toml").write_text(dump_config(config))
    with pytest.raises(WrongDesk):
        open_desk(made.settings, TestClock(simulated=False), PASSPHRASE)


def test_a_folder_that_holds_a_desk_is_not_made_into_another(made: MadeDesk) -> None:
    before = (made.settings.desk_dir / "desk.toml").read_bytes()
    with pytest.raises(BadInput, match="already holds a desk"):
        init_desk(
            made.settings.desk_dir,
            new_desk_config(demo=True),
            made.settings,
            PASSPHRASE,
            made.clock,
            kdf=CHEAP,
        )
    assert (made.settings.desk_dir / "desk.toml").read_bytes() == before


def test_a_short_passphrase_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "desk", tmp_path / "state", None, "dpo", None)
    with pytest.raises(BadInput, match="12 characters"):
        init_desk(
            settings.desk_dir,
            new_desk_config(demo=True),
            settings,
            b"short",
            TestClock(),
            kdf=CHEAP,
        )
    assert not settings.desk_dir.exists()


def test_a_folder_without_a_desk_is_said_to_hold_none(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "state", None, "dpo", None)
    with pytest.raises(DeskSealed, match="no desk in this folder"):
        open_desk(settings, TestClock(), PASSPHRASE)
