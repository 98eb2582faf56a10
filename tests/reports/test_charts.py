"""Charts: the numbers are drawn, told and tabled; nothing depends on colour or chance."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import charts, drawing
from reports.charts import Chart

CSS = Path(__file__).parents[2] / "templates" / "reports" / "report.css"
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [("no answer", 1_388), ("busy & <b>", 83), ("", 0)]

labels = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
rows_of_counts = st.lists(st.tuples(labels, st.integers(0, 10**9)), max_size=20)


def every_form() -> list[Chart]:
    return [
        charts.bar("T", "calls", ROWS, "Outcome"),
        charts.columns("T", "calls", ROWS, "Hour"),
        charts.line("T", "calls", ROWS, "Day"),
        charts.stacked("T", "requests", ("in time", "late"), [("EU", (14, 3))], "Law"),
        charts.histogram("T", "requests", [0, 3, 9, 31, 45], [1, 10, 20, 30], "Days"),
        charts.multiples("T", "calls", ("Mon", "Tue"), {"a": (3, 1), "b & <c>": (0, 2)}, "Line"),
        charts.timeline("T", [("Received", "2026-11-02"), ("Due", "2026-12-02")]),
    ]


@pytest.mark.parametrize("chart", every_form(), ids=lambda chart: chart.alt.split(".")[0])
def test_a_chart_tells_all_its_numbers_in_title_and_table(chart: Chart) -> None:
    title = ET.fromstring(chart.svg).find(f"{SVG}title")
    assert title is not None
    assert title.text == chart.alt
    assert chart.rows
    for row in chart.rows:
        assert len(row) == len(chart.columns)
        assert all(cell in chart.alt for cell in row)


@given(rows_of_counts)
def test_any_rows_give_a_drawing_that_is_well_formed_and_the_same_again(
    rows: list[tuple[str, int]],
) -> None:
    for form in (charts.bar, charts.columns, charts.line):
        chart = form("Title", "calls", rows, "What")
        assert ET.fromstring(chart.svg).tag == f"{SVG}svg"
        assert chart == form("Title", "calls", rows, "What")
        assert len(chart.rows) == len(rows)


def test_bars_are_as_long_as_their_numbers_and_none_that_counts_is_invisible() -> None:
    svg = charts.bar("T", "calls", [("a", 400), ("b", 100), ("c", 1), ("d", 0)], "What").svg
    widths = [float(bar.get("width", "")) for bar in ET.fromstring(svg).iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(4 * widths[1], abs=0.05)
    assert widths[2] >= 1.5
    assert widths[3] == 0


def test_series_differ_by_pattern_and_not_by_colour_alone() -> None:
    patterns = [pattern for _, pattern in drawing.FILLS]
    assert len(set(patterns)) == len(patterns)
    with pytest.raises(ValueError):
        charts.stacked("T", "u", ("a", "b", "c", "d", "e"), [], "What")


def test_marks_of_a_timeline_differ_by_shape() -> None:
    events = [("a", "2026-01-01"), ("b", "2026-01-05"), ("c", "2026-01-09"), ("d", "2026-02-01")]
    svg = str(charts.timeline("T", events).svg)
    assert svg.count("<circle") == 1
    assert svg.count("<rect") == 1
    assert svg.count("<path") == 2


def test_text_and_background_of_every_style_rule_have_contrast_of_level_aa() -> None:
    css = CSS.read_text()
    for rule in re.findall(r"\{([^}]*)\}", css):
        ink = re.search(r"(?:^|[ ;])color: (#[0-9A-F]{6})", rule)
        ground = re.search(r"background: (#[0-9A-F]{6})", rule)
        if ink or ground:
            pair = (ink[1] if ink else drawing.INK, ground[1] if ground else "#FFFFFF")
            assert contrast(*pair) >= 4.5, rule


def test_what_charts_draw_has_contrast_on_white() -> None:
    assert contrast(drawing.INK, "#FFFFFF") >= 4.5
    for colour, _ in drawing.FILLS:
        assert contrast(colour, "#FFFFFF") >= 3


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2 between two colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
