"""Answers: what a question of each type takes, and a file of them read whole or not at all. Pure.

A value is a code (choice), codes (checklist, multi), two whole numbers (ratio), a percentage
(number), a whole number (integer) or a day (date of a fact). Errors name the question and never
quote what was answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from privacy.errors import BadFacts
from privacy.vendors.fields import Fields, decimal_of, is_text
from privacy.vendors.questionnaire import Empty, Form, Kind, Questionnaire

SCHEMA = "rightsdesk.vendor-answers/1"
COUNTRY = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
WHOLE = re.compile(r"[0-9]{1,12}")
PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
MOST_COMMENT = 4_000
MOST_COUNTRIES = 300


class Source(StrEnum):
    """How an answer came in."""

    TYPED = "typed"
    FILE = "file"
    FORM = "form"
    VSAQ = "vsaq"
    CAIQ = "caiq"


@dataclass(frozen=True)
class Ratio:
    """Two whole numbers, the first at most the second."""

    numerator: int
    denominator: int


Value = str | tuple[str, ...] | Ratio | Decimal | int | date


@dataclass(frozen=True)
class Answer:
    """One answer: its value, and what the vendor says about it."""

    question: str
    value: Value
    comment: str = ""

    def document(self) -> dict[str, Any]:
        """As it is sealed, and as a file of answers holds it."""
        return {
            "question": self.question,
            "value": plain(self.value),
            **({"comment": self.comment} if self.comment else {}),
        }


def plain(value: Value) -> Any:
    """The value as JSON."""
    if isinstance(value, Ratio):
        return {"numerator": value.numerator, "denominator": value.denominator}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def read_file(
    questionnaire: Questionnaire, document: Any, *, by: str = "vendor", vendor_id: str = ""
) -> list[Answer]:
    """All answers of a document, or BadFacts for the first that is wrong.

    `by`: who gives them; a fact that the controller records is not the vendor's to answer.
    `vendor_id`: a document that names another vendor is refused.
    """
    top = Fields(document, "answers")
    top.expect("schema", SCHEMA)
    named = top.text_or_none("vendor")
    if vendor_id and named not in (None, vendor_id):
        raise top.wrong("vendor", "These answers are another vendor's.")
    version = top.text_or_none("questionnaire_sha256")
    if version not in (None, questionnaire.sha256):
        raise top.wrong("questionnaire_sha256", "These are answers to another questionnaire.")
    found: dict[str, Answer] = {}
    for number, item in enumerate(top.rows("answers"), 1):
        each = Fields(item, f"answers[{number}]")
        answer = answered(
            questionnaire,
            each.text("question"),
            each.peek("value"),
            each.text_or_none("comment") or "",
            by=by,
        )
        each.ignore("value").end()
        if answer.question in found:
            raise _wrong(answer.question, "This question is answered twice.")
        found[answer.question] = answer
    top.end()
    return list(found.values())


def answered(
    questionnaire: Questionnaire, answer_id: str, value: Any, comment: str = "", *, by: str
) -> Answer:
    """One answer from a value of JSON. BadFacts names the question."""
    form = _form(questionnaire, answer_id, by)
    if len(comment) > MOST_COMMENT:
        raise _wrong(answer_id, f"A comment has at most {MOST_COMMENT} characters.")
    if not is_text(comment):
        raise _wrong(answer_id, "The comment holds half of a character.")
    return Answer(answer_id, _value(form, answer_id, value), comment)


def typed(
    questionnaire: Questionnaire, answer_id: str, text: str, comment: str = "", *, by: str
) -> Answer:
    """One answer as a person types it: a code, codes with commas, 3/5, 2.1, 1200, 2026-11-30."""
    form = _form(questionnaire, answer_id, by)
    text = text.strip()
    value: Any = text
    if form.kind in (Kind.CHECKLIST, Kind.MULTI):
        value = [each.strip() for each in text.split(",") if each.strip()]
    elif form.kind is Kind.RATIO:
        top, slash, bottom = (each.strip() for each in text.partition("/"))
        if not slash or not WHOLE.fullmatch(top) or not WHOLE.fullmatch(bottom):
            raise _wrong(answer_id, "A ratio is typed as 3/5.")
        value = {"numerator": int(top), "denominator": int(bottom)}
    elif form.kind is Kind.INTEGER:
        value = int(text) if WHOLE.fullmatch(text) else None
    return answered(questionnaire, answer_id, value, comment, by=by)


def _form(questionnaire: Questionnaire, answer_id: str, by: str) -> Form:
    form = questionnaire.form_of(answer_id)
    if form is None:
        known = answer_id if len(answer_id) <= 60 and answer_id.isascii() else "…"
        raise _wrong(known, "The questionnaire has no such question.")
    fact = questionnaire.facts.get(answer_id)
    if fact is not None and fact.by != by and by == "vendor":
        raise _wrong(answer_id, "The controller records this, not the vendor.")
    return form


def _value(form: Form, answer_id: str, value: Any) -> Value:
    readers = {
        Kind.CHOICE: _choice,
        Kind.CHECKLIST: _codes,
        Kind.MULTI: _codes,
        Kind.RATIO: _ratio,
        Kind.NUMBER: _percent,
        Kind.INTEGER: _integer,
        Kind.DATE: _date,
    }
    return readers[form.kind](form, answer_id, value)


def _choice(form: Form, answer_id: str, value: Any) -> Value:
    if not isinstance(value, str) or value not in form.options:
        raise _wrong(answer_id, f"One of {', '.join(form.options)}.")
    return value


def _codes(form: Form, answer_id: str, value: Any) -> Value:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(answer_id, "A list of codes.")
    if len(set(value)) != len(value):
        raise _wrong(answer_id, "A code stands there twice.")
    if form.countries:
        if not value or len(value) > MOST_COUNTRIES or not all(map(COUNTRY.fullmatch, value)):
            raise _wrong(answer_id, "Codes of countries or states, such as DE or US-CA.")
        return tuple(sorted(value))
    if not set(value) <= set(form.options):
        raise _wrong(answer_id, f"Of {', '.join(form.options)}.")
    if not value and form.kind is Kind.MULTI:
        raise _wrong(answer_id, "At least one code.")
    return tuple(each for each in form.options if each in value)


def _ratio(form: Form, answer_id: str, value: Any) -> Value:
    if not isinstance(value, dict) or set(value) != {"numerator", "denominator"}:
        raise _wrong(answer_id, f"{form.numerator} of {form.denominator}: two whole numbers.")
    top, bottom = (_whole(value[key]) for key in ("numerator", "denominator"))
    if top is None or bottom is None or top > bottom:
        raise _wrong(answer_id, f"{form.numerator} of {form.denominator}, the first not larger.")
    if bottom == 0 and form.when_empty is Empty.REFUSED:
        raise _wrong(answer_id, f"None of no {form.denominator} says nothing.")
    return Ratio(top, bottom)


def _percent(_form: Form, answer_id: str, value: Any) -> Value:
    if isinstance(value, str) and PERCENT.fullmatch(value):
        found: Decimal | None = Decimal(value)
    else:
        found = decimal_of(value)
    if found is None or not 0 <= found <= 100:
        raise _wrong(answer_id, "A percentage from 0 to 100, such as 2.1.")
    # One value, one text: 2.10, 2.1 and 2.1e0 are the same answer.
    return Decimal(f"{found:f}").normalize() + 0


def _integer(_form: Form, answer_id: str, value: Any) -> Value:
    found = _whole(value)
    if found is None:
        raise _wrong(answer_id, "A whole number of at most twelve digits.")
    return found


def _date(_form: Form, answer_id: str, value: Any) -> Value:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise _wrong(answer_id, "A day such as 2026-11-30.") from None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 10**12 else None


def _wrong(answer_id: str, message: str) -> BadFacts:
    return BadFacts(
        message,
        field=answer_id,
        next="Nothing was saved. `rightsdesk vendor questionnaire` shows what each question takes.",
    )
