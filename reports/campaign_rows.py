"""The calls of a campaign as attached rows, and what is counted from them again.

Up to ALL_ROWS every placed call is attached; of more, each call that broke something. A row
names no person: the id of a call leads to one only in the desk itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports import annex

if TYPE_CHECKING:
    from reports.campaign_compliance import CampaignCompliance

ALL_ROWS = 100_000
ROWS, EXCEPTIONS = "calls.csv", "exceptions.csv"
COLUMNS = (
    "call", "released_at", "outcome", "weekday", "hour", "place", "consent_class", "looked_at",
    "exception", "rules",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def layout(seed: str, *, whole: bool) -> annex.Layout:
    """How the file is laid out; `whole`: it holds every call. `seed` draws the sample."""
    return annex.Layout(
        ROWS if whole else EXCEPTIONS,
        "Every call that was placed in the period"
        if whole
        else "Every placed call that broke something",
        COLUMNS,
        paper=("call", "released_at", "outcome", "weekday", "hour", "place", "exception"),
        type_column="outcome",
        day_column="released_at",
        exception_column="exception",
        seed=seed,
    )


@dataclass
class Tally:
    """Counts of the rows, as the report states them."""

    placed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    hours: Counter[tuple[str, int]] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, str]) -> None:
        """Count one row. ValueError where a cell is not what stands in that column."""
        self.placed += 1
        self.outcomes[row["outcome"]] += 1
        self.days[row["released_at"][:10]] += 1
        self.classes[row["consent_class"]] += 1
        self.violations.update(row["exception"].split())
        if row["hour"]:
            self.hours[row["weekday"], int(row["hour"])] += 1


def tally(rows: Iterable[list[str]]) -> Tally:
    """Count rows with the columns COLUMNS. ValueError as `Tally.add`."""
    found = Tally()
    for row in rows:
        found.add(dict(zip(COLUMNS, row, strict=True)))
    return found


def contradictions(data: CampaignCompliance, files: Mapping[str, bytes]) -> list[str]:
    """Which figures of the data are not those of the attached rows; empty if all are."""
    named = [held["name"] for held in data["annexes"]]
    held = data["annexes"][0] if named in ([ROWS], [EXCEPTIONS]) else None
    if held is None or held["columns"] != list(COLUMNS):
        return ["annexes"]
    try:
        again = tally(annex.read(held, files[held["name"]]))
    except ValueError:
        return [held["name"]]
    said = _whole(data, again) if held["name"] == ROWS else _exceptions(held, again)
    cut = held["name"] == EXCEPTIONS and held["rows"] >= annex.MOST_ROWS
    return [*said, *_violations(data, again, cut=cut)]


def _whole(data: CampaignCompliance, again: Tally) -> Iterator[str]:
    calls = data["calls"]
    hours: dict[Any, int] = {
        (row["weekday"], row["hour"]): row["calls"] for row in calls["by_weekday_hour"]
    }
    counted: tuple[tuple[str, dict[Any, int], Counter[Any]], ...] = (
        ("by_outcome", {r["outcome"]: r["calls"] for r in calls["by_outcome"]}, again.outcomes),
        ("by_day", {row["on"]: row["calls"] for row in calls["by_day"]}, again.days),
        ("by_weekday_hour", hours, again.hours),
        ("consent", {r["consent_class"]: r["calls"] for r in data["consent"]}, again.classes),
    )
    if calls["placed"] != again.placed:
        yield "placed"
    for name, stated, found in counted:
        # A class without a call may stand there, or not.
        if {key: value for key, value in stated.items() if value} != dict(found):
            yield name


def _exceptions(held: annex.Annex, again: Tally) -> Iterator[str]:
    if held["exceptions"] != again.placed:
        yield "annexes"


def _violations(data: CampaignCompliance, again: Tally, *, cut: bool) -> Iterator[str]:
    for row in data["checks"]:
        stated, found = row["violations"], again.violations[row["id"]]
        if stated is not None and (stated < found if cut else stated != found):
            yield f"checks.{row['id']}"
