"""Consent audit: who consented to what, on which words, and whether anybody was called without.

Input (`ConsentAudit`); no person is named, records stand by their ids:

- `period`: what was said from `from_at` (inclusive) to `to_at` (exclusive), None without a
  bound; `read`: the size of the log and the instant of its last entry. What was recorded after
  that instant is not in it: asked again as of that size, the data are the same byte for byte,
  whatever was erased since.
- `counts`: counted from the rows of `consents-N.csv` (reports/consent_tally.py says how), with
  the sample. `seed` draws it.
- `calls`: calls whose number left in the period, by purpose, channel, consent class and how
  they were judged: `on_consent`, `none_asked` (the place asked for none), else against it.
  Those are listed in `calls-against.csv`, `against_listed` of them; `last_call_after_s` is the
  longest of theirs from a withdrawal to a call that rested on what it had ended.
- `wordings`: every text with its digest; `holds` whether the text has it.
- `log`: root recomputed from the entries of that size, and the one that the tree has; records
  that the log tells of (`told`, and `carried` entries that carried out the ledger of no).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, TypedDict, cast

from reports import annex, charts
from reports.annex import Annex
from reports.charts import Chart
from reports.consent_tally import COLUMNS, MOST_LISTED, Tally, tally
from reports.parts import Contact, Marker
from reports.shape import Count, Digest, Instant, Zone, check
from reports.showing import words

SCHEMA = "rightsdesk.report.consent-audit/1"
PREFIX = "CA"
TITLE = "Consent audit"
ABOUT = (
    "every consent by purpose and channel with its evidence, wording, withdrawal, and the calls"
    " that rested on it"
)
FOR_WHOM = "the controller, an auditor, a regulator; no person is named"
RECORDS, AGAINST = "consents-", "calls-against.csv"
AGAINST_COLUMNS = (
    "call", "called_at", "purpose", "channel", "consent_class", "consent", "reason",
    "withdrawn_at", "seconds_after", "withdrawal_was_recorded",
)  # fmt: skip
CLEAN = frozenset({"on_consent", "none_asked"})
MOST_PANELS = 9


class Period(TypedDict):
    from_at: Instant | None
    to_at: Instant | None
    zone: Zone


class Read(TypedDict):
    at: Instant
    tree_size: Count


class Calls(TypedDict):
    purpose: str
    channel: str
    consent_class: str
    judged: str
    calls: Count


class Wording(TypedDict):
    notice: str
    language: str
    created_at: Instant
    sha256: Digest
    text: str
    holds: bool


class Log(TypedDict):
    root_b64: str
    recomputed_b64: str
    told: Count
    carried: Count


class ConsentAudit(TypedDict):
    schema: Literal["rightsdesk.report.consent-audit/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    seed: str
    method: str
    counts: Tally
    calls: list[Calls]
    against_listed: Count
    last_call_after_s: float | None
    wordings: list[Wording]
    log: Log
    annexes: list[Annex]
    limits: list[str]


def record_layout(number: int, seed: str) -> annex.Layout:
    """How `consents-N.csv` is laid out; N counts from 1, every file but the last is full."""
    return annex.Layout(
        f"{RECORDS}{number}.csv",
        "Every consent, refusal, withdrawal and correction of the period, one row each",
        COLUMNS,
        paper=("record", "kind", "purpose", "channel", "said_at", "notice", "state", "exception"),
        type_column="kind",
        day_column="said_at",
        exception_column="exception",
        seed=seed,
    )


def against_layout(seed: str) -> annex.Layout:
    """How `calls-against.csv` is laid out: every row is an exception."""
    return annex.Layout(
        AGAINST,
        "Calls against no or withdrawn consent",
        AGAINST_COLUMNS,
        paper=("call", "called_at", "purpose", "consent", "reason", "withdrawn_at"),
        type_column="reason",
        day_column="called_at",
        exception_column="reason",
        seed=seed,
    )


def checked(data: dict[str, object]) -> ConsentAudit:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, ConsentAudit)
    return cast(ConsentAudit, data)


def subject(data: ConsentAudit) -> str:
    """What the document is about, for its title."""
    first, last = data["period"]["from_at"], data["period"]["to_at"]
    if first is None and last is None:
        return f"everything until {data['read']['at'][:10]}"
    return f"{first[:10] if first else 'the beginning'} to {(last or data['read']['at'])[:10]}"


def contradictions(data: ConsentAudit, files: Mapping[str, bytes]) -> list[str]:
    """Which figures of the data are not those of the attached rows and texts; empty if all are."""
    held = [each for each in data["annexes"] if each["name"].startswith(RECORDS)]
    others = [each for each in data["annexes"] if each["name"] == AGAINST]
    laid_out = [each["columns"] for each in held] + [each["columns"] for each in others]
    if len(others) != 1 or laid_out != [list(COLUMNS)] * len(held) + [list(AGAINST_COLUMNS)]:
        return [RECORDS]
    rows: Iterator[Sequence[str]] = chain.from_iterable(
        annex.read(each, files[each["name"]]) for each in held
    )
    try:
        again = cast(dict[str, object], tally(rows, data["seed"]))
    except (ValueError, KeyError):
        return [RECORDS]
    said = cast(dict[str, object], data["counts"])
    found = [name for name, value in again.items() if said[name] != value]
    found += [
        each["notice"]
        for each in data["wordings"]
        if each["holds"] != (_digest(each["text"]) == each["sha256"])
    ]
    return found + _other_calls(data, others[0], files[AGAINST])


def longest_after(rows: Iterable[Sequence[str]]) -> float | None:
    """The longest of the listed calls' seconds after a withdrawal; None where none was after."""
    place = AGAINST_COLUMNS.index("seconds_after")
    return max((float(row[place]) for row in rows if row[place]), default=None)


