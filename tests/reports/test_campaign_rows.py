"""The figures of a campaign report are the sums of its attached rows, whichever are attached."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import annex, campaign_compliance
from reports.campaign_rows import COLUMNS, EXCEPTIONS, ROWS
from tests.reports import campaign_rows
from tests.reports.examples import FILES, example

KIND = "campaign-compliance"
PLACE = COLUMNS.index("exception")
CHECKS = [row["id"] for row in example(KIND)["checks"]]


def contradictions(data: dict[str, Any], files: dict[str, bytes]) -> list[str]:
    return campaign_compliance.contradictions(campaign_compliance.checked(data), files)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1_203), st.sampled_from(CHECKS)), max_size=30, unique=True),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_every_figure_is_counted_from_the_attached_rows(
    broken: list[tuple[int, str]], whole: bool, seed: int
) -> None:
    data = example(KIND)
    listed = campaign_rows.rows(data, seed)
    for number, check in broken:
        listed[number][PLACE] = f"{listed[number][PLACE]} {check}".strip()
    found = Counter(check for _, check in broken)
    for row in data["checks"]:
        row["violations"] = found[row["id"]]
    kept = listed if whole else [row for row in listed if row[PLACE]]
    made, files = campaign_rows.with_rows(data, kept, whole=whole)
    assert list(files) == [ROWS if whole else EXCEPTIONS]
    assert contradictions(made, files) == []
    assert made["annexes"][0]["exceptions"] == len({number for number, _ in broken})
    figures: Any = campaign_compliance.figures(campaign_compliance.checked(made))
    assert figures["violations"] == len(broken)
    assert (figures["verdict"] == "breach") == bool(broken)


@pytest.mark.parametrize(
    ("path", "count", "named"),
    [
        (("calls", "by_outcome"), "calls", "by_outcome"),
        (("calls", "by_day"), "calls", "by_day"),
        (("calls", "by_weekday_hour"), "calls", "by_weekday_hour"),
        (("consent",), "calls", "consent"),
        (("checks",), "violations", "checks.after_opt_out"),
    ],
)
def test_a_count_that_is_not_that_of_the_rows_is_named(
    path: tuple[str, ...], count: str, named: str
) -> None:
    data = example(KIND)
    rows: Any = data
    for key in path:
        rows = rows[key]
    rows[0][count] += 1
    assert contradictions(data, FILES[KIND]) == [named]


def test_more_calls_than_rows_are_named_and_a_report_without_rows_is_none() -> None:
    data = example(KIND)
    data["calls"]["placed"] += 1
    assert contradictions(data, FILES[KIND]) == ["placed"]
    assert contradictions({**example(KIND), "annexes": []}, {}) == ["annexes"]


def test_an_exception_that_is_left_out_of_the_file_is_named() -> None:
    data = example(KIND)
    data["checks"][2]["violations"] = 2
    listed = campaign_rows.rows(data)[:2]
    for row in listed:
        row[PLACE] = "outside_hours"
    made, files = campaign_rows.with_rows(data, listed, whole=False)
    assert contradictions(made, files) == []
    made, files = campaign_rows.with_rows(data, listed[:1], whole=False)
    assert contradictions(made, files) == ["checks.outside_hours"]
    listed[1][PLACE] = ""
    made, files = campaign_rows.with_rows(data, listed, whole=False)
    assert contradictions(made, files) == ["annexes", "checks.outside_hours"]


def test_of_more_exceptions_than_an_annex_holds_the_rest_is_counted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(annex, "MOST_ROWS", 2)
    data = example(KIND)
    data["checks"][2]["violations"] = 5
    listed = campaign_rows.rows(data)[:2]
    for row in listed:
        row[PLACE] = "outside_hours"
    made, files = campaign_rows.with_rows(data, listed, whole=False)
    assert contradictions(made, files) == []
    made["checks"][2]["violations"] = 1
    assert contradictions(made, files) == ["checks.outside_hours"]


def test_a_row_that_nobody_wrote_is_named_and_raises_nothing() -> None:
    data = example(KIND)
    listed = campaign_rows.rows(data)[:3]
    listed[0][COLUMNS.index("hour")] = "noon"
    written = annex.write(annex.Layout(EXCEPTIONS, "w", COLUMNS), listed)
    data["annexes"] = [written.annex]
    assert contradictions(data, {EXCEPTIONS: written.content}) == [EXCEPTIONS]
