"""Conditions: what they say, what they do not know, and that no text breaks the parser."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.vendors.expressions import (
    LONGEST,
    All,
    Check,
    Expression,
    Known,
    Not,
    Some,
    checks,
    evaluate,
    parse,
    text_of,
)

AREAS = {"eea_uk": frozenset({"DE", "GB"})}
TODAY = date(2026, 11, 18)


def holds(text: str, answers: dict[str, Any]) -> bool | None:
    return evaluate(parse(text, "q.condition"), Known(answers, AREAS, TODAY))


@pytest.mark.parametrize(
    ("text", "answers", "value"),
    [
        ("scope-02 includes predictive", {"scope-02": ("manual", "predictive")}, True),
        ("scope-02 includes predictive", {"scope-02": ("manual",)}, False),
        ("scope-02 includes predictive", {}, None),
        ("scope-02 includes predictive", {"scope-02": "predictive"}, None),
        ("transfer-01.countries outside eea_uk", {"transfer-01.countries": ("DE", "IN")}, True),
        ("transfer-01.countries outside eea_uk", {"transfer-01.countries": ("DE",)}, False),
        ("consent-03.leads is yes", {"consent-03.leads": "yes"}, True),
        ("consent-03.leads is answered", {}, False),
        ("consent-03.leads is answered", {"consent-03.leads": "no"}, True),
        ("scope-01 >= 1000", {"scope-01": 1000}, True),
        ("scope-01 < 1000", {"scope-01": 1000}, False),
        ("abandon-01 > 2.5", {"abandon-01": Decimal("2.6")}, True),
        ("scope-01 = 5", {"scope-01": "5"}, None),
        ("security-01.day older than 12 months", {"security-01.day": date(2025, 11, 17)}, True),
        ("security-01.day older than 12 months", {"security-01.day": date(2025, 11, 18)}, False),
        ("acme:own-01 is yes", {"acme:own-01": "yes"}, True),
        # `and` binds closer than `or`; what is not known settles nothing by itself.
        ("a-01 is x or b-01 is y and c-01 is z", {"a-01": "x", "b-01": "n", "c-01": "n"}, True),
        ("(a-01 is x or b-01 is y) and c-01 is z", {"a-01": "x", "b-01": "n", "c-01": "n"}, False),
        ("a-01 is x or b-01 is y", {"a-01": "x"}, True),
        ("a-01 is x or b-01 is y", {"a-01": "n"}, None),
        ("a-01 is x and b-01 is y", {"a-01": "n"}, False),
        ("a-01 is x and b-01 is y", {"a-01": "x"}, None),
        ("not a-01 is x", {}, None),
        ("not (a-01 is x)", {"a-01": "n"}, True),
    ],
)
def test_a_condition_is_true_false_or_not_known(
    text: str, answers: dict[str, Any], value: bool | None
) -> None:
    assert holds(text, answers) is value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scope-02",
        "scope-02 includes",
        "scope-02 includes and",
        "includes predictive",
        "scope-02 contains predictive",
        "scope-01 > many",
        "a-01 is x or",
        "(a-01 is x",
        "a-01 is x)",
        "a-01 is x b-01 is y",
        "__import__('os') is x",
        "a-01 older than 12 years",
        "a-01 is x; b-01 is y",
        "(" * 100 + "a-01 is x" + ")" * 100,
        "not " * 100 + "a-01 is x",
        "a-01 is " + "x" * LONGEST,
    ],
)
def test_what_is_no_condition_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(BadFacts) as refused:
        parse(text, "own-01.condition")
    assert refused.value.field == "own-01.condition"


@given(st.text(max_size=200))
def test_any_text_is_a_condition_or_our_own_error(text: str) -> None:
    try:
        found = parse(text, "q.condition")
    except BadFacts:
        return
    assert parse(text_of(found), "q.condition") is not None


VOCABULARY = "a-01 b-02 acme:c-03.d and or not is includes x ( ) < 5 older than months"
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_any_words_of_the_language_are_a_condition_or_our_own_error(text: str) -> None:
    try:
        found = parse(text, "q.condition")
    except BadFacts:
        return
    assert evaluate(found, Known({}, AREAS, TODAY)) in (None, True, False)


REFS = st.sampled_from(["a-01", "b-01", "c-01"])
LEAVES = st.builds(Check, REFS, st.just("is"), st.sampled_from(["x", "y"]))
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Some, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
ANSWERS = st.dictionaries(REFS, st.sampled_from(["x", "y"]), max_size=3)


@given(TREES, ANSWERS)
def test_a_condition_written_and_read_again_says_the_same(
    tree: Expression, answers: dict[str, str]
) -> None:
    known = Known(answers, AREAS, TODAY)
    again = parse(text_of(tree), "q.condition")
    assert evaluate(again, known) is evaluate(tree, known)
    assert {each.ref for each in checks(again)} == {each.ref for each in checks(tree)}


@given(TREES, ANSWERS, ANSWERS)
def test_more_answers_never_turn_what_is_known_around(
    tree: Expression, answers: dict[str, str], more: dict[str, str]
) -> None:
    before = evaluate(tree, Known(answers, AREAS, TODAY))
    after = evaluate(tree, Known({**more, **answers}, AREAS, TODAY))
    assert before is None or after is before
