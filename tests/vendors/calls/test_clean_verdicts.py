"""A vendor that wants a clean verdict shapes its export; nothing of that hides a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.clock import micros
from privacy.errors import BadInput
from privacy.law.grounds import Word
from privacy.terms import Purpose
from privacy.vendors import store as vendors
from privacy.vendors.calls.abandoned import Abandonment
from privacy.vendors.calls.audit import audit
from privacy.vendors.calls.completeness import Whole
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.importing import Imported, Looked, import_calls, look
from privacy.vendors.calls.record import (
    UNTOLD,
    AnsweredBy,
    Column,
    Disposition,
    NumberState,
    VendorCall,
    chunk_of,
)
from tests.desks import MadeDesk
from tests.vendors.calls.exports import calls

MAPPING = """
[columns]
key = "id"
at = "at"
called = "to"
disposition = "how"
answered_at = "answered"
talk_s = "talk"
list_date = "list"
opt_out_at = "stop"
[dispositions]
"filtered" = "blocked"
"drop" = "no_answer"
"""
HEADER = "id,at,to,how,answered,talk,list,stop"
AT = "2026-10-05T14:00:00Z"
TO = "+12025550111"


def given(folder: Path, *rows: str, name: str = "calls") -> Looked:
    mapping = folder / "mapping.toml"
    mapping.write_text(MAPPING)
    file = folder / f"{name}.csv"
    file.write_bytes("\n".join([HEADER, *rows, ""]).encode("latin-1"))
    return look([file], Declared(mapping=mapping, region="US"))


def read(folder: Path, *rows: str) -> tuple[list[VendorCall], dict[str, int]]:
    export = given(folder, *rows).export
    found = calls(export)
    return found, export.counts.odd


@pytest.mark.parametrize(
    ("row", "disposition", "odd"),
    [
        (f"a,{AT},{TO},filtered,2026-10-05T14:00:09Z,,,", "ANSWERED", "answered_and_not"),
        (f"a,{AT},{TO},filtered,,31,,", "UNTOLD", "blocked_yet_dialled"),
        (f"a,{AT},{TO},filtered,,,,{AT}", "UNTOLD", "blocked_yet_dialled"),
        (f"a,{AT},{TO},drop,2026-10-05T14:00:09Z,,,", "ANSWERED", "answered_and_not"),
    ],
    ids=("stopped-and-answered", "stopped-and-talked", "stopped-and-opted-out", "not-answered"),
)
def test_a_word_does_not_undo_what_the_record_shows(
    tmp_path: Path, row: str, disposition: str, odd: str
) -> None:
    (call,), counted = read(tmp_path, row)
    assert (call.disposition, counted) == (Disposition[disposition], {odd: 1})


def test_what_was_stopped_and_shows_nothing_else_stays_no_call(tmp_path: Path) -> None:
    (call,), counted = read(tmp_path, f"a,{AT},{TO},filtered,0000-00-00 00:00:00,0,,")
    assert call.blocked
    assert not counted


def test_a_list_of_a_later_day_than_the_call_proves_no_check(tmp_path: Path) -> None:
    later, same = (
        f"{key},{AT},{TO},busy,,,{day}T00:00:00Z,"
        for key, day in (("a", "2026-10-07"), ("b", "2026-10-05"))
    )
    found, counted = read(tmp_path, later, same)
    assert [call.list_us == UNTOLD for call in found] == [True, False]
    assert counted == {"list_after_call": 1}


def test_calls_under_the_id_of_a_lead_are_calls_of_their_own(tmp_path: Path) -> None:
    """Four calls to one person on one day, written as legs of one."""
    rows = [f"lead-1,2026-10-05T{hour}:00:00Z,{TO},busy,,,," for hour in (14, 15, 16, 17)]
    found, _ = read(tmp_path, *rows)
    assert [call.rows for call in found] == [(2,), (3,), (4,), (5,)]
    assert len({call.key for call in found}) == 4


def test_ids_that_differ_in_bytes_that_are_no_text_stay_two(tmp_path: Path) -> None:
    found, _ = read(tmp_path, f"\xe9,{AT},{TO},busy,,,,", f"\xe8,{AT},{TO},busy,,,,")
    assert len(found) == 2


def test_a_short_row_says_nothing_by_the_columns_that_it_lacks(tmp_path: Path) -> None:
    whole, short = read(tmp_path, f"a,{AT},{TO},busy,,,,", f"b,{AT},{TO},busy")[0]
    assert whole.has(Column.OPT_OUT)
    assert whole.has(Column.LIST)
    assert not short.has(Column.OPT_OUT)
    assert not short.has(Column.LIST)


def stored(made: MadeDesk, folder: Path, vendor_id: str, name: str, *rows: str) -> Imported:
    return import_calls(made.desk, made.dpo, vendor_id, given(folder, *rows, name=name))


def vendor(made: MadeDesk) -> str:
    return vendors.new(made.desk, made.dpo, "Example Dialer Ltd", contact=None).id


def ago(made: MadeDesk, days: float) -> str:
    at: datetime = made.clock.now() - timedelta(days=days)
    return at.isoformat()


def test_records_that_contradict_themselves_are_told_and_no_clean_verdict(
    made: MadeDesk, tmp_path: Path
) -> None:
    done = stored(made, tmp_path, vendor(made), "a", f"a,{ago(made, 1)},{TO},filtered,,31,,")
    (told,) = [each for each in done.manifest["completeness"] if each["code"] == "contradictions"]
    assert told["verdict"] == Whole.NOT_PROVABLE.value
    assert told["contradictions"] == {"blocked_yet_dialled": 1}
    assert done.manifest["rows"]["blocked"] == 0


def test_an_id_that_an_earlier_export_used_up_hides_no_call(made: MadeDesk, tmp_path: Path) -> None:
    by = vendor(made)
    stored(made, tmp_path, by, "a", f"a,{ago(made, 9)},+12025550199,busy,,,,")
    again = f"c,{ago(made, 9)},+12025550199,busy,,,,"
    done = stored(made, tmp_path, by, "b", again, f"a,{ago(made, 2)},{TO},busy,,,,")
    rows = done.manifest["rows"]
    assert (rows["calls"], rows["known"], rows["odd"]) == (1, 1, {"id_of_another_call": 1})


def test_a_call_that_comes_again_under_another_id_is_known(made: MadeDesk, tmp_path: Path) -> None:
    by, at = vendor(made), ago(made, 9)
    stored(made, tmp_path, by, "a", f"a,{at},{TO},busy,,,,")
    done = stored(made, tmp_path, by, "b", f"b,{at},{TO},busy,,,,")
    assert (done.record.calls, done.manifest["rows"]["known"]) == (0, 1)
    checks = {each["code"]: each["verdict"] for each in done.manifest["completeness"]}
    assert checks["told_before"] == "not_provable", "a richer export is not judged by its rest"


def test_an_opt_out_in_the_future_holds_from_its_call_on(made: MadeDesk, tmp_path: Path) -> None:
    rows = (
        f"a,{ago(made, 30)},{TO},answered,,5,,2099-01-01T00:00:00Z",
        f"b,{ago(made, 2)},{TO},busy,,,,",
    )
    done = stored(made, tmp_path, vendor(made), "a", *rows)
    assert done.manifest["rows"]["odd"] == {"opt_out_in_the_future": 1}
    audited = audit(made.desk, made.dpo, done.record.id)
    assert {"after_opt_out": 1, "opt_out_latency": 1}.items() <= broken(made, done).items()
    assert audited.standing.opt_outs == 1


def test_an_opt_out_that_a_record_dates_before_its_call_forbids_that_call(
    made: MadeDesk, tmp_path: Path
) -> None:
    at = made.clock.now() - timedelta(days=3)
    said_in_it = f"a,{at.isoformat()},{TO},answered,,5,,{(at + timedelta(seconds=5)).isoformat()}"
    said_before = f"b,{at.isoformat()},+12025550112,answered,,5,,{ago(made, 4)}"
    done = stored(made, tmp_path, vendor(made), "a", said_in_it, said_before)
    assert broken(made, done)["after_opt_out"] == 1


def broken(made: MadeDesk, done: Imported) -> dict[str, int]:
    """By check how many calls broke a rule of it, at most."""
    found: dict[str, int] = {}
    for one in audit(made.desk, made.dpo, done.record.id).tally.listed(Word.BROKEN):
        found[one.check.word] = max(found.get(one.check.word, 0), one.calls)
    return found


def answered(n: int, called: int, **told: Any) -> VendorCall:
    """A call that a person answered, with an agent after a second unless told otherwise."""
    at = micros(datetime(2026, 10, 5, 15, n % 60, n // 60, tzinfo=UTC))
    call = VendorCall(
        rows=(n,),
        key=f"k{n}",
        columns=int(sum(Column)),
        called_raw="",
        called=called,
        called_state=NumberState.TOLD if called else NumberState.WITHHELD,
        at_us=at,
        answered_us=at + 9_000_000,
        agent_us=at + 10_000_000,
        ended_us=at + 60_000_000,
        disposition=Disposition.ANSWERED,
        answered_by=AnsweredBy.PERSON,
        campaign="spring",
    )
    return call._replace(**told)


def shares(made: list[VendorCall]) -> dict[str, tuple[str, ...]]:
    """The verdict on abandonment in the United States, by rule."""
    day = datetime(2026, 10, 5, tzinfo=UTC).date()
    counted = Abandonment(Purpose.MARKETING, day, day)
    counted.add(chunk_of(made))
    return {share.rule: (share.verdict, *share.missing) for share in counted.shares()}


def test_abandoned_calls_without_their_number_leave_the_share_open() -> None:
    kept = [answered(n, 12025550100 + n) for n in range(40)]
    clean = shares(kept)
    assert clean
    assert {told[0] for told in clean.values()} == {"no_breach"}
    hidden = [answered(50 + n, 0, agent_us=UNTOLD) for n in range(10)]
    assert set(shares([*kept, *hidden]).values()) == {("not_provable", "called_number")}
    busy = [answered(50, 0, disposition=Disposition.BUSY, answered_us=UNTOLD)]
    assert shares([*kept, *busy]) == clean


def test_a_file_without_answers_is_not_taken_for_one_of_unanswered_calls() -> None:
    kept = [answered(n, 12025550100 + n) for n in range(40)]
    silent = int(sum(Column)) & ~Column.ANSWERED
    dropped = [
        answered(
            50 + n,
            12025550150 + n,
            columns=silent,
            answered_us=UNTOLD,
            agent_us=UNTOLD,
            disposition=Disposition.UNTOLD,
            answered_by=AnsweredBy.UNTOLD,
        )
        for n in range(10)
    ]
    assert {told[0] for told in shares([*kept, *dropped]).values()} == {"not_provable"}


def test_times_without_a_zone_are_refused_before_anything_is_imported(tmp_path: Path) -> None:
    row = f"a,2026-10-05 14:00:00,{TO},busy,,,,"
    with pytest.raises(BadInput) as refused:
        given(tmp_path, f"b,{AT},{TO},busy,,,,", row)
    assert refused.value.what == "--zone"
    later = [f"{n},{AT},+120255501{n},busy,,,," for n in range(10, 70)]
    export = given(tmp_path, *later, row).export
    assert len(calls(export)) == 60
    assert export.counts.reasons == {"no_zone": 1}
