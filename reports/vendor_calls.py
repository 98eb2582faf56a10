"""A vendor's call records held against the law: what they show, and what they cannot.

Input (`VendorCalls`); calls stand by the numbers of their records in the vendor's own file and
by a pseudonym of the called number, never by a number:

- `vendor`, `export`: whose records, of which import; `manifest_sha256` is in the audit log.
- `period`: first and last UTC day of the calls. `read`: when, and the log's size then.
- `completeness`: what is missing of the export itself, by code: gap, no_gap or not_provable.
- `calls`: `judged` were made; `blocked` were stopped before dialing and are none; `with_breach`.
- `checks`: for each thing looked for, calls that broke a rule, kept all, or are open.
- `findings`: rules that were broken, with their first calls; `open`: what could not be shown,
  with the columns or the desk's own facts that would show it.
- `abandonment`: of each campaign and period the lowest and highest share that the data allow,
  with the first records of abandoned calls.
- `claims`: what the questionnaire asks the vendor and these records test: exceptions with their
  first records, a figure, held, or not provable with what is missing. Answers are not in it.
- `heat`: seven rows, Monday first, of 24 local hours: calls, and calls with a breach.
- `counted`: calls that entered the gate's counts, and opt-outs recorded from these records.
- attached `breaches.csv`: a row for each call and rule broken; `whole` is false where there
  were more than the file may hold. Reading the document counts its rows again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from reports import annex, charts
from reports.annex import Annex, Layout
from reports.charts import Chart
from reports.findings import BEFORE_NEXT_CALL, NOBODY
from reports.heat import heat
from reports.parts import Contact, Marker
from reports.shape import Count, Day, Digest, Instant, check
from reports.showing import headline, words

SCHEMA = "rightsdesk.report.vendor-calls/1"
PREFIX = "VC"
TITLE = "Audit of a vendor's call records"
ABOUT = "what a vendor's own call records show against the law of each called place, and what not"
FOR_WHOM = "the controller and a regulator; calls stand by record number, no number is printed"
ROWS = "breaches.csv"
COLUMNS = ("check", "rule", "citation", "record", "at", "local", "zone", "party", "number", "text")
CARD_ROWS = 5
Word = Literal["breach", "no_breach", "not_provable"]


class Vendor(TypedDict):
    id: str
    name: str


class File(TypedDict):
    sha256: Digest
    size: Count


class Export(TypedDict):
    id: str
    format: str
    purpose: str
    zone: str
    manifest_sha256: Digest
    files: list[File]


class Period(TypedDict):
    from_on: Day
    to_on: Day


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Whole(TypedDict):
    code: str
    verdict: Literal["gap", "no_gap", "not_provable"]
    text: str
    next: str


class Calls(TypedDict):
    judged: Count
    blocked: Count
    with_breach: Count


class Checked(TypedDict):
    check: str
    what: str
    breach: Count
    no_breach: Count
    not_provable: Count


class Call(TypedDict):
    """One call: numbers of its records in the file, and a sentence on what it broke."""

    records: list[Count]
    local: str
    zone: str
    party: str
    number: str
    text: str


class Broken(TypedDict):
    check: str
    rule: str
    citation: str
    text: str
    calls: Count
    first: list[Call]


class Open(TypedDict):
    check: str
    rule: str
    citation: str
    text: str
    calls: Count
    missing: list[str]
    missing_words: list[str]


class Share(TypedDict):
    """Shares are of 1; null: the data give no bound."""

    campaign: str
    country: str
    rule: str
    citation: str
    from_on: Day
    to_on: Day
    verdict: Word
    lowest: float | None
    highest: float | None
    limit: float | None
    calls: Count
    missing: list[str]
    records: list[Count]


class Claim(TypedDict):
    """One kind of finding that a question of the questionnaire is tested by."""

    question: str
    kind: str
    unit: str
    result: Literal["exceptions", "measured", "held", "not_provable"]
    text: str
    exceptions: Count
    tested: Count
    measured: str | None
    records: list[Count]
    missing: list[str]
    missing_words: list[str]


class Heat(TypedDict):
    calls: list[list[Count]]
    breaches: list[list[Count]]


class CountedCalls(TypedDict):
    calls: Count
    opt_outs: Count


class VendorCalls(TypedDict):
    schema: Literal["rightsdesk.report.vendor-calls/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    vendor: Vendor
    export: Export
    period: Period
    read: Read
    completeness: list[Whole]
    calls: Calls
    checks: list[Checked]
    findings: list[Broken]
    open: list[Open]
    abandonment: list[Share]
    claims: list[Claim]
    heat: Heat
    counted: CountedCalls
    pack: str
    whole: bool
    annexes: list[Annex]
    limits: list[str]


def layout(seed: str) -> Layout:
    """How the file of breaches is laid out; `seed` draws its sample."""
    return Layout(
        ROWS,
        "One row for each call and each rule that it broke, by record of the vendor's file",
        COLUMNS,
        ("record", "local", "check", "rule", "party"),
        type_column="check",
        day_column="local",
        seed=seed,
    )


def checked(data: dict[str, object]) -> VendorCalls:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, VendorCalls)
    return cast(VendorCalls, data)


def subject(data: VendorCalls) -> str:
    """What the document is about, for its title."""
    return f"{data['vendor']['name']}, {data['period']['from_on']} to {data['period']['to_on']}"


def contradictions(data: VendorCalls, files: Mapping[str, bytes]) -> list[str]:
    """Which counts of the data are not those of the attached rows; empty if all are."""
    held = next((each for each in data["annexes"] if each["name"] == ROWS), None)
    if held is None or held["columns"] != list(COLUMNS):
        return [ROWS]
    if not data["whole"]:
        return []
    calls: Counter[tuple[str, str]] = Counter()
    broken: dict[str, set[str]] = {}
    every: set[str] = set()
    for row in annex.read(held, files[ROWS]):
        told = dict(zip(COLUMNS, row, strict=True))
        calls[told["check"], told["rule"]] += 1
        broken.setdefault(told["check"], set()).add(told["record"])
        every.add(told["record"])
    said = Counter({(one["check"], one["rule"]): 0 for one in data["findings"]})
    for one in data["findings"]:
        said[one["check"], one["rule"]] += one["calls"]
    wrong = [] if +said == +calls else ["findings"]
    if any(one["breach"] != len(broken.get(one["check"], ())) for one in data["checks"]):
        wrong.append("checks")
    return wrong if data["calls"]["with_breach"] == len(every) else [*wrong, "calls"]


def figures(data: VendorCalls) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    cards = _cards(data)
    return {
        "verdict": verdict(data),
        "findings": cards,
        "breaches": sum(one["calls"] for one in data["findings"]),
        "rules": len({one["rule"] for one in data["findings"]}),
        "gaps": sum(one["verdict"] == "gap" for one in data["completeness"]),
        "unwhole": any(one["verdict"] == "not_provable" for one in data["completeness"]),
        "located": sum(map(sum, data["heat"]["calls"])),
        "missing": _missing(data["open"]),
        "worst": _worst(data["abandonment"]),
        "claims": Counter(one["result"] for one in data["claims"]),
        "unproved": sum(one["not_provable"] for one in data["checks"]),
    }


def verdict(data: VendorCalls) -> str:
    """breach, not_provable or no_breach_found. Nothing that is open may be called clean."""
    shares = {share["verdict"] for share in data["abandonment"]}
    if data["findings"] or "breach" in shares:
        return "breach"
    # Of an export of which nobody asked whether it is whole, it is not known.
    whole = {one["verdict"] for one in data["completeness"]} == {"no_gap"}
    if data["open"] or "not_provable" in shares or not data["calls"]["judged"] or not whole:
        return "not_provable"
    return "no_breach_found"


def _missing(held: Iterable[Open]) -> list[dict[str, object]]:
    """Each missing column once: what it would decide, and for how many calls of a check."""
    found: dict[str, dict[str, Any]] = {}
    for one in held:
        for name, word in zip(one["missing"], one["missing_words"], strict=True):
            line = found.setdefault(name, {"name": name, "word": word, "checks": Counter()})
            line["checks"][one["check"]] = max(line["checks"][one["check"]], one["calls"])
    return [
        {
            "name": line["name"],
            "word": line["word"],
            "ours": str(line["name"]).startswith("desk."),
            "checks": [
                {"check": words(name), "calls": calls} for name, calls in line["checks"].items()
            ],
        }
        for _, line in sorted(found.items())
    ]


def _worst(shares: Sequence[Share]) -> dict[str, object] | None:
    """The share that is furthest over its limit, or the highest of all."""
    told = [share for share in shares if share["highest"] is not None]
    if not told:
        return None
    worst = max(told, key=lambda share: (share["lowest"] or 0, share["highest"] or 0))
    return cast(dict[str, object], worst)


def _cards(data: VendorCalls) -> list[dict[str, object]]:
    owner = data["dpo"]["name"] or NOBODY
    found: list[dict[str, object]] = []
    for one in data["findings"]:
        found.append(
            {
                "level": "breach",
                "title": f"{headline(words(one['check']))}: {one['rule']}",
                "text": one["text"],
                "criterion": one["citation"] or one["rule"],
                "evidence": f"{ROWS}, rows of {one['rule']}; the first calls stand below",
                "action": ACTIONS.get(one["check"], STOP),
                "due": BEFORE_NEXT_CALL,
                "first": one["first"][:CARD_ROWS],
                "calls": one["calls"],
            }
        )
    for share in data["abandonment"]:
        if share["verdict"] == "breach":
            found.append(_abandoned(share))
    return [
        {"id": f"F-{number:02d}", "owner": owner, **card} for number, card in enumerate(found, 1)
    ]


def _abandoned(share: Share) -> dict[str, object]:
    low, limit = share["lowest"] or 0, share["limit"] or 0
    return {
        "level": "breach",
        "title": f"Abandoned calls: {share['campaign'] or 'all campaigns'}",
        "text": (
            f"From {share['from_on']} to {share['to_on']} at least {low:.1%} of the calls that a"
            f" person answered reached no agent in time; {limit:.1%} are allowed"
            f" ({share['rule']})."
        ),
        "criterion": share["citation"],
        "evidence": f"section 4; abandonment in data.json, {share['calls']:,} answered calls",
        "action": "Have the vendor dial fewer calls at once until its share keeps the limit.",
        "due": BEFORE_NEXT_CALL,
        "first": [],
        "calls": share["calls"],
    }


STOP = "Stop the vendor's calls of this kind until it has shown what it changed."
ACTIONS: dict[str, str] = {
    "after_opt_out": "Stop calls to these persons at once, and have the vendor show how opt-outs "
    "reach its lists. The desk has recorded each opt-out.",
    "opt_out_latency": "Have the vendor take opt-outs into its lists on the same day.",
    "do_not_call": "Have the vendor check each number against the list of the day before it calls.",
    "list_age": "Have the vendor load each list anew within its days, and send proof of it.",
    "consent": "Give the vendor no number without a consent that counts in its place.",
    "prerecorded": "Have recorded voices played only to persons with a consent for them.",
    "caller_id": "Have the vendor show a number that takes requests to stop, in every call.",
    "ring_time": "Have the vendor let each call ring its full time.",
}


def drawings(data: VendorCalls) -> dict[str, Chart]:
    """The charts of the report."""
    rows = [
        (headline(words(one["check"])), (one["breach"], one["not_provable"]))
        for one in data["checks"]
        if one["breach"] or one["not_provable"]
    ]
    return {
        "checks": charts.stacked(
            "Calls by what was looked for", "calls", ("breach", "not provable"), rows, "Check"
        ),
        "heat": heat(
            "Calls by local weekday and hour of the called person", "calls", data["heat"]["calls"]
        ),
        "breaches": heat(
            "Calls with a breach, by local weekday and hour", "calls", data["heat"]["breaches"]
        ),
    }