def _other_calls(data: ConsentAudit, listed: Annex, content: bytes) -> list[str]:
    """Whether the listed calls are as many of each reason as the counts say, and as late."""
    said: dict[str, int] = {}
    for row in data["calls"]:
        if row["judged"] not in CLEAN:
            said[row["judged"]] = said.get(row["judged"], 0) + row["calls"]
    total = sum(said.values())
    try:
        late = longest_after(annex.read(listed, content))
    except ValueError:
        return [AGAINST]
    fits = listed["rows"] == data["against_listed"] == min(total, MOST_LISTED)
    fits = fits and late == data["last_call_after_s"]
    return [] if fits and (total > MOST_LISTED or _by_type(listed) == said) else [AGAINST]


def _by_type(listed: Annex) -> dict[str, int]:
    return {row["name"]: row["rows"] for row in listed["by_type"]}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def figures(data: ConsentAudit) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    counts = data["counts"]
    total = {
        name: sum(cast(dict[str, int], cell)[name] for cell in counts["cells"])
        for name in (
            "granted", "in_force", "withdrawn", "expired", "void", "refused",
            "without_evidence", "when", "how", "told", "all_told",
        )
    }  # fmt: skip
    looked = total["granted"] - total["void"]
    against = [row for row in data["calls"] if row["judged"] not in CLEAN]
    gaps = _gaps(data, total, looked)
    return {
        "total": total,
        "looked": looked,
        "placed": sum(row["calls"] for row in data["calls"]),
        "on_consent": _sum(data["calls"], "on_consent"),
        "none_asked": _sum(data["calls"], "none_asked"),
        "against": sum(row["calls"] for row in against),
        "against_by_reason": _by_reason(against),
        "wordings": _wordings(data),
        "gaps": gaps,
        "verdict": "against" if against else "gaps" if gaps else "clean",
    }


def _sum(rows: Sequence[Calls], judged: str) -> int:
    return sum(row["calls"] for row in rows if row["judged"] == judged)


