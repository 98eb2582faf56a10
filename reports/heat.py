"""A heat map of a week by hours: shade, number and table say the same."""

from __future__ import annotations

from collections.abc import Sequence

from reports import drawing as draw
from reports.charts import Chart
from reports.showing import number

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHADES: tuple[tuple[str, str], ...] = (
    ("#FFFFFF", draw.INK),
    ("#DCE8F3", draw.INK),
    ("#A9C6E0", draw.INK),
    ("#3F6C94", "#FFFFFF"),
    (draw.BLUE, "#FFFFFF"),
)
"""Fill and text of nothing, and of each quarter of the highest number; text at least 4.5 : 1."""

LEFT, CELL, TALL, TOP = 34, 24.4, 20, 16
LARGEST_WHOLE = 9_999


def heat(title: str, unit: str, week: Sequence[Sequence[int]]) -> Chart:
    """`week`: seven rows, Monday first, of 24 counts, hour 0 first."""
    most = max((count for day in week for count in day), default=0)
    drawn = []
    for hour in range(24):
        drawn.append(draw.label(LEFT + (hour + 0.5) * CELL, 11, f"{hour:02d}", "middle", size=9))
    for row, (name, counts) in enumerate(zip(DAYS, week, strict=True)):
        y = TOP + row * TALL
        drawn.append(draw.label(LEFT - 6, y + 14, name, "end"))
        for hour, count in enumerate(counts):
            fill, ink = SHADES[_shade(count, most)]
            x = LEFT + hour * CELL
            drawn.append(draw.rect(x, y, CELL - 1, TALL - 1, fill, "#B8C2CC"))
            if count:
                text = draw.label(x + (CELL - 1) / 2, y + 13, _short(count), "middle", size=8)
                drawn.append(text.replace(draw.INK, ink) if ink != draw.INK else text)
    told = "; ".join(f"{name}: {_told(counts)}" for name, counts in zip(DAYS, week, strict=True))
    alt = f"Heat map. {title}, {unit}. {told}."
    rows = tuple(
        (name, *(number(count) for count in counts))
        for name, counts in zip(DAYS, week, strict=True)
    )
    columns = ("Day", *(f"{hour:02d}" for hour in range(24)))
    svg = draw.svg(alt, draw.WIDTH, TOP + 7 * TALL + 2, drawn)
    return Chart(title, alt, svg, columns, rows, wide=False)


def _shade(count: int, most: int) -> int:
    """0 for nothing, else the quarter of the highest number that the count lies in."""
    return 0 if not count else min(4, 1 + (4 * count - 1) // max(most, 1))


def _short(count: int) -> str:
    """What fits a cell; the table has the whole number."""
    return str(count) if count <= LARGEST_WHOLE else f"{count // 1000}k"


def _told(counts: Sequence[int]) -> str:
    parts = [f"{hour:02d}:00 {number(count)}" for hour, count in enumerate(counts) if count]
    return ", ".join(parts) or "none"
