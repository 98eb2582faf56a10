"""Every rule of both packs as data: where it holds, since when, on which source it rests.

Rows of the calling pack and of the clock pack (clocks, events of clocks, ways of
counting) carry the same keys beside their own, so that one list can be read and
checked by a lawyer: `citation`, `source_url`, `effective_from`, `effective_to`,
`verified` and the exact mark, `verification`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from privacy.law.clock_rules import PACK as CLOCKS
from privacy.law.pack import load_pack, rules, version

CALLING = "calling"
UNKNOWN = "unknown"
# Tables of the clock pack that say law, in the order in which they are listed.
CLOCK_TABLES = ("clock", "clock_event", "counting")


def listed(
    jurisdiction: str | None = None, on: date | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """Rules of one jurisdiction, day and kind; None: of all.

    `jurisdiction` is a place (`US-CA`, `EU`) or a law of the clock pack (`US_CA`).
    `kind` is that of a calling rule (`hours`), a table of the clock pack (`clock`) or
    a kind of request that a clock is for (`access`). An unknown start counts as always
    in force; `effective_to` is the last day.
    """
    return [
        row
        for row in _rows()
        if jurisdiction in (None, *row["jurisdictions"], *row["laws"])
        and kind in (None, row["kind"], *row.get("applies_to", ()))
        and (on is None or _in_force(row, on))
    ]


def known(jurisdiction: str | None, kind: str | None) -> tuple[bool, bool]:
    """Whether any rule, whenever in force, is of this jurisdiction, and of this kind."""
    return bool(listed(jurisdiction)), bool(listed(kind=kind))


def packs() -> dict[str, dict[str, str]]:
    """Version, state of the law and digest of the packs that are listed, calling first."""
    return {"pack": version(CALLING), "clock_pack": version(CLOCKS)}


def _rows() -> Iterator[dict[str, Any]]:
    for rule in rules():
        places = {"jurisdictions": [rule["jurisdiction"]], "laws": []}
        yield {"pack": CALLING, **rule, **places, "effective_to": rule.get("effective_to")}
    data = load_pack(CLOCKS).data
    place_of = {law["code"]: law["jurisdiction"] for law in data["law"]}
    for table in CLOCK_TABLES:
        for row in data[table]:
            laws = _laws_of(table, row, data)
            places = {"jurisdictions": list(dict.fromkeys(place_of[law] for law in laws))}
            yield {"pack": CLOCKS, **_common(table, row), **places, "laws": laws}


def _common(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the clock pack with the keys that calling rules have."""
    own = {key: value for key, value in row.items() if key not in ("law", "also_laws")}
    return {
        **own,
        "kind": table,
        "source_url": row["url"],
        "effective_from": row.get("effective", UNKNOWN),
        "effective_to": row.get("effective_until"),
        "verified": row["status"] != "memory",
        "verification": row["status"],
    }


def _laws_of(table: str, row: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    """Laws a row belongs to; a way of counting belongs to those whose clocks count by it."""
    if table != "counting":
        return [row["law"], *row.get("also_laws", ())]
    using = [clock for clock in data["clock"] if row["id"] in _countings(clock)]
    return list(dict.fromkeys(law for clock in using for law in _laws_of("clock", clock, data)))


def _countings(clock: Mapping[str, Any]) -> set[str]:
    readings = {reading.get("counting", "") for reading in clock.get("reading", ())}
    return {clock.get("counting", ""), *readings}


def _in_force(row: Mapping[str, Any], on: date) -> bool:
    starts, ends = row["effective_from"], row["effective_to"]
    begun = starts == UNKNOWN or date.fromisoformat(starts) <= on
    return begun and (ends is None or on <= date.fromisoformat(ends))
