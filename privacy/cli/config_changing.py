"""One setting of desk.toml changed, by its name as `config set` takes it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privacy.errors import BadInput
from privacy.settings import TABLES, TRUNK_KINDS, TRUNK_NAME, DeskConfig, Trunk


def with_setting(config: DeskConfig, name: str, value: str) -> DeskConfig:
    """The config with one setting changed; BadInput names settings that do not exist."""
    fixed = {"desk_id", "demo", "trunks"}
    table, _, inner = name.partition(".")
    if inner and table in TABLES:
        if inner in TABLES[table].__dataclass_fields__:
            changed_table: Any = replace(getattr(config, table), **{inner: value})
            return replace(config, **{table: changed_table})
    elif table == "trunks":
        return _with_trunk(config, *inner.rpartition(".")[::2], value)
    elif name in DeskConfig.__dataclass_fields__ and name not in fixed | set(TABLES):
        changed: Any = tuple(filter(None, value.split(","))) if name == "epoch_copies" else value
        return replace(config, **{name: changed})
    raise BadInput(
        f"There is no setting {name} that can be changed.",
        what=name,
        next="See `rightsdesk config show`.",
    )


def _with_trunk(config: DeskConfig, name: str, setting: str, value: str) -> DeskConfig:
    """One setting of one trunk changed; an empty server takes the trunk away."""
    known = {trunk.name: trunk for trunk in config.trunks}
    fits = TRUNK_NAME.fullmatch(name) and setting in Trunk.__dataclass_fields__
    if not fits or setting == "name" or (setting == "kind" and value not in TRUNK_KINDS):
        raise BadInput(
            "There is no such setting of a trunk.",
            what=f"trunks.{name}.{setting}",
            next="Write trunks.NAME.server and the like; a kind is sip, ari or esl.",
        )
    known[name] = replace(known.get(name, Trunk(name)), **{setting: value})
    if setting == "server" and not value:
        del known[name]
    return replace(config, trunks=tuple(known.values()))
