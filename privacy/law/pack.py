"""Packs of law: TOML files inside the package, each read once and known by its digest.

A pack is data with citations; the modules of this room interpret it. An answer
names the pack it came from by version, state of the law (`as_of`) and SHA-256
of the file's bytes, so that yesterday's answer can be made again.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from privacy.errors import Fault


@dataclass(frozen=True)
class Pack:
    """One TOML file of law. `data` is shared and must not be changed."""

    name: str
    version: str
    as_of: date
    sha256: str
    data: Mapping[str, Any]

    def identity(self) -> dict[str, str]:
        """Version, state of the law and digest, as every answer carries them."""
        return {"version": self.version, "as_of": self.as_of.isoformat(), "sha256": self.sha256}


# Packs that stand in for the package's own while two packs are compared.
_STANDING_IN: dict[str, Pack] = {}


def load_pack(name: str) -> Pack:
    """The pack `packs/<name>.toml` of this package, read once for the process.

    `version` and `as_of` stand at the file's top or in its table `[meta]`. A
    pack that is missing or cannot be read is a fault of the installation.
    """
    return _STANDING_IN.get(name) or _from_package(name)


@contextmanager
def standing_in(name: str, pack: Pack) -> Iterator[None]:
    """Judge by another pack meanwhile, in the whole process: for a command that compares two.

    What this room has computed from the pack before is forgotten on both sides.
    """
    _forget()
    _STANDING_IN[name] = pack
    try:
        yield
    finally:
        del _STANDING_IN[name]
        _forget()


def _forget() -> None:
    """Empty every cache of a function of this room's modules."""
    room = __name__.rpartition(".")[0] + "."
    for module in [m for key, m in sys.modules.items() if key.startswith(room)]:
        for value in list(vars(module).values()):
            if callable(getattr(value, "cache_clear", None)):
                value.cache_clear()


@cache
def _from_package(name: str) -> Pack:
    try:
        content = (resources.files("privacy.law") / "packs" / f"{name}.toml").read_bytes()
    except OSError:
        raise _broken(name, "is not in the package") from None
    return parse_pack(name, content)


def parse_pack(name: str, content: bytes) -> Pack:
    """A pack from the bytes of its file. Raises Fault where they are no pack."""
    try:
        data = tomllib.loads(content.decode("utf-8"))
        head = {**data, **data.get("meta", {})}
        version, as_of = str(head["version"]), date.fromisoformat(head["as_of"])
    except (ValueError, KeyError, TypeError):
        raise _broken(name, "cannot be read") from None
    return Pack(name, version, as_of, hashlib.sha256(content).hexdigest(), data)


def version(name: str = "calling") -> dict[str, str]:
    """Version, state of the law and digest of a pack."""
    return load_pack(name).identity()


def rules(jurisdiction: str | None = None, on: date | None = None) -> list[dict[str, Any]]:
    """Calling rules as data, of one jurisdiction and in force on a day; `on` None: all of them.

    An unknown start counts as always in force; `effective_to` is the last day.
    """
    return [
        {key: value for key, value in rule.items() if key != "decide"}
        for rule in load_pack("calling").data["rule"]
        if jurisdiction in (None, rule["jurisdiction"]) and (on is None or _in_force(rule, on))
    ]


def _in_force(rule: Mapping[str, Any], on: date) -> bool:
    starts, ends = rule["effective_from"], rule.get("effective_to")
    begun = starts == "unknown" or date.fromisoformat(starts) <= on
    return begun and (ends is None or on <= date.fromisoformat(ends))


def _broken(name: str, how: str) -> Fault:
    return Fault(
        f"The law pack {how}.", what=f"packs/{name}.toml", next="Install rightsdesk again."
    )
