"""Answers: each type takes what it should; a file is taken whole or not at all."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.vendors.answers import Ratio, answered, plain, read_file, typed
from privacy.vendors.reading import base

BASE = base()
SCHEMA = "rightsdesk.vendor-answers/1"


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("contract-02", "partly", "partly"),
        ("contract-02", " not_applicable ", "not_applicable"),
        ("contract-01", "purpose, duration", ["duration", "purpose"]),
        ("contract-01", "", []),
        ("data-01", "3/5", {"numerator": 3, "denominator": 5}),
        ("abandon-01", "2.10", "2.1"),
        ("abandon-01", "100", "100"),
        ("scope-01", "1200", 1200),
        ("scope-03", "US-CA,DE", ["DE", "US-CA"]),
        ("scope-02", "predictive", ["predictive"]),
        ("security-01.report_on", "2026-09-01", "2026-09-01"),
        ("consent-03.leads_bought", "no", "no"),
    ],
)
def test_an_answer_as_a_person_types_it(question: str, text: str, value: Any) -> None:
    found = typed(BASE, question, text, by="controller")
    assert plain(found.value) == value
    again = answered(BASE, question, found.document()["value"], by="controller")
    assert again == found


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("contract-02", "maybe"),
        ("contract-02", True),
        ("contract-02", None),
        ("contract-01", "purpose"),
        ("contract-01", ["purpose", "purpose"]),
        ("contract-01", ["colour"]),
        ("data-01", {"numerator": 6, "denominator": 5}),
        ("data-01", {"numerator": -1, "denominator": 5}),
        ("data-01", {"numerator": 1}),
        ("data-01", {"numerator": 1, "denominator": 5, "more": 1}),
        ("data-01", {"numerator": True, "denominator": 5}),
        ("data-01", {"numerator": 0, "denominator": 0}),
        ("abandon-01", 100.1),
        ("abandon-01", -0.1),
        ("abandon-01", float("nan")),
        ("abandon-01", float("inf")),
        ("abandon-01", "1e1"),
        ("scope-01", 1.5),
        ("scope-01", 10**12),
        ("scope-03", ["Germany"]),
        ("scope-03", []),
        ("scope-02", []),
        ("security-01.report_on", "2026-02-30"),
        ("security-01.report_on", "20260201"),
        ("nothing-01", "yes"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_the_name_of_its_question(
    question: str, value: Any
) -> None:
    with pytest.raises(BadFacts) as refused:
        answered(BASE, question, value, by="controller")
    assert refused.value.field == question


def test_a_vendor_does_not_answer_what_the_controller_records() -> None:
    with pytest.raises(BadFacts, match="controller records"):
        answered(BASE, "scope-04.separate_basis", "recorded", by="vendor")
    assert answered(BASE, "scope-04.separate_basis", "recorded", by="controller")


def file_of(*answers: Any, **more: Any) -> dict[str, Any]:
    return {"schema": SCHEMA, "answers": list(answers), **more}


def test_a_file_of_answers_is_read_with_comments() -> None:
    found = read_file(
        BASE,
        file_of(
            {"question": "contract-02", "value": "yes", "comment": "clause 4"},
            {"question": "data-01", "value": {"numerator": 1, "denominator": 2}},
            vendor="vd-1",
            questionnaire_sha256=BASE.sha256,
        ),
        vendor_id="vd-1",
    )
    assert [(each.question, each.comment) for each in found] == [
        ("contract-02", "clause 4"),
        ("data-01", ""),
    ]
    assert found[1].value == Ratio(1, 2)


GOOD = {"question": "contract-02", "value": "yes"}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "answers"),
        ({"answers": []}, "answers.schema"),
        (file_of(GOOD, vendor="vd-2"), "answers.vendor"),
        (file_of(GOOD, questionnaire_sha256="0" * 64), "answers.questionnaire_sha256"),
        (file_of(GOOD, colour="red"), "answers.colour"),
        (file_of({**GOOD, "score": 1}), "answers[1].score"),
        (file_of(GOOD, "yes"), "answers[2]"),
        (file_of(GOOD, GOOD), "contract-02"),
        (file_of(GOOD, {"question": "data-01", "value": "3/5"}), "data-01"),
        (
            file_of({"question": "scope-04.separate_basis", "value": "recorded"}),
            "scope-04.separate_basis",
        ),
        (file_of({**GOOD, "comment": "x" * 4001}), "answers[1].comment"),
    ],
)
def test_a_file_that_is_wrong_anywhere_gives_no_answer_at_all(document: Any, field: str) -> None:
    with pytest.raises(BadFacts) as refused:
        read_file(BASE, document, vendor_id="vd-1")
    assert refused.value.field == field


def test_an_error_names_the_question_and_never_what_was_answered() -> None:
    with pytest.raises(BadFacts) as refused:
        answered(BASE, "contract-02", "Robin Miller", by="vendor")
    assert "Miller" not in json.dumps(refused.value.document())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)
IDS = st.sampled_from([*BASE.questions, *BASE.facts, "nothing-01", ""])


@given(IDS, JSON)
def test_any_value_is_an_answer_or_our_own_error(question: str, value: Any) -> None:
    try:
        found = answered(BASE, question, value, by="controller")
    except BadFacts:
        return
    assert answered(BASE, question, plain(found.value), by="controller") == found


@given(JSON, st.lists(st.fixed_dictionaries({"question": IDS, "value": JSON}), max_size=4))
def test_any_document_is_a_file_of_answers_or_our_own_error(document: Any, rows: Any) -> None:
    for each in (document, {"schema": SCHEMA, "answers": rows}):
        try:
            found = read_file(BASE, each)
        except BadFacts:
            continue
        assert len({answer.question for answer in found}) == len(found)


@given(IDS, st.text(max_size=40))
def test_any_typed_text_is_an_answer_or_our_own_error(question: str, text: str) -> None:
    with contextlib.suppress(BadFacts):
        typed(BASE, question, text, by="controller")
