"""What kind of law file is this, and is it sound? For `rightsdesk law check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from privacy.law.own_rules import own_faults
from privacy.law.pack_form import Problem
from privacy.law.pack_schema import parsed, validate
from privacy.law.pack_schema_tables import HEAD

OWN, CALLING, CLOCKS, UNKNOWN = "own_rules", "calling", "clocks", "unknown"
# By a table that only such a pack has, after clocks and rules.
BESIDE = {"us_state": "rights", "overlay": "calendars", "keeping": "case_handling"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The kind the file was judged as, its faults, and how many rules it has."""

    kind: str
    faults: tuple[Problem, ...]
    rules: int


def check(file: str, content: bytes) -> Checked | str:
    """Every fault of a law file of any kind, or why it is no TOML in UTF-8 at all.

    A file with rules and none of the tables of a calling pack is one of own rules.
    `file` is the name that the faults carry.
    """
    data = parsed(content)
    if isinstance(data, str):
        return data
    kind = kind_of(data)
    if kind == OWN:
        faults = tuple(Problem(file, *fault) for fault in own_faults(data))
    else:
        faults = validate(file, content)
    rows = [data[key] for key in ("rule", "clock", "clock_event") if key in data]
    return Checked(kind, faults, sum(len(found) for found in rows if isinstance(found, list)))


def kind_of(data: Mapping[str, Any]) -> str:
    """own_rules, calling, clocks, rights, calendars, case_handling, or unknown."""
    if "clock" in data:
        return CLOCKS
    if "rule" in data:
        return CALLING if set(data) - {"rule", *HEAD} else OWN
    return next((kind for key, kind in BESIDE.items() if key in data), UNKNOWN)
