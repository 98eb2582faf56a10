"""PDFs that stand for rendered letters: made in a moment, the same bytes every time."""

from __future__ import annotations

from io import BytesIO

import pikepdf


def paper(pages: int, mark: str = "") -> bytes:
    """A PDF of that many pages, each with a mark; a stand-in for a rendered letter."""
    pdf = pikepdf.Pdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = pdf.make_stream(f"% {mark}".encode())
    out = BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()
