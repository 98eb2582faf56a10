"""Several vendors side by side, on one questionnaire and one day.

Input (`VendorComparison`): the vendors, the best total first; sections with the percentage of
each; questions with value and gate of each. The cells of a row stand in the order of the vendors.
Reading the document counts gates, contradictions and answers that are owed again, and computes
each total from the printed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, TypedDict, cast

from reports import charts
from reports.charts import Chart
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Digest, Instant, check
from reports.vendor_scored import GateState, Outcome, Status, cut, fraction, slack, whole

SCHEMA = "rightsdesk.report.vendor-comparison/1"
PREFIX = "VX"
TITLE = "Vendors side by side"
ABOUT = "several vendors that may call, on one scale: outcome, total, gates, sections, questions"
FOR_WHOM = "the controller and its auditors; no vendor gets it, for it speaks of the others"
MOST = 8


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Vendor(TypedDict):
    id: str
    name: str
    outcome: Outcome
    total: str | None
    bar: Count
    tier: Literal["low", "medium", "high"]
    gates_failed: list[str]
    contradicted: list[str]
    unanswered: Count
    next_review: Day


class Section(TypedDict):
    id: str
    title: str
    percent: list[str | None]


class Stand(TypedDict):
    status: Status
    value: str | None
    gate: GateState


class Question(TypedDict):
    id: str
    section: str
    ask: str
    weight: Count
    stands: list[Stand]


class VendorComparison(TypedDict):
    schema: Literal["rightsdesk.report.vendor-comparison/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    on: Day
    read: Read
    questionnaire_sha256: Digest
    vendors: list[Vendor]
    sections: list[Section]
    questions: list[Question]
    limits: list[str]


def checked(data: dict[str, object]) -> VendorComparison:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, VendorComparison)
    return cast(VendorComparison, data)


def subject(data: VendorComparison) -> str:
    """What the document is about, for its title."""
    return f"{', '.join(each['name'] for each in data['vendors'])}, {data['on']}"


def contradictions(data: VendorComparison, files: Mapping[str, bytes]) -> list[str]:
    """Which figures of the vendors are not those of the questions; empty if all are."""
    wrong = []
    many = len(data["vendors"])
    if any(len(each["stands"]) != many for each in data["questions"]) or any(
        len(each["percent"]) != many for each in data["sections"]
    ):
        return ["vendors"]
    for number, vendor in enumerate(data["vendors"]):
        mine = [(each, each["stands"][number]) for each in data["questions"]]
        failed = [each["id"] for each, stand in mine if stand["gate"] == "failed"]
        against = [each["id"] for each, stand in mine if stand["status"] == "contradicted"]
        owed = sum(stand["status"] == "unanswered" for _, stand in mine)
        if (failed, against) != (vendor["gates_failed"], vendor["contradicted"]):
            wrong.append(f"vendors.{vendor['id']}.gates")
        if owed != vendor["unanswered"]:
            wrong.append(f"vendors.{vendor['id']}.unanswered")
        if not _fits(vendor["total"], [(q["weight"], s["value"]) for q, s in mine]):
            wrong.append(f"vendors.{vendor['id']}.total")
        for section in data["sections"]:
            held = [(q["weight"], s["value"]) for q, s in mine if q["section"] == section["id"]]
            if not _fits(section["percent"][number], held):
                wrong.append(f"sections.{section['id']}")
    return list(dict.fromkeys(wrong))


def _fits(percent: str | None, rows: list[tuple[int, str | None]]) -> bool:
    """Whether the mean of the printed values, weighted, may print so."""
    held = [(weight, value) for weight, value in rows if value is not None]
    weight = sum(each for each, _ in held)
    if percent is None or not weight:
        return percent is None and not weight
    least = sum((each * fraction(value) for each, value in held), Fraction(0))
    more = sum((each * slack(value) for each, value in held), Fraction(0))
    low, high = 100 * least / weight, 100 * (least + more) / weight
    return cut(low) <= fraction(percent) <= cut(high)


def figures(data: VendorComparison) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    return {
        "allowed": [each for each in data["vendors"] if each["outcome"] == "approved"],
        "conditional": [each for each in data["vendors"] if each["outcome"] == "conditional"],
        "differing": [
            each
            for each in data["questions"]
            if len({(stand["value"], stand["gate"]) for stand in each["stands"]}) > 1
        ],
        "gates": sum(len(each["gates_failed"]) for each in data["vendors"]),
        "against": sum(len(each["contradicted"]) for each in data["vendors"]),
    }


def drawings(data: VendorComparison) -> dict[str, Chart]:
    """The charts of the report."""
    return {
        "totals": charts.bar(
            "Total of each vendor",
            "per cent",
            [(each["name"], whole(each["total"])) for each in data["vendors"]],
            "Vendor",
        )
    }
