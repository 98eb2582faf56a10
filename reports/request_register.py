"""The register of rights requests of a period, with the metrics of California.

Input (`RequestRegister`); no person is named, requests stand by their ids:

- `period`: first and last day of receipt, both included, in `zone`, the controller's.
- `read`: when it was read and the log's tree size at that moment.
- `counts`: everything counted from the rows of the attached `requests.csv`
  (reports/request_tally.py says how). Reading the document counts them again.
- `california`: `log_from_on` is the first day of the attached log of 24 months with the six
  fields of 11 CCR 7101(b); `citation` of the metrics. Which kinds of request ask for which
  right stands in `counts.rights`, as data: a new right of the regulation is a new row.
- `annexes`: `requests.csv`, and `ccpa-log.csv`.

`figures` derives sums, shares, medians and means, and the verdict:
late (an answer or an open request after its last day), unclear (nothing can be said of some),
in_time. It never says more than the rows do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict, cast

from reports import annex, charts
from reports.annex import Annex
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.request_tally import COLUMNS, OfDays, Register, Right, Tally, middle, tally
from reports.shape import Count, Day, Instant, Zone, check
from reports.showing import words

SCHEMA = "rightsdesk.report.request-register/1"
PREFIX = "RR"
TITLE = "Register of rights requests"
ABOUT = "what was asked, by which law, and whether it was answered in time; California's metrics"
FOR_WHOM = "the controller and a regulator; no person is named"
ROWS, LOG = "requests.csv", "ccpa-log.csv"
LOG_COLUMNS = (
    "request", "date_of_request", "nature", "manner", "date_of_response",
    "nature_of_response", "basis_of_denial",
)  # fmt: skip
EDGES = (0, 8, 15, 22, 31, 46, 61, 91)
"""Days: the classes end with the periods that laws name, such as a month or 45 days."""

COMPLAINTS = ("complaint", "appeal")


class Period(TypedDict):
    from_on: Day
    to_on: Day
    zone: Zone


class Read(TypedDict):
    at: Instant
    tree_size: Count


class California(TypedDict):
    log_from_on: Day
    citation: str
    log_citation: str


class RequestRegister(TypedDict):
    schema: Literal["rightsdesk.report.request-register/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    counts: Tally
    california: California
    annexes: list[Annex]
    limits: list[str]


def layout(seed: str) -> annex.Layout:
    """How `requests.csv` is laid out; `seed` draws the sample."""
    return annex.Layout(
        ROWS,
        "Every request that was received in the period",
        COLUMNS,
        paper=("request", "kind", "law", "received_on", "due_on", "answered_on", "outcome",
               "exception"),
        type_column="kind",
        day_column="received_on",
        exception_column="exception",
        seed=seed,
    )  # fmt: skip


def log_layout(seed: str) -> annex.Layout:
    """How `ccpa-log.csv` is laid out."""
    return annex.Layout(
        LOG,
        "Requests under the law of California of 24 months, with the fields of 11 CCR 7101(b)",
        LOG_COLUMNS,
        type_column="nature",
        day_column="date_of_request",
        seed=seed,
    )


def checked(data: dict[str, object]) -> RequestRegister:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, RequestRegister)
    return cast(RequestRegister, data)


def subject(data: RequestRegister) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def contradictions(data: RequestRegister, files: Mapping[str, bytes]) -> list[str]:
    """Which counts of the data are not those of the attached rows; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == ROWS), None)
    if held is None or held["columns"] != list(COLUMNS):
        return [ROWS]
    rights = {row["right"]: row["kinds"] for row in data["counts"]["rights"]}
    try:
        again = tally(annex.read(held, files[ROWS]), rights)
    except ValueError:
        return [ROWS]
    said = cast(dict[str, object], data["counts"])
    return [name for name, value in again.items() if said[name] != value]


