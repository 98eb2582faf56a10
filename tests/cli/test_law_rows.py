"""The rows of `law conduct` are read one by one, and exactly as if the document were whole."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.cli import law_rows
from privacy.cli.law import DECODER
from privacy.cli.main import run
from privacy.errors import BadFacts, BadInput
from tests.law.test_conduct_properties import one

HEAD = {
    "jurisdiction": "US",
    "campaign": "marketing",
    "period": {"from": "2026-09-01", "to": "2026-09-30"},
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(content: bytes) -> dict[str, Any]:
    head, rows = law_rows.conduct_rows(io.BytesIO(content), DECODER)
    return {**head, "calls": list(rows)}


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text(max_size=5), VALUES, max_size=4),
    st.lists(VALUES, max_size=6),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(1, 40),
    st.booleans(),
)
def test_a_document_in_pieces_is_the_document(
    head: dict[str, Any],
    calls: list[Any],
    indent: int | None,
    ascii_only: bool,
    piece: int,
    short: bool,
) -> None:
    """Whatever is cut where, in short documents and in long ones with the calls last."""
    document = {**head, "calls": calls}
    if "calls" in head:
        del document["calls"]
        document["calls"] = calls
    content = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    encoded = content.encode("utf-8", "surrogatepass" if ascii_only else "replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(law_rows, "READ_BYTES", piece)
        if not short:
            patch.setattr(law_rows, "WHOLE_BYTES", 1)
            patch.setattr(law_rows, "FIRST", ())
        assert read(encoded) == json.loads(encoded)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=40) | st.text(alphabet='{}[]:,"calls 01-e\\ ', max_size=40).map(str.encode)
)
def test_whatever_is_given_is_read_or_refused_in_our_words(content: bytes) -> None:
    try:
        read(content)
    except (BadInput, BadFacts):
        return
    json.loads(content)


@pytest.mark.parametrize("content", [b'{"calls": [1}', b'{"calls": [1, 2', b'{"calls": []} x'])
def test_a_broken_or_cut_document_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read(content)


def test_calls_told_twice_are_refused() -> None:
    with pytest.raises(BadFacts):
        read(b'{"calls": [], "calls": [{}]}')


def test_a_value_without_an_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(law_rows, "LONGEST_VALUE", 1_000)
    monkeypatch.setattr(law_rows, "READ_BYTES", 100)
    monkeypatch.setattr(law_rows, "WHOLE_BYTES", 10)
    monkeypatch.setattr(law_rows, "FIRST", ())

    class Endless(io.RawIOBase):
        begun = 0

        def read(self, size: int = -1) -> bytes:
            self.begun += size
            assert self.begun < 10_000
            return b'{"calls": ["' if self.begun == size else b"x" * size

    with pytest.raises(BadInput):
        list(law_rows.conduct_rows(Endless(), DECODER)[1])  # type: ignore[arg-type]


def test_a_long_document_tells_its_calls_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = [one(n, "late" if n < 4 else "in time") for n in range(100)]
    last, first = {**HEAD, "calls": calls}, {"calls": calls, **HEAD}
    found = {}
    for name, document, whole in (
        ("whole", last, 10**9),
        ("calls first", first, 10**9),
        ("long", last, 100),
        ("long, calls first", first, 100),
    ):
        monkeypatch.setattr(law_rows, "WHOLE_BYTES", whole)
        facts = tmp_path / "facts.json"
        facts.write_text(json.dumps(document))
        code = run(["law", "conduct", "--facts", str(facts), "--json"])
        found[name] = (code, json.loads(capsys.readouterr().out))
    assert found["whole"] == found["calls first"] == found["long"]
    assert found["whole"][0] == 0
    code, refused = found["long, calls first"]
    assert (code, refused["error"]["code"], refused["error"]["what"]) == (
        2,
        "bad_facts",
        "jurisdiction",
    )
