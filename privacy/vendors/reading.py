"""From a document of JSON to a questionnaire, or an error that names question and field. Pure.

Nothing is guessed: an unknown field, a weight outside 0 to 5, a condition on a question that is
not there, a value that no answer can have, a citation that stands nowhere are all refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from privacy.errors import BadFacts
from privacy.vendors import expressions, fields
from privacy.vendors.expressions import Expression
from privacy.vendors.fields import Fields
from privacy.vendors.questionnaire import (
    COUNTRIES,
    Adjustment,
    Band,
    Citation,
    ContradictedBy,
    Empty,
    Fact,
    Form,
    Kind,
    Question,
    Questionnaire,
    Rules,
    Section,
    Tier,
)

SCHEMA = "rightsdesk.vendor-questionnaire/1"
MARKS = ("verified", "secondary", "practice", "memory")
SCORED = (Kind.CHOICE, Kind.CHECKLIST, Kind.RATIO, Kind.NUMBER)
HEAVIEST = 5


@cache
def base_document() -> Mapping[str, Any]:
    """The package's own questionnaire as JSON; shared, not to be changed."""
    path = resources.files("privacy.vendors").joinpath("packs/questionnaire.json")
    return dict(json.loads(path.read_text("utf-8")))


@cache
def base() -> Questionnaire:
    """The package's own questionnaire."""
    return read(base_document())


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a questionnaire, in hexadecimal."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(document: Any) -> Questionnaire:
    """The questionnaire that a document holds. BadFacts names question and field."""
    top = Fields(document, "questionnaire")
    top.expect("schema", SCHEMA)
    citations = {key: _citation(key, value) for key, value in top.mapping("citations").items()}
    considerations = top.texts_by_key("considerations")
    sections = tuple(_section(each, considerations) for each in top.rows("sections"))
    jurisdictions = {k: frozenset(v) for k, v in top.lists_by_key("jurisdictions").items()}
    areas = {key: frozenset(value) for key, value in top.lists_by_key("areas").items()}
    facts = _once(_fact(each) for each in top.rows("facts"))
    questions = _once(_question(each, jurisdictions) for each in top.rows("questions"))
    found = Questionnaire(
        top.text("name"),
        top.text("version"),
        digest(top.all()),
        sections,
        citations,
        considerations,
        jurisdictions,
        areas,
        _rules(top.inner("scoring"), top.inner("remediation")),
        facts,
        questions,
    )
    top.ignore("note", "extensions").end()
    _check_whole(found)
    return found


def _citation(key: str, value: Any) -> Citation:
    each = Fields(value, f"citations.{key}")
    found = Citation(
        key, each.text("cite"), each.text("url", empty=True), each.one_of("mark", MARKS)
    )
    each.end()
    return found


def _section(value: Any, considerations: Mapping[str, str]) -> Section:
    each = Fields(value, "sections")
    found = Section(
        each.text("id"), each.text("title"), each.one_of("consideration", tuple(considerations))
    )
    each.end()
    return found


def _fact(value: Any) -> Fact:
    each = Fields.named(value, "facts")
    found = Fact(
        each.text("id"),
        each.text("of"),
        each.text("ask"),
        each.one_of("by", ("vendor", "controller")),
        _form(each, Kind(each.one_of("type", ("choice", "multi", "date")))),
    )
    if found.id.partition(".")[0] != found.of or not expressions.REF.fullmatch(found.id):
        raise each.wrong("id", "A fact is named by its question, a dot and a word.")
    each.end()
    return found


