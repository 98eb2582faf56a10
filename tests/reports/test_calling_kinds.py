"""Reports on calls, controls, requests and the year: sums hold, and no verdict is too good."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import (
    annex,
    board,
    calling_compliance,
    controls,
    data_protection_audit,
    do_not_call_policy,
    request_register,
    requests_performance,
)
from reports.heat import DAYS, heat
from reports.render import Seal, render
from reports.request_tally import COLUMNS
from tests.reports import fixtures, pdfs, request_rows
from tests.reports.calling_examples import performance
from tests.reports.examples import ANCHOR, BASE, DEMO, FILES, MADE_AT, example

CALLS = "calling-compliance"


def calls() -> Any:
    return example(CALLS)


def said(data: Any) -> Any:
    return calling_compliance.figures(calling_compliance.checked(data))


def test_a_desk_without_a_fault_has_no_breach_found_in_the_data() -> None:
    found = said(calls())
    assert (found["verdict"], found["findings"]) == ("no_breach_found", [])
    assert found["placed"] == 1_600


@pytest.mark.parametrize(
    ("change", "level"),
    [
        (lambda d: d["by_country"][0]["broken"].append({"check": "without_consent", "calls": 1}),
         "breach"),
        (lambda d: d["conduct"][0].update(verdict="breach"), "breach"),
        (lambda d: d["opt_outs"]["latency"].update(longest_s=10.5), "breach"),
        (lambda d: d["consent"][0].update(consent_class="withdrawn"), "breach"),
        (lambda d: d["by_country"][1].update(looked=1_199), "not_provable"),
        (lambda d: d["by_country"][1].update(tagged=1_199), "not_provable"),
        (lambda d: d["conduct"][0].update(verdict="not_provable"), "not_provable"),
        (lambda d: d["opt_outs"]["latency"].update(untold=1), "not_provable"),
        (lambda d: d["consent"][0].update(with_evidence=1_599), "not_provable"),
        (lambda d: d["week"][0].__setitem__(9, 0), "not_provable"),
        (lambda d: d["campaigns"][0].update(refused=301), "not_provable"),
        (lambda d: d["freshness"].update(untold=0), "not_provable"),
        (lambda d: d.update(checks=[]), "not_provable"),
        (lambda d: d.update(log_verified=False), "not_provable"),
    ],
    ids=range(14),
)  # fmt: skip
def test_anything_in_the_data_against_it_shows_in_the_verdict(change: Any, level: str) -> None:
    data = calls()
    change(data)
    found = said(data)
    assert found["verdict"] == level
    assert found["findings"][0]["level"] == level


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["without_consent", "after_opt_out", "on_register"]), max_size=4),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_a_criterion_is_met_only_if_every_call_to_its_country_was_looked_at_and_none_broke_it(
    broken: list[str], looked: int, tagged: int
) -> None:
    data = calls()
    counts = [{"check": name, "calls": broken.count(name)} for name in sorted(set(broken))]
    data["by_country"][0].update(looked=looked, tagged=tagged, broken=counts)
    for row in said(data)["criteria"]:
        if row["law"] != "PECR" or not row["checks"]:
            continue
        seen = tagged if row["checks"] == ["after_opt_out"] else looked
        bad = set(row["checks"]) & set(broken)
        assert row["result"] == (
            "breach" if bad else "no_breach" if seen == 400 else "not_provable"
        )


def test_calls_that_are_not_those_of_the_attached_rows_are_named() -> None:
    data, files = calls(), FILES[CALLS]
    assert calling_compliance.contradictions(data, files) == []
    data["campaigns"][1]["placed"] += 1
    data["outcomes"][0]["calls"] -= 1
    found = calling_compliance.contradictions(data, files)
    assert found == ["cm-renewal", "outcome completed"]
    data["annexes"] = []
    assert calling_compliance.contradictions(data, files) == ["calls-by-day.csv"]


def test_hours_that_are_no_week_do_not_add_up_and_are_drawn_all_the_same() -> None:
    data = calls()
    data["week"].pop(0)
    assert said(data)["findings"][0]["topic"] == "sums"
    drawn = calling_compliance.drawings(calling_compliance.checked(data))["week"]
    assert [len(row) for row in drawn.rows] == [25] * 7


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 50_000), min_size=24, max_size=24), min_size=7, max_size=7))
def test_a_heat_map_tells_every_hour_in_words_and_numbers(week: list[list[int]]) -> None:
    drawn = heat("Calls", "calls", week)
    assert [row[0] for row in drawn.rows] == list(DAYS)
    for counts, row in zip(week, drawn.rows, strict=True):
        assert [int(cell.replace(",", "")) for cell in row[1:]] == counts
    assert drawn.svg.count("<rect") == 168
    for hour, count in enumerate(week[6]):
        if count:
            assert f"{hour:02d}:00 {count:,}" in drawn.alt


@settings(max_examples=25)
@given(st.integers(0, 120), st.integers(0, 1_000))
def test_totals_of_requests_are_the_sums_of_the_attached_rows(count: int, seed: int) -> None:
    rows = list(request_rows.rows(count, seed)) if count else []
    found, files = performance(rows, deepcopy(BASE))
    data = requests_performance.checked(found)
    assert requests_performance.contradictions(data, files) == []
    total: Any = requests_performance.figures(data)["total"]
    assert total["received"] == count == len(rows)
    months = data["counts"]["months"]
    for name, of in (("received", "received"), ("in_time", "in_time"), ("late", "late"),
                     ("open", "open"), ("overdue", "overdue"), ("merged", "merged")):  # fmt: skip
        assert sum(row[name] for row in months) == total[of]  # type: ignore[literal-required]
    assert sum(row["received"] for row in data["counts"]["law_months"]) == count
    assert sum(row["requests"] for row in data["counts"]["days"]) == total["closed"]
    if count:
        column = COLUMNS.index("outcome")
        rows[0][column] = "denied" if rows[0][column] != "denied" else "whole"
        other = annex.write(request_register.layout("x"), rows)
        assert requests_performance.contradictions(data, {"requests.csv": other.content})


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 5)), max_size=12))
def test_nine_tenths_were_answered_within_the_days_that_are_named(
    days: list[tuple[int, int]],
) -> None:
    merged = {day: sum(n for d, n in days if d == day) for day, _ in days}
    found = requests_performance.ninetieth(merged.items())
    each = sorted(day for day, n in merged.items() for _ in range(n))
    if not each:
        assert found is None
        return
    assert found is not None
    assert sum(day <= found for day in each) * 10 >= 9 * len(each)
    assert sum(day < found for day in each) * 10 < 9 * len(each)


def test_the_boards_page_is_one_page_in_every_dress() -> None:
    data: Any = example("board")
    data["marker"] = DEMO
    data["controller"]["name"] = "A very long name of a retailer, Aktiengesellschaft " * 3
    data["limits"] = list(data["limits"]) * 2
    for row in data["months"]:
        row.update(violations=12, not_looked=3, breaches_late=1, placed=1_234_567)
    made = [fixtures.in_other_scripts("board").pdf, pdfs.made("board").pdf]
    for paper in ("letter", "A4"):
        document = render(
            "board",
            data,
            made_at=MADE_AT,
            anchor=ANCHOR,
            classification=pdfs.CLASSIFICATION,
            look=fixtures.green(paper),
            seal=Seal("B-LTA", "ab" * 32, "Example CA of a long name", "tsa.example.org"),
        )
        made.append(document.pdf)
    for pdf in made:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert len(opened.pages) == 1


def test_the_board_is_told_what_changed_and_what_matters_first() -> None:
    data: Any = example("board")
    found: Any = board.figures(board.checked(data))
    assert found["total"]["late"] == 1
    assert found["verdict"] == "breach"
    for row in data["months"]:
        row["late"] = 0
    assert board.figures(board.checked(data))["verdict"] == "no_breach_found"
    data["months"][3].update(violations=2, not_looked=5)
    found = board.figures(board.checked(data))
    assert [each["count"] for each in found["matters"]] == [2, 5]
    data["before"] = {**data["before"], "placed": 0, "refused": found["total"]["refused"]}
    changes: Any = board.figures(board.checked(data))["changes"]
    assert changes["placed"] == "none in the year before"
    assert changes["refused"] == "as in the year before"


@pytest.mark.parametrize("kind", ["do-not-call-policy", "data-protection-audit"])
def test_a_clause_is_met_only_with_evidence_in_force_and_without_an_exception(kind: str) -> None:
    module: Any = {"do-not-call-policy": do_not_call_policy}.get(kind, data_protection_audit)
    part = "clauses" if kind == "do-not-call-policy" else "objectives"
    for clause in example(kind)[part]:
        for state in ("in_force", "expired", "withdrawn", "not_yet"):
            data: Any = example(kind)
            held = {**data["evidence"][0], "clauses": [clause["id"]], "state": state}
            data["evidence"] = [{**held, "kind": needed} for needed in clause["needs"][:1]]
            found = {row["id"]: row for row in module.figures(module.checked(data))[part]}
            result = found[clause["id"]]["result"]
            tests = {controls.result_of(test) for test in clause["tests"]}
            if "exception" in tests:
                assert result == "exception"
            elif clause["needs"] and state != "in_force":
                assert result == "not_shown"
            else:
                assert (result in ("met", "nothing_due")) == ("not_shown" not in tests)


def test_management_evidence_never_calls_itself_assurance() -> None:
    assert "assurance" not in data_protection_audit.TITLE.lower()
    assert "assurance" not in data_protection_audit.ABOUT.lower()
    assert "management evidence" in data_protection_audit.TITLE.lower()
    with pikepdf.open(io.BytesIO(pdfs.made("data-protection-audit").pdf)) as opened:
        assert "assurance" not in str(opened.docinfo.get("/Title", "")).lower()
        assert "assurance" not in opened.open_metadata().get("dc:title", "").lower()
