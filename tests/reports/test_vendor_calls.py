"""The report on a vendor's call records: what it says, what it counts again, what it never says."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from reports import annex, vendor_calls
from tests.reports.examples import FILES, example

KIND = "vendor-calls"


@pytest.fixture
def data() -> Any:
    return example(KIND)


def clean(data: Any) -> Any:
    """The same audit with nothing broken and nothing open."""
    for row in data["checks"]:
        row.update(no_breach=data["calls"]["judged"], breach=0, not_provable=0)
    line = {"code": "row_cap", "verdict": "no_gap", "text": "No limit was hit.", "next": ""}
    data.update(findings=[], open=[], abandonment=[], completeness=[line])
    data["calls"].update(with_breach=0)
    return data


def test_the_figures_are_those_of_the_planted_breaches(data: Any) -> None:
    """Two of each kind are planted; the repeated hour and the night are both hours: four."""
    found: Any = vendor_calls.figures(vendor_calls.checked(data))
    breaches = {row["check"]: row["breach"] for row in data["checks"]}
    assert breaches == {
        "hours": 4,
        "holiday": 2,
        "consent": 2,
        "prerecorded": 2,
        "do_not_call": 2,
        "list_age": 0,
        "frequency": 2,
        "minimum_gap": 2,
        "caller_id": 2,
        "ring_time": 2,
        "after_opt_out": 0,
        "opt_out_latency": 0,
        "other": 2,
    }
    assert data["calls"]["with_breach"] == 22
    assert found["verdict"] == "breach"
    assert {row["name"] for row in found["missing"]} == {"list_date", "opt_out_at", "prerecorded"}
    assert sum(map(sum, data["heat"]["calls"])) == data["calls"]["judged"] == 172
    assert sum(map(sum, data["heat"]["breaches"])) == 22


def test_each_check_counts_each_call_once(data: Any) -> None:
    for row in data["checks"]:
        told = row["breach"] + row["no_breach"] + row["not_provable"]
        assert told == data["calls"]["judged"], row["check"]


def test_a_clean_verdict_needs_everything_to_be_decided(data: Any) -> None:
    assert vendor_calls.verdict(clean(data)) == "no_breach_found"
    for name, value in (
        ("open", example(KIND)["open"][:1]),
        ("abandonment", example(KIND)["abandonment"][:1]),
        ("completeness", [{"code": "c", "verdict": "gap", "text": "t", "next": ""}]),
    ):
        told: Any = {**clean(example(KIND)), name: value}
        assert vendor_calls.verdict(told) == "not_provable"
    nothing = clean(example(KIND))
    nothing["calls"].update(judged=0)
    assert vendor_calls.verdict(nothing) == "not_provable"


def test_a_share_over_the_limit_at_its_lowest_is_a_breach_with_a_card(data: Any) -> None:
    share = {**data["abandonment"][0], "verdict": "breach", "lowest": 0.1, "highest": 0.1}
    told = {**clean(data), "abandonment": [share]}
    found: Any = vendor_calls.figures(vendor_calls.checked(told))
    assert found["verdict"] == "breach"
    assert "at least 10.0%" in found["findings"][0]["text"]


def test_the_rows_say_what_the_data_say(data: Any) -> None:
    assert vendor_calls.contradictions(data, FILES[KIND]) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda data: data["findings"][0].update(calls=1), "findings"),
        (lambda data: data["findings"].pop(), "findings"),
        (lambda data: data["checks"][0].update(breach=0), "checks"),
        (lambda data: data["calls"].update(with_breach=3), "calls"),
    ],
    ids=["fewer calls", "a finding left out", "a check made clean", "fewer calls in all"],
)
def test_a_count_that_was_changed_is_seen(data: Any, change: Any, wrong: str) -> None:
    change(data)
    assert wrong in vendor_calls.contradictions(data, FILES[KIND])


def test_a_row_that_was_taken_out_is_seen(data: Any) -> None:
    (held,) = data["annexes"]
    rows = list(annex.read(held, FILES[KIND][held["name"]]))[1:]
    fewer = annex.write(vendor_calls.layout(held["sample"]["seed"]), rows)
    data["annexes"] = [fewer.annex]
    files = {fewer.annex["name"]: fewer.content}
    assert "findings" in vendor_calls.contradictions(data, files)


def test_no_number_stands_in_data_or_file(data: Any) -> None:
    text = str(data) + FILES[KIND][vendor_calls.ROWS].decode()
    assert not re.search(r"1\d{3}55501\d\d", text), "no number of the simulator"
    rows = list(csv.DictReader(io.StringIO(FILES[KIND][vendor_calls.ROWS].decode())))
    assert all(row["number"].startswith("+1•") and len(row["party"]) == 12 for row in rows)
    assert all(row["text"].endswith(".") and row["rule"] in row["text"] for row in rows)


def test_an_export_that_may_not_be_whole_is_never_clean_and_the_first_page_says_so(
    data: Any,
) -> None:
    told = clean(data)
    assert vendor_calls.verdict(told) == "no_breach_found"
    assert not vendor_calls.figures(told)["unwhole"]
    told["completeness"][0]["verdict"] = "not_provable"
    assert vendor_calls.verdict(told) == "not_provable"
    assert vendor_calls.figures(told)["unwhole"]
    told["completeness"] = []
    assert vendor_calls.verdict(told) == "not_provable", "nobody asked whether it is whole"
