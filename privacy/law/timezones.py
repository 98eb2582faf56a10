"""Time zones from the pinned tzdata package, never from the machine.

A due date must not depend on the computer that works it out, and the answer
names the version of the zone data it used, so the system's own data is not read.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata, resources
from zoneinfo import ZoneInfo

from privacy.errors import BadFacts


@cache
def _names() -> frozenset[str]:
    listing = (resources.files("tzdata") / "zones").read_text(encoding="utf-8")
    return frozenset(listing.split())


@cache
def _load(name: str) -> ZoneInfo:
    with (resources.files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_of(name: str, field: str = "zone") -> ZoneInfo:
    """The zone of an IANA name such as `Europe/Berlin`. Raises BadFacts(field) otherwise."""
    if name not in _names():
        raise BadFacts(
            "The time zone is not in the IANA list.",
            field=field,
            next="Give an IANA name such as Europe/Berlin.",
        )
    return _load(name)


@cache
def tzdata_version() -> str:
    """The release of the zone data, such as 2026.1."""
    return metadata.version("tzdata")
