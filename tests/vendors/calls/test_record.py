"""The normalised call, and its columns."""

from __future__ import annotations

import numpy as np

from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    CallChunk,
    Column,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
)

HAS = Column.CALLED | Column.AT | Column.ANSWERED_BY


def call(**told: object) -> VendorCall:
    made = {
        "rows": (3,),
        "key": "a-1",
        "columns": int(HAS),
        "called_raw": "0155501001",
        "called": 12025550100,
        "called_state": NumberState.TOLD,
        "at_us": 1_700_000_000_000_000,
        "disposition": Disposition.ANSWERED,
        "answered_by": AnsweredBy.PERSON,
    }
    return VendorCall(**(made | told))  # type: ignore[arg-type]


def test_a_call_comes_back_out_of_its_columns() -> None:
    calls = [call(campaign="spring"), call(rows=(4, 9), key="b", campaign="")]
    chunk = chunk_of(calls)
    assert list(chunk) == calls
    assert chunk.rows_of(1) == (4, 9)


def test_a_missing_column_is_not_an_empty_one() -> None:
    chunk = chunk_of([call()])
    assert chunk.columns == {"called_number", "at", "answered_by"}
    assert call().has(Column.ANSWERED_BY)
    assert not call().has(Column.OPT_OUT)
    assert int(chunk.opt_out_us[0]) == UNTOLD


def test_a_withheld_number_was_not_shown_and_an_unread_one_is_open() -> None:
    states = (NumberState.TOLD, NumberState.WITHHELD, NumberState.EMPTY, NumberState.NOT_E164)
    chunk = chunk_of([call(caller_state=state) for state in states])
    assert chunk.shown.tolist() == [1, 0, -1, -1]


def test_bytes_of_a_chunk_are_the_chunk() -> None:
    chunk = chunk_of([call(campaign="a"), call(rows=(7, 8), campaign="b"), call(key="ü")])
    again = CallChunk.from_bytes(chunk.to_bytes())
    assert list(again) == list(chunk)
    assert again.campaigns == ("a", "b")


def test_no_repr_shows_a_number() -> None:
    assert "555" not in repr(call())
    assert "555" not in repr(chunk_of([call()]))


def test_some_of_the_calls_keep_their_rows() -> None:
    chunk = chunk_of([call(), call(rows=(4, 9)), call(disposition=Disposition.BLOCKED)])
    kept = chunk.only(np.array([False, True, True]))
    assert kept.rows_of(0) == (4, 9)
    assert kept.blocked.tolist() == [False, True]


def test_of_what_was_dialled_the_digits_are_kept_and_no_name() -> None:
    cells = ["9-1 (202) 555-0100", "sip:canary.quill@host", "+12025550100;x=y", "*67#"]
    chunk = chunk_of([call(called_raw=cell) for cell in cells])
    assert chunk.raws == ("912025550100", "", "+12025550100", "*67#")


def test_no_call_is_a_chunk_too() -> None:
    assert len(CallChunk.from_bytes(chunk_of([]).to_bytes())) == 0
