"""The register of personal data breaches of a period (GDPR Article 33(5)), also untold ones.

Input (`BreachRegister`); no affected person is named:

- `period`: first and last day on which the controller became aware, both included, in `zone`.
- `entries`: facts, effects and remedial action of each, in words; `missing` what the record lacks.
- `annexes`: `breaches.csv`, one row a breach with the columns COLUMNS. `counts` are counted
  from its rows; reading the document counts them again.

A first notice is in time by the law of the breach whose notice stands worst; where that law names
no last instant, or no notice is owed (a risk that is unlikely, a processor), the cell says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Literal, TypedDict, cast

from reports import annex, charts
from reports.annex import Annex
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Instant, Zone, check

SCHEMA = "rightsdesk.report.breach-register/1"
PREFIX = "BR"
TITLE = "Register of personal data breaches"
ABOUT = "every breach with its facts, effects and remedy, its notices and their delay"
FOR_WHOM = "the controller and a supervisory authority (GDPR Article 33(5)); no person is named"
ROWS = "breaches.csv"
COLUMNS = (
    "breach", "role", "law", "laws", "state", "risk", "aware_at", "opened_at", "began_at",
    "ended_at", "due_at", "notified_at", "hours_to_notice", "in_time", "notices", "complete",
    "people_told_at", "not_telling", "persons", "owed", "closed_at", "exception",
)  # fmt: skip
IN_TIME, LATE, RUNNING, OVERDUE, NOT_OWED, NO_LIMIT = JUDGED = (
    "in_time", "late", "running", "overdue", "not_owed", "no_limit",
)  # fmt: skip
MOST_ON_LINE = 8


class Period(TypedDict):
    from_on: Day
    to_on: Day
    zone: Zone


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Named(TypedDict):
    name: str
    breaches: Count


class Counts(TypedDict):
    """breaches = open + closed, and the sum of each list."""

    breaches: Count
    open: Count
    closed: Count
    persons: Count
    by_risk: list[Named]
    by_law: list[Named]
    by_month: list[Named]
    by_notice: list[Named]
    people_told: Count
    exempt: Count
    owing: Count
    median_hours: float | None
    longest_hours: float | None


class Entry(TypedDict):
    breach: str
    facts: str
    effects: str
    remedy: str
    reasons: list[str]
    missing: list[str]


class BreachRegister(TypedDict):
    schema: Literal["rightsdesk.report.breach-register/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    counts: Counts
    entries: list[Entry]
    annexes: list[Annex]
    limits: list[str]


def layout(seed: str) -> annex.Layout:
    """How `breaches.csv` is laid out; `seed` draws the sample."""
    return annex.Layout(
        ROWS,
        "Every breach of which the controller became aware in the period",
        COLUMNS,
        paper=("breach", "law", "state", "risk", "aware_at", "notified_at", "in_time", "exception"),
        type_column="risk",
        day_column="aware_at",
        exception_column="exception",
        seed=seed,
    )


def checked(data: dict[str, object]) -> BreachRegister:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, BreachRegister)
    return cast(BreachRegister, data)


def subject(data: BreachRegister) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def counted(rows: Iterable[Sequence[str]]) -> Counts:
    """Counts of rows with the columns COLUMNS. ValueError for one that is none."""
    listed = [dict(zip(COLUMNS, each, strict=True)) for each in rows]
    hours = [float(row["hours_to_notice"]) for row in listed if row["hours_to_notice"]]
    return {
        "breaches": len(listed),
        "open": sum(row["state"] == "open" for row in listed),
        "closed": sum(row["state"] == "closed" for row in listed),
        "persons": sum(int(row["persons"]) for row in listed),
        "by_risk": _named(row["risk"] for row in listed),
        "by_law": _named(row["law"] for row in listed),
        "by_month": _named(row["aware_at"][:7] for row in listed),
        "by_notice": _named(row["in_time"] for row in listed),
        "people_told": sum(bool(row["people_told_at"]) for row in listed),
        "exempt": sum(bool(row["not_telling"]) for row in listed),
        "owing": sum(bool(row["owed"]) for row in listed),
        "median_hours": round(median(hours), 1) if hours else None,
        "longest_hours": round(max(hours), 1) if hours else None,
    }


def _named(names: Iterable[str]) -> list[Named]:
    return [{"name": name, "breaches": n} for name, n in sorted(Counter(names).items())]


def contradictions(data: BreachRegister, files: Mapping[str, bytes]) -> list[str]:
    """Which counts of the data are not those of the attached rows; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == ROWS), None)
    if held is None or held["columns"] != list(COLUMNS):
        return [ROWS]
    rows = list(annex.read(held, files[ROWS]))
    try:
        again = cast(dict[str, object], counted(rows))
    except ValueError:
        return [ROWS]
    said = cast(dict[str, object], data["counts"])
    found = [name for name, value in again.items() if said[name] != value]
    if [row[0] for row in rows] != [each["breach"] for each in data["entries"]]:
        found.append("entries")
    return found


def figures(data: BreachRegister) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    counts = data["counts"]
    judged = {each["name"]: each["breaches"] for each in counts["by_notice"]}
    late = judged.get(LATE, 0) + judged.get(OVERDUE, 0)
    incomplete = [each["breach"] for each in data["entries"] if each["missing"]]
    owed = counts["breaches"] - judged.get(NOT_OWED, 0)
    return {
        "judged": {name: judged.get(name, 0) for name in JUDGED},
        "late": late,
        "notice_owed": owed,
        "incomplete": incomplete,
        "verdict": "late" if late else "gaps" if incomplete or counts["owing"] else "in_order",
    }


def drawings(data: BreachRegister) -> dict[str, Chart]:
    """The charts of the register."""
    counts = data["counts"]
    held = data["annexes"][0]
    rows = [dict(zip(held["columns"], row, strict=True)) for row in [*held["first"], *held["last"]]]
    events = sorted((row["aware_at"][:10], row["breach"]) for row in rows)[-MOST_ON_LINE:]
    return {
        "timeline": charts.timeline(
            "Breaches, by the day of awareness", [(name, on) for on, name in events], "Breach"
        ),
        "months": charts.columns(
            "Breaches, by the month of awareness",
            "breaches",
            [(row["name"], row["breaches"]) for row in counts["by_month"]][-24:],
            "Month",
        ),
        "notices": charts.bar(
            "First notice to the authority",
            "breaches",
            [(row["name"].replace("_", " "), row["breaches"]) for row in counts["by_notice"]],
            "Notice",
        ),
    }
