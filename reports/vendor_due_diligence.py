"""May this vendor call for the controller: the decision, and everything that it rests on.

Input (`VendorDueDiligence`), as the newest scoring that was kept says, with what stands beside it:

- `scoring`: outcome, total, bar, tier and reasons, with digests of questionnaire and facts.
- `sections`, `considerations`: percentages of the same points; null where nothing counts.
- `questions`: each with its points, gate, steps, evidence ids and citations; no comment of the
  vendor stands here. `tests`: what call records said of the claim, with row numbers of the export.
- `clauses`: what the contract says of each, with pages; `open` where nobody looked.
- `chain`, `complete`: sub-processors, and how many of the particulars asked for are on record.
- `transfers`: countries with safeguard; `given`: people's data that went to the vendor, in totals.
- `evidence`, `items`: files with their days, and what is to be mended; `history` of scorings.
- `permits`: whether the gateway gives this vendor numbers, and why not.

Reading the document computes total, sections and gates again from the printed points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypedDict, cast

from reports import charts
from reports.charts import Chart
from reports.findings import NOBODY
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Digest, Instant, check
from reports.showing import words
from reports.vendor_scored import GateState, Outcome, Status, fits, fraction, whole

SCHEMA = "rightsdesk.report.vendor-due-diligence/1"
PREFIX = "VD"
TITLE = "Due diligence on a vendor that calls"
ABOUT = "whether a vendor may call for the controller: score, gates, contract, chain, what to mend"
FOR_WHOM = "the controller, its auditors and an authority; nobody's number stands in it"
MOST_ROWS = 20


class Vendor(TypedDict):
    id: str
    name: str
    country: str


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Asked(TypedDict):
    name: str
    version: str
    sha256: Digest


class Scoring(TypedDict):
    id: str
    on: Day
    by: str
    outcome: Outcome
    total: str | None
    bar: Count
    tier: Literal["low", "medium", "high"]
    tier_steps: list[str]
    reasons: list[str]
    next_review: Day
    jurisdictions: list[str]
    questionnaire: Asked
    facts_sha256: Digest


class Part(TypedDict):
    id: str
    title: str
    percent: str | None
    under_floor: bool


class Citation(TypedDict):
    cite: str
    mark: str


class Test(TypedDict):
    """`rows`: numbers of the vendor's export, the first of them. `bound_95`: of a sample."""

    kind: str
    claimed: str
    measured: str
    bound_95: str
    contradicts: bool
    exceptions: Count
    tested: Count
    rows: list[Count]


class Question(TypedDict):
    id: str
    section: str
    ask: str
    status: Status
    answer: str
    weight: Count
    points: str | None
    gate: GateState
    rule: str
    steps: list[str]
    evidence: list[str]
    citations: list[Citation]
    tests: list[Test]


class Clause(TypedDict):
    list: str
    clause: str
    what: str
    cite: str
    mark: str
    state: Literal["met", "partly", "missing", "open"]
    pages: str
    document: str


class Link(TypedDict):
    name: str
    country: str
    task: str
    notified: str
    depth: Count
    missing: list[str]


class Complete(TypedDict):
    have: Count
    of: Count


class Transfer(TypedDict):
    country: str
    to: str
    tool: str
    cite: str
    assessed: str
    valid_until: str
    state: Literal["covered", "unassessed", "lapsed", "uncovered"]


class Given(TypedDict):
    way: str
    what: list[str]
    why: str
    lines: Count
    first: Instant
    last: Instant


class Evidence(TypedDict):
    id: str
    questions: list[str]
    valid_from: Day
    valid_until: Day
    state: Literal["valid", "not_valid", "withdrawn"]
    sha256: Digest


class Item(TypedDict):
    id: str
    question: str
    finding: str
    severity: str
    owner: str
    due: Day
    state: str


class Earlier(TypedDict):
    at: Instant
    total: str | None
    tier: str
    outcome: Outcome


class Permits(TypedDict):
    given: bool
    why: str


class VendorDueDiligence(TypedDict):
    schema: Literal["rightsdesk.report.vendor-due-diligence/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    vendor: Vendor
    read: Read
    scoring: Scoring
    considerations: list[Part]
    sections: list[Part]
    questions: list[Question]
    clauses: list[Clause]
    chain: list[Link]
    complete: Complete
    transfers: list[Transfer]
    given: list[Given]
    evidence: list[Evidence]
    items: list[Item]
    history: list[Earlier]
    permits: Permits
    limits: list[str]


def checked(data: dict[str, object]) -> VendorDueDiligence:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, VendorDueDiligence)
    return cast(VendorDueDiligence, data)


