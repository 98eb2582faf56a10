"""One renderer: what is printed, what is attached, what never gets in."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from privacy.errors import Fault
from reports.canonical import canonical, sha256_hex
from reports.render import render, to_pdf
from reports.templating import environment
from tests.reports import fixtures, pdfs
from tests.reports.examples import ANCHOR, FILES, MADE_AT, example
from tests.reports.kept import Kept

OURS = {"Report-Sans", "Report-Sans-Bold", "Report-Mono", "Report-Hebrew", "Report-Arabic"}
HOSTILE = "<script>alert(1)</script> & <img src=x onerror=y> {{ 7*7 }} \"'"


def test_the_attachment_is_the_canonical_data_and_its_digest_is_printed(
    documents: Kept, kind: str, tmp_path: Path
) -> None:
    document = documents[kind]
    attached = pdfs.detached(document.pdf, tmp_path)
    assert set(attached) == {"data.json", "document.json", *FILES.get(kind, {})}
    assert attached["data.json"] == canonical(example(kind))
    assert document.data_sha256 == sha256_hex(attached["data.json"])
    assert document.document_id.endswith(sha256_hex(attached["document.json"])[:16])
    printed = pdfs.text(document.pdf, tmp_path).replace(" ", "")
    assert document.data_sha256 in printed


def test_every_page_names_document_digest_class_and_page_number(
    documents: Kept, kind: str, tmp_path: Path
) -> None:
    document = documents[kind]
    pages = pdfs.pages(document.pdf, tmp_path)
    assert len(pages) == 1 if kind in pdfs.ONE_PAGE else len(pages) >= 2
    for index, page in enumerate(pages, start=1):
        assert f"{document.document_id} · data {document.data_sha256[:16]}" in page
        assert f"Page {index} of {len(pages)}" in page
        assert pdfs.CLASSIFICATION in page


def test_the_last_page_names_the_log_anchor(documents: Kept, kind: str, tmp_path: Path) -> None:
    last = "".join(pdfs.pages(documents[kind].pdf, tmp_path)[-1].split())
    assert all(part in last for part in (ANCHOR.origin, ANCHOR.root_b64, ANCHOR.key_id))
    assert "18,204entries" in last
    assert "3,notyetunderasignedcheckpoint" in last


def test_a_demonstration_says_so_on_every_page(documents: Kept, tmp_path: Path) -> None:
    for page in pdfs.pages(documents["campaign-compliance"].pdf, tmp_path):
        assert "DEMONSTRATION" in page
        assert "simulator" in page
        assert "simulated clock" in page.replace("\n", " ")
    assert "DEMONSTRATION" not in pdfs.text(documents["access-answer"].pdf, tmp_path)


def test_another_process_zone_and_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    """With a brand, other scripts and a QR code in it."""
    kind = "erasure-certificate"
    program = (
        "import sys; from tests.reports import fixtures;"
        f"sys.stdout.buffer.write(fixtures.in_other_scripts({kind!r}).pdf)"
    )
    environ = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "TMPDIR": str(tmp_path), "PATH": ""}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, check=True
    )
    assert answer.stdout == fixtures.in_other_scripts(kind).pdf
    assert answer.stderr == b""


def test_each_part_of_the_input_changes_the_document(documents: Kept) -> None:
    kind = "erasure-certificate"
    ids = {documents[kind].document_id}
    common: dict[str, Any] = {
        "made_at": MADE_AT,
        "anchor": ANCHOR,
        "classification": pdfs.CLASSIFICATION,
    }
    for change in (
        {"made_at": MADE_AT + timedelta(microseconds=1)},
        {"anchor": replace(ANCHOR, size=ANCHOR.size + 1)},
        {"classification": "Secret"},
    ):
        ids.add(render(kind, example(kind), **{**common, **change}).document_id)
    assert len(ids) == 4


def test_markup_in_the_data_stays_text(tmp_path: Path) -> None:
    data = example("access-answer")
    data["person"] = HOSTILE
    data["controller"]["name"] = HOSTILE
    data["held"]["names"][0]["value"] = HOSTILE
    data["consents"][0]["text_shown"] = HOSTILE
    data["calls"][0]["outcome"] = "</svg><b>X"
    printed = pdfs.text(pdfs.made("access-answer", data).pdf, tmp_path)
    assert printed.count(HOSTILE) >= 4
    assert "</svg><b>x" in printed


def test_hebrew_arabic_and_long_names_are_printed_with_glyphs_of_ours(tmp_path: Path) -> None:
    data = example("access-answer")
    data["person"] = "محمد بن سلمان"
    data["held"]["names"][0]["value"] = "יוסף כהן"
    data["held"]["names"][1]["value"] = "Ж" * 400
    data["held"]["names"][2]["label"] = "נכון"
    pdf = pdfs.made("access-answer", data).pdf
    printed = pdfs.text(pdf, tmp_path)
    assert "יוסף" in printed or "ףסוי" in printed
    assert "Ж" * 400 in printed.replace(" ", "")
    fonts = pdfs.fonts(pdf, tmp_path)
    assert {"Report-Hebrew", "Report-Arabic"} <= {row[0].split("+")[1] for row in fonts}


def test_what_has_no_honest_glyph_prints_as_its_code(tmp_path: Path) -> None:
    data = example("access-answer")
    data["held"]["names"][0]["value"] = "Zoë 😀 中 evil\u202egnp.exe zero\u200bwidth nul\x00"
    document = pdfs.made("access-answer", data)
    printed = pdfs.text(document.pdf, tmp_path)
    assert "Zoë [U+1F600] [U+4E2D] evil[U+202E]gnp.exe zero[U+200B]width nul[U+0000]" in printed
    attached = json.loads(pdfs.detached(document.pdf, tmp_path)["data.json"])
    assert attached["held"]["names"][0]["value"] == data["held"]["names"][0]["value"]


def test_all_fonts_are_bundled_embedded_subset_and_mapped(
    documents: Kept, kind: str, tmp_path: Path
) -> None:
    for name, embedded, subset, mapped in pdfs.fonts(documents[kind].pdf, tmp_path):
        assert name.split("+")[1] in OURS
        assert (embedded, subset, mapped) == ("yes", "yes", "yes")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.org/x.png",
        "file:///etc/hostname",
        "data:image/png;base64,iVBORw0KGgo=",
        "report-asset:../fonts.conf",
        "report-asset:/etc/passwd",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        '<img alt="x" src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<p style="background-image: url({})">x</p>',
        '<link rel="attachment" href="{}">',
    ],
)
def test_a_template_that_asks_for_anything_else_makes_no_document(address: str, body: str) -> None:
    html = f'<html lang="en"><title>t</title><h1>h</h1>{body.format(address)}</html>'
    with pytest.raises(Fault):
        to_pdf(html, {"data.json": (b"{}", "data")}, MADE_AT)


@pytest.mark.parametrize(
    "html",
    [
        '<html lang="en"><title>t</title><h1 style="colour: red; font-size: huge">h</h1></html>',
        "<html><title>t</title><h1>no language</h1></html>",
    ],
)
def test_what_weasyprint_would_only_log_stops_the_document(html: str) -> None:
    with pytest.raises(Fault):
        to_pdf(html, {"data.json": (b"{}", "data")}, MADE_AT)


@pytest.mark.parametrize("value", [None, True, 1.5, ["a"], {"a": 1}])
def test_a_template_prints_only_text_and_whole_numbers(value: object) -> None:
    with pytest.raises(Fault):
        environment().from_string("{{ value }}").render(value=value)


def test_a_template_with_a_missing_value_fails() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing_of_that_name }}").render()


def test_importing_the_renderer_loads_no_weasyprint() -> None:
    program = "import sys, reports.render, reports.reading; print('weasyprint' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
