"""Controls, their tests and their results: the part that policy and audit reports share.

A test looked at so many things and found so many exceptions; `looked` None: it could not be
made. Its result follows from the two numbers alone, so that whoever has the data gets the same.
A clause is met if no test of it has an exception, each could be made, and, where evidence is
needed, a document of one of the kinds is in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypedDict

from reports.findings import BEFORE_NEXT_CALL, BEFORE_RELIED_ON, NOBODY, Card
from reports.shape import Count, Day, Digest, Instant

Result = Literal["met", "exception", "not_shown", "nothing_due"]
ORDER: tuple[Result, ...] = ("exception", "not_shown", "met", "nothing_due")
IN_FORCE = "in_force"


class Test(TypedDict):
    """One test that was run. `how` says how; `found` what, in words; `unit` what was looked at."""

    id: str
    what: str
    how: str
    unit: str
    looked: Count | None
    exceptions: Count
    found: str


class Evidence(TypedDict):
    """A registered document; `state` on the last day of the report. No name stands in it."""

    id: str
    kind: str
    clauses: list[str]
    title: str
    version: str
    dated_on: Day
    valid_until: Day | None
    people: Count
    staff: list[str]
    sha256: Digest
    kept: str
    reference: str
    state: str
    added_at: Instant


class Clause(TypedDict):
    """One clause or control objective with its tests. `needs`: kinds of evidence, [] for none."""

    id: str
    title: str
    citation: str
    asks: str
    needs: list[str]
    verification: str
    tests: list[Test]


def result_of(test: Test) -> Result:
    """What the numbers of a test say."""
    if test["looked"] is None:
        return "not_shown"
    if test["exceptions"]:
        return "exception"
    return "met" if test["looked"] else "nothing_due"


def shown_by(clause: Clause, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Documents in force that are filed under the clause and of a kind that it needs."""
    return [
        each
        for each in evidence
        if clause["id"] in each["clauses"]
        and each["kind"] in clause["needs"]
        and each["state"] == IN_FORCE
    ]


def judged(clause: Clause, evidence: Sequence[Evidence]) -> dict[str, Any]:
    """The clause with the result of each test, its evidence and its own result."""
    held = shown_by(clause, evidence)
    tests = [{**test, "result": result_of(test)} for test in clause["tests"]]
    results: list[Result] = [result_of(test) for test in clause["tests"]]
    if clause["needs"]:
        results.append("met" if held else "not_shown")
    return {
        **clause,
        "tests": tests,
        "evidence": held,
        "lacks_evidence": bool(clause["needs"]) and not held,
        "result": min(results, key=ORDER.index, default="not_shown"),
    }


def counts(clauses: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many clauses have each result."""
    found = [clause["result"] for clause in clauses]
    return {result: found.count(result) for result in ORDER}


def verdict(clauses: Iterable[dict[str, Any]]) -> Result:
    """The worst result of all clauses."""
    return min((clause["result"] for clause in clauses), key=ORDER.index, default="not_shown")


def cards(clauses: Iterable[dict[str, Any]], owner: str) -> list[Card]:
    """A finding for each exception, each test that could not be made, each lack of evidence."""
    found: list[Card] = []
    for clause in clauses:
        for test in clause["tests"]:
            if test["result"] == "exception":
                found.append(
                    _card(clause, test["id"], "breach", f"{test['what']}: {test['found']}")
                )
            elif test["result"] == "not_shown":
                text = f"{test['what']}: {test['found']}"
                found.append(_card(clause, test["id"], "not_provable", text))
        if clause["lacks_evidence"]:
            kinds = " or ".join(clause["needs"])
            text = f"No document of the kind {kinds} is in force for this clause."
            found.append(_card(clause, "evidence", "not_provable", text))
    found.sort(key=lambda card: card["level"] != "breach")
    for number, card in enumerate(found, start=1):
        card["id"] = f"F-{number:02d}"
        card["owner"] = owner or NOBODY
    return found


def _card(
    clause: dict[str, Any], topic: str, level: Literal["breach", "not_provable"], text: str
) -> Card:
    registered = f"Register one: `rightsdesk evidence add --clause {clause['id']}`."
    mend = "Look at each exception, mend its cause, and decide who must be told."
    return {
        "id": "",
        "level": level,
        "topic": topic,
        "title": clause["title"],
        "text": text,
        "criterion": clause["citation"],
        "evidence": f"clause {clause['id']} in data.json",
        "action": mend if level == "breach" else registered,
        "owner": "",
        "due": BEFORE_NEXT_CALL if level == "breach" else BEFORE_RELIED_ON,
    }
