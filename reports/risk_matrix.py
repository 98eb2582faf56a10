"""The risks of an assessment on the grid of likelihood and severity, before and after measures.

A level is told by its word and its tint; each risk stands in its cell by its number, and the
title that is read aloud says all of it in words. Same input, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports import drawing as draw
from reports.charts import Chart

TINTS = {"low": ("#E3F4E8", "#14532D"), "medium": ("#FFF3D6", "#7A4B00"),
         "high": ("#FDE8E8", "#7F1D1D")}  # fmt: skip
TALL, LEFT, TOP, GAP = 46, 62, 22, 14
MOST_IN_CELL = 6


@dataclass(frozen=True)
class Grid:
    """Words from low to high, and the level of each pair: a row for each severity."""

    likelihood: Sequence[str]
    severity: Sequence[str]
    levels: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Placed:
    """A risk: its title, and likelihood and severity before and after; None: nobody said."""

    title: str
    before: tuple[str, str]
    after: tuple[str, str] | None


def matrix(title: str, grid: Grid, risks: Sequence[Placed]) -> Chart:
    """Two grids side by side; the numbers in the cells are those of the rows beside it."""
    wide = (draw.WIDTH - GAP) / 2
    before = [(number, risk.before) for number, risk in enumerate(risks, 1)]
    after = [(number, risk.after) for number, risk in enumerate(risks, 1) if risk.after]
    drawn = [
        *_grid(0, wide, "Before measures", grid, before),
        *_grid(wide + GAP, wide, "What is left", grid, after),
    ]
    rows = tuple(_row(number, risk, grid) for number, risk in enumerate(risks, 1))
    told = "; ".join(f"{row[0]}: {row[1]} before measures, {row[2]} afterwards" for row in rows)
    alt = f"Risk matrix. {title}. {told or 'No risk'}."
    height = TOP + len(grid.severity) * TALL + 34
    svg = draw.svg(alt, draw.WIDTH, height, drawn)
    return Chart(title, alt, svg, ("Risk", "Before measures", "What is left"), rows, wide=False)


def level(grid: Grid, pair: tuple[str, str]) -> str:
    """low, medium or high of a likelihood and a severity."""
    return grid.levels[grid.severity.index(pair[1])][grid.likelihood.index(pair[0])]


def _row(number: int, risk: Placed, grid: Grid) -> tuple[str, str, str]:
    after = "not said"
    if risk.after:
        after = _told(grid, risk.after)
    return f"{number}. {risk.title}", _told(grid, risk.before), after


def _told(grid: Grid, pair: tuple[str, str]) -> str:
    return f"{level(grid, pair)} ({pair[0]}, {pair[1]})"


def _grid(
    x: float, wide: float, name: str, grid: Grid, placed: Sequence[tuple[int, tuple[str, str]]]
) -> list[Markup]:
    """One grid: severity upwards, likelihood to the right, numbers of risks in their cells."""
    step = (wide - LEFT - 1) / len(grid.likelihood)
    foot = TOP + len(grid.severity) * TALL
    drawn = [draw.label(x + LEFT, 13, name, weight="bold")]
    for down, severity in enumerate(reversed(grid.severity)):
        y = TOP + down * TALL
        drawn.append(draw.label(x + LEFT - 5, y + TALL / 2 + 3, severity, "end", size=9))
        for across, likelihood in enumerate(grid.likelihood):
            here = [number for number, pair in placed if pair == (likelihood, severity)]
            word = level(grid, (likelihood, severity))
            drawn += _cell(x + LEFT + across * step, y, step, word, here)
    for across, likelihood in enumerate(grid.likelihood):
        middle = x + LEFT + (across + 0.5) * step
        drawn.append(draw.label(middle, foot + 13, likelihood, "middle", size=9))
    drawn.append(draw.label(x + LEFT, foot + 28, "likelihood →, severity ↑", size=8))
    return drawn


def _cell(x: float, y: float, wide: float, word: str, numbers: Sequence[int]) -> list[Markup]:
    tint, edge = TINTS[word]
    shown = ", ".join(map(str, numbers[:MOST_IN_CELL]))
    if len(numbers) > MOST_IN_CELL:
        shown += f" +{len(numbers) - MOST_IN_CELL}"
    drawn = [draw.rect(x, y, wide, TALL, tint, edge), draw.label(x + 4, y + 12, word, size=8)]
    if shown:
        drawn.append(draw.label(x + wide / 2, y + 33, shown, "middle", size=13, weight="bold"))
    return drawn
