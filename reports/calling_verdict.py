"""What the data of all calls show: a result for each check and criterion, findings, the verdict.

The worst of them counts: a breach anywhere is a breach; else anything that was not looked at,
is missing or does not add up is not provable; only else nothing was found in the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reports.findings import BEFORE_NEXT_CALL, BEFORE_RELIED_ON, NO_CRITERION, NOBODY, Card
from reports.showing import headline, span, words

if TYPE_CHECKING:
    from reports.calling_compliance import CallingCompliance

Level = Literal["breach", "not_provable", "no_breach_found"]
Result = Literal["breach", "not_provable", "no_breach", "not_applicable"]
ORDER: tuple[Result, ...] = ("breach", "not_provable", "no_breach", "not_applicable")
EVIDENCE = {
    "checks": "section 4; by_country and broken in data.json",
    "conduct": "section 5; conduct in data.json",
    "opt_outs": "section 6; opt_outs in data.json",
    "freshness": "section 7; freshness in data.json",
    "consent": "section 3; consent in data.json",
    "sums": "section 2; campaigns in data.json",
    "log": "section 11; log_verified in data.json",
}
STOP = (
    "Stop the campaigns concerned, look at each of these calls in the log, and mend what let"
    " them through."
)
COMPLETE = "Complete what is missing, and make the report again."


@dataclass(frozen=True)
class Finding:
    """One thing in the data that keeps the verdict from being clean; `place` shows it."""

    level: Literal["breach", "not_provable"]
    topic: str
    text: str
    place: str
    citation: str = ""


def checks(data: CallingCompliance) -> list[dict[str, Any]]:
    """Each check over all countries: calls looked at, calls that broke it, its result."""
    placed = sum(row["placed"] for row in data["campaigns"])
    by = {
        "facts": sum(row["looked"] for row in data["by_country"]),
        "tag": sum(row["tagged"] for row in data["by_country"]),
        "row": placed,
    }
    broken: Counter[str] = Counter()
    for country in data["by_country"]:
        broken.update({row["check"]: row["calls"] for row in country["broken"]})
    return [
        {
            "id": row["id"],
            "what": row["what"],
            "citation": row["citation"],
            "checked": by[row["by"]],
            "violations": broken[row["id"]],
            "result": _result(broken[row["id"]], by[row["by"]], placed),
        }
        for row in data["checks"]
    ]


def criteria(data: CallingCompliance) -> list[dict[str, Any]]:
    """Each criterion of the three laws with its result, by calls to its country alone."""
    return [{**row, **_criterion(data, dict(row))} for row in data["criteria"]]


def findings(data: CallingCompliance) -> list[Finding]:
    """Everything against a clean verdict, breaches first."""
    parts = (_of_checks, _of_conduct, _of_opt_outs, _of_consent, _of_sums, _of_log)
    found = [finding for part in parts for finding in part(data)]
    return sorted(found, key=lambda finding: finding.level != "breach")


def level(found: Sequence[Finding]) -> Level:
    """The worst of the findings, or that no breach was found in the data."""
    levels = {finding.level for finding in found}
    if "breach" in levels:
        return "breach"
    return "not_provable" if levels else "no_breach_found"


def cards(found: Sequence[Finding], owner: str) -> list[Card]:
    """The findings with all that their cards say."""
    return [
        {
            "id": f"F-{number:02d}",
            "level": each.level,
            "topic": each.topic,
            "title": each.topic if each.place == "conduct" else headline(words(each.topic)),
            "text": each.text,
            "criterion": each.citation or NO_CRITERION,
            "evidence": EVIDENCE[each.place],
            "action": STOP if each.level == "breach" else COMPLETE,
            "owner": owner or NOBODY,
            "due": BEFORE_NEXT_CALL if each.level == "breach" else BEFORE_RELIED_ON,
        }
        for number, each in enumerate(found, start=1)
    ]


def _result(violations: int, checked: int, calls: int) -> Result:
    if violations:
        return "breach"
    if not calls:
        return "not_applicable"
    return "no_breach" if checked >= calls else "not_provable"


def _criterion(data: CallingCompliance, row: dict[str, Any]) -> dict[str, Any]:
    mine = [each for each in data["by_country"] if each["country"] == row["country"]]
    calls = sum(each["calls"] for each in mine)
    by = {each["id"]: each["by"] for each in data["checks"]}
    results: list[Result] = []
    for check in row["checks"]:
        broken = sum(b["calls"] for each in mine for b in each["broken"] if b["check"] == check)
        seen = sum(each["tagged" if by.get(check) == "tag" else "looked"] for each in mine)
        results.append(_result(broken, seen, calls))
    results += [
        each["verdict"]
        for each in data["conduct"]
        if each["rule"] in row["conduct"] and each["country"] == row["country"]
    ]
    worst = min(results, key=ORDER.index, default="not_applicable")
    return {"result": worst if calls else "not_applicable", "calls": calls}


def _of_checks(data: CallingCompliance) -> Iterator[Finding]:
    placed = sum(row["placed"] for row in data["campaigns"])
    for row in checks(data):
        if row["violations"]:
            text = f"{row['what']}: {row['violations']:,} of {row['checked']:,} calls."
            yield Finding("breach", row["id"], text, "checks", row["citation"])
        if row["checked"] != placed:
            text = f"{row['what']}: {row['checked']:,} of {placed:,} calls were looked at."
            yield Finding("not_provable", row["id"], text, "checks")
    if not data["checks"]:
        yield Finding("not_provable", "checks", "No call was looked at again.", "checks")


def _of_conduct(data: CallingCompliance) -> Iterator[Finding]:
    for row in data["conduct"]:
        where = f"{row['campaign']}, {row['country']}"
        bounds = f"lowest {row['lowest']}, highest {row['highest']}, limit {row['limit']}"
        if row["verdict"] == "breach":
            text = f"{where}: breach over the period: {bounds}."
            yield Finding("breach", row["rule"], text, "conduct", row["citation"])
        elif row["verdict"] == "not_provable":
            missing = ", ".join(row["missing"]) or "nothing named"
            text = f"{where}: not provable over the period: {bounds}; missing: {missing}."
            yield Finding("not_provable", row["rule"], text, "conduct", row["citation"])


def _of_opt_outs(data: CallingCompliance) -> Iterator[Finding]:
    latency = data["opt_outs"]["latency"]
    if latency["untold"]:
        text = f"Of {latency['untold']:,} opt-outs in calls it was not measured when they held."
        yield Finding("not_provable", "opt_out_latency", text, "opt_outs")
    longest = latency["longest_s"]
    if longest is not None and longest > latency["limit_s"]:
        text = f"The slowest opt-out took {span(longest)}; {span(latency['limit_s'])} are allowed."
        yield Finding("breach", "opt_out_latency", text, "opt_outs", latency["citation"])


def _of_consent(data: CallingCompliance) -> Iterator[Finding]:
    for row in data["consent"]:
        name = row["consent_class"]
        if name == "withdrawn" and row["calls"]:
            text = f"{row['calls']:,} calls were placed on a withdrawn consent."
            yield Finding("breach", "consent", text, "consent", "a consent in force at each call")
        elif name not in ("none", "withdrawn") and row["with_evidence"] < row["calls"]:
            lacking = row["calls"] - row["with_evidence"]
            text = f"{words(name)}: {lacking:,} of {row['calls']:,} calls have no evidence on file."
            yield Finding("not_provable", "consent", text, "consent")


def _of_sums(data: CallingCompliance) -> Iterator[Finding]:
    placed = sum(row["placed"] for row in data["campaigns"])
    sums = {
        "calls by country": sum(row["calls"] for row in data["by_country"]),
        "calls by outcome": sum(row["calls"] for row in data["outcomes"]),
        "calls by hour": sum(map(sum, data["week"])) + data["hour_unknown"],
        "calls by consent": sum(row["calls"] for row in data["consent"]),
        "calls by caller number": sum(row["calls"] for row in data["callers"]),
        "calls by age of lists": sum(row["calls"] for row in data["freshness"]["ages"])
        + data["freshness"]["untold"],
    }
    for name, total in sums.items():
        if total != placed:
            text = f"The figures do not add up: {name} give {total:,}, the total is {placed:,}."
            yield Finding("not_provable", "sums", text, "sums")
    refused = sum(row["refused"] for row in data["campaigns"])
    if refused != sum(row["refusals"] for row in data["refusals"]):
        text = "The figures do not add up: refusals by rule and by campaign differ."
        yield Finding("not_provable", "sums", text, "sums")
    if data["hour_unknown"]:
        text = f"Of {data['hour_unknown']:,} calls the local hour is not known."
        yield Finding("not_provable", "local_hour", text, "checks")


def _of_log(data: CallingCompliance) -> Iterator[Finding]:
    if not data["log_verified"]:
        yield Finding("not_provable", "log", "The audit log did not verify.", "log")
