"""Rows of calls for examples and tests, which give the counts of the data that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from reports import annex
from reports.campaign_rows import WEEKDAYS, layout, tally


def spread(rows: list[dict[str, Any]], name: str, count: str = "calls") -> Iterator[Any]:
    """Each value of the rows as often as it was counted."""
    for row in rows:
        yield from [row[name]] * row[count]


def rows(data: dict[str, Any], seed: int = 0) -> list[list[str]]:
    """As many calls as were placed, with the outcomes, days, hours and classes of the data."""
    calls = data["calls"]
    hours = list(spread(calls["by_local_hour"], "hour"))
    outcomes = list(spread(calls["by_outcome"], "outcome"))
    classes = list(spread(data["consent"], "consent_class"))
    random = Random(seed)
    for mixed in (hours, outcomes):
        random.shuffle(mixed)
    found = []
    for number, day in enumerate(spread(calls["by_day"], "on")):
        weekday = WEEKDAYS[datetime.fromisoformat(day).weekday()]
        found.append([
            f"at-{number:020d}", f"{day}T{hours[number]:02d}:{number % 60:02d}:00.000-08:00",
            outcomes[number], weekday, f"{hours[number]:02d}", "US-CA", classes[number], "yes",
            "", "",
        ])  # fmt: skip
    return found


def with_rows(
    data: dict[str, Any], listed: list[list[str]], *, whole: bool = True
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The data with these rows attached and their hours by weekday counted."""
    written = annex.write(layout("root", whole=whole), listed)
    hours = sorted(tally(listed).hours.items(), key=lambda each: (WEEKDAYS.index(each[0][0]), each))
    counted = [{"weekday": day, "hour": hour, "calls": n} for (day, hour), n in hours]
    calls = {**data["calls"], **({"by_weekday_hour": counted} if whole else {})}
    made = {**data, "calls": calls, "annexes": [written.annex]}
    return made, {written.annex["name"]: written.content}
