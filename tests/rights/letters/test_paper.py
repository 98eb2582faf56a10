"""Letters on paper: the page, what is attached, what never gets in, and two validators."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from privacy.errors import BadFacts
from privacy.rights.letters.words import READY
from privacy.terms import Language
from reports.canonical import canonical
from reports.render import Document
from tests.reports import pdfs
from tests.reports.test_archive import elements
from tests.rights.letters.papers import data, in_each_language, printed

HOSTILE = "</p><script>alert(1)</script><style>p{display:none}</style> & \"'{{ 7*7 }}"


@pytest.fixture(scope="module")
def letters() -> dict[str, Document]:
    return in_each_language()


def test_the_page_shows_letterhead_window_subject_and_every_paragraph(tmp_path: Path) -> None:
    of = data("refusal", "UK_GDPR", Language.ENGLISH)
    said = pdfs.text(printed(of).pdf, tmp_path)
    for line in (*of["sender"]["address"], *of["to"], of["letter"]["subject"]):
        assert line in said
    flat = said.replace(" ", "")
    for part in of["letter"]["paragraphs"]:
        for text in part["texts"]:
            assert text.replace(" ", "").replace("\n", "") in flat
    assert "Page 1 of" in said


def test_the_window_stands_where_the_envelope_shows_it(tmp_path: Path) -> None:
    """DIN 5008 form B: 20 mm from the left, 45 to 90 mm from the top."""
    file = tmp_path / "letter.pdf"
    file.write_bytes(printed(data("extension", "EU_GDPR", Language.ENGLISH)).pdf)
    told = subprocess.run(
        ["pdftotext", "-bbox", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>Birkenweg<', told)
    assert found is not None
    left_mm, top_mm = (float(points) * 25.4 / 72 for points in found.groups())
    assert 20 <= left_mm <= 30
    assert 55 <= top_mm <= 90


@pytest.mark.parametrize(("seat", "size"), [("US-CA", (612, 792)), ("DE-BE", (595, 842))])
def test_the_paper_is_that_of_the_controller_s_country(seat: str, size: tuple[int, int]) -> None:
    of = printed(data("extension", "EU_GDPR", Language.ENGLISH, seat=seat))
    with pikepdf.open(io.BytesIO(of.pdf)) as pdf:
        box = [round(float(value)) for value in pdf.pages[0].mediabox]
    assert tuple(box[2:]) == size


@pytest.mark.parametrize("language", READY)
def test_the_file_names_its_language_and_its_subject(
    letters: dict[str, Document], language: Language
) -> None:
    with pikepdf.open(io.BytesIO(letters[language.value].pdf)) as pdf:
        assert str(pdf.Root.Lang).startswith(language.value)
        assert str(pdf.docinfo["/Title"])


def test_the_data_of_the_letter_are_attached_and_give_the_same_file_again(tmp_path: Path) -> None:
    of = data("refusal", "EU_GDPR", Language.ENGLISH)
    document = printed(of)
    attached = pdfs.detached(document.pdf, tmp_path)
    assert attached["data.json"] == canonical(of)
    assert printed(json.loads(attached["data.json"])).pdf == document.pdf


def test_markup_and_templates_in_a_value_stay_text(tmp_path: Path) -> None:
    of = data("extension", "EU_GDPR", Language.ENGLISH, extension_reason=HOSTILE)
    of["to"] = [HOSTILE, "\u202eevil"]
    of["sender"]["name"] = HOSTILE
    document = printed(of)
    said = pdfs.text(document.pdf, tmp_path).replace(" ", "")
    assert said.count(HOSTILE.replace(" ", "")) >= 3
    assert "[U+202E]" in said
    assert b"/JavaScript" not in document.pdf


def test_data_of_another_form_make_no_letter() -> None:
    of = data("extension", "EU_GDPR", Language.ENGLISH)
    for changed in ({"paper": "A3"}, {"to": "Canarina"}, {"more": 1}):
        with pytest.raises(BadFacts):
            printed({**of, **changed})


def test_lists_are_lists_and_headings_are_headings(letters: dict[str, Document]) -> None:
    assert len(list(elements(letters["us"].pdf, "/L"))) == 1
    assert len(list(elements(letters["us"].pdf, "/H1"))) == 1
