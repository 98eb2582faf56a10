"""What holds for any answers: better proof never lowers, what does not apply never counts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from privacy.vendors.answers import Answer, answered
from privacy.vendors.questionnaire import Kind, Question
from privacy.vendors.reading import base
from privacy.vendors.scoring import Case, Outcome, Scoring, Status, percentage, score
from tests.vendors.cases import TODAY, all_evidence, finding, small

BASE = base()
COUNTRIES = ("DE", "FR", "GB", "US-CA", "US-TX", "CA", "CH")
ORDER = (Outcome.NOT_APPROVED, Outcome.CONDITIONAL, Outcome.APPROVED)
SOME = st.sampled_from(sorted(BASE.questions))


def values(question: Question) -> st.SearchStrategy[Any]:
    form = question.form
    if form.kind is Kind.CHOICE:
        return st.sampled_from(form.options)
    if form.kind is Kind.MULTI:
        options = COUNTRIES if form.countries else form.options
        return st.lists(st.sampled_from(options), unique=True, min_size=1)
    if form.kind is Kind.CHECKLIST:
        return st.lists(st.sampled_from(form.options), unique=True)
    if form.kind is Kind.RATIO:
        return st.tuples(st.integers(1, 9), st.integers(0, 9)).map(
            lambda pair: {"numerator": min(pair), "denominator": max(pair)}
        )
    return st.integers(0, 100_000) if form.kind is Kind.INTEGER else st.integers(0, 10)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Answers to some questions, evidence for some, findings of some kinds."""
    answers: dict[str, Answer] = {}
    for key in draw(st.sets(SOME, max_size=25)):
        value = draw(values(BASE.questions[key]))
        answers[key] = answered(BASE, key, value, by="controller")
    backed = draw(st.frozensets(SOME, max_size=20))
    kinds = sorted({by.kind for q in BASE.questions.values() for by in q.contradicted_by})
    tests = tuple(
        finding(kind, 1, "40") for kind in draw(st.sets(st.sampled_from(kinds), max_size=3))
    )
    due_on = draw(st.sampled_from([None, TODAY, TODAY.replace(day=1)]))
    return Case(TODAY, answers, (replace(all_evidence(), questions=backed),), tests, due_on)


@given(cases(), st.frozensets(SOME, max_size=10))
def test_better_evidence_never_lowers_a_score(case: Case, more: frozenset[str]) -> None:
    better = replace(
        case, evidence=(*case.evidence, replace(all_evidence(), id="2", questions=more))
    )
    before, after = score(BASE, case), score(BASE, better)
    assert (after.total or Fraction(0)) >= (before.total or Fraction(0))
    for old, new in zip(before.lines, after.lines, strict=True):
        assert (new.value or 0) >= (old.value or 0)
    assert ORDER.index(after.outcome) >= ORDER.index(before.outcome)


@given(cases())
def test_hiding_what_does_not_apply_never_changes_a_percentage(case: Case) -> None:
    found = score(BASE, case)
    shown = [each.question.id for each in found.lines if each.status is not Status.HIDDEN]
    without = score(small(BASE, *shown), case)
    assert without.total == found.total
    assert dict(without.sections) == dict(found.sections)
    # The answers to what does not apply do not matter either.
    kept = {key: each for key, each in case.answers.items() if key in shown or "." in key}
    assert score(BASE, replace(case, answers=kept)).total == found.total


@given(cases())
def test_the_total_is_the_sum_of_its_lines_and_lies_between_nothing_and_a_hundred(
    case: Case,
) -> None:
    found: Scoring = score(BASE, case)
    assert found.total is None or 0 <= found.total <= 100
    assert found.total == percentage(found.lines)
    by_section = [
        (
            sum(
                line.weight
                for line in found.lines
                if line.question.section == key and line.value is not None
            ),
            value,
        )
        for key, value in found.sections.items()
        if value is not None
    ]
    if found.total is not None:
        weight = sum(each for each, _ in by_section)
        assert found.total == sum((w * v for w, v in by_section), Fraction(0)) / weight


@given(cases(), SOME)
def test_a_finding_never_raises_a_score(case: Case, question: str) -> None:
    by = BASE.questions[question].contradicted_by
    if not by:
        return
    more = replace(case, tests=(*case.tests, finding(by[0].kind, 5, "900")))
    before, after = score(BASE, case), score(BASE, more)
    for old, new in zip(before.lines, after.lines, strict=True):
        if old.value is not None:
            assert new.value is not None
            assert new.value <= old.value
    assert ORDER.index(after.outcome) <= ORDER.index(before.outcome)


@given(cases())
def test_nobody_with_a_gate_at_zero_or_an_answer_owed_is_approved(case: Case) -> None:
    found = score(BASE, case)
    owed = [each for each in found.unanswered() if each.value is None]
    if found.failed_gates() or owed:
        assert found.outcome is Outcome.NOT_APPROVED
    if found.outcome is Outcome.APPROVED:
        assert found.total is not None
        assert found.total >= found.bar
