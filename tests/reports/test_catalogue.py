"""docs/reports.md names every kind with its sections, schema, verdict and picture."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PIL import Image

from privacy.terms import Language
from tests.reports import catalogue
from tests.reports.kept import Kept
from tests.rights.letters import papers

LARGEST_PICTURE_BYTES = 150_000


def test_the_table_of_the_page_is_the_one_that_would_be_written(
    documents: Kept,
) -> None:
    """test_archive.py holds the same examples to veraPDF's verdict."""
    letter = papers.printed(papers.data("extension", "EU_GDPR", Language.ENGLISH))
    found = {**{kind: made.pdf for kind, made in documents.items()}, "letter": letter.pdf}
    passed = dict.fromkeys(found, catalogue.PASSED)
    told = catalogue.PAGE.read_text()
    assert catalogue.written_table(told) == catalogue.table(found, passed)


@pytest.mark.parametrize("kind", sorted(catalogue.modules()))
def test_every_kind_has_a_schema_and_a_small_picture(kind: str) -> None:
    assert catalogue.schema_file(kind).is_file()
    assert catalogue.picture(kind).stat().st_size < LARGEST_PICTURE_BYTES
    with Image.open(catalogue.picture(kind)) as drawn:
        assert drawn.width >= 500


def test_a_kind_with_an_empty_cell_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    report = catalogue.modules()["letter"]
    lacking = SimpleNamespace(ABOUT="", FOR_WHOM="x", SCHEMA="s", TITLE="t", checked=report)
    monkeypatch.setattr(catalogue, "modules", lambda: {"letter": lacking})
    letter = papers.printed(papers.data("extension", "EU_GDPR", Language.ENGLISH))
    with pytest.raises(ValueError, match="letter has no what it is"):
        catalogue.table({"letter": letter.pdf}, {"letter": catalogue.PASSED})
