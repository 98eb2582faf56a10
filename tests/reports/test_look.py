"""Paper and brand: what a desk may set, what is refused, and that a document keeps it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput
from reports import logo, look
from reports.look import Look
from reports.render import Document, render
from tests.reports import fixtures, pdfs
from tests.reports.examples import ANCHOR, MADE_AT, example

KIND = "erasure-certificate"


def made(looks: Look) -> Document:
    return render(
        KIND,
        example(KIND),
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        look=looks,
    )


def svg(inside: str, more: str = "") -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 10 10" {more}>{inside}</svg>'
    ).encode()


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [("#000000", 21.0), ("#FFFFFF", 1.0), ("#767676", 4.54), ("#0B3D66", 11.2)],
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert look.contrast(colour) == pytest.approx(ratio, abs=0.05)


@pytest.mark.parametrize("setting", ["colour", "accent"])
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(setting: str) -> None:
    with_it: Any = Look
    with pytest.raises(BadInput) as refused:
        with_it(**{setting: "#FF9900"})
    said = str(refused.value.next)
    with_it(**{setting: said[said.index("#") :][:7]})
    with pytest.raises(BadInput):
        with_it(**{setting: "red"})


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_is_taken_or_a_readable_one_is_named(value: int) -> None:
    try:
        assert look.contrast(Look(colour=f"#{value:06X}").colour) >= look.TEXT_RATIO
    except BadInput as refused:
        said = str(refused.next)
        assert look.contrast(said[said.index("#") :][:7]) >= look.TEXT_RATIO


@pytest.mark.parametrize(
    "content",
    [
        svg("<script>alert(1)</script>"),
        svg('<rect width="5" height="5" onclick="x()"/>'),
        svg('<image href="http://example.org/x.png"/>'),
        svg('<image xlink:href="file:///etc/passwd"/>'),
        svg('<use xlink:href="#a"/>'),
        svg('<rect width="5" height="5" fill="url(http://example.org/x)"/>'),
        svg('<rect width="5" height="5" style="fill:url(//example.org/x)"/>'),
        svg("<style>@import 'http://example.org';</style>"),
        svg("<foreignObject><p>x</p></foreignObject>"),
        svg('<a href="javascript:x"><rect width="5" height="5"/></a>'),
        svg('<animate attributeName="x"/>'),
        svg("<text>Name</text>"),
        svg('<linearGradient id="g"/>'),
        svg('<rect width="5" height="5" opacity="0.5"/>'),
        svg("<g>" * 60 + "</g>" * 60),
        svg("<g/>" * 6_000),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        svg("").replace(b"0 0 10 10", b"0 0 1e99 10"),
        b"<html/>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\xff\xfe",
        b"",
        b" " * (logo.MOST_BYTES + 1),
    ],
)
def test_a_logo_that_could_do_more_than_be_seen_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        logo.clean(content, "alt")
    assert refused.value.what == "brand.logo"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=80).map(svg)))
def test_any_file_is_a_logo_or_is_refused(content: bytes) -> None:
    try:
        cleaned = logo.clean(content, "alt")
    except BadInput:
        return
    assert logo.clean(cleaned.content, "alt") == cleaned


def test_a_png_is_written_anew_without_what_it_carried_beside_the_picture() -> None:
    from PIL import Image, PngImagePlugin

    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "Canarina Canarison")
    out = io.BytesIO()
    Image.new("RGBA", (3_000, 60), (0, 0, 0, 0)).save(out, "PNG", pnginfo=told)
    kept = logo.clean(out.getvalue(), "alt").content
    assert b"Canarina" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.width == logo.WIDEST_PX
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_what_an_editor_added_for_itself_is_dropped_and_names_are_its_own() -> None:
    kept = logo.clean(
        svg(
            '<metadata>x</metadata><i:view xmlns:i="urn:i"/><rect id="hatch" width="5" '
            'height="5" i:label="x" xmlns:i="urn:i" style="fill:#123456;stroke:none"/>'
        ),
        "alt",
    ).content.decode()
    assert 'id="logo-hatch"' in kept
    assert 'fill="#123456"' in kept
    assert "metadata" not in kept
    assert "label" not in kept


def test_a_brand_stands_on_the_first_page_and_comes_back_from_the_document(tmp_path: Path) -> None:
    brand = fixtures.green("A4")
    document = made(brand)
    first = pdfs.pages(document.pdf, tmp_path)[0]
    assert "Kaufhaus Nord" in first
    assert "Nordring 5, 20095 Hamburg" in first
    stated = json.loads(pdfs.detached(document.pdf, tmp_path)["document.json"])["look"]
    assert look.of_document(stated) == brand
    assert made(fixtures.red()).document_id != document.document_id


@pytest.mark.parametrize("field", ["content_b64", "alt", "form"])
def test_a_logo_in_a_document_is_cleaned_like_any_other(field: str) -> None:
    stated: Any = fixtures.green().document()
    hostile = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxzY3JpcHQvPjwvc3ZnPg=="
    stated["logo"][field] = {"content_b64": hostile, "alt": "", "form": "png"}[field]
    with pytest.raises((BadInput, ValueError)):
        look.of_document(stated)


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("letter", (612, 792))])
def test_every_page_has_the_paper_of_the_look(paper: str, size: tuple[int, int]) -> None:
    with pikepdf.open(io.BytesIO(made(replace(Look(), paper=look.paper_of(paper))).pdf)) as pdf:
        boxes = {tuple(round(float(n)) for n in page.mediabox[2:]) for page in pdf.pages}
    assert boxes == {size}


def test_a_letterhead_that_does_not_fit_a_logo_without_words_and_other_paper_are_refused() -> None:
    mark = logo.clean(fixtures.png(), " ")
    with_it: Any = Look
    for wrong in ({"lines": ("x",) * 7}, {"lines": ("x" * 81,)}, {"logo": mark}, {"paper": "A3"}):
        with pytest.raises(BadInput):
            with_it(**wrong)
