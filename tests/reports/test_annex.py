"""Annexes: what is printed is what the attached rows give, and a changed row is seen."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import Altered, BadFacts
from reports import annex, log_verification, request_register
from reports.reading import attached, verify
from reports.request_tally import COLUMNS, tally
from tests.reports import log_rows, pdfs, request_rows
from tests.reports.examples import BASE, FILES, example
from tests.reports.kept import Kept

LAYOUTS = [
    annex.Layout("a.csv", "rows", ("id", "kind", "at", "bad"), ("id", "bad"), "kind", "at", "bad"),
    annex.Layout("a.jsonl", "rows", ("id", "kind", "at", "bad"), (), "kind", "at", "bad", "jsonl"),
]
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=8)
tables = st.lists(st.tuples(cells, cells, cells, cells), max_size=140)


@given(tables, st.sampled_from(LAYOUTS))
def test_every_total_of_an_annex_is_the_sum_of_the_attached_rows(
    rows: list[tuple[str, ...]], layout: annex.Layout
) -> None:
    written = annex.write(layout, rows)
    held = written.annex
    assert [tuple(row) for row in annex.read(held, written.content)] == rows
    assert held["rows"] == len(rows)
    assert sum(row["rows"] for row in held["by_type"]) == len(rows)
    assert sum(row["rows"] for row in held["by_day"]) == len(rows)
    assert held["exceptions"] == sum(bool(row[3]) for row in rows)
    assert held["sha256"] == hashlib.sha256(written.content).hexdigest()
    assert annex.recounted(held, written.content) == held
    edges = [tuple(row) for row in (*held["first"], *held["last"])]
    assert edges == (rows if len(rows) <= 100 else [*rows[:50], *rows[-50:]])


@given(tables.filter(bool), st.sampled_from(LAYOUTS), st.data())
def test_a_file_with_another_row_is_not_what_the_annex_says(
    rows: list[tuple[str, ...]], layout: annex.Layout, data: st.DataObject
) -> None:
    held = annex.write(layout, rows).annex
    index = data.draw(st.integers(0, len(rows) - 1))
    other = [*rows[:index], *rows[index + 1 :]]
    assert annex.recounted(held, annex.write(layout, other).content) != held


def test_the_sample_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    rows = [[str(n), "k", "2026-01-01", ""] for n in range(1000)]
    ordered = sorted(range(1, 1001), key=lambda n: hashlib.sha256(f"root:{n}".encode()).digest())
    drawn = annex.write(annex.Layout("a", "w", ("a", "b", "c", "d"), seed="root"), rows)
    other = annex.write(annex.Layout("a", "w", ("a", "b", "c", "d"), seed="toor"), rows)
    sample = drawn.annex["sample"]
    assert sample["numbers"] == sorted(ordered[:25])
    assert sample["rows"] == [rows[number - 1] for number in sample["numbers"]]
    assert sample["numbers"] != other.annex["sample"]["numbers"]


@given(st.binary(max_size=200), st.sampled_from(LAYOUTS))
def test_any_file_gives_rows_or_our_own_error(content: bytes, layout: annex.Layout) -> None:
    held = annex.write(layout, []).annex
    with suppress(Altered):
        list(annex.read(held, content))


@given(st.integers(0, 400), st.integers(0, 2**32))
def test_every_figure_of_a_register_is_counted_from_its_attached_rows(
    count: int, seed: int
) -> None:
    rows = list(request_rows.rows(count, seed))
    data, files = request_rows.data(rows, BASE)
    checked = request_register.checked(data)
    assert request_register.contradictions(checked, files) == []
    figures: Any = request_register.figures(checked)
    named = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    total = figures["total"]
    assert total["received"] == len(rows)
    assert total["denied"] == sum(row["outcome"] == "denied" for row in named)
    assert figures["late"] == sum(row["exception"] in ("late", "overdue") for row in named)
    assert sum(row["received"] for row in figures["by_law"]) == len(rows)
    assert figures["gaps"] == []
    assert (figures["verdict"] == "late") == any(row["in_time"] == "no" for row in named)
    days = [int(row["days"]) for row in named if row["outcome"] in ("whole", "part", "denied")]
    assert figures["mean_days"] == (round(sum(days) / len(days), 2) if days else None)


@pytest.mark.parametrize("part", ["register", "days", "channels", "delays", "denials", "rights"])
def test_counts_of_a_register_that_are_not_those_of_its_rows_are_named(part: str) -> None:
    data = example("request-register")
    data["counts"][part][0]["received" if part in ("register", "rights") else "requests"] += 1
    checked = request_register.checked(data)
    assert request_register.contradictions(checked, FILES["request-register"]) == [part]


def test_a_register_whose_counts_are_not_those_of_its_rows_is_refused() -> None:
    data, files = request_rows.data(list(request_rows.rows(12)), BASE)
    data["counts"]["channels"] = []
    with pytest.raises(Altered):
        verify(pdfs.made("request-register", data, files).pdf)


def test_a_register_with_a_late_request_never_says_that_none_is() -> None:
    rows = list(request_rows.rows(40, 3))
    for row in rows:
        row[COLUMNS.index("in_time")] = "yes"
    counts = tally(rows, request_rows.RIGHTS)
    data = {**example("request-register"), "counts": counts}
    assert request_register.figures(request_register.checked(data))["verdict"] == "in_time"
    rows[7][COLUMNS.index("in_time")] = "no"
    rows[7][COLUMNS.index("outcome")] = "open"
    data["counts"] = tally(rows, request_rows.RIGHTS)
    figures: Any = request_register.figures(request_register.checked(data))
    assert (figures["verdict"], figures["total"]["overdue"]) == ("late", 1)


@given(st.integers(1, 300))
def test_the_root_of_a_verified_log_follows_from_the_attached_leaves(count: int) -> None:
    data, files = log_rows.data(count, BASE)
    checked = log_verification.checked(data)
    assert log_verification.contradictions(checked, files) == []
    forged = deepcopy(data)
    forged["verification"]["root"] = "AAAA"
    checked = log_verification.checked(forged)
    assert log_verification.contradictions(checked, files) == ["root"]


@pytest.mark.parametrize(
    ("code", "word"), [(3, "altered"), (4, "truncated"), (5, "fork"), (6, "stale")]
)
def test_a_verification_says_exactly_what_audit_verify_said(code: int, word: str) -> None:
    data = example("log-verification")
    data["verification"].update(verified=False, exit_code=code)
    assert log_verification.figures(log_verification.checked(data))["verdict"] == word


def test_a_verification_that_contradicts_itself_never_says_verified() -> None:
    data = example("log-verification")
    data["by_action"][0]["entries"] += 1
    assert log_verification.figures(log_verification.checked(data))["verdict"] == "contradicted"


@pytest.mark.parametrize("kind", sorted(kind for kind, files in FILES.items() if files))
def test_the_annexes_are_attached_as_they_were_written(documents: Kept, kind: str) -> None:
    carried = attached(documents[kind].pdf)
    assert list(carried.annexes) == list(FILES[kind].values())
    said = json.loads(carried.data)["annexes"]
    printed = [hashlib.sha256(content).hexdigest() for content in carried.annexes]
    assert [each["sha256"] for each in said] == printed


def test_a_document_is_refused_whose_annex_is_another_file() -> None:
    files = dict(FILES["request-register"])
    files["requests.csv"] += b"rq-1\n"
    for given_files in (files, {}):
        with pytest.raises(BadFacts):
            pdfs.made("request-register", files=given_files)


def test_rows_of_another_length_make_no_annex() -> None:
    with pytest.raises(BadFacts):
        annex.write(LAYOUTS[0], [["one", "two"]])
    assert io.BytesIO(annex.write(LAYOUTS[0], []).content).readline() == b"id,kind,at,bad\n"