def _question(value: Any, jurisdictions: Mapping[str, frozenset[str]]) -> Question:
    each = Fields.named(value, "questions")
    kind = Kind(each.one_of("type", tuple(k.value for k in Kind if k is not Kind.DATE)))
    if "." in each.text("id") or not expressions.REF.fullmatch(each.text("id")):
        raise each.wrong("id", "The id of a question is a word, a dash and two or three digits.")
    condition = each.text_or_none("condition")
    lifted = each.text_or_none("gate_lifted_if")
    gate = each.one_of_or_none("gate", ("fail_if_zero",)) is not None
    found = Question(
        id=each.text("id"),
        section=each.text("section"),
        ask=each.text("ask"),
        form=_form(each, kind),
        values=_values(each) if kind is Kind.CHOICE else {},
        bands=_bands(each, jurisdictions) if kind is Kind.NUMBER else {},
        evidence=each.text("evidence", empty=True),
        evidence_cap=each.number_or_none("evidence_cap", most=1),
        why=tuple(each.texts("why")),
        weight=int(each.number("weight", most=HEAVIEST, whole=True)),
        gate=gate,
        gate_lifted_if=_expression(lifted, each.path("gate_lifted_if")),
        score_rule=each.text("score_rule"),
        adjust=tuple(_adjustment(item, each.id) for item in each.rows("adjust", missing=True)),
        denominator_at_least=each.text_or_none("denominator_at_least") or "",
        sampled=each.flag("sampled"),
        cdr_test=each.text_or_none("cdr_test") or "",
        contradicted_by=tuple(
            _contradicted_by(item, each.id) for item in each.rows("contradicted_by", missing=True)
        ),
        jurisdictions=frozenset(each.texts("jurisdictions", of=tuple(jurisdictions))),
        condition=_expression(condition, each.path("condition")),
        condition_text=condition or "",
        rule_refs=tuple(each.texts("rule_refs")),
    )
    each.ignore("condition_words").end()
    if kind not in SCORED and found.weight:
        raise each.wrong("weight", "A question of this type scores nothing: its weight is 0.")
    if found.sampled and kind is not Kind.RATIO:
        raise each.wrong("sampled", "Only a ratio is of a sample.")
    if found.gate and not found.weight:
        raise each.wrong("gate", "A gate needs a weight: a question that scores nothing is none.")
    return found


def _form(each: Fields, kind: Kind) -> Form:
    if kind is Kind.CHOICE:
        options = tuple(each.mapping("values")) if each.has("values") else each.codes("options")
        return Form(kind, options)
    if kind is Kind.CHECKLIST:
        return Form(kind, each.codes("items"))
    if kind is Kind.MULTI:
        if each.peek("options") == COUNTRIES:
            each.text("options")
            return Form(kind, countries=True)
        return Form(kind, each.codes("options"))
    if kind is Kind.RATIO:
        return Form(
            kind,
            numerator=each.text("numerator"),
            denominator=each.text("denominator"),
            when_empty=Empty(each.one_of("when_empty", tuple(e.value for e in Empty))),
        )
    if kind is Kind.NUMBER:
        return Form(kind, unit=each.one_of("unit", ("percent",)))
    return Form(kind)


def _values(each: Fields) -> dict[str, Decimal | None]:
    values = Fields(each.mapping("values"), each.path("values"))
    found = {key: values.number_or_none(key, most=1) for key in values.codes_of_keys()}
    if not any(value is not None for value in found.values()):
        raise each.wrong("values", "No answer scores anything.")
    return found


def _bands(
    each: Fields, jurisdictions: Mapping[str, frozenset[str]]
) -> dict[str, tuple[Band, ...]]:
    found: dict[str, tuple[Band, ...]] = {}
    for key, listed in each.mapping("bands").items():
        if key not in jurisdictions or not isinstance(listed, list) or not listed:
            raise each.wrong("bands", "Bands stand by jurisdiction, as a list.")
        rows = [Fields(item, each.path("bands")) for item in listed]
        bands = [Band(r.number_or_none("max"), r.number("value", most=1)) for r in rows]
        for row in rows:
            row.end()
        limits = [band.most for band in bands]
        told = [limit for limit in limits if limit is not None]
        if limits[-1] is not None or len(told) != len(limits) - 1 or told != sorted(set(told)):
            raise each.wrong("bands", "The limits of bands rise, and only the last one is open.")
        if [band.value for band in bands] != sorted((b.value for b in bands), reverse=True):
            raise each.wrong("bands", "A higher band may not be worth more than a lower one.")
        found[key] = tuple(bands)
    return found


def _adjustment(value: Any, question_id: str) -> Adjustment:
    each = Fields(value, f"{question_id}.adjust")
    text = each.text("when")
    found = Adjustment(
        expressions.parse(text, each.path("when")),
        text,
        each.number("times", most=1),
        each.one_of("if_unknown", ("applies", "skipped")) == "applies",
        each.text("words"),
    )
    each.end()
    return found


def _contradicted_by(value: Any, question_id: str) -> ContradictedBy:
    each = Fields(value, f"{question_id}.contradicted_by")
    above, below = each.peek("above"), each.peek("below")
    limits = None
    if isinstance(above, dict):
        inner = Fields(each.mapping("above"), each.path("above"))
        limits = {key: inner.number(key) for key in inner.codes_of_keys()}
    elif above is not None:
        each.expect("above", "claim")
    if below is not None:
        each.expect("below", "claim")
    found = ContradictedBy(
        each.code("kind"),
        each.text_or_none("unit") or "",
        limits,
        above == "claim",
        below == "claim",
    )
    each.end()
    return found


def _expression(text: str | None, path: str) -> Expression | None:
    return None if text is None else expressions.parse(text, path)


