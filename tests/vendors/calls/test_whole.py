"""Is an export whole: every check with its gap, without it, and where nothing can be proved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from privacy.clock import micros
from privacy.contacts.rows import Refusal
from privacy.vendors.calls.completeness import (
    ROW_CAPS,
    Expected,
    Shortfall,
    Tally,
    Whole,
    shortfalls,
)
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.gap_rows import RefusedRows
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.record import (
    Column,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
)
from tests.vendors.calls.exports import GOLDEN, calls

MONDAY = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
HAS = int(Column.CALLED | Column.AT | Column.DISPOSITION)


def call(
    day: int, disposition: Disposition = Disposition.ANSWERED, columns: int = HAS
) -> VendorCall:
    at = micros(MONDAY + timedelta(days=day))
    return VendorCall(
        (1,), f"{day}", columns, "", 12025550111, NumberState.TOLD, at_us=at,
        disposition=disposition,
    )  # fmt: skip


def week(*more: VendorCall) -> list[VendorCall]:
    """A call each day from Monday to Friday, one of them unanswered."""
    days = [call(day) for day in range(4)]
    return [*days, call(4, Disposition.NO_ANSWER), *more]


def found(
    code: str,
    calls: Sequence[VendorCall],
    expected: Expected | None = None,
    *,
    rows: Sequence[int] = (5,),
    refused: int = 0,
    sequences: Sequence[int] = (),
) -> Shortfall:
    tally = Tally("America/New_York")
    # In two chunks, as an import has them.
    tally.add(chunk_of(calls[:2]), sequences[:1])
    tally.add(chunk_of(calls[2:]), sequences[1:])
    told = shortfalls(tally, expected or Expected(), rows, refused)
    return next(each for each in told if each.code == code)


@pytest.mark.parametrize("rows", sorted(ROW_CAPS))
def test_exactly_as_many_rows_as_a_limit_is_a_cut(rows: int) -> None:
    cut = found("row_cap", week(), rows=(7, rows))
    assert cut.verdict is Whole.GAP
    assert f"{rows:,}" in cut.text
    assert found("row_cap", week(), rows=(rows - 100, rows + 100)).verdict is Whole.NO_GAP


@pytest.mark.parametrize("link", ['"/2010-04-01/x?Page=1"', "null"])
def test_a_last_page_that_names_another_one_is_not_the_last(tmp_path: Path, link: str) -> None:
    text = (GOLDEN / "twilio.json").read_text()
    path = tmp_path / "page.json"
    path.write_text(text.replace('"next_page_uri": null', f'"next_page_uri": {link}'))
    export = look([path], Declared()).export
    assert calls(export)
    told = shortfalls(Tally("Etc/UTC"), Expected(), (6,), 0, (export.pages, export.last_pages))
    (pages,) = (each for each in told if each.code == "pages")
    assert pages.verdict is (Whole.NO_GAP if link == "null" else Whole.GAP)


def test_numbers_of_the_files_own_counting_that_are_not_there_are_counted() -> None:
    gone = found("sequence", week(), sequences=(7, 8, 11, 12))
    assert (gone.verdict, gone.facts["missing_numbers"]) == (Whole.GAP, 2)
    whole = found("sequence", week(), sequences=(9, 7, 8, 8))
    assert whole.verdict is Whole.NO_GAP
    none = found("sequence", week())
    assert (none.verdict, none.facts["missing"]) == (Whole.NOT_PROVABLE, "sequence")


def test_a_working_day_without_a_call_is_a_gap_and_a_sunday_is_none() -> None:
    holes = [call(0), call(1), call(3), call(4, Disposition.BUSY)]
    gap = found("empty_days", holes)
    assert gap.facts["working_days_without_calls"] == ["2026-10-07"]
    over_weekend = found("empty_days", week(call(7)))
    assert (over_weekend.verdict, over_weekend.facts["days_without_calls"]) == (Whole.NO_GAP, 2)


def test_days_of_the_declared_period_before_the_first_call_are_missing_too() -> None:
    expected = Expected(first=date(2026, 10, 1), last=date(2026, 10, 9))
    gap = found("empty_days", week(), expected)
    assert gap.facts["working_days_without_calls"] == ["2026-10-01", "2026-10-02"]


def test_a_days_calls_are_those_on_its_own_clock() -> None:
    late = call(0)._replace(at_us=micros(datetime(2026, 10, 6, 3, 30, tzinfo=UTC)))
    assert Tally("America/New_York").days == {}
    tally = Tally("America/New_York")
    tally.add(chunk_of([late]))
    assert tally.days == {date(2026, 10, 5): 1}


def test_calls_outside_of_the_declared_period_are_counted() -> None:
    told = Expected(first=date(2026, 10, 5), last=date(2026, 10, 8))
    assert found("period", week(), told).facts["outside"] == 1
    assert found("period", week(), told).verdict is Whole.GAP
    whole = Expected(first=date(2026, 10, 5), last=date(2026, 10, 9))
    assert found("period", week(), whole).verdict is Whole.NO_GAP
    assert found("period", week()).verdict is Whole.NOT_PROVABLE


def test_an_export_of_answered_calls_only_is_not_whole() -> None:
    assert found("unanswered", [call(0)] * 50).verdict is Whole.GAP
    assert found("unanswered", [call(0)] * 49).verdict is Whole.NOT_PROVABLE
    assert found("unanswered", week()).verdict is Whole.NO_GAP
    silent = [call(0, Disposition.UNTOLD, int(Column.CALLED | Column.AT))]
    assert found("unanswered", silent).facts["missing"] == "disposition"


def test_blocked_rows_are_no_calls() -> None:
    stopped = [call(0, Disposition.BLOCKED)] * 3
    gap = found("invoice", [*week(), *stopped], Expected(invoiced=6))
    assert (gap.verdict, gap.facts["calls"], gap.facts["lacking"]) == (Whole.GAP, 5, 1)


def test_the_carriers_invoice_is_the_measure_where_it_is_given() -> None:
    assert found("invoice", week(), Expected(invoiced=5)).verdict is Whole.NO_GAP
    assert found("invoice", week()).verdict is Whole.NOT_PROVABLE


def test_rows_that_were_not_read_and_a_clock_nobody_stated_are_told() -> None:
    assert found("unread_rows", week(), refused=1).verdict is Whole.GAP
    assert found("unread_rows", week()).verdict is Whole.NO_GAP
    told = Expected(clock="server, NTP", clock_needed=True)
    assert found("clock", week(), told).verdict is Whole.NO_GAP
    assert found("clock", week(), Expected(clock_needed=True)).verdict is Whole.NOT_PROVABLE


def test_no_call_at_all_is_a_gap() -> None:
    assert found("no_calls", []).verdict is Whole.GAP


def test_a_missing_column_is_named_with_each_that_cannot_be_proved() -> None:
    tally = Tally("Etc/UTC")
    tally.add(chunk_of(week()))
    for each in shortfalls(tally, Expected(clock_needed=True), (5,), 0):
        assert (each.verdict is Whole.NOT_PROVABLE) == ("missing" in each.facts), each.code
        assert each.verdict is Whole.NO_GAP or each.next


def test_the_rows_that_show_a_gap_are_named_by_line_and_reason() -> None:
    refused = RefusedRows()
    refused.add([Refusal(9, "at", "skipped_hour"), Refusal(5, "called", "empty", kept=True)])
    refused.add([Refusal(4, "at", "skipped_hour"), Refusal(7, "row", "too_wide")])
    assert refused.document() == {"skipped_hour": [4, 9], "too_wide": [7]}
    assert refused.beside({"code": "unread_rows"})["records"] == [4, 7, 9]
    assert refused.beside({"code": "row_cap"}) == {"code": "row_cap"}
    many = RefusedRows()
    many.add(Refusal(line, "at", "no_zone") for line in range(500, 0, -1))
    assert many.document() == {"no_zone": list(range(1, 101))}


def test_the_first_missing_numbers_of_a_sequence_are_listed() -> None:
    tally = Tally("UTC")
    tally.add(chunk_of([]), [7, 13, 8, 11])
    assert tally.missing_numbers() == (7, 13, 3)
    assert tally.first_missing() == [9, 10, 12]
    tally.add(chunk_of([]), [1_000])
    assert len(tally.first_missing()) == 60
