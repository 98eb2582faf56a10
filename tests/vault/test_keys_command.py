"""`rightsdesk keys`: status, rotate, custody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from privacy.cli.config_changing import with_setting
from privacy.cli.main import run
from privacy.settings import dump_config
from tests.desks import PASSPHRASE, SECRET, MadeDesk
from tests.persons import add_person

Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def environment(made: MadeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a shell in which the DPO works on this desk."""
    for name, secret in (("passphrase", PASSPHRASE.decode()), ("secret", SECRET)):
        (tmp_path / name).write_text(secret)
    monkeypatch.setenv("RIGHTSDESK_DESK", str(made.desk.folder))
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.desk.state.parent))
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(tmp_path / "secret"))
    add_person(made.desk, "+442079460123", "canarina@canarison.example")


def ask(capsys: pytest.CaptureFixture[str], *words: str, actor: str = "dpo") -> Answer:
    code = run(["--json", "--as", actor, "keys", *words])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("environment")
def test_status_tells_epoch_places_and_keys(capsys: pytest.CaptureFixture[str]) -> None:
    code, status = ask(capsys, "status")
    assert (code, status["schema"], status["epoch"]) == (0, "rightsdesk.keys/1", 1)
    assert status["keys"] == {"call": 1, "desk": 1}
    assert status["places"] == [{"place": "state directory", "answers": True}]
    assert (status["open_turn"], status["last_destroyed_at"]) == (None, None)


@pytest.mark.usefixtures("environment")
def test_rotate_turns_the_epoch_and_status_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    code, turned = ask(capsys, "rotate")
    assert (code, turned["destroyed_epoch"], turned["rewrapped"]) == (0, 1, 2)
    _, status = ask(capsys, "status")
    assert status["epoch"] == 2
    assert status["last_destroyed_at"].endswith("Z")


@pytest.mark.usefixtures("environment")
def test_a_handler_may_not_rotate(capsys: pytest.CaptureFixture[str]) -> None:
    code, refusal = ask(capsys, "rotate", actor="handler")
    assert (code, refusal["error"]["code"]) == (1, "denied")


@pytest.mark.usefixtures("environment")
def test_a_new_place_is_filled_when_asked(
    made: MadeDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = with_setting(made.desk.config, "epoch_copies", str(tmp_path / "copy.key"))
    (made.desk.folder / "desk.toml").write_text(dump_config(config))
    code, refusal = ask(capsys, "rotate")
    assert (code, refusal["error"]["code"]) == (9, "machine_failed")
    code, custody = ask(capsys, "custody", "--make-copies")
    assert (code, custody["made"]) == (0, ["epoch copy 1"])
    code, status = ask(capsys, "status")
    assert (code, status["epoch"], status["open_turn"]) == (0, 2, None)


@pytest.mark.usefixtures("environment")
def test_people_read_the_same_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("status", "rotate", "custody"):
        assert run(["--as", "dpo", "keys", command]) == 0
    shown = capsys.readouterr().out
    assert "Epoch 1, custody in passphrase-sealed files." in shown
    assert "state directory" in shown
