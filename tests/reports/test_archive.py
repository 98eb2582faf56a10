"""The file as an archive and as something that can be read aloud."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest

from reports.render import Document
from tests.desks import MadeDesk
from tests.reports import fixtures, pdfs, verapdf
from tests.reports.examples import FILES
from tests.signing import authority, levels

OURS = {"Report-Sans", "Report-Sans-Bold", "Report-Mono", "Report-Hebrew", "Report-Arabic"}


@pytest.fixture(scope="module")
def everything(documents: dict[str, Document]) -> dict[str, bytes]:
    return fixtures.every_one(documents)


def test_verapdf_finds_pdf_a_3a_and_pdf_ua_1_in_every_template_and_dress(
    everything: dict[str, bytes], made: MadeDesk, tmp_path: Path
) -> None:
    """All in one run: signed by the desk, with a time stamp and for the archive too."""
    folder = tmp_path / "authority"
    folder.mkdir()
    with authority.running(folder) as running:
        files = everything | levels.files(made, running)
    found = verapdf.verdicts(list(files.values()), tmp_path)
    assert {name: found[n] for n, name in enumerate(files) if found[n]} == {}


def test_a_second_validator_agrees_on_both_standards(everything: dict[str, bytes]) -> None:
    for name, pdf in everything.items():
        for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
            report = page.validate_pdf_bytes(pdf, profile=profile)
            failed = {failure.rule_id for failure in report.failures}
            # It takes the last byte of a compressed stream for a line end where that byte is CR.
            assert failed - {"PDFA3A-STREAM-LENGTH-001"} == set(), name


def test_headings_go_down_one_level_at_a_time_and_are_read_in_their_order(
    everything: dict[str, bytes], tmp_path: Path
) -> None:
    for name, pdf in everything.items():
        levels = [int(level) for level in _headings(pdf)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name
        told = pdfs.text(pdf, tmp_path)
        assert not re.search(r"\{\{|\{%|%\}", told), name
        at = 0
        for title in _bookmarks(pdf):
            words = " ".join(title.split())
            assert words in told[at:] or not words.isascii(), f"{name}: {words}"
            at = max(told.find(words, at), at)


def test_every_figure_has_its_words_and_every_head_its_scope(everything: dict[str, bytes]) -> None:
    for name, pdf in everything.items():
        assert all(str(figure.Alt).strip() for figure in elements(pdf, "/Figure")), name
        assert {str(head.A.Scope) for head in elements(pdf, "/TH")} <= {"/Row", "/Column"}, name


def test_attachments_are_named_once_and_only_bundled_fonts_are_embedded(
    everything: dict[str, bytes], tmp_path: Path
) -> None:
    for name, pdf in everything.items():
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            files = [str(file.UF) for file in opened.Root.AF]
        assert files[:2] == ["data.json", "document.json"], name
        assert len(files) == len(set(files)), name
        for font, embedded, subset, mapped in pdfs.fonts(pdf, tmp_path):
            assert font.split("+")[1] in OURS, name
            assert (embedded, subset, mapped) == ("yes", "yes", "yes"), name


def test_every_drawing_has_its_numbers_as_alternative_text(
    documents: dict[str, Document], kind: str
) -> None:
    told = [str(element.Alt) for element in elements(documents[kind].pdf, "/Figure")]
    forms = {"Bar chart", "Column chart", "Line chart", "Stacked bar chart", "Timeline"}
    forms |= {"Histogram", "Small multiples", "Heat map", "QR code of this document"}
    assert told
    assert {alt.split(".")[0] for alt in told} <= forms
    assert all(any(letter.isdigit() for letter in alt) for alt in told)


def test_every_table_head_has_its_scope(documents: dict[str, Document], kind: str) -> None:
    scopes = {str(element.A.Scope) for element in elements(documents[kind].pdf, "/TH")}
    # A page in plain words has no table but the one about the document.
    assert scopes == ({"/Row"} if kind in pdfs.SHORT else {"/Row", "/Column"})


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
    own = [("data.json", "/Data"), ("document.json", "/Data")]
    assert files == own + [(name, "/Source") for name in FILES.get(kind, {})]


def elements(pdf: bytes, kind: str) -> Iterator[Any]:
    """The structure elements of a kind that hang in the tree."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        yield from _below(opened.Root.StructTreeRoot.K[0], kind)


def _headings(pdf: bytes) -> list[str]:
    """The level of each heading in the order of the tree."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        kinds = [str(each.S) for each in _all(opened.Root.StructTreeRoot.K[0])]
    return [kind[2] for kind in kinds if re.fullmatch("/H[1-6]", kind)]


def _bookmarks(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_outline() as outline:
        return [title for item in outline.root for title in _titles(item)]


def _titles(item: Any) -> Iterator[str]:
    yield str(item.title)
    for child in item.children:
        yield from _titles(child)


def _all(element: Any) -> Iterator[Any]:
    yield element
    for kid in element.get("/K", ()):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _all(kid)


def _below(element: Any, kind: str) -> Iterator[Any]:
    if str(element.S) == kind:
        yield element
    for kid in element.get("/K", ()):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _below(kid, kind)
