"""The exact bytes of entries."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from privacy.audit.entry import LARGEST_NUMBER, canonical, parse, pseudonym
from privacy.errors import Fault, VerificationError
from tests.audit.vectors import group

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_the_bytes_are_those_of_rfc_8785(document: dict[str, Any]) -> None:
    body = canonical(document)
    assert body == rfc8785.dumps(document)
    assert parse(body) == document
    assert b"\n" not in body


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        -0.0,
        1e-7,
        float("nan"),
        2**53,
        -(2**53),
        "\ud800",
        {"\ue000": 1},
        {"A": 1},
        {1: 2},
        b"",
    ],
)
def test_what_could_be_written_in_two_ways_is_refused(value: object) -> None:
    """The traps in which encoders of RFC 8785 differ."""
    with pytest.raises(Fault):
        canonical({"value": value})
    assert len(group("jcs_traps")["differ"]) == 5


def test_an_entry_has_at_most_65535_bytes() -> None:
    frame = len(canonical({"v": ""}))
    body = canonical({"v": "x" * (65_535 - frame)})
    assert len(body) == 65_535
    assert parse(body)
    with pytest.raises(Fault):
        canonical({"v": "x" * (65_536 - frame)})
    with pytest.raises(VerificationError):
        parse(body.replace(b'x"', b'xx"'))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{} ",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":-0}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":NaN}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
        json.dumps({"a": 1}).encode("utf-16"),
        b'{"a":' * 5000,
        b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_other_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(VerificationError):
        parse(body)


@given(st.binary(max_size=200))
def test_fuzzed_bytes_raise_only_our_error(body: bytes) -> None:
    with pytest.raises(VerificationError):
        parse(b"!" + body)


def test_a_pseudonym_depends_on_key_origin_and_period() -> None:
    made = {
        pseudonym(key, origin, period)
        for key in (bytes(32), bytes([1] * 32))
        for origin in ("one", "two")
        for period in ("2026-11", "2026-12")
    }
    assert len(made) == 8
    assert all(len(value) == 22 for value in made)
