"""The QR code of a document: what is needed to look for it, as text, and nothing secret.

The text names document, data digest, log, size and root, one a line; they are printed beside
it. Drawn as one path; error correction M of ISO/IEC 18004, so that a smudge may cover a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from reports.render import Anchor

MODULE_MM = 0.6
QUIET = 4
"""Modules left white around it, as the standard asks."""

INK = "#000000"


def text(document_id: str, data_sha256: str, anchor: Anchor) -> str:
    """What the code says when it is read."""
    return "\n".join(
        (
            f"document {document_id}",
            f"data-sha256 {data_sha256}",
            f"log {anchor.origin}",
            f"size {anchor.size}",
            f"root {anchor.root_b64}",
        )
    )


def drawn(said: str, alt: str, module_mm: float = MODULE_MM) -> Markup:
    """The code of a text as SVG of modules `module_mm` wide; `alt` says what it is."""
    import segno

    code = segno.make(said, error="m", micro=False, boost_error=False, encoding="utf-8", eci=False)
    rows = [bytes(row) for row in code.matrix]
    side = len(rows) + 2 * QUIET
    strokes = []
    for y, row in enumerate(rows, start=QUIET):
        x = 0
        while x < len(row):
            width = 0
            while x + width < len(row) and row[x + width]:
                width += 1
            if width:
                strokes.append(f"M{x + QUIET} {y}h{width}v1h-{width}z")
            x += width or 1
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{mm}mm" height="{mm}mm" '
        'viewBox="0 0 {side} {side}"><title>{alt}</title><path d="{path}" fill="{ink}"/></svg>'
    ).format(
        mm=f"{side * module_mm:.1f}",
        side=side,
        alt=f"{alt}. {'; '.join(said.splitlines())}",
        path="".join(strokes),
        ink=INK,
    )
