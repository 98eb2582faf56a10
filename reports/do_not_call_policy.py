"""The do-not-call policy in practice: evidence for each clause of 47 CFR 64.1200(d), with counts.

Input (`DoNotCallPolicy`), as of a size of the log; no person is named:

- `clauses`: each clause with its tests (reports/controls.py); `evidence`: every registered
  document, with its state on the last day of the period.
- `requests`: do-not-call requests of the period by source, and by the whole days until they
  stood with every known person who has that number; from the first instant on the tag refuses.
- `blocked`: calls refused, by the rule that decided.
- `abandonment` and `freshness`: as in the calling compliance report.
- `scripts`: what each campaign that called says first, its digest and the number it shows.

A clause without evidence in force is a finding. `figures` derives results and the verdict.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, cast

from reports import charts, controls
from reports.calling_compliance import Abandonment, Freshness, Refusal, age_classes
from reports.campaign_compliance import Source
from reports.charts import Chart
from reports.controls import Clause, Evidence
from reports.parts import Contact, Marker
from reports.request_register import Period, Read
from reports.shape import Count, Day, Digest, check
from reports.showing import words

SCHEMA = "rightsdesk.report.do-not-call-policy/1"
PREFIX = "DN"
TITLE = "Do-not-call policy: evidence and practice"
ABOUT = "how each clause of 47 CFR 64.1200(d) is kept: documents, training, requests, blocked calls"
FOR_WHOM = "the controller, a regulator and whoever demands the policy; no person is named"
MOST_BARS = 12


class InDays(TypedDict):
    days: Count
    requests: Count


class Requests(TypedDict):
    """`held`: all that the desk keeps at the instant; `oldest_on`: the first of them."""

    count: Count
    by_source: list[Source]
    honoured: list[InDays]
    waiting: Count
    limit_days: Count
    held: Count
    oldest_on: Day | None


class Blocked(Refusal):
    """`list`: whether a do-not-call list, an opt-out or a revocation refused."""

    list: bool


class Script(TypedDict):
    campaign: str
    title: str
    caller_id: str
    first_line: str
    sha256: Digest
    names_controller: bool
    calls: Count


class DoNotCallPolicy(TypedDict):
    schema: Literal["rightsdesk.report.do-not-call-policy/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    clauses: list[Clause]
    evidence: list[Evidence]
    requests: Requests
    blocked: list[Blocked]
    placed: Count
    abandonment: list[Abandonment]
    freshness: Freshness
    scripts: list[Script]
    limits: list[str]


def checked(data: dict[str, object]) -> DoNotCallPolicy:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, DoNotCallPolicy)
    return cast(DoNotCallPolicy, data)


def subject(data: DoNotCallPolicy) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def figures(data: DoNotCallPolicy) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    clauses = [controls.judged(clause, data["evidence"]) for clause in data["clauses"]]
    requests = data["requests"]
    in_force = [each for each in data["evidence"] if each["state"] == controls.IN_FORCE]
    training = [each for each in in_force if each["kind"] == "training"]
    ages = [row["days"] for row in data["freshness"]["ages"]]
    return {
        "clauses": clauses,
        "by_result": controls.counts(clauses),
        "verdict": controls.verdict(clauses),
        "findings": controls.cards(clauses, data["dpo"]["name"]),
        "blocked": sum(row["refusals"] for row in data["blocked"]),
        "blocked_by_lists": sum(row["refusals"] for row in data["blocked"] if row["list"]),
        "trained": sum(each["people"] for each in training),
        "trained_on": max((each["dated_on"] for each in training), default=None),
        "in_force": len(in_force),
        "longest_days": max((row["days"] for row in requests["honoured"]), default=None),
        "highest_abandonment": _highest(data["abandonment"]),
        "oldest_list_days": max(ages, default=None),
        "requests_by_source": sum(row["count"] for row in requests["by_source"]),
    }


def drawings(data: DoNotCallPolicy) -> dict[str, Chart]:
    """The charts of the report."""
    return {
        "sources": charts.bar(
            "Do-not-call requests, by the way they came",
            "requests",
            [(words(row["source"]), row["count"]) for row in data["requests"]["by_source"]],
            "Way",
        ),
        "honoured": charts.columns(
            "Do-not-call requests, by whole days until they stood with every known person",
            "requests",
            [(str(row["days"]), row["requests"]) for row in data["requests"]["honoured"]],
            "Days",
        ),
        "blocked": charts.bar(
            "Calls blocked, by deciding rule",
            "calls",
            [(row["rule"], row["refusals"]) for row in data["blocked"][:MOST_BARS]],
            "Rule",
        ),
        "ages": charts.columns(
            "Calls placed, by the age in days of the oldest list they were checked against",
            "calls",
            age_classes(data["freshness"]["ages"]),
            "Days",
        ),
    }


def _highest(rows: list[Abandonment]) -> dict[str, Any] | None:
    """The span with the highest share that cannot be excluded."""
    known = [row for row in rows if row["highest"] is not None]
    if not known:
        return None
    return cast(dict[str, Any], max(known, key=lambda row: float(row["highest"] or 0)))