def subject(data: VendorDueDiligence) -> str:
    """What the document is about, for its title."""
    return f"{data['vendor']['name']}, scored on {data['scoring']['on']}"


def contradictions(data: VendorDueDiligence, files: Mapping[str, bytes]) -> list[str]:
    """Which figures are not those of the questions and rows in the data; empty if all are."""
    rows = [(each["weight"], each["points"]) for each in data["questions"]]
    wrong = [] if fits(data["scoring"]["total"], rows) else ["scoring.total"]
    for section in data["sections"]:
        mine = [
            (each["weight"], each["points"])
            for each in data["questions"]
            if each["section"] == section["id"]
        ]
        if not fits(section["percent"], mine):
            wrong.append(f"sections.{section['id']}")
    if not _possible(data):
        wrong.append("scoring.outcome")
    missing = sum(len(each["missing"]) for each in data["chain"])
    if data["complete"]["of"] - data["complete"]["have"] != missing:
        wrong.append("complete")
    if any(each["points"] not in (None, "0") for each in _contradicted(data)):
        wrong.append("questions")
    tests = [one for each in data["questions"] for one in each["tests"]]
    if any(one["exceptions"] > one["tested"] for one in tests):
        wrong.append("tests")
    return wrong


def _possible(data: VendorDueDiligence) -> bool:
    """Whether the printed gates and total allow the printed outcome."""
    scoring = data["scoring"]
    if scoring["outcome"] == "not_approved":
        return bool(scoring["reasons"])
    total = fraction(scoring["total"] or "0")
    bar = scoring["bar"] - (10 if scoring["outcome"] == "conditional" else 0)
    return not _failed(data) and total >= bar


def figures(data: VendorDueDiligence) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    clauses = Counter(each["state"] for each in data["clauses"])
    return {
        "verdict": verdict(data),
        "failed": _failed(data),
        "contradicted": _contradicted(data),
        "lost": _lost(data),
        "open_items": [
            each for each in data["items"] if each["state"] not in ("verified", "risk_accepted")
        ],
        "clauses": {key: clauses[key] for key in ("met", "partly", "missing", "open")},
        "uncovered": sum(each["state"] != "covered" for each in data["transfers"]),
        "reasons": [_reason(each) for each in data["scoring"]["reasons"]],
        "scored": sum(each["points"] is not None for each in data["questions"]),
        "hidden": sum(each["status"] == "hidden" for each in data["questions"]),
        "unanswered": [each for each in data["questions"] if each["status"] == "unanswered"],
        "owner": data["dpo"]["name"] or NOBODY,
        "most_rows": MOST_ROWS,
    }


def verdict(data: VendorDueDiligence) -> str:
    """The outcome of the scoring."""
    return data["scoring"]["outcome"]


def _failed(data: VendorDueDiligence) -> list[Question]:
    return [each for each in data["questions"] if each["gate"] == "failed"]


def _contradicted(data: VendorDueDiligence) -> list[Question]:
    return [each for each in data["questions"] if each["status"] == "contradicted"]


def _lost(data: VendorDueDiligence) -> list[dict[str, object]]:
    """Questions that lost points, the most first."""
    lost = [
        (each["weight"] - fraction(each["points"]), each)
        for each in data["questions"]
        if each["points"] is not None and fraction(each["points"]) < each["weight"]
    ]
    return [
        {"lost": f"{float(points):.2f}".rstrip("0").rstrip("."), "question": each}
        for points, each in sorted(lost, key=lambda held: (-held[0], held[1]["id"]))
    ]


REASONS = {
    "gate_failed": "the gate of {} is at 0",
    "gap_without_owner": "the gap of {} has no owner and day",
    "unanswered": "{} is not answered",
    "total_under_bar": "the total is under the bar of {}",
}


def _reason(code: str) -> str:
    """A reason's code in words: `gate_failed:hours-01`."""
    kind, _, about = code.partition(":")
    if kind.startswith("section_under_"):
        return f"the section {about} is under {kind.removeprefix('section_under_')}"
    return REASONS[kind].format(about) if kind in REASONS and about else words(code)


def drawings(data: VendorDueDiligence) -> dict[str, Chart]:
    """The charts of the report."""
    return {
        "sections": charts.bar(
            "Per cent by section",
            "per cent",
            [
                (each["title"], whole(each["percent"]))
                for each in data["sections"]
                if each["percent"] is not None
            ],
            "Section",
        ),
    }
