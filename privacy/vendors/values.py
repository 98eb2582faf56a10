"""What an answer of each type is worth by itself, before evidence and call records. Pure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from privacy.vendors.answers import Answer, Ratio
from privacy.vendors.applying import Scope
from privacy.vendors.questionnaire import Band, Empty, Kind, Question, Questionnaire


def raw_value(
    questionnaire: Questionnaire, question: Question, answer: Answer, scope: Scope
) -> Fraction | None:
    """0 to 1 by the rule of the question's type; None where it was answered as not applicable."""
    value, kind = answer.value, question.form.kind
    if kind is Kind.CHOICE:
        worth = question.values[str(value)]
        return None if worth is None else Fraction(worth)
    if kind is Kind.CHECKLIST:
        assert isinstance(value, tuple)
        return Fraction(len(value), len(question.form.options))
    if kind is Kind.RATIO:
        assert isinstance(value, Ratio)
        return _ratio(question, value, scope)
    assert kind is Kind.NUMBER
    assert isinstance(value, Decimal)
    return _banded(question, value, scope)


def _ratio(question: Question, value: Ratio, scope: Scope) -> Fraction | None:
    below = value.denominator
    if question.denominator_at_least:
        # As many as the countries that are called, however few the vendor counts itself.
        below = max(below, len(scope.countries))
    if below:
        return Fraction(value.numerator, below)
    return None if question.form.when_empty is Empty.NOT_APPLICABLE else Fraction(0)


def _banded(question: Question, value: Decimal, scope: Scope) -> Fraction:
    """The lowest worth in the bands of the jurisdictions called; of all of them if unknown."""
    named = {
        k: v for k, v in question.bands.items() if k in (scope.jurisdictions or question.bands)
    }
    return min(_worth(bands, value) for bands in (named or question.bands).values())


def _worth(bands: tuple[Band, ...], value: Decimal) -> Fraction:
    for band in bands:
        if band.most is None or value <= band.most:
            return Fraction(band.value)
    raise AssertionError("the last band is open")
