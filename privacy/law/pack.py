"""Packs of law: TOML files inside the package, each read once and known by its digest.

A pack is data with citations; the modules of this room interpret it. An answer
names the pack it came from by version, state of the law (`as_of`) and SHA-256
of the file's bytes, so that yesterday's answer can be made again.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
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


@cache
def load_pack(name: str) -> Pack:
    """The pack `packs/<name>.toml` of this package, read once for the process.

    `version` and `as_of` stand at the file's top or in its table `[meta]`. A
    pack that is missing or cannot be read is a fault of the installation.
    """
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


def _broken(name: str, how: str) -> Fault:
    return Fault(
        f"The law pack {how}.", what=f"packs/{name}.toml", next="Install rightsdesk again."
    )
