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

from tests.desks import MadeDesk
from tests.reports import pdfs, verapdf
from tests.reports.examples import FILES
from tests.reports.kept import Kept
from tests.signing import authority, levels

OURS = {"Report-Sans", "Report-Sans-Bold", "Report-Mono", "Report-Hebrew", "Report-Arabic"}


def test_a_second_validator_agrees_on_both_standards(everything: Kept, dressed: str) -> None:
    for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
        report = page.validate_pdf_bytes(everything[dressed].pdf, profile=profile)
        failed = {failure.rule_id for failure in report.failures}
        # It takes the last byte of a compressed stream for a line end where that byte is CR.
        assert failed - {"PDFA3A-STREAM-LENGTH-001"} == set()


def test_headings_go_down_one_level_at_a_time_and_are_read_in_their_order(
    everything: Kept, dressed: str, tmp_path: Path
) -> None:
    pdf = everything[dressed].pdf
    levels = [int(level) for level in _headings(pdf)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    told = pdfs.text(pdf, tmp_path)
    assert not re.search(r"\{\{|\{%|%\}", told)
    at = 0
    for title in _bookmarks(pdf):
        words = " ".join(title.split())
        assert words in told[at:] or not words.isascii(), words
        at = max(told.find(words, at), at)


def test_every_figure_has_its_words_and_every_head_its_scope(
    everything: Kept, dressed: str
) -> None:
    pdf = everything[dressed].pdf
    assert all(str(figure.Alt).strip() for figure in elements(pdf, "/Figure"))
    assert {str(head.A.Scope) for head in elements(pdf, "/TH")} <= {"/Row", "/Column"}


def test_attachments_are_named_once_and_only_bundled_fonts_are_embedded(
    everything: Kept, dressed: str, tmp_path: Path
) -> None:
    pdf = everything[dressed].pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        files = [str(file.UF) for file in opened.Root.AF]
    assert files[:2] == ["data.json", "document.json"]
    assert len(files) == len(set(files))
    for font, embedded, subset, mapped in pdfs.fonts(pdf, tmp_path):
        assert font.split("+")[1] in OURS
        assert (embedded, subset, mapped) == ("yes", "yes", "yes")


def test_every_drawing_has_its_numbers_as_alternative_text(documents: Kept, kind: str) -> None:
    told = [str(element.Alt) for element in elements(documents[kind].pdf, "/Figure")]
    forms = {"Bar chart", "Column chart", "Line chart", "Stacked bar chart", "Timeline"}
    forms |= {"Histogram", "Small multiples", "Heat map", "Risk matrix", "QR code of this document"}
    assert told
    assert {alt.split(".")[0] for alt in told} <= forms
    assert all(any(letter.isdigit() for letter in alt) for alt in told)


def test_every_table_head_has_its_scope(documents: Kept, kind: str) -> None:
    scopes = {str(element.A.Scope) for element in elements(documents[kind].pdf, "/TH")}
    # A page in plain words has no table but the one about the document.
    assert scopes == ({"/Row"} if kind in pdfs.SHORT else {"/Row", "/Column"})


def test_page_furniture_is_not_read_aloud(documents: Kept, kind: str) -> None:
    with pikepdf.open(io.BytesIO(documents[kind].pdf)) as pdf:
        for sheet in pdf.pages:
            marks = [
                mark.operands[1]
                for mark in pikepdf.parse_content_stream(sheet)
                if str(mark.operator) == "BDC" and str(mark.operands[0]) == "/Artifact"
            ]
            assert len(marks) >= 4
            assert all(str(mark.Type) == "/Pagination" for mark in marks)


def test_each_attachment_is_named_once_with_its_relationship(documents: Kept, kind: str) -> None:
    with pikepdf.open(io.BytesIO(documents[kind].pdf)) as pdf:
        files = [(str(file.UF), str(file.AFRelationship)) for file in pdf.Root.AF]
    own = [("data.json", "/Data"), ("document.json", "/Data")]
    assert files == own + [(name, "/Source") for name in FILES.get(kind, {})]


def test_verapdf_finds_pdf_a_3a_and_pdf_ua_1_in_every_template_and_dress(
    everything: Kept, made: MadeDesk, tmp_path: Path
) -> None:
    """All in one run: signed by the desk, with a time stamp and for the archive too."""
    folder = tmp_path / "authority"
    folder.mkdir()
    with authority.running(folder) as running:
        files = {name: document.pdf for name, document in everything.items()}
        files |= levels.files(made, running)
    found = verapdf.verdicts(list(files.values()), tmp_path)
    assert {name: found[n] for n, name in enumerate(files) if found[n]} == {}


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
