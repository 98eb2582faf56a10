"""What the offline form for a vendor holds: the questions, and nothing else of the desk. Pure.

No weight, gate, score, band, test or finding, no remark of staff, nothing of another vendor:
each field that leaves is named here, so that one that is added elsewhere stays. Conditions go
as a tree; the form's script evaluates them as `expressions.evaluate` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from privacy.vendors.answers import SCHEMA as ANSWERS
from privacy.vendors.answers import Answer
from privacy.vendors.expressions import All, Check, Expression, Not
from privacy.vendors.questionnaire import Fact, Form, Kind, Question, Questionnaire

SCHEMA = "rightsdesk.vendor-form/1"
LARGEST_INSIDE = 4 * 1024 * 1024
"""Bytes of one evidence file that the form embeds; a larger one goes apart, by its digest."""
LARGEST_TOGETHER = 16 * 1024 * 1024
"""Bytes of all embedded files of one file of answers."""


def tree(expression: Expression) -> dict[str, Any]:
    """An expression as JSON: check, not, all or some."""
    if isinstance(expression, Check):
        return {"check": [expression.ref, expression.op, expression.operand]}
    if isinstance(expression, Not):
        return {"not": tree(expression.inner)}
    kind = "all" if isinstance(expression, All) else "some"
    return {kind: [tree(part) for part in expression.parts]}


def form(
    questionnaire: Questionnaire,
    *,
    vendor_id: str,
    vendor_name: str,
    controller: str,
    on: date,
    due_on: date | None,
    answers: Sequence[Answer] = (),
) -> dict[str, Any]:
    """Everything that the page for this vendor holds. `answers`: its own, to go on from."""
    return {
        "schema": SCHEMA,
        "answers_schema": ANSWERS,
        "vendor": {"id": vendor_id, "name": vendor_name},
        "controller": controller,
        "made": on.isoformat(),
        "due": None if due_on is None else due_on.isoformat(),
        "questionnaire_sha256": questionnaire.sha256,
        "version": questionnaire.version,
        "countries_question": questionnaire.rules.countries_question,
        "jurisdictions": _sorted(questionnaire.jurisdictions),
        "areas": _sorted(questionnaire.areas),
        "largest_inside": LARGEST_INSIDE,
        "largest_together": LARGEST_TOGETHER,
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "questions": [
                    _question(questionnaire, question)
                    for question in questionnaire.questions.values()
                    if question.section == section.id
                ],
            }
            for section in questionnaire.sections
        ],
        "answers": [each.document() for each in answers],
    }


def _question(questionnaire: Questionnaire, question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "ask": question.ask,
        **_form(question.form),
        "evidence": question.evidence if question.evidence_cap is not None else "",
        "cites": [questionnaire.citations[key].cite for key in question.why],
        "jurisdictions": sorted(question.jurisdictions),
        "condition": None if question.condition is None else tree(question.condition),
        "facts": [
            _fact(fact)
            for fact in questionnaire.facts.values()
            if fact.of == question.id and fact.by == "vendor"
        ],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {"id": fact.id, "ask": fact.ask, **_form(fact.form)}


def _form(form: Form) -> dict[str, Any]:
    labels = {code: code.replace("_", " ") for code in form.options}
    found: dict[str, Any] = {"kind": form.kind.value, "options": labels}
    if form.countries:
        found["kind"] = "countries"
    if form.kind is Kind.RATIO:
        found["numerator"] = form.numerator.replace("_", " ")
        found["denominator"] = form.denominator.replace("_", " ")
    return found


def _sorted(named: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    return {key: sorted(codes) for key, codes in named.items()}
