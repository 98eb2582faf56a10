"""What every chart is drawn with: SVG of presentation attributes, the same bytes each time.

Lengths are units of the drawing, WIDTH across a page. Colours are measured for contrast by
tests/reports/test_palette.py; a series has a pattern beside its colour, a mark a shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

INK = "#1B1F24"
MUTED = "#4A5560"
BLUE = "#0B3D66"
SANS = "Report Sans, Report Hebrew, Report Arabic, Report Mono"
WIDTH = 620
"""Units across a page; a chart beside its table has HALF."""

HALF = 380
MM_A_UNIT = 174 / WIDTH
FILLS: tuple[tuple[str, str], ...] = (
    (BLUE, ""),
    ("#B26A00", "hatch"),
    ("#1E7A45", "dots"),
    ("#B42318", "cross"),
)
"""Colour and pattern of each series, at most four in one chart."""


def svg(alt: str, width: float, height: float, drawn: Sequence[Markup]) -> Markup:
    """A drawing; `alt` is what it says to whoever cannot see it."""
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{mw}mm" height="{mh}mm" '
        'viewBox="0 0 {w} {h}"><title>{alt}</title>'
    ).format(
        mw=px(width * MM_A_UNIT),
        mh=px(height * MM_A_UNIT),
        w=px(width),
        h=px(height),
        alt=alt,
    )
    return head + Markup("").join(drawn) + Markup("</svg>")


def fill(index: int) -> tuple[str, str]:
    """Fill and outline of a series: solid, or a pattern on white inside its own outline."""
    colour, pattern = FILLS[index]
    return (f"url(#{pattern})", colour) if pattern else (colour, colour)


def patterns() -> Markup:
    return Markup(
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 6 L6 0" stroke="#B26A00" stroke-width="1.6"/></pattern>'
        '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect x="1" y="1" width="3" height="3" fill="#1E7A45"/></pattern>'
        '<pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 0 L6 6 M0 6 L6 0" stroke="#B42318" stroke-width="1.2"/></pattern></defs>'
    )


def mark(x: float, y: float, index: int) -> Markup:
    """Marks differ by shape: square, circle, diamond, triangle."""
    shapes = (
        Markup('<rect x="{a}" y="{b}" width="10" height="10" fill="{c}"/>'),
        Markup('<circle cx="{x}" cy="{y}" r="5.5" fill="{c}"/>'),
        Markup('<path d="M{x} {t} L{r} {y} L{x} {u} L{l} {y} Z" fill="{c}"/>'),
        Markup('<path d="M{x} {t} L{r} {u} L{l} {u} Z" fill="{c}"/>'),
    )
    return shapes[index % len(shapes)].format(
        a=px(x - 5), b=px(y - 5), x=px(x), y=px(y), c=BLUE,
        t=px(y - 7), u=px(y + 7), l=px(x - 7), r=px(x + 7),
    )  # fmt: skip


def rect(x: float, y: float, width: float, height: float, fill: str, edge: str = "") -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        px(x),
        px(y),
        px(width),
        px(height),
        fill,
        Markup(' stroke="{}" stroke-width="1"').format(edge) if edge else "",
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="1"/>').format(
        px(x1), px(y1), px(x2), px(y2), colour
    )


def label(
    x: float, y: float, text: str, anchor: str = "start", size: int = 10, weight: str = "normal"
) -> Markup:
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" font-family="{}" font-size="{}" '
        'font-weight="{}" fill="{}">{}</text>'
    ).format(px(x), px(y), anchor, SANS, size, weight, INK, escape(text))


def length(value: int, most: int, room: float) -> float:
    """Proportional, but what is not zero is seen."""
    return max(room * value / most, 1.5) if value and most else 0.0


def margin(labels: Iterable[str]) -> int:
    """Room for the longest label, as drawn, left of the axis."""
    longest = max((len(cut(text, 26)) for text in labels), default=0)
    return 12 + round(5.9 * longest)


def cut(text: str, most: int) -> str:
    """A label that fits the drawing; the table beside it has it whole."""
    return text if len(text) <= most else text[: most - 1] + "…"


def px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
