"""Charts as inline SVG that anybody can read: on paper, in grey, or read aloud.

Each chart carries its numbers three times: drawn with direct labels, in the
title that screen readers speak, and as the rows of a table that the template
prints beside it. Series differ by pattern as well as by colour. Same input,
same bytes: nothing is measured, random or styled from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from reports import drawing as draw
from reports.showing import number

MOST_NUMBERS = 14
PANELS_ABREAST = 3


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
    left, step = draw.margin(label for label, _ in rows), 20
    room = draw.HALF - left - 46
    most = max((value for _, value in rows), default=0)
    drawn = []
    for index, (label, value) in enumerate(rows):
        y = index * step
        length = draw.length(value, most, room)
        drawn.append(draw.label(left - 6, y + 14, draw.cut(label, 26), anchor="end"))
        drawn.append(draw.rect(left, y + 3, length, 14, draw.BLUE))
        drawn.append(draw.label(left + length + 5, y + 14, number(value)))
    height = max(len(rows), 1) * step + 2
    drawn.append(draw.line(left, 0, left, height, draw.INK))
    return _chart(title, unit, what, rows, form, height, drawn, wide=False)


def columns(title: str, unit: str, rows: Sequence[tuple[str, int]], what: str) -> Chart:
    """Upright columns in their given order: hours or days."""
    return _upright(title, unit, rows, what, "Column chart", gap=0.12)


def _upright(
    title: str,
    unit: str,
    rows: Sequence[tuple[str, int]],
    what: str,
    form: str,
    *,
    gap: float,
) -> Chart:
    """Columns with their numbers above and names below; `gap` is left free on each side."""
    height, top = 120, 16
    most = max((value for _, value in rows), default=0)
    step = (draw.WIDTH - 20) / max(len(rows), 1)
    drawn = []
    for index, (label, value) in enumerate(rows):
        x = 10 + index * step
        tall = draw.length(value, most, height)
        drawn.append(
            draw.rect(x + step * gap, top + height - tall, step * (1 - 2 * gap), tall, draw.BLUE)
        )
        middle = x + step / 2
        if value:
            drawn.append(
                draw.label(middle, top + height - tall - 4, number(value), "middle", size=9)
            )
        drawn.append(draw.label(middle, top + height + 14, draw.cut(label, 10), "middle", size=9))
    drawn.append(draw.line(10, top + height, draw.WIDTH - 10, top + height, draw.INK))
    return _chart(title, unit, what, rows, form, top + height + 22, drawn, wide=True)


def line(title: str, unit: str, rows: Sequence[tuple[str, int]], what: str) -> Chart:
    """A line over an ordered axis with a mark at each point; at most 12 labels below it.

    Each point has its number; of more than MOST_NUMBERS only the peaks of the whole.
    """
    height, top = 110, 18
    values = [value for _, value in rows]
    most = max(values, default=0)
    step = (draw.WIDTH - 60) / max(len(rows) - 1, 1)
    every = -(-len(rows) // 12) if rows else 1
    drawn, points = [], []
    for index, (label, value) in enumerate(rows):
        x = 30 + index * step
        y = top + height - draw.length(value, most, height)
        points.append(f"{draw.px(x)},{draw.px(y)}")
        drawn.append(draw.rect(x - 3, y - 3, 6, 6, draw.BLUE))
        if len(rows) <= MOST_NUMBERS or value == most:
            below = _is_valley(values, index) and y < top + height - 20
            drawn.append(draw.label(x, y + 15 if below else y - 7, number(value), "middle", size=9))
        if index % every == 0:
            drawn.append(draw.label(x, top + height + 15, draw.cut(label, 10), "middle", size=9))
    drawn.insert(0, draw.line(20, top + height, draw.WIDTH - 20, top + height, draw.INK))
    path = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.6"/>')
    drawn.insert(1, path.format(" ".join(points), draw.BLUE))
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
    if len(series) > len(draw.FILLS):
        raise ValueError("a stacked bar shows at most four series")
    left, step, top = draw.margin(label for label, _ in rows), 24, 24
    room = draw.WIDTH - left - 100
    most = max((sum(values) for _, values in rows), default=0)
    drawn = [draw.patterns()]
    x = float(left)
    for index, name in enumerate(series):
        drawn.append(draw.rect(x, 3, 14, 12, *draw.fill(index)))
        drawn.append(draw.label(x + 19, 13, name))
        x += 34 + 6.2 * len(name)
    for index, (label, values) in enumerate(rows):
        y = top + index * step
        drawn.append(draw.label(left - 6, y + 14, draw.cut(label, 26), anchor="end"))
        drawn.extend(_segments(left, y, values, most, room))
    drawn.append(draw.line(left, top, left, top + max(len(rows), 1) * step, draw.INK))
    flat = [(label, *(number(v) for v in values)) for label, values in rows]
    told = "; ".join(f"{label}: {_parts(series, values)}" for label, values in rows)
    alt = f"Stacked bar chart. {title}, {unit}. {told or 'No rows'}."
    height = top + max(len(rows), 1) * step + 4
    svg = draw.svg(alt, draw.WIDTH, height, drawn)
    return Chart(title, alt, svg, (what, *series), tuple(flat), wide=False)


def _parts(series: Sequence[str], values: Sequence[int]) -> str:
    return ", ".join(f"{name} {number(v)}" for name, v in zip(series, values, strict=True))


def histogram(
    title: str, unit: str, values: Sequence[int], edges: Sequence[int], what: str
) -> Chart:
    """How often values fall into classes: bars that touch, the edges named below them.

    A class holds its lower edge and not its upper one; below the first edge and from the last
    one on is a class of its own where something falls into it.
    """
    bounds: list[tuple[str, int]] = []
    below = sum(value < edges[0] for value in values)
    if below:
        bounds.append((f"< {number(edges[0])}", below))
    for low, high in pairwise(edges):
        name = number(low) if high - low == 1 else f"{number(low)}–{number(high - 1)}"
        bounds.append((name, sum(low <= value < high for value in values)))
    above = sum(value >= edges[-1] for value in values)
    if above:
        bounds.append((f"≥ {number(edges[-1])}", above))
    return _upright(title, unit, bounds, what, "Histogram", gap=0.015)


def multiples(
    title: str,
    unit: str,
    names: Sequence[str],
    panels: Mapping[str, Sequence[int]],
    what: str,
    *,
    own_scales: bool = False,
    across: int = 62,
) -> Chart:
    """Small columns side by side, one panel a label; `names` name the columns.

    All on one scale, or with `own_scales` each on its own, where panels count different
    things. Only the highest of each panel has its number: the table has all of them. `across`
    is the height of a panel in units of the drawing.
    """
    tall, wide = 26, (draw.WIDTH - 40) / PANELS_ABREAST
    most = max((value for counts in panels.values() for value in counts), default=0)
    drawn = []
    for index, (panel, counts) in enumerate(panels.items()):
        left = 10 + (index % PANELS_ABREAST) * (wide + 10)
        foot = (index // PANELS_ABREAST) * (across + tall) + across + 6
        drawn.append(draw.label(left, foot - across + 8, draw.cut(panel, 30), weight="bold"))
        scale = max(counts, default=0) if own_scales else most
        drawn.extend(_panel(left, foot, wide, across - 26, names, counts, scale))
    lines = -(-len(panels) // PANELS_ABREAST)
    told = "; ".join(f"{panel}: {_parts(names, counts)}" for panel, counts in panels.items())
    alt = f"Small multiples. {title}, {unit}. {told or 'No rows'}."
    flat = tuple((panel, *(number(v) for v in counts)) for panel, counts in panels.items())
    svg = draw.svg(alt, draw.WIDTH, max(lines, 1) * (across + tall), drawn)
    return Chart(title, alt, svg, (what, *names), flat, wide=False)


def _panel(
    left: float,
    foot: float,
    wide: float,
    height: float,
    names: Sequence[str],
    counts: Sequence[int],
    most: int,
) -> list[Markup]:
    """The columns of one panel above their line, first and last of them named."""
    step = wide / max(len(counts), 1)
    peak = max(counts, default=0)
    drawn = []
    for index, value in enumerate(counts):
        tall = draw.length(value, most, height)
        drawn.append(draw.rect(left + index * step, foot - tall, step * 0.8, tall, draw.BLUE))
        if value and value == peak and peak not in counts[:index]:
            middle, said = left + (index + 0.4) * step, number(value)
            # At the panel's edges a number in the middle of its column would be cut off.
            half = 2.6 * len(said)
            middle = min(max(middle, left + half), left + wide - half)
            drawn.append(draw.label(middle, foot - tall - 3, said, "middle", size=9))
    drawn.append(draw.line(left, foot, left + wide, foot, draw.INK))
    if names:
        drawn.append(draw.label(left, foot + 12, draw.cut(names[0], 12), size=9))
        last = draw.cut(names[-1], 12)
        drawn.append(draw.label(left + wide, foot + 12, last, "end", size=9))
    return drawn


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
    drawn = [draw.line(60, 46, draw.WIDTH - 60, 46, draw.INK)]
    for index, ((name, on), ordinal) in enumerate(zip(events, days, strict=True)):
        x = 60 + (draw.WIDTH - 120) * (ordinal - first) / max(last - first, 1)
        above = index % 2 == 0
        drawn.append(draw.line(x, 30 if above else 46, x, 46 if above else 62, draw.MUTED))
        drawn.append(draw.mark(x, 46, index))
        drawn.append(draw.label(x, 12 if above else 74, name, "middle", weight="bold"))
        drawn.append(draw.label(x, 25 if above else 87, on, "middle"))
    told = "; ".join(f"{name}: {on}" for name, on in events)
    alt = f"{form}. {title}. {told}."
    rows = tuple((name, on) for name, on in events)
    return Chart(title, alt, draw.svg(alt, draw.WIDTH, 94, drawn), (what, when), rows, wide=True)


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
    svg = draw.svg(alt, draw.WIDTH if wide else draw.HALF, height, drawn)
    return Chart(title, alt, svg, (what, unit[:1].upper() + unit[1:]), flat, wide)


def _segments(left: int, y: float, values: Sequence[int], most: int, room: int) -> list[Markup]:
    drawn = []
    x = float(left)
    for index, value in enumerate(values):
        length = draw.length(value, most, room)
        if value:
            drawn.append(draw.rect(x, y + 3, length, 16, *draw.fill(index)))
            x += length
    drawn.append(draw.label(x + 6, y + 15, " + ".join(number(v) for v in values)))
    return drawn
