"""Cases for scoring: the best answers there are, and what a test changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from privacy.vendors.answers import Answer, answered
from privacy.vendors.contradictions import Tested
from privacy.vendors.questionnaire import Kind, Question, Questionnaire
from privacy.vendors.reading import base
from privacy.vendors.scoring import Case, Evidence

TODAY = date(2026, 11, 18)
SCOPE: dict[str, Any] = {
    "scope-01": 800,
    "scope-02": ["predictive", "prerecorded"],
    "scope-03": ["DE", "GB", "US-CA"],
    "security-01.report_on": "2026-09-01",
    "transfer-01.countries": ["IN"],
    "records-01.raw_export": "given",
    "consent-03.leads_bought": "yes",
}


def best_value(question: Question) -> Any:
    """The best answer to a question, as JSON."""
    form = question.form
    if form.kind is Kind.CHOICE:
        worth = {key: value for key, value in question.values.items() if value is not None}
        return max(worth, key=lambda key: worth[key])
    if form.kind is Kind.CHECKLIST:
        return list(form.options)
    if form.kind is Kind.RATIO:
        return {"numerator": 5, "denominator": 5}
    assert form.kind is Kind.NUMBER
    return 0


def given(changes: Mapping[str, Any] | None = None) -> dict[str, Answer]:
    """The best answers of a vendor that every question applies to, with those changes.

    A change to None takes the answer away.
    """
    questionnaire = base()
    values: dict[str, Any] = {
        key: best_value(each) for key, each in questionnaire.questions.items() if each.weight
    }
    values |= SCOPE | dict(changes or {})
    return {
        key: answered(questionnaire, key, value, by="controller")
        for key, value in values.items()
        if value is not None
    }


def all_evidence(until: date = date(2027, 11, 18)) -> Evidence:
    """One file that backs every question."""
    return Evidence("ev-all", frozenset(base().questions), date(2026, 1, 1), until)


def whole(changes: Mapping[str, Any] | None = None, **fields: Any) -> Case:
    """A case with the best answers, all backed, with those changes."""
    case = Case(TODAY, given(changes), (all_evidence(),), due_on=date(2026, 11, 1))
    return replace(case, **fields)


def finding(kind: str, exceptions: int = 1, measured: str | None = None) -> Tested:
    """A finding with so many exceptions in 100 rows."""
    return Tested(
        kind,
        f"f-{kind}",
        tuple(range(2, 2 + exceptions)),
        exceptions,
        100,
        None if measured is None else Decimal(measured),
        run_id="run-1",
    )


def small(questionnaire: Questionnaire, *ids: str) -> Questionnaire:
    """The questionnaire with only those scored questions, and what sizes a vendor."""
    kept = {
        key: each for key, each in questionnaire.questions.items() if key in ids or not each.weight
    }
    return replace(questionnaire, questions=kept)
