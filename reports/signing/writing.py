"""pyHanko's writer and signer without what they do unasked; importing this loads pyHanko.

They would rewrite title and dates with this machine's clock, and raise the PDF's version
above that of PDF/A-3. Both reach into the library, whose version is pinned.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSigner


class Writer(IncrementalPdfFileWriter):  # type: ignore[misc]
    """Adds to a file and leaves its metadata as they are."""

    def _prep_dom_for_writing(self) -> None:
        """Nothing: the document's own metadata stand."""


class Signer(PdfSigner):  # type: ignore[misc]
    """Signs and declares no extension of PDF 2.0."""

    def register_extensions(self, pdf_out: Any, *, md_algorithm: str) -> None:
        """Nothing: PAdES needs no declaration to be read."""


def writer_over(document: bytes) -> Writer:
    """A writer whose output begins with `document` as it is."""
    return Writer(BytesIO(document))
