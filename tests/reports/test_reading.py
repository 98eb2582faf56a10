"""A document can be checked against itself, and a changed one does not pass."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import Altered, BadInput
from reports.canonical import canonical
from reports.reading import attachments, verify
from reports.render import report_of
from tests.reports import pdfs
from tests.reports.examples import ANCHOR, MADE_AT, example
from tests.reports.kept import Kept


def test_what_is_read_is_what_another_program_takes_out(
    documents: Kept, kind: str, tmp_path: Path
) -> None:
    data, envelope = attachments(documents[kind].pdf)
    detached = pdfs.detached(documents[kind].pdf, tmp_path)
    assert (data, envelope) == (detached["data.json"], detached["document.json"])


def test_a_document_verifies_and_is_made_again_byte_for_byte(documents: Kept, kind: str) -> None:
    report = report_of(kind)
    found = verify(documents[kind].pdf)
    assert found.same_bytes
    assert (found.kind, found.made_at, found.anchor) == (kind, MADE_AT, ANCHOR)
    assert found.document_id == documents[kind].document_id
    assert found.figures == report.figures(report.checked(example(kind)))


def test_changed_pages_are_told_from_the_ones_that_the_data_give(
    documents: Kept,
) -> None:
    pdf = documents["erasure-certificate"].pdf
    assert not verify(pdf.replace(b"%%EOF", b"%%EOG")).same_bytes


def test_changed_data_do_not_verify(documents: Kept) -> None:
    kind = "erasure-certificate"
    data = example(kind)
    old = zlib.compress(canonical(data), 9)
    pdf = documents[kind].pdf
    assert old in pdf
    data["classes"][2]["keys"] = 9
    with pytest.raises(Altered):
        verify(pdf.replace(old, zlib.compress(canonical(data), 9)))
    with pytest.raises(Altered):
        verify(pdf.replace(old, zlib.compress(canonical(data) + b" ", 9)))


def test_a_count_that_was_changed_in_any_kind_does_not_verify(documents: Kept, kind: str) -> None:
    """In its data, with everything else as it was: the digest on its pages is of other data."""
    data = example(kind)
    pdf, old = documents[kind].pdf, zlib.compress(canonical(data), 9)
    assert pdf.count(old) == 1
    assert _more(data)
    with pytest.raises(Altered):
        verify(pdf.replace(old, zlib.compress(canonical(data), 9)))


def _more(value: Any) -> bool:
    """Make the first whole number one more, or a text longer in what has none; whether it could."""
    return _changed(value, int, 1) or _changed(value, str, "x")


def _changed(value: Any, kind: type, more: Any) -> bool:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in sorted(members, key=lambda each: str(each[0])):
        if isinstance(member, kind) and not isinstance(member, bool):
            value[key] = member + more
            return True
        if isinstance(member, dict | list) and _changed(member, kind, more):
            return True
    return False


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"hello", b"PK\x03\x04"])
def test_a_file_of_another_maker_is_wrong_usage(content: bytes) -> None:
    with pytest.raises(BadInput):
        verify(content)
