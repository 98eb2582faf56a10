"""What the law pack says about handling a case: right, identity level, what is kept. Pure.

A row is found by its law: the whole name first, then `US_*` for the states of
the United States, then `*`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from privacy.errors import BadInput
from privacy.law.pack import load_pack
from privacy.rights.case import Kind
from privacy.terms import KeyClass

PACK = "case_handling"
# The `request_kind` of a right for which a law sets no period.
NO_PERIOD = "none"


class Level(IntEnum):
    """How sure the desk is of who asks."""

    NONE = 0
    REASONABLE = 1
    HIGH = 2


@dataclass(frozen=True)
class Ground:
    """Why a class of keys outlives an erasure, by the pack; `years` from `counted_from`."""

    id: str
    key_class: KeyClass
    regions: tuple[str, ...]
    years: int
    counted_from: str
    what: str
    citation: str
    exemption: str
    status: str

    def latest(self, last_record: datetime, last_use: datetime | None) -> datetime:
        """The instant from which the ground counts; a use is a call made on the record."""
        if self.counted_from == "last_use" and last_use is not None:
            return max(last_record, last_use)
        return last_record

    def until(self, last_record_on: date) -> date:
        """The last day on which the ground holds, for the latest record of that class."""
        start = last_record_on
        if self.counted_from == "year_end":
            start = date(start.year, 12, 31)
        try:
            return start.replace(year=start.year + self.years)
        except ValueError:
            # 29 February has no counterpart: the last day of that month.
            return date(start.year + self.years, 2, 28)


def request_kind(kind: Kind, law: str) -> str:
    """The clock's name of the right under that law; NO_PERIOD where it sets none."""
    return str(_row("right", law, kind=kind.value)["request_kind"])


def needed_level(kind: Kind, law: str) -> Level:
    """How sure the desk must be of who asks before anything is disclosed or destroyed."""
    return Level[str(_row("identity", law, kind=kind.value)["level"]).upper()]


def level_citation(kind: Kind, law: str) -> str:
    """The paragraph that asks for that level."""
    return str(_row("identity", law, kind=kind.value)["citation"])


def right_citation(kind: Kind, law: str) -> str:
    """The paragraph that gives the right."""
    return str(_row("right", law, kind=kind.value)["citation"])


def laws_at(place: str) -> tuple[str, ...]:
    """The laws of a place (ISO 3166-1 or -2, such as DE, US-CA): of it and of its country."""
    names = {place, place.partition("-")[0]}
    rows = load_pack(PACK).data.get("territory", ())
    found = [row for row in rows if not names.isdisjoint(row["places"])]
    found.sort(key=lambda row: place not in row["places"])
    return tuple(str(row["law"]) for row in found)


def law_name(law: str) -> str:
    """What the law is called in a letter."""
    return str(_row("law_name", law)["name"])


def suppression_citation(law: str) -> str:
    """Why a keyed hash may outlive an erasure."""
    return str(_row("suppression", law)["citation"])


def withheld(law: str) -> list[dict[str, str]]:
    """What an answer under that law leaves out, why, and by which authority."""
    return [
        {key: str(row[key]) for key in ("what", "why", "citation")}
        for row in load_pack(PACK).data["withheld"]
        if row["law"] in _names(law)
    ]


def other_people(law: str) -> dict[str, str]:
    """What an answer under that law says where it leaves out words about other people."""
    row = _row("other_people", law)
    return {key: str(row[key]) for key in ("what", "why", "citation")}


def never_disclosed(heading: str, law: str) -> tuple[str, str] | None:
    """(why, citation) if a column with that heading may not be sent out under that law."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in heading.lower()).split())
    for row in load_pack(PACK).data["never_disclose"]:
        if row["law"] in _names(law) and any(word in plain for word in row["words"]):
            return str(row["why"]), str(row["citation"])
    return None


def grounds(key_class: KeyClass, regions: Iterable[str]) -> list[Ground]:
    """The grounds for keeping that class, for the countries of a person's numbers."""
    wanted = set(regions)
    return [g for g in _grounds() if g.key_class is key_class and not wanted.isdisjoint(g.regions)]


def case_ground(law: str) -> Ground:
    """The ground on which the record of a request is kept under its law."""
    rows = [g for g in _grounds() if g.key_class is KeyClass.CASE]
    for name in _names(law):
        for ground in rows:
            if name in ground.regions:
                return ground
    raise BadInput("No rule says how long this law's requests are kept.", what=law)


@dataclass(frozen=True)
class ArrivalGround:
    """How many days what was set aside is kept, so that a mistake can be mended."""

    id: str
    days: int
    what: str
    citation: str
    status: str


def arrival_ground() -> ArrivalGround:
    """The ground on which what came in and is no request is kept for a while."""
    (row,) = load_pack(PACK).data["arrival_keeping"]
    return ArrivalGround(**row)


def ground(ground_id: str) -> Ground:
    """A ground by its id."""
    return next(g for g in _grounds() if g.id == ground_id)


def _grounds() -> list[Ground]:
    return [
        Ground(**{**row, "key_class": KeyClass(row["key_class"]), "regions": tuple(row["regions"])})
        for row in load_pack(PACK).data["keeping"]
    ]


def _row(table: str, law: str, **wanted: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = load_pack(PACK).data[table]
    for name in _names(law):
        for row in rows:
            if row["law"] == name and all(row[key] == value for key, value in wanted.items()):
                return row
    raise BadInput(
        "This law does not know that right.", what=law, next="See `rightsdesk law rules`."
    )


def _names(law: str) -> tuple[str, ...]:
    return (law, "US_*", "*") if law.startswith("US_") else (law, "*")
