"""The byte form of the data, against another implementation of RFC 8785."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from reports.canonical import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_canonical_json_is_that_of_another_implementation(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (333333333.33333329, b"333333333.3333333"),
        (1e30, b"1e+30"),
        (4.50, b"4.5"),
        (2e-3, b"0.002"),
        (0.000000000000000000000000001, b"1e-27"),
        (-0.0, b"0"),
        (1e21, b"1e+21"),
        (123456789012345680000.0, b"123456789012345680000"),
        ('\u20ac$\u000f\nA\'B"\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\"/"'),
        ({"\ufb33": 1, "\U0001f600": 2}, b'{"\xf0\x9f\x98\x80":2,"\xef\xac\xb3":1}'),
    ],
)
def test_numbers_text_and_order_are_those_of_the_standard(value: object, expected: bytes) -> None:
    assert canonical(value) == expected


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53 + 1, "\ud800", {1: "a"}, {"a": {"b": {1, 2}}}]
)
def test_what_two_readers_could_read_differently_is_refused(value: object) -> None:
    with pytest.raises(BadFacts):
        canonical(value)


def test_a_refusal_names_the_path_and_not_the_value() -> None:
    with pytest.raises(BadFacts) as refused:
        canonical({"person": [{"name": "Zoë\ud800"}]})
    assert refused.value.field == "data.person[0].name"
    assert "Zoë" not in json.dumps(refused.value.document())
