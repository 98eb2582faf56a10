"""Every kind of finding that a question of the questionnaire names, as one audit left it. Pure.

For a report: what contradicts or measures a claim, what was tested and held, and what the
records cannot prove, with the column or fact that would prove it. Whether an answer is
contradicted depends on the answer, and is not said here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from privacy.vendors.contradictions import Tested
from privacy.vendors.findings import completeness_kinds, of_audit, of_completeness, targets
from privacy.vendors.questionnaire import Questionnaire

MOST_RECORDS = 10
EXCEPTIONS, MEASURED, HELD, NOT_PROVABLE = "exceptions", "measured", "held", "not_provable"


def table(
    questionnaire: Questionnaire, audit: Mapping[str, Any], manifest: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """One line for each question and kind, in the order of the questionnaire."""
    tests: dict[str, list[Tested]] = {}
    for test in (*of_audit(audit), *of_completeness(manifest)):
        tests.setdefault(test.kind, []).append(test)
    claims = {each["kind"]: each for each in audit.get("claims", ())}
    return [
        {
            "question": question.id,
            "kind": by.kind,
            "unit": by.unit,
            **_line(by.kind, tests.get(by.kind, ()), claims.get(by.kind), audit, manifest),
        }
        for question in questionnaire.questions.values()
        for by in question.contradicted_by
    ]


def _line(
    kind: str,
    tests: Sequence[Tested],
    claim: Mapping[str, Any] | None,
    audit: Mapping[str, Any],
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    if not tests:
        missing = claim["missing"] if claim else _missing(kind, audit, manifest)
        nothing = "" if missing or kind in completeness_kinds() else "No call could show it."
        text = claim["text"] if claim else nothing
        return _told(NOT_PROVABLE, text, missing=sorted(missing))
    figures = [test.measured for test in tests if test.measured is not None]
    exceptions = max(test.exceptions for test in tests)
    tested = max(test.tested for test in tests)
    result = MEASURED if figures else EXCEPTIONS if exceptions else HELD
    return _told(
        result,
        claim["text"] if claim else "",
        exceptions=exceptions,
        tested=tested,
        measured=f"{max(figures):f}" if figures else None,
        records=sorted({row for test in tests for row in test.rows})[:MOST_RECORDS],
    )


def _told(
    result: str,
    text: str,
    *,
    exceptions: int = 0,
    tested: int = 0,
    measured: str | None = None,
    records: Iterable[int] = (),
    missing: Iterable[str] = (),
) -> dict[str, Any]:
    return {
        "result": result,
        "text": text,
        "exceptions": exceptions,
        "tested": tested,
        "measured": measured,
        "records": list(records),
        "missing": list(missing),
    }


def _missing(kind: str, audit: Mapping[str, Any], manifest: Mapping[str, Any]) -> set[str]:
    """What would prove a kind that rests on checks of calls, or on those of the export."""
    codes = completeness_kinds().get(kind, ())
    found = {
        str(each["missing"])
        for each in manifest.get("completeness", ())
        if each["code"] in codes and each.get("missing")
    }
    checks, abandoned = targets()
    for word, listed in checks.items():
        for target in listed:
            if target.kind == kind:
                found |= {
                    name
                    for each in audit["not_provable"]
                    if each["check"] == word and target.takes(each["rule"])
                    for name in each["missing"]
                }
    if kind == abandoned:
        found |= {name for share in audit["abandonment"] for name in share["missing"]}
    return found
