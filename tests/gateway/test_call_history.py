"""Calls of an earlier dialer: taken over once, counted in gaps and caps, and no number kept."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from privacy.clock import rfc3339
from privacy.consent import suppression
from privacy.contacts.delimited import Record
from privacy.contacts.rows import Refusal
from privacy.errors import BadInput
from privacy.gateway.call_history import Counts, import_history
from privacy.gateway.call_records import OUTCOMES, EarlierCall, Layout, open_records, read
from privacy.gateway.issue import issue
from privacy.gateway.recovery import due, forget_old_tags
from privacy.rights import erasing_store
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CallHistoryRow, EarlierCallRow
from tests.desks import MadeDesk
from tests.gateway.scene import Scene, number, scene

NOW = datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
HEADER = "Phone Number,Call Time,Disposition"


def file_of(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "calls.csv"
    path.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return path


def taken(made: MadeDesk, path: Path, *, zone: str = "", mapping: Path | None = None) -> Counts:
    records = open_records(path, zone=zone, mapping=mapping)
    return import_history(made.desk, made.handler, records, source="old_dialer").counts


def stored(made: MadeDesk) -> int:
    with made.desk.reading() as db:
        found = db.execute(select(func.count()).select_from(table_of(EarlierCallRow)))
        return int(found.scalar_one())


def ago(made: MadeDesk, hours: float) -> str:
    return rfc3339(made.clock.now() - timedelta(hours=hours))


def refused(set_up: Scene) -> list[str]:
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    return [str(one["rule"]) for one in answer.none_because]


def test_an_earlier_dialers_calls_count_in_the_gap(store: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(store, 1)
    path = file_of(tmp_path, f"{number(0)},{ago(store, 1)},NO ANSWER")
    assert taken(store, path) == Counts(imported=1)
    assert refused(set_up) == ["gateway.min_gap"]
    set_up.wait(3_600)
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    assert len(answer.permits) == 1


def test_they_count_in_the_cap_whatever_their_channel(store: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(store, 1, cap_calls=2, cap_hours=24)
    rows = [f"{number(0)},{ago(store, 20)},x,sms", f"{number(0)},{ago(store, 10)},x,live"]
    assert taken(store, file_of(tmp_path, *rows, header=f"{HEADER},Type")).imported == 2
    answer = issue(set_up.gate, set_up.dialer, set_up.campaign, 20, set_up.resources)
    assert [one["rule"] for one in answer.none_because] == ["gateway.number_cap"]
    # The next try is when the older of the two has left the window.
    again = store.clock.now().replace(microsecond=0) + timedelta(hours=4)
    assert answer.retry_at == rfc3339(again)


def test_the_same_file_again_and_the_same_call_elsewhere_change_nothing(
    store: MadeDesk, tmp_path: Path
) -> None:
    rows = [f"{number(n)},{ago(store, n + 1)},busy" for n in range(3)]
    assert taken(store, file_of(tmp_path, *rows)) == Counts(imported=3)
    assert taken(store, file_of(tmp_path, *rows)) == Counts(known=3)
    more = [*rows, rows[0], f"{number(7)},{ago(store, 1)},busy"]
    assert taken(store, file_of(tmp_path, *more)) == Counts(imported=1, known=4)
    assert stored(store) == 4
    with store.desk.reading() as db:
        digests = set(db.execute(select(table_of(CallHistoryRow).c.file_sha256)).scalars())
    assert len(digests) == 2


def test_what_is_not_sure_is_refused_by_line_and_reason_and_without_a_value(
    made: MadeDesk, tmp_path: Path
) -> None:
    rows = [
        f"+4412,{ago(made, 1)},busy",
        f"{number(1)},2026-11-17 10:00,busy",
        f"{number(2)},02/03/2026 10:00,busy",
        f"{number(3)},{rfc3339(made.clock.now() + timedelta(hours=1))},busy",
        f"{number(4)},2024-01-01T00:00:00Z,busy",
    ]
    path = file_of(tmp_path, *rows)
    assert taken(made, path) == Counts(rejected=4, too_old=1)
    rejects = path.with_name("calls.csv.rejects.csv")
    with rejects.open() as file:
        told = [(row["line"], row["field"], row["reason"]) for row in csv.DictReader(file)]
    assert told == [
        ("2", "number", "too_short"),
        ("3", "at", "no_zone"),
        ("4", "at", "no_sure_instant"),
        ("5", "at", "in_the_future"),
        ("6", "at", "too_old"),
    ]
    assert number(1) not in rejects.read_text()


def test_a_zone_and_words_are_told_by_a_mapping(made: MadeDesk, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'zone = "America/New_York"\ndates = "mdy"\nchannel = "text"\n'
        '[columns]\n"A" = "number"\n"B" = "at"\n"C" = "outcome"\n'
        '[outcomes]\n"XFER" = "conversation"\n'
    )
    path = file_of(tmp_path, f"{number(0)},11/03/2026 09:00,xfer", header="A,B,C")
    assert taken(made, path, mapping=mapping) == Counts(imported=1)
    table = table_of(EarlierCallRow)
    with made.desk.reading() as db:
        row = db.execute(select(table)).one()
    told = datetime(2026, 11, 3, 14, tzinfo=UTC)
    assert row.at == int(told.timestamp()) * 1_000_000
    assert (row.channel, row.outcome) == ("text", "conversation")


@pytest.mark.parametrize(
    "text", ["[columns]\nX='number'", "zone='Mars'", "dates=1", "x=", "[outcomes]\na='b'"]
)
def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(text)
    with pytest.raises(BadInput):
        open_records(file_of(tmp_path, "a,b,c"), mapping=mapping)


def test_an_opt_out_of_the_records_becomes_one(store: MadeDesk, tmp_path: Path) -> None:
    set_up = scene(store, 1)
    path = file_of(tmp_path, f"{number(0)},{ago(store, 300)},DNC")
    assert taken(store, path) == Counts(imported=1, opted_out=1)
    tag = store.desk.vault.keyring.tags.number_tag(number(0))
    with store.desk.reading() as db:
        assert suppression.suppressed(db, [tag])
    assert refused(set_up) == ["gateway.suppressed"]


def test_an_erased_number_is_not_taken_and_an_erasure_takes_the_tag(
    made: MadeDesk, tmp_path: Path
) -> None:
    rows = [f"{number(0)},{ago(made, 1)},busy"]
    path = file_of(tmp_path, *rows)
    taken(made, path)
    tag = made.desk.vault.keyring.tags.number_tag(number(0))

    def erases(unit: object) -> None:
        erasing_store.add_erased_tags(unit, {tag})  # type: ignore[arg-type]
        erasing_store.forget_earlier_calls(unit, {tag})  # type: ignore[arg-type]
        unit.append("erasure.intended", "test")  # type: ignore[attr-defined]

    made.desk.write(erases)
    table = table_of(EarlierCallRow)
    with made.desk.reading() as db:
        assert db.execute(select(table.c.tag)).scalars().all() == [None]
    assert taken(made, path) == Counts(rejected=1)


def test_no_number_of_the_records_stands_in_any_file(made: MadeDesk, tmp_path: Path) -> None:
    taken(made, file_of(tmp_path, f"{number(0)},{ago(made, 1)},busy"))
    for folder in (made.desk.folder, made.desk.state):
        for path in folder.rglob("*"):
            if path.is_file():
                assert number(0).removeprefix("+").encode() not in path.read_bytes()


def test_tags_go_when_no_rule_looks_back_on_them(made: MadeDesk, tmp_path: Path) -> None:
    taken(made, file_of(tmp_path, f"{number(0)},{ago(made, 1)},busy"))
    made.clock.advance(timedelta(days=401))
    now = int(made.clock.now().timestamp()) * 1_000_000
    with made.desk.reading() as db:
        assert due(db, now) == (0, 1)
    assert forget_old_tags(made.desk, "admin") == 1
    with made.desk.reading() as db:
        assert due(db, now) == (0, 0)


@given(st.lists(st.text(max_size=40), max_size=5), st.sampled_from(["", "dmy", "mdy"]))
def test_any_line_is_a_call_or_a_refusal(fields: list[str], dates: str) -> None:
    layout = Layout({"number": 0, "at": 1, "outcome": 2}, 3, zone=UTC, dates=dates)
    found = read(Record(2, fields), layout, "GB", NOW)
    assert isinstance(found, EarlierCall | Refusal)
    if isinstance(found, EarlierCall):
        assert found.at <= NOW
        assert found.outcome in OUTCOMES


@given(st.text(max_size=30))
def test_a_word_that_is_not_known_counts_as_talked_to(word: str) -> None:
    layout = Layout({"number": 0, "at": 1, "outcome": 2}, 3)
    found = read(Record(2, [number(0), "2026-11-18T10:00:00Z", f"zz {word}"]), layout, "", NOW)
    assert isinstance(found, EarlierCall)
    assert found.outcome == "uncertain"
