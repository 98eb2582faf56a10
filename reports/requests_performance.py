"""How requests of persons were answered in a period: volumes, time, terms of law, causes of delay.

Input (`RequestsPerformance`); requests stand by their ids, no person is named:

- `period`: first and last day of receipt, both included, in `zone`, the controller's.
- `read`: the instant and size of the log that everything is of; the same size gives the same.
- `counts`: everything counted from the rows of the attached `requests.csv`: by law and kind,
  days to the answer, channels, causes (reports/request_tally.py), and by month of receipt.
  Reading the document counts them again.

`figures` derives sums, shares, median, mean and 90th percentile, and the verdict: late, unclear
or in_time. Days run from receipt to the answer; what stopped a clock is not taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, Literal, TypedDict, cast

from reports import annex, charts
from reports.annex import Annex
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.request_register import ROWS, Period, Read
from reports.request_tally import COLUMNS, ENDED, Named, OfDays, Register, middle, tally
from reports.shape import Count, check
from reports.showing import words

SCHEMA = "rightsdesk.report.requests-performance/1"
PREFIX = "RP"
TITLE = "Performance of rights requests"
ABOUT = "how many requests came, how long answers took, which were in time by law, what delayed"
FOR_WHOM = "the controller's management and a regulator; no person is named"
EDGES = (0, 8, 15, 22, 31, 46, 61, 91)
"""Classes of days: weeks of the first month, then the terms of 30, 45, 60 and 90 days."""

PANELS = 6


class Month(TypedDict):
    """Requests received in that month: received = answered + open + merged; of answered those
    in time; of open those past their last day."""

    month: str
    received: Count
    answered: Count
    in_time: Count
    late: Count
    open: Count
    overdue: Count
    merged: Count


class LawMonth(TypedDict):
    law: str
    month: str
    received: Count


class Counts(TypedDict):
    register: list[Register]
    days: list[OfDays]
    channels: list[Named]
    delays: list[Named]
    months: list[Month]
    law_months: list[LawMonth]


class RequestsPerformance(TypedDict):
    schema: Literal["rightsdesk.report.requests-performance/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    counts: Counts
    annexes: list[Annex]
    limits: list[str]


def counts(rows: Iterable[Sequence[str]]) -> Counts:
    """Everything that is counted from rows with the columns of `requests.csv`."""
    listed = [list(row) for row in rows]
    found = tally(listed, {})
    months: dict[str, Counter[str]] = {}
    laws: Counter[tuple[str, str]] = Counter()
    for each in listed:
        row = dict(zip(COLUMNS, each, strict=True))
        month = row["received_on"][:7]
        months.setdefault(month, Counter()).update(_marks(row))
        laws[row["law"], month] += 1
    return {
        "register": found["register"],
        "days": found["days"],
        "channels": found["channels"],
        "delays": found["delays"],
        "months": [_month(month, months[month]) for month in sorted(months)],
        "law_months": [
            {"law": law, "month": month, "received": laws[law, month]}
            for law, month in sorted(laws)
        ],
    }


def checked(data: dict[str, object]) -> RequestsPerformance:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, RequestsPerformance)
    return cast(RequestsPerformance, data)


def subject(data: RequestsPerformance) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def contradictions(data: RequestsPerformance, files: Mapping[str, bytes]) -> list[str]:
    """Which counts of the data are not those of the attached rows; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == ROWS), None)
    if held is None or held["columns"] != list(COLUMNS):
        return [ROWS]
    try:
        again = counts(annex.read(held, files[ROWS]))
    except ValueError:
        return [ROWS]
    said = cast(dict[str, object], data["counts"])
    return [name for name, value in again.items() if said[name] != value]


def figures(data: RequestsPerformance) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    rows, days = data["counts"]["register"], data["counts"]["days"]
    total = _sums(rows)
    median, mean = middle((row["days"], row["requests"]) for row in days)
    late, unclear = total["late"] + total["overdue"], total["unclear"] + total["unclear_open"]
    return {
        "total": total,
        "median_days": median,
        "mean_days": mean,
        "ninetieth_days": ninetieth((row["days"], row["requests"]) for row in days),
        "late": late,
        "unclear": unclear,
        "by_law": [_of_law(law, rows, days) for law in sorted({row["law"] for row in rows})],
        "verdict": "late" if late else "unclear" if unclear else "in_time",
    }


def ninetieth(days: Iterable[tuple[int, int]]) -> int | None:
    """The days within which at least 90 % were answered (nearest rank); None of nothing."""
    each = sorted(days)
    rank = ceil(0.9 * sum(count for _, count in each))
    for day, count in each:
        rank -= count
        if rank <= 0:
            return day
    return None


def drawings(data: RequestsPerformance) -> dict[str, Chart]:
    """The charts of the report."""
    found = data["counts"]
    months = found["months"]
    values = [row["days"] for row in found["days"] for _ in range(row["requests"])]
    names = [row["month"] for row in months]
    received = {(row["law"], row["month"]): row["received"] for row in found["law_months"]}
    laws = Counter({row["law"]: 0 for row in found["law_months"]})
    for row in found["law_months"]:
        laws[row["law"]] += row["received"]
    return {
        "months": charts.stacked(
            "Requests by month of receipt",
            "requests",
            ("answered in time", "answered late", "open"),
            [(row["month"], (row["in_time"], row["late"], row["open"])) for row in months],
            "Month",
        ),
        "laws": charts.multiples(
            "Requests received, by law and month",
            "requests",
            names,
            {
                law: [received.get((law, month), 0) for month in names]
                for law, _ in laws.most_common(PANELS)
            },
            "Law",
        ),
        "days": charts.histogram(
            "Answered requests, by days from receipt to the answer",
            "requests",
            values,
            EDGES,
            "Days",
        ),
        "delays": charts.bar(
            "Causes of delay, of requests that were extended, late or overdue",
            "requests",
            [(words(row["name"]), row["requests"]) for row in found["delays"]],
            "Cause",
        ),
    }


SUMMED = (
    "received", "closed", "in_time", "late", "unclear", "open", "overdue", "unclear_open", "merged",
)  # fmt: skip


def _sums(rows: Iterable[Register]) -> dict[str, int]:
    listed = [cast(dict[str, int], row) for row in rows]
    return {name: sum(row[name] for row in listed) for name in SUMMED}


def _of_law(law: str, rows: Iterable[Register], days: Iterable[OfDays]) -> dict[str, Any]:
    mine = [(row["days"], row["requests"]) for row in days if row["law"] == law]
    median, mean = middle(mine)
    return {
        "law": law,
        **_sums(row for row in rows if row["law"] == law),
        "median_days": median,
        "mean_days": mean,
        "ninetieth_days": ninetieth(mine),
        "longest_days": max((day for day, _ in mine), default=None),
    }


def _marks(row: Mapping[str, str]) -> list[str]:
    outcome, judged = row["outcome"], row["in_time"]
    if outcome in ENDED:
        return ["received", "answered", {"yes": "in_time", "no": "late"}.get(judged, "unclear")]
    return ["received", outcome, *(["overdue"] if outcome == "open" and judged == "no" else [])]


def _month(month: str, n: Counter[str]) -> Month:
    return {
        "month": month,
        "received": n["received"],
        "answered": n["answered"],
        "in_time": n["in_time"],
        "late": n["late"],
        "open": n["open"],
        "overdue": n["overdue"],
        "merged": n["merged"],
    }