def figures(data: RequestRegister) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    counts = data["counts"]
    rows = counts["register"]
    total = _sums(rows)
    late, unclear = total["late"] + total["overdue"], total["unclear"] + total["unclear_open"]
    gaps = _gaps(rows, counts["rights"])
    median, mean = middle((row["days"], row["requests"]) for row in counts["days"])
    return {
        "total": total,
        "median_days": median,
        "mean_days": mean,
        "late": late,
        "unclear": unclear,
        "complaints": _sums(row for row in rows if row["kind"] in COMPLAINTS),
        "by_law": [_of_law(law, rows, counts["days"]) for law in _laws(rows)],
        "rights": [_right(row) for row in counts["rights"]],
        "gaps": gaps,
        "verdict": "late" if late else "unclear" if unclear or gaps else "in_time",
    }


def drawings(data: RequestRegister) -> dict[str, Chart]:
    """The charts of the register."""
    counts = data["counts"]
    months: dict[str, int] = {}
    for held in data["annexes"]:
        if held["name"] == ROWS:
            for row in held["by_day"]:
                months[row["name"][:7]] = months.get(row["name"][:7], 0) + row["rows"]
    ended = [
        (f"{row['law']} {words(row['kind'])}", (row["in_time"], row["late"], row["open"]))
        for row in counts["register"]
    ]
    return {
        "months": charts.columns(
            "Requests received, by month", "requests", sorted(months.items()), "Month"
        ),
        "ended": charts.stacked(
            "Requests by law and kind",
            "requests",
            ("answered in time", "answered late", "open"),
            ended,
            "Law and request",
        ),
        "days": charts.histogram(
            "Answered requests, by days from receipt to the answer",
            "requests",
            [row["days"] for row in counts["days"] for _ in range(row["requests"])],
            EDGES,
            "Days",
        ),
        "channels": charts.bar(
            "Requests, by the way they came",
            "requests",
            [(words(row["name"]), row["requests"]) for row in counts["channels"]],
            "Channel",
        ),
    }


FIGURES = (
    "received", "closed", "in_time", "late", "unclear", "whole", "part", "denied", "open",
    "overdue", "unclear_open", "merged",
)  # fmt: skip


def _sums(rows: Iterable[Register]) -> dict[str, int]:
    listed = [cast(dict[str, int], row) for row in rows]
    return {name: sum(row[name] for row in listed) for name in FIGURES}


def _laws(rows: Iterable[Register]) -> list[str]:
    return sorted({row["law"] for row in rows})


def _of_law(law: str, rows: Iterable[Register], days: Iterable[OfDays]) -> dict[str, Any]:
    median, mean = middle((row["days"], row["requests"]) for row in days if row["law"] == law)
    sums = _sums(row for row in rows if row["law"] == law)
    return {"law": law, **sums, "median_days": median, "mean_days": mean}


def _right(row: Right) -> dict[str, Any]:
    median, mean = middle((each["days"], each["requests"]) for each in row["days"])
    return {
        "right": row["right"],
        "received": row["received"],
        "complied": row["whole"] + row["part"],
        "whole": row["whole"],
        "part": row["part"],
        "denied": row["denied"],
        "open": row["open"] + row["merged"],
        "median_days": median,
        "mean_days": mean,
    }


def _gaps(rows: Iterable[Register], rights: Iterable[Right]) -> list[str]:
    """Sums that do not hold, each with where."""
    found = []
    for row in rows:
        where = f"{row['law']} {words(row['kind'])}"
        if row["received"] != row["closed"] + row["open"] + row["merged"]:
            found.append(f"{where}: received is not the sum of closed, open and merged")
        if row["closed"] != row["in_time"] + row["late"] + row["unclear"]:
            found.append(f"{where}: closed is not the sum of in time, late and unclear")
        if row["closed"] != row["whole"] + row["part"] + row["denied"]:
            found.append(f"{where}: closed is not the sum of its outcomes")
    for right in rights:
        ends = right["whole"] + right["part"] + right["denied"] + right["merged"] + right["open"]
        if right["received"] != ends:
            found.append(f"{words(right['right'])}: received is not the sum of its outcomes")
    return found
