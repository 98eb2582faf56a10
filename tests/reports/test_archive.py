"""The file as an archive and as something that can be read aloud."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest

from reports.render import Document
from tests.reports import pdfs, verapdf
from tests.reports.examples import example


def at_the_edges() -> dict[str, Document]:
    """As bare as the forms allow, in all scripts: no rows in any list, nothing proved."""
    access = _bare(example("access-answer"))
    access["person"] = "محمد יוסף Ζωή Жанна Zoë 😀\u202e"
    erasure = _bare(example("erasure-certificate"))
    erasure.update(person=None, epoch=None, read_back=None)
    campaign = _bare(example("campaign-compliance"))
    campaign["opt_outs"].update(latency=None)
    return {
        "access-answer": pdfs.made("access-answer", access),
        "erasure-certificate": pdfs.made("erasure-certificate", erasure),
        "campaign-compliance": pdfs.made("campaign-compliance", campaign),
    }


def _bare(value: Any) -> Any:
    """The same document with every list emptied."""
    if isinstance(value, dict):
        return {key: _bare(member) for key, member in value.items()}
    return [] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def all_documents(documents: dict[str, Document]) -> list[bytes]:
    return [document.pdf for made in (documents, at_the_edges()) for document in made.values()]


def test_verapdf_finds_pdf_a_3a_and_pdf_ua_1_in_every_document(
    all_documents: list[bytes], tmp_path: Path
) -> None:
    assert verapdf.faults(all_documents, tmp_path) == []


@pytest.mark.parametrize("profile", ["PDF_A_3A", "PDF_UA_1"])
def test_a_second_validator_agrees(documents: dict[str, Document], profile: str) -> None:
    for document in documents.values():
        wanted = getattr(page.ValidationProfile, profile)
        report = page.validate_pdf_bytes(document.pdf, profile=wanted)
        failed = {failure.rule_id for failure in report.failures}
        # It takes the last byte of a compressed stream for a line end where that byte is CR.
        assert failed - {"PDFA3A-STREAM-LENGTH-001"} == set()


def test_every_drawing_has_its_numbers_as_alternative_text(
    documents: dict[str, Document], kind: str
) -> None:
    told = [str(element.Alt) for element in elements(documents[kind].pdf, "/Figure")]
    forms = {"Bar chart", "Column chart", "Line chart", "Stacked bar chart", "Timeline"}
    forms.add("QR code of this document")
    assert told
    assert {alt.split(".")[0] for alt in told} <= forms
    assert all(any(letter.isdigit() for letter in alt) for alt in told)


def test_every_table_head_has_its_scope(documents: dict[str, Document], kind: str) -> None:
    scopes = {str(element.A.Scope) for element in elements(documents[kind].pdf, "/TH")}
    assert scopes == {"/Row", "/Column"}


def test_page_furniture_is_not_read_aloud(documents: dict[str, Document], kind: str) -> None:
    with pikepdf.open(io.BytesIO(documents[kind].pdf)) as pdf:
        for sheet in pdf.pages:
            marks = [
                mark.operands[1]
                for mark in pikepdf.parse_content_stream(sheet)
                if str(mark.operator) == "BDC" and str(mark.operands[0]) == "/Artifact"
            ]
            assert len(marks) >= 4
            assert all(str(mark.Type) == "/Pagination" for mark in marks)


def test_each_attachment_is_named_once_with_its_relationship(
    documents: dict[str, Document], kind: str
) -> None:
    with pikepdf.open(io.BytesIO(documents[kind].pdf)) as pdf:
        files = [(str(file.UF), str(file.AFRelationship)) for file in pdf.Root.AF]
    assert files == [("data.json", "/Data"), ("document.json", "/Data")]


def elements(pdf: bytes, kind: str) -> Iterator[Any]:
    """The structure elements of a kind that hang in the tree."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        yield from _below(opened.Root.StructTreeRoot.K[0], kind)


def _below(element: Any, kind: str) -> Iterator[Any]:
    if str(element.S) == kind:
        yield element
    for kid in element.get("/K", ()):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _below(kid, kind)
