"""Finished PDFs one behind the other as one file to print: the same in, the same bytes out.

Only pages are taken over: what a PDF carries besides (attached data, tags, metadata) stays with
the single document. The pages of one document cost about 60 KiB of memory until the file is
made.
"""

from __future__ import annotations

from io import BytesIO

import pikepdf

from privacy.errors import BadInput


class Joined:
    """PDFs joined in the order in which they are added.

    `duplex`: each begins on the front of a sheet, an empty page before it where needed, and
    the file asks printers for both sides.
    """

    def __init__(self, *, duplex: bool = False) -> None:
        self._duplex = duplex
        self._pdf = pikepdf.Pdf.new()

    @property
    def pages(self) -> int:
        """Pages until now, empty ones too."""
        return len(self._pdf.pages)

    def add(self, content: bytes) -> tuple[int, int]:
        """Put a PDF at the end: its first page, counted from 1, and how many it has.

        BadInput for what is no PDF with pages.
        """
        try:
            with pikepdf.Pdf.open(BytesIO(content)) as found:
                pages = len(found.pages)
                if not pages:
                    raise _no_pdf()
                if self._duplex and self.pages % 2:
                    self._add_empty()
                first = self.pages + 1
                self._pdf.pages.extend(found.pages)
        except pikepdf.PdfError:
            raise _no_pdf() from None
        return first, pages

    def content(self) -> bytes:
        """The whole file."""
        if self._duplex:
            self._pdf.Root.ViewerPreferences = pikepdf.Dictionary(
                Duplex=pikepdf.Name.DuplexFlipLongEdge
            )
        out = BytesIO()
        # The identifier comes of the content, not of chance and time.
        self._pdf.save(out, deterministic_id=True)
        return out.getvalue()

    def _add_empty(self) -> None:
        """An empty page as large as the last one."""
        _, _, width, height = self._pdf.pages[-1].mediabox
        self._pdf.add_blank_page(page_size=(float(width), float(height)))


def _no_pdf() -> BadInput:
    return BadInput("A letter's PDF cannot be read; nothing was printed.", what="letter")
