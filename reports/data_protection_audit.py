"""Management evidence on data protection by control objectives A to I: controls, tests, results.

Input (`DataProtectionAudit`); no person is named:

- `objectives`: each with its tests (reports/controls.py), run on the desk when the report was
  made, and `evidence`: registered documents, with their state on the last day of the period.
- `description`: what the desk is, in facts: sizes, actors by role, systems.

It is evidence by the controller's own system about itself. It is never the assurance of an
independent practitioner, carries no conclusion of one, and says so.
"""

from __future__ import annotations

from typing import Literal, TypedDict, cast

from reports import charts, controls
from reports.charts import Chart
from reports.controls import Clause, Evidence
from reports.parts import Contact, Marker
from reports.request_register import Period, Read
from reports.shape import Count, check

SCHEMA = "rightsdesk.report.data-protection-audit/1"
PREFIX = "DA"
TITLE = "Data protection: management evidence by control objectives A to I"
ABOUT = "controls, tests and results for instructions, security, deletion, rights, breaches"
FOR_WHOM = "the controller's management, a customer or an auditor as input; no person is named"


class Fact(TypedDict):
    name: str
    value: str
    count: Count | None


class DataProtectionAudit(TypedDict):
    schema: Literal["rightsdesk.report.data-protection-audit/1"]
    marker: Marker
    controller: Contact
    dpo: Contact
    period: Period
    read: Read
    description: list[Fact]
    objectives: list[Clause]
    evidence: list[Evidence]
    limits: list[str]


def checked(data: dict[str, object]) -> DataProtectionAudit:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, DataProtectionAudit)
    return cast(DataProtectionAudit, data)


def subject(data: DataProtectionAudit) -> str:
    """What the document is about, for its title."""
    return f"{data['period']['from_on']} to {data['period']['to_on']}"


def figures(data: DataProtectionAudit) -> dict[str, object]:
    """Every figure that is printed and does not stand in the data itself."""
    objectives = [controls.judged(each, data["evidence"]) for each in data["objectives"]]
    tests = [test for each in objectives for test in each["tests"]]
    return {
        "objectives": objectives,
        "by_result": controls.counts(objectives),
        "tests": len(tests),
        "tests_by_result": controls.counts(tests),
        "exceptions": sum(test["exceptions"] for test in tests),
        "in_force": sum(each["state"] == controls.IN_FORCE for each in data["evidence"]),
        "verdict": controls.verdict(objectives),
        "findings": controls.cards(objectives, data["dpo"]["name"]),
    }


def drawings(data: DataProtectionAudit) -> dict[str, Chart]:
    """The charts of the report."""
    objectives = [controls.judged(each, data["evidence"]) for each in data["objectives"]]
    rows = []
    for each in objectives:
        results = [test["result"] for test in each["tests"]]
        met = results.count("met") + results.count("nothing_due")
        counts = (met, results.count("not_shown"), results.count("exception"))
        rows.append((each["title"], counts))
    return {
        "tests": charts.stacked(
            "Tests by control objective",
            "tests",
            ("met or nothing due", "not shown", "exception"),
            rows,
            "Objective",
        )
    }
