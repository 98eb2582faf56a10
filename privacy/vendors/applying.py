"""Which questions apply to a vendor: by the countries it calls and by what it answered. Pure.

What is not known hides nothing: a vendor that does not say where it calls answers everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from privacy.vendors.answers import Answer
from privacy.vendors.expressions import Known, evaluate
from privacy.vendors.questionnaire import Question, Questionnaire

OTHER = "other"


@dataclass(frozen=True)
class Scope:
    """Where a vendor calls. `jurisdictions` None: it was not said."""

    jurisdictions: frozenset[str] | None
    countries: tuple[str, ...]


def scope_of(questionnaire: Questionnaire, answers: Mapping[str, Answer]) -> Scope:
    """Jurisdictions of the countries called; `other` for a country of none of them."""
    answer = answers.get(questionnaire.rules.countries_question)
    if answer is None or not isinstance(answer.value, tuple):
        return Scope(None, ())
    found = set()
    for country in answer.value:
        places = {country, country.partition("-")[0]}
        named = {name for name, codes in questionnaire.jurisdictions.items() if codes & places}
        found |= named or {OTHER}
    return Scope(frozenset(found), answer.value)


def known_of(questionnaire: Questionnaire, answers: Mapping[str, Answer], on: date) -> Known:
    """What conditions may look at on that day."""
    return Known({key: each.value for key, each in answers.items()}, questionnaire.areas, on)


def hidden_by(questionnaire: Questionnaire, question: Question, scope: Scope, known: Known) -> str:
    """`jurisdiction` or `condition` where the question does not apply; "" where it does."""
    if scope.jurisdictions is not None and not _in_scope(questionnaire, question, scope):
        return "jurisdiction"
    if question.condition is not None and evaluate(question.condition, known) is False:
        return "condition"
    return ""


def _in_scope(questionnaire: Questionnaire, question: Question, scope: Scope) -> bool:
    """A question of every jurisdiction is general: it is asked for other countries too."""
    assert scope.jurisdictions is not None
    if scope.jurisdictions & question.jurisdictions:
        return True
    general = question.jurisdictions == frozenset(questionnaire.jurisdictions)
    return OTHER in scope.jurisdictions and general
