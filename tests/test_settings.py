"""`desk.toml`: what is written is read back, and nothing else opens a desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.cli.config_changing import with_setting
from privacy.errors import BadInput, Damaged, DeskSealed
from privacy.settings import (
    Controller,
    DeskConfig,
    dump_config,
    from_environment,
    load_config,
)

DESK_ID = "d-" + "a" * 26
TEXT = st.text(max_size=30)


@given(TEXT, TEXT)
def test_every_text_is_read_back_as_it_was_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, contact: str
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    config = DeskConfig(DESK_ID, controller=Controller(name=name, contact=contact, zone="UTC"))
    try:
        text = dump_config(config)
    except BadInput:
        assert not (name + contact).isprintable()
        return
    (folder / "desk.toml").write_text(text, "utf-8")
    assert load_config(folder) == config


@given(st.binary(max_size=200))
def test_any_bytes_are_a_config_or_damage(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "desk.toml").write_bytes(content)
    with pytest.raises(Damaged):
        load_config(folder)


def test_trunks_are_set_one_setting_at_a_time_in_order_and_taken_away(tmp_path: Path) -> None:
    config = DeskConfig(DESK_ID)
    for name, value in (
        ("trunks.main.server", "sip.example.net:5060"),
        ("trunks.spare.server", "10.0.0.2"),
        ("trunks.spare.kind", "ari"),
        ("trunks.main.register", "yes"),
    ):
        config = with_setting(config, name, value)
    (tmp_path / "desk.toml").write_text(dump_config(config), "utf-8")
    assert load_config(tmp_path) == config
    assert [(trunk.name, trunk.kind) for trunk in config.trunks] == [
        ("main", "sip"),
        ("spare", "ari"),
    ]
    assert config.trunks[0].registers
    assert not config.trunks[1].registers
    left = with_setting(config, "trunks.main.server", "")
    assert [trunk.name for trunk in left.trunks] == ["spare"]
    for wrong in ("trunks.main.name", "trunks.main.nothing", "trunks.main", "trunks.A B.server"):
        with pytest.raises(BadInput):
            with_setting(config, wrong, "x")
    with pytest.raises(BadInput):
        with_setting(config, "trunks.main.kind", "telegraph")


@pytest.mark.parametrize(
    "table", ["trunks = 3", "[trunks]\nx = 1", "[trunks.x]\nkind = 'fax'", "[trunks.x]\nport = 5"]
)
def test_trunks_that_cannot_be_read_are_damage(tmp_path: Path, table: str) -> None:
    (tmp_path / "desk.toml").write_text(f'desk_id = "{DESK_ID}"\n{table}\n', "utf-8")
    with pytest.raises(Damaged):
        load_config(tmp_path)


def test_a_zone_that_does_not_exist_is_refused_before_it_is_written() -> None:
    with pytest.raises(BadInput, match="no such time zone"):
        dump_config(DeskConfig(DESK_ID, controller=Controller(zone="Europe/Atlantis")))


def test_only_settings_that_may_change_are_changed() -> None:
    config = DeskConfig(DESK_ID)
    assert with_setting(config, "controller.name", "Example").controller.name == "Example"
    for fixed in ("desk_id", "demo", "controller", "nothing"):
        with pytest.raises(BadInput):
            with_setting(config, fixed, "x")


def test_an_option_wins_over_the_environment() -> None:
    environment = {"RIGHTSDESK_DESK": "/from/variable", "RIGHTSDESK_ACTOR": "one"}
    chosen = from_environment(environment, desk="/from/option")
    assert (chosen.desk_dir, chosen.actor) == (Path("/from/option"), "one")


def test_a_folder_without_a_config_holds_no_desk(tmp_path: Path) -> None:
    with pytest.raises(DeskSealed):
        load_config(tmp_path)