def _by_reason(rows: Sequence[Calls]) -> list[dict[str, Any]]:
    found: dict[str, int] = {}
    for row in rows:
        found[row["judged"]] = found.get(row["judged"], 0) + row["calls"]
    return [{"reason": name, "calls": n} for name, n in sorted(found.items())]


def _wordings(data: ConsentAudit) -> list[dict[str, Any]]:
    """Every wording with the grants that name it, and names of which there is no text."""
    grants = {row["notice"]: row["grants"] for row in data["counts"]["wordings"]}
    kept = {row["notice"] for row in data["wordings"]}
    return [
        {"notice": row["notice"], "grants": grants.get(row["notice"], 0), "kept": True}
        for row in data["wordings"]
    ] + [
        {"notice": name, "grants": n, "kept": False}
        for name, n in sorted(grants.items())
        if name not in kept
    ]


def _gaps(data: ConsentAudit, total: Mapping[str, int], looked: int) -> list[str]:
    """What keeps the audit from being clean, though no call was against consent."""
    found = []
    if looked - total["all_told"]:
        found.append(
            f"of {looked - total['all_told']:,} of {looked:,} consents the evidence is not complete"
        )
    kept = {row["notice"] for row in data["wordings"]}
    lost = [
        row for row in data["counts"]["wordings"] if row["notice"] and row["notice"] not in kept
    ]
    if lost:
        found.append(f"{len(lost)} wordings that consents name are not on file")
    if not all(row["holds"] for row in data["wordings"]):
        found.append("a wording is not the text of its digest")
    log = data["log"]
    if log["root_b64"] != log["recomputed_b64"]:
        found.append("the log's entries do not give its root")
    if data["period"]["from_at"] is None and data["period"]["to_at"] is None:
        rows = sum(
            data["counts"][name]
            for name in ("population", "withdrawals", "refusals", "corrections")
        )
        if not log["told"] <= rows <= log["told"] + log["carried"]:
            found.append(f"the log tells of {log['told']:,} records and there are {rows:,}")
    return found


def drawings(data: ConsentAudit) -> dict[str, Chart]:
    """The charts of the audit."""
    counts = data["counts"]
    named = [(_name(cell), cell) for cell in counts["cells"] if cell["granted"] or cell["refused"]]
    hours = [edge["hours"] for edge in counts["latency"]["by_hours"]]
    spread = [
        each["hours"] for each in counts["latency"]["by_hours"] for _ in range(each["withdrawals"])
    ]
    return {
        "states": charts.stacked(
            "Consents by purpose and channel",
            "consents",
            ("in force", "withdrawn", "expired", "refused"),
            [
                (name, (cell["in_force"], cell["withdrawn"], cell["expired"], cell["refused"]))
                for name, cell in named
            ],
            "Purpose, channel",
        ),
        "latency": charts.histogram(
            "From what the person said to its effect, in whole hours",
            "withdrawals",
            spread,
            hours,
            "Hours",
        ),
        "months": _months(data),
    }


def _name(cell: Any) -> str:
    purpose = "everything" if cell["purpose"] == "*" else words(cell["purpose"])
    channel = "everything" if cell["channel"] == "*" else words(cell["channel"])
    return purpose if (cell["purpose"], cell["channel"]) == ("*", "*") else f"{purpose}, {channel}"


def _months(data: ConsentAudit) -> Chart:
    """Consents by month, a panel for each purpose and channel that has most of them."""
    rows = data["counts"]["months"]
    months = sorted({row["month"] for row in rows})[-24:]
    panels: dict[str, dict[str, int]] = {}
    for row in rows:
        panels.setdefault(_name(row), {})[row["month"]] = row["granted"]
    most = sorted(panels, key=lambda name: (-sum(panels[name].values()), name))[:MOST_PANELS]
    return charts.multiples(
        "Consents given, by month (UTC)",
        "consents",
        months,
        {name: [panels[name].get(month, 0) for month in months] for name in sorted(most)},
        "Purpose, channel",
    )
