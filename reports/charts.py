"""Charts as inline SVG that anybody can read: on paper, in grey, or read aloud.

Each chart carries its numbers three times: drawn with direct labels, in the
title that screen readers speak, and as the rows of a table that the template
prints beside it. Series differ by pattern as well as by colour. Same input,
same bytes: nothing is measured, random or styled from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from reports.showing import number

INK = "#1B1F24"
MUTED = "#4A5560"
GRID = "#B8C2CC"
BLUE = "#0B3D66"
SANS = "Report Sans, Report Hebrew, Report Arabic, Report Mono"
WIDTH = 620
"""Units across a page; a chart beside its table has HALF."""

HALF = 380
MM_A_UNIT = 174 / WIDTH
MOST_NUMBERS = 14
FILLS: tuple[tuple[str, str], ...] = (
    (BLUE, ""),
    ("#B26A00", "hatch"),
    ("#1E7A45", "dots"),
    ("#B42318", "cross"),
)
"""Colour and pattern of each series, at most four in one chart."""


@dataclass(frozen=True)
class Chart:
    """A drawing, the text that says the same, and the same as a table."""

    title: str
    alt: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: bool
    """Drawn across the page: the table goes below it, with a column for each row."""


def bar(
    title: str,
    unit: str,
    rows: Sequence[tuple[str, int]],
    what: str,
    form: str = "Bar chart",
) -> Chart:
    """Horizontal bars, one a row; `unit` is what is counted, `what` names the rows.

    `form` says aloud what kind of drawing it is.
    """
    left, step = _margin(label for label, _ in rows), 20
    room = HALF - left - 46
    most = max((value for _, value in rows), default=0)
    drawn = []
    for index, (label, value) in enumerate(rows):
        y = index * step
        length = _length(value, most, room)
        drawn.append(_label(left - 6, y + 14, _cut(label, 26), anchor="end"))
        drawn.append(_rect(left, y + 3, length, 14, BLUE))
        drawn.append(_label(left + length + 5, y + 14, number(value)))
    height = max(len(rows), 1) * step + 2
    drawn.append(_line(left, 0, left, height, INK))
    return _chart(title, unit, what, rows, form, height, drawn, wide=False)


def columns(title: str, unit: str, rows: Sequence[tuple[str, int]], what: str) -> Chart:
    """Upright columns in their given order: a histogram of hours or days."""
    height, top = 120, 16
    most = max((value for _, value in rows), default=0)
    step = (WIDTH - 20) / max(len(rows), 1)
    drawn = []
    for index, (label, value) in enumerate(rows):
        x = 10 + index * step
        tall = _length(value, most, height)
        drawn.append(_rect(x + step * 0.12, top + height - tall, step * 0.76, tall, BLUE))
        middle = x + step / 2
        if value:
            drawn.append(_label(middle, top + height - tall - 4, number(value), "middle", size=9))
        drawn.append(_label(middle, top + height + 14, _cut(label, 10), "middle", size=9))
    drawn.append(_line(10, top + height, WIDTH - 10, top + height, INK))
    return _chart(title, unit, what, rows, "Column chart", top + height + 22, drawn, wide=True)


def line(title: str, unit: str, rows: Sequence[tuple[str, int]], what: str) -> Chart:
    """A line over an ordered axis with a mark at each point; at most 12 labels below it.

    Each point has its number; of more than MOST_NUMBERS only the peaks of the whole.
    """
    height, top = 110, 18
    values = [value for _, value in rows]
    most = max(values, default=0)
    step = (WIDTH - 60) / max(len(rows) - 1, 1)
    every = -(-len(rows) // 12) if rows else 1
    drawn, points = [], []
    for index, (label, value) in enumerate(rows):
        x = 30 + index * step
        y = top + height - _length(value, most, height)
        points.append(f"{_px(x)},{_px(y)}")
        drawn.append(_rect(x - 3, y - 3, 6, 6, BLUE))
        if len(rows) <= MOST_NUMBERS or value == most:
            below = _is_valley(values, index) and y < top + height - 20
            drawn.append(_label(x, y + 15 if below else y - 7, number(value), "middle", size=9))
        if index % every == 0:
            drawn.append(_label(x, top + height + 15, _cut(label, 10), "middle", size=9))
    drawn.insert(0, _line(20, top + height, WIDTH - 20, top + height, INK))
    path = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.6"/>')
    drawn.insert(1, path.format(" ".join(points), BLUE))
    return _chart(title, unit, what, rows, "Line chart", top + height + 24, drawn, wide=True)


def _is_valley(values: Sequence[int], index: int) -> bool:
    """Lower than its neighbours: a number above it would stand in the line."""
    around = values[max(index - 1, 0) : index + 2]
    return min(around) == values[index] < max(around)


def stacked(
    title: str,
    unit: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[int]]],
    what: str,
) -> Chart:
    """Horizontal bars in parts; at most four series, told apart by pattern, number and key."""
    if len(series) > len(FILLS):
        raise ValueError("a stacked bar shows at most four series")
    left, step, top = _margin(label for label, _ in rows), 24, 24
    room = WIDTH - left - 100
    most = max((sum(values) for _, values in rows), default=0)
    drawn = [_patterns()]
    x = float(left)
    for index, name in enumerate(series):
        drawn.append(_rect(x, 3, 14, 12, *_fill(index)))
        drawn.append(_label(x + 19, 13, name))
        x += 34 + 6.2 * len(name)
    for index, (label, values) in enumerate(rows):
        y = top + index * step
        drawn.append(_label(left - 6, y + 14, _cut(label, 26), anchor="end"))
        drawn.extend(_segments(left, y, values, most, room))
    drawn.append(_line(left, top, left, top + max(len(rows), 1) * step, INK))
    flat = [(label, *(number(v) for v in values)) for label, values in rows]
    told = "; ".join(f"{label}: {_parts(series, values)}" for label, values in rows)
    alt = f"Stacked bar chart. {title}, {unit}. {told or 'No rows'}."
    height = top + max(len(rows), 1) * step + 4
    svg = _svg(alt, WIDTH, height, drawn)
    return Chart(title, alt, svg, (what, *series), tuple(flat), wide=False)


def _parts(series: Sequence[str], values: Sequence[int]) -> str:
    return ", ".join(f"{name} {number(v)}" for name, v in zip(series, values, strict=True))


def timeline(
    title: str,
    events: Sequence[tuple[str, str]],
    what: str = "Event",
    when: str = "Date",
    form: str = "Timeline",
) -> Chart:
    """Dated events on one line: (name, ISO date), in order of date, labels on two levels."""
    from datetime import date

    days = [date.fromisoformat(on).toordinal() for _, on in events]
    first, last = min(days, default=0), max(days, default=0)
    drawn = [_line(60, 46, WIDTH - 60, 46, INK)]
    for index, ((name, on), ordinal) in enumerate(zip(events, days, strict=True)):
        x = 60 + (WIDTH - 120) * (ordinal - first) / max(last - first, 1)
        above = index % 2 == 0
        drawn.append(_line(x, 30 if above else 46, x, 46 if above else 62, MUTED))
        drawn.append(_mark(x, 46, index))
        drawn.append(_label(x, 12 if above else 74, name, "middle", weight="bold"))
        drawn.append(_label(x, 25 if above else 87, on, "middle"))
    told = "; ".join(f"{name}: {on}" for name, on in events)
    alt = f"{form}. {title}. {told}."
    rows = tuple((name, on) for name, on in events)
    return Chart(title, alt, _svg(alt, WIDTH, 94, drawn), (what, when), rows, wide=True)


def _chart(
    title: str,
    unit: str,
    what: str,
    rows: Sequence[tuple[str, int]],
    form: str,
    height: float,
    drawn: Sequence[Markup],
    *,
    wide: bool,
) -> Chart:
    told = "; ".join(f"{label}: {number(value)}" for label, value in rows)
    alt = f"{form}. {title}, {unit}. {told or 'No rows'}."
    flat = tuple((label, number(value)) for label, value in rows)
    svg = _svg(alt, WIDTH if wide else HALF, height, drawn)
    return Chart(title, alt, svg, (what, unit[:1].upper() + unit[1:]), flat, wide)


def _svg(alt: str, width: int, height: float, drawn: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{mw}mm" height="{mh}mm" '
        'viewBox="0 0 {w} {h}"><title>{alt}</title>'
    ).format(
        mw=_px(width * MM_A_UNIT),
        mh=_px(height * MM_A_UNIT),
        w=width,
        h=_px(height),
        alt=alt,
    )
    return head + Markup("").join(drawn) + Markup("</svg>")


def _segments(left: int, y: float, values: Sequence[int], most: int, room: int) -> list[Markup]:
    drawn = []
    x = float(left)
    for index, value in enumerate(values):
        length = _length(value, most, room)
        if value:
            drawn.append(_rect(x, y + 3, length, 16, *_fill(index)))
            x += length
    drawn.append(_label(x + 6, y + 15, " + ".join(number(v) for v in values)))
    return drawn


def _fill(index: int) -> tuple[str, str]:
    """Fill and outline of a series: solid, or a pattern on white inside its own outline."""
    colour, pattern = FILLS[index]
    return (f"url(#{pattern})", colour) if pattern else (colour, colour)


def _patterns() -> Markup:
    return Markup(
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 6 L6 0" stroke="#B26A00" stroke-width="1.6"/></pattern>'
        '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect x="1" y="1" width="3" height="3" fill="#1E7A45"/></pattern>'
        '<pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 0 L6 6 M0 6 L6 0" stroke="#B42318" stroke-width="1.2"/></pattern></defs>'
    )


def _mark(x: float, y: float, index: int) -> Markup:
    """Marks differ by shape: square, circle, diamond, triangle."""
    shapes = (
        Markup('<rect x="{a}" y="{b}" width="10" height="10" fill="{c}"/>'),
        Markup('<circle cx="{x}" cy="{y}" r="5.5" fill="{c}"/>'),
        Markup('<path d="M{x} {t} L{r} {y} L{x} {u} L{l} {y} Z" fill="{c}"/>'),
        Markup('<path d="M{x} {t} L{r} {u} L{l} {u} Z" fill="{c}"/>'),
    )
    return shapes[index % len(shapes)].format(
        a=_px(x - 5), b=_px(y - 5), x=_px(x), y=_px(y), c=BLUE,
        t=_px(y - 7), u=_px(y + 7), l=_px(x - 7), r=_px(x + 7),
    )  # fmt: skip


def _rect(x: float, y: float, width: float, height: float, fill: str, edge: str = "") -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"{}/>').format(
        _px(x),
        _px(y),
        _px(width),
        _px(height),
        fill,
        Markup(' stroke="{}" stroke-width="1"').format(edge) if edge else "",
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="1"/>').format(
        _px(x1), _px(y1), _px(x2), _px(y2), colour
    )


def _label(
    x: float, y: float, text: str, anchor: str = "start", size: int = 10, weight: str = "normal"
) -> Markup:
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" font-family="{}" font-size="{}" '
        'font-weight="{}" fill="{}">{}</text>'
    ).format(_px(x), _px(y), anchor, SANS, size, weight, INK, escape(text))


def _length(value: int, most: int, room: float) -> float:
    """Proportional, but what is not zero is seen."""
    return max(room * value / most, 1.5) if value and most else 0.0


def _margin(labels: Iterable[str]) -> int:
    """Room for the longest label, as drawn, left of the axis."""
    longest = max((len(_cut(label, 26)) for label in labels), default=0)
    return 12 + round(5.9 * longest)


def _cut(label: str, most: int) -> str:
    """A label that fits the drawing; the table beside it has it whole."""
    return label if len(label) <= most else label[: most - 1] + "…"


def _px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