def _rules(scoring: Fields, remediation: Fields) -> Rules:
    tier = scoring.inner("tier")
    bars, months = scoring.inner("bars"), scoring.inner("reassess_months")
    days, severities = remediation.inner("due_days"), remediation.inner("severity_of_weight")
    below = tier.inner("below")
    tier.expect("otherwise", Tier.HIGH.value)
    found = Rules(
        tier_question=tier.text("question"),
        tier_below={each: int(below.number(each, whole=True)) for each in (Tier.LOW, Tier.MEDIUM)},
        raised_if=expressions.parse(tier.text("raised_by_one_if"), tier.path("raised_by_one_if")),
        bars={each: int(bars.number(each, most=100, whole=True)) for each in Tier},
        conditional_within=int(scoring.number("conditional_within", most=100, whole=True)),
        section_floor=int(scoring.number("section_floor", most=100, whole=True)),
        reassess_months={each: int(months.number(each, most=120, whole=True)) for each in Tier},
        reassess_events=scoring.codes("reassess_events"),
        countries_question=scoring.text("countries"),
        due_days={
            k: int(days.number(k, whole=True)) for k in ("critical", "high", "medium", "low")
        },
        severity_of_weight={
            weight: severities.one_of(str(weight), ("critical", "high", "medium", "low"))
            for weight in range(1, HEAVIEST + 1)
        },
    )
    scoring.ignore("words")
    remediation.ignore("words", "states")
    for each in (tier, bars, months, days, severities, below, scoring, remediation):
        each.end()
    return found


def _once(found: Iterable[Any]) -> dict[str, Any]:
    by_id: dict[str, Any] = {}
    for each in found:
        if each.id in by_id:
            raise BadFacts(
                "Two questions have the same id.", field=f"{each.id}.id", next="Rename one of them."
            )
        by_id[each.id] = each
    return by_id


def _check_whole(found: Questionnaire) -> None:
    """What can only be seen when everything is there: references between the parts."""
    sections = {section.id for section in found.sections}
    for fact in found.facts.values():
        if fact.of not in found.questions or fact.id in found.questions:
            raise fields.wrong(f"{fact.id}.of", "A fact belongs to a question that is not there.")
    for question in found.questions.values():
        if question.section not in sections:
            raise fields.wrong(f"{question.id}.section", "There is no such section.")
        for key in question.why:
            if key not in found.citations:
                raise fields.wrong(f"{question.id}.why", "A citation stands nowhere.")
        if (least := question.denominator_at_least) and least != found.rules.countries_question:
            raise fields.wrong(f"{question.id}.denominator_at_least", "Only countries are counted.")
        for limits in question.contradicted_by:
            if limits.above is not None and not set(limits.above) <= set(question.values):
                raise fields.wrong(f"{question.id}.contradicted_by", "No answer is called so.")
        for name, expression in (
            ("condition", question.condition),
            ("gate_lifted_if", question.gate_lifted_if),
            *(("adjust", each.when) for each in question.adjust),
        ):
            if expression is not None:
                _check_expression(found, expression, f"{question.id}.{name}")
    _check_expression(found, found.rules.raised_if, "scoring.tier.raised_by_one_if")
    for answer_id in (found.rules.tier_question, found.rules.countries_question):
        if answer_id not in found.questions:
            raise fields.wrong("scoring", "The tier rests on a question that is not there.")


FITTING = {
    "includes": (Kind.MULTI, Kind.CHECKLIST),
    "outside": (Kind.MULTI,),
    "is": (Kind.CHOICE,),
    "older": (Kind.DATE,),
}


def _check_expression(found: Questionnaire, expression: Expression, field: str) -> None:
    """BadFacts for a test that can never hold: an unknown id, a wrong type, an unknown value."""
    for test in expressions.checks(expression):
        form = found.form_of(test.ref)
        if form is None:
            raise fields.wrong(field, f"{test.ref} is no question and no fact.")
        if test.op == "is" and test.operand == expressions.ANSWERED:
            continue
        kinds = FITTING.get(test.op, (Kind.INTEGER, Kind.NUMBER))
        if form.kind not in kinds or (test.op == "outside" and not form.countries):
            raise fields.wrong(field, f"{test.ref} has no answer that `{test.op}` fits.")
        if test.op == "outside" and test.operand not in found.areas:
            raise fields.wrong(field, f"There is no area {test.operand}.")
        named = test.op in ("includes", "is") and not form.countries
        if named and test.operand not in form.options:
            raise fields.wrong(field, f"{test.ref} never has the value {test.operand}.")
