"""Time zones from the pinned tzdata package, never from the machine's own tables."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

# Instants kept: those of a few years in every zone that has rules.
MOST_INSTANTS = 50_000


@cache
def zone(key: str) -> ZoneInfo:
    """The IANA zone of that name, read from the tzdata package. KeyError if there is none."""
    if key not in known_zones():
        raise KeyError("no such zone")
    with resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=key)


@cache
def known_zones() -> frozenset[str]:
    """Names of every zone the tzdata package holds."""
    names = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return frozenset(names)


@cache
def tzdata_version() -> str:
    """The IANA release of the zone tables, such as 2026b."""
    text = resources.files("tzdata").joinpath("__init__.py").read_text("utf-8")
    found = re.search(r'IANA_VERSION = "(\w+)"', text)
    return found[1] if found else "unknown"


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """Zones of an ISO 3166-1 country by IANA's zone.tab; none for an unknown country."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(sorted(row[2] for row in rows if row[0] == country))


@lru_cache(MOST_INSTANTS)
def instant_of(day: date, seconds: int, key: str) -> datetime:
    """UTC instant at which a clock in the zone first shows that second of that day.

    `seconds` counts on the clock face from 00:00; 86400 is the next midnight.
    Where clocks jump over the time, the earlier reading is given: a lower bound.
    """
    face = datetime.combine(day, time()) + timedelta(seconds=seconds)
    local = zone(key)
    readings = (face.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(readings)


def midnight(day: date, key: str) -> datetime:
    """UTC instant at which that day begins in the zone."""
    return instant_of(day, 0, key)
