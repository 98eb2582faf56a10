"""The QR code says document, digest, log, size and root, read by a program that is not ours."""

from __future__ import annotations

import subprocess
from pathlib import Path

import zxingcpp
from PIL import Image

from reports import qr
from tests.reports import pdfs
from tests.reports.examples import ANCHOR
from tests.reports.kept import Kept


def test_the_code_of_a_printed_page_reads_as_the_text_of_that_document(
    documents: Kept, kind: str, tmp_path: Path
) -> None:
    document = documents[kind]
    file, drawn = tmp_path / "document.pdf", tmp_path / "last"
    last = str(len(pdfs.pages(document.pdf, tmp_path)))
    subprocess.run(
        ["pdftoppm", "-r", "110", "-gray", "-png", "-singlefile", "-f", last, file, drawn],
        check=True,
    )
    with Image.open(f"{drawn}.png") as picture:
        codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [
        f"document {document.document_id}\n"
        f"data-sha256 {document.data_sha256}\n"
        f"log {ANCHOR.origin}\nsize {ANCHOR.size}\nroot {ANCHOR.root_b64}"
    ]


def test_a_code_has_its_text_as_alternative_and_is_the_same_again() -> None:
    said = qr.text("CC-1", "ab" * 32, ANCHOR)
    drawn = str(qr.drawn(said, "QR code <x>"))
    assert drawn == str(qr.drawn(said, "QR code <x>"))
    assert drawn.count("<title>QR code &lt;x&gt;. document CC-1; data-sha256 abab") == 1
