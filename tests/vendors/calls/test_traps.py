"""The traps of call records: clocks, zones, prefixes, withheld numbers, cuts, copies, legs."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadInput
from privacy.numbers import BadNumber, parse_phone
from privacy.vendors.calls.declared import Declared, ready
from privacy.vendors.calls.form import ZoneRule
from privacy.vendors.calls.formats.all import FORMATS, detect, named
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.instants import BadInstant, LocalClock, read_epoch, read_ms
from privacy.vendors.calls.manner import list_age_days
from privacy.vendors.calls.numbering import Numbering
from privacy.vendors.calls.record import UNTOLD, NumberState
from tests.vendors.calls.exports import GOLDEN, calls, declared, golden, opened

EXPORTS = tuple(golden())
HOUR_US = 3_600_000_000
FIRST_18 = (GOLDEN / "asterisk-18.csv").read_text().splitlines()[0]


def asterisk(folder: Path, *rows: str) -> Path:
    path = folder / "Master.csv"
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def at(row: str, start: str, unique: str = "1759600000.0") -> str:
    return row.replace("2026-10-05 10:00:00", start).replace("1759600000.0", unique)


@pytest.mark.parametrize(
    ("form", "names"),
    [each for each in EXPORTS if each[0].zone is ZoneRule.DECLARED],
    ids=lambda each: getattr(each, "name", each),
)
def test_a_format_without_zones_is_refused_until_one_is_declared(form, names) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput) as refusal:
        look([GOLDEN / name for name in names], replace(declared(form), zone=""))
    assert refusal.value.what == "--zone"
    assert "--zone" in refusal.value.next


@pytest.mark.parametrize("name", ["sinch.csv", "mapped.csv"])
def test_an_export_whose_rows_have_no_offset_is_refused_until_a_zone_is_declared(name: str) -> None:
    form = next(each for each, names in EXPORTS if names == (name,))
    with pytest.raises(BadInput) as refusal:
        look([GOLDEN / name], replace(declared(form), zone=""))
    assert refusal.value.what == "--zone"


def test_both_instants_of_the_repeated_hour_are_kept(tmp_path: Path) -> None:
    path = asterisk(tmp_path, at(FIRST_18, "2026-11-01 01:30:00"))
    (call,) = calls(look([path], Declared(zone="America/New_York", region="US")).export)
    assert call.second_us - call.at_us == HOUR_US
    # Answer and end are counted by the lengths: the clock on the wall went back meanwhile.
    assert call.answered_us - call.at_us == 12_000_000
    assert call.ended_us - call.at_us == 60_000_000


def test_an_hour_that_clocks_skipped_is_an_error_row(tmp_path: Path) -> None:
    path = asterisk(tmp_path, at(FIRST_18, "2026-03-08 02:30:00"))
    export = look([path], Declared(zone="America/New_York", region="US")).export
    assert calls(export) == []
    assert export.counts.reasons == {"skipped_hour": 1}


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "2026-10-25 02:30:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:45:00"),
    ],
)
def test_every_zone_has_its_own_repeated_time(zone: str, text: str) -> None:
    found = LocalClock(zone).read(text)
    assert found.second_us - found.at_us == (
        HOUR_US // 2 if zone == "Australia/Lord_Howe" else HOUR_US
    )


def test_utc_repeats_and_skips_no_hour() -> None:
    assert LocalClock("Etc/UTC").read("2026-03-08 02:30:00").second_us == UNTOLD


@pytest.mark.parametrize(
    "text", ["2026-10-05 10:00:60", "2026-13-05 10:00:00", "05/10/2026 10:00", "", "1e9", "٢"]
)
def test_what_is_no_sure_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInstant):
        LocalClock("Europe/London").read(text)


def test_day_and_month_are_read_in_the_declared_order_only() -> None:
    first = LocalClock("Etc/UTC", "dmy").read("05/10/2026 10:00")
    second = LocalClock("Etc/UTC", "mdy").read("10/5/2026 10:00 AM")
    assert first == second


def test_epochs_of_every_length_are_one_instant() -> None:
    whole = read_epoch("1791208800")
    assert {read_epoch("1791208800000"), read_epoch("1791208800.0"), whole} == {whole}
    assert read_epoch("1791208800500000") == whole + 500_000


@pytest.mark.parametrize(
    ("text", "length"), [("90", 90_000), ("1:30", 90_000), ("0:01:30", 90_000), ("1.5", 1500)]
)
def test_lengths_are_read_in_seconds_and_on_the_clock(text: str, length: int) -> None:
    assert read_ms(text) == length
    assert read_ms("long") == UNTOLD


@pytest.mark.parametrize(
    "text",
    ["anonymous", "Restricted", "PRIVATE", "unavailable", "+266696687", "sip:anonymous@host"],
)
def test_placeholders_of_a_withheld_number_are_no_number(text: str) -> None:
    assert Numbering("US").read(text).state is NumberState.WITHHELD


def test_a_trunk_prefix_is_declared_and_never_guessed() -> None:
    assert Numbering("US").read("912025550111").state is NumberState.NOT_E164
    assert Numbering("US", ("9",)).read("912025550111").e164 == 12025550111
    assert Numbering("US", ("9", "9011")).read("9011442079460011").state is NumberState.NOT_E164
    assert Numbering("US", ("9",)).read("9011442079460011").e164 == 442079460011
    assert Numbering("").read("2025550111").state is NumberState.NOT_E164


def test_an_extension_and_a_wrong_exchange_are_calls_without_a_number() -> None:
    assert Numbering("US").read("100").state is NumberState.NOT_E164
    assert Numbering("US").read("+13051416799").state is NumberState.NOT_E164
    assert Numbering("US").read("").state is NumberState.EMPTY


@given(st.from_regex(r"[2-9]\d\d[2-9]\d{6}", fullmatch=True))
def test_the_short_way_to_an_american_number_is_the_long_one(national: str) -> None:
    try:
        expected = int(parse_phone(f"+1{national}", None)[1:])
    except BadNumber:
        expected = 0
    assert Numbering("US").read(national).e164 == expected


@pytest.mark.parametrize("prefix", ["", "x", "+9", "1234567"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(BadInput):
        Numbering("US", (prefix,))


def test_rows_of_one_call_are_one_call_and_the_consumers_leg_is_kept() -> None:
    form = named("asterisk")
    first, *_ = calls(opened(form, ("asterisk-21.csv",)).export)
    assert first.rows == (1, 6)
    assert first.called == 12025550111


def test_people_called_one_after_the_other_on_one_channel_are_calls_of_their_own(
    tmp_path: Path,
) -> None:
    # Seconds 0 to 60 to one number, 61 to 121 to another, under one uniqueid.
    later = at(FIRST_18, "2026-10-05 10:01:01").replace("912025550111", "912025550112")
    told = Declared(zone="Etc/UTC", region="US", trunk_prefixes=("9",))
    export = look([asterisk(tmp_path, FIRST_18, later)], told).export
    first, second = calls(export)
    assert (first.called, second.called) == (12025550111, 12025550112)
    assert first.key != second.key
    assert export.counts.legs == 0


def test_a_second_outside_number_at_the_same_time_is_a_leg_and_is_told(tmp_path: Path) -> None:
    agent = at(FIRST_18, "2026-10-05 10:00:13").replace("912025550111", "912025550177")
    told = Declared(zone="Etc/UTC", region="US", trunk_prefixes=("9",))
    export = look([asterisk(tmp_path, agent, FIRST_18)], told).export
    (call,) = calls(export)
    assert call.called == 12025550111
    assert export.counts.odd["two_outside_legs"] == 1


def test_a_row_told_twice_is_one_call(tmp_path: Path) -> None:
    path = asterisk(tmp_path, FIRST_18, FIRST_18)
    export = look([path], Declared(zone="Etc/UTC", region="US", trunk_prefixes=("9",))).export
    (call,) = calls(export)
    assert call.rows == (1, 2)
    assert export.counts.duplicates == 1


def test_lengths_that_contradict_each_other_are_reported(tmp_path: Path) -> None:
    path = asterisk(tmp_path, FIRST_18.replace(",60,48,", ",40,48,"))
    export = look([path], Declared(zone="Etc/UTC", region="US")).export
    (call,) = calls(export)
    assert export.counts.odd["billed_longer_than_call"] == 1
    assert (call.ring_ms, call.talk_ms) == (12_000, 48_000)


def test_of_two_rows_of_a_call_the_one_without_a_contradiction_is_kept(tmp_path: Path) -> None:
    odd = FIRST_18.replace(",60,48,", ",40,48,")
    path = asterisk(tmp_path, odd, FIRST_18)
    (call,) = calls(look([path], Declared(zone="Etc/UTC", region="US")).export)
    assert call.rows == (2, 1)


def test_of_the_events_of_one_call_the_newest_is_kept(tmp_path: Path) -> None:
    (first, *_) = json.loads((GOLDEN / "aircall.json").read_text())["calls"]
    begun = {**first, "answered_at": None, "ended_at": None, "tags": []}
    path = tmp_path / "events.json"
    events = [
        {"resource": "call", "event": "call.ended", "timestamp": 1791208900, "data": first},
        {"resource": "call", "event": "call.created", "timestamp": 1791208800, "data": begun},
    ]
    path.write_text("\n".join(json.dumps(event) for event in events))
    export = look([path], Declared()).export
    (call,) = calls(export)
    assert (call.rows, call.talk_ms, export.counts.duplicates) == ((1, 2), 48_000, 1)


def test_the_shorter_report_of_vicidial_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(
        "call_date|phone_number_dialed|status|campaign_id|first_name|length_in_sec|"
        "dial log outbound_cid\r\n"
        "2026-10-05 10:00:00|2025550111|SALE|SPRING|Canary|48|2025550100\r\n"
    )
    (call,) = calls(look([path], Declared(zone="Etc/UTC", region="US")).export)
    assert (call.called, call.caller, call.talk_ms) == (12025550111, 12025550100, 48_000)


def test_quality_records_of_cucm_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match="CMR"):
        look([GOLDEN / "cucm-cmr.csv"], Declared(region="US"))


def test_3cx_needs_its_field_list() -> None:
    with pytest.raises(BadInput) as refusal:
        look([GOLDEN / "3cx.csv"], Declared(form="3cx", zone="Etc/UTC"))
    assert refusal.value.what == "--columns"


def test_the_childs_leg_is_kept_where_it_is_declared(tmp_path: Path) -> None:
    text = (GOLDEN / "twilio.json").read_text().replace("client:agent", "+12025550177")
    path = tmp_path / "calls.json"
    path.write_text(text)
    parent, *_ = calls(look([path], Declared()).export)
    child, *_ = calls(look([path], Declared(consumer_leg="child")).export)
    assert (parent.called, child.called) == (12025550111, 12025550177)


def test_a_broken_row_does_not_swallow_the_rest(tmp_path: Path) -> None:
    path = asterisk(tmp_path, FIRST_18, '"open quote', at(FIRST_18, "2026-10-05 11:00:00", "9.1"))
    export = look([path], Declared(zone="Etc/UTC", region="US")).export
    assert len(calls(export)) == 2
    assert export.counts.reasons == {"broken_row": 1}


def test_gzip_and_zip_are_read_as_they_are(tmp_path: Path) -> None:
    text = (GOLDEN / "asterisk-18.csv").read_bytes()
    packed, archive = tmp_path / "calls.gz", tmp_path / "calls.zip"
    packed.write_bytes(gzip.compress(text))
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("a.csv", text)
    told = Declared(zone="America/New_York", region="US", trunk_prefixes=("9",))
    plain = calls(look([GOLDEN / "asterisk-18.csv"], told).export)
    assert calls(look([packed], told).export) == plain
    assert calls(look([archive], told).export) == plain


@pytest.mark.parametrize(
    "data", [b"", b"PAR1xxxx", b"\x1f\x8bbroken", b"PK\x03\x04broken", b"a\x00b", b"{", b"[{]"]
)
def test_what_is_no_export_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BadInput):
        calls(look([path], Declared(form="twilio" if data[:1] in b"{[" and data else "")).export)


def test_a_workbook_is_refused_by_name(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        written.writestr("[Content_Types].xml", "<x/>")
    path = tmp_path / "calls.xlsx"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(BadInput, match="workbook"):
        look([path], Declared())


def test_files_of_two_formats_are_no_export(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="different formats"):
        look([GOLDEN / "twilio.json", GOLDEN / "connect.json"], Declared())


@pytest.mark.parametrize(("form", "names"), EXPORTS, ids=lambda each: getattr(each, "name", each))
def test_each_golden_file_is_known_by_itself_where_its_format_can_be(form, names) -> None:  # type: ignore[no-untyped-def]
    head = (GOLDEN / names[0]).read_text(encoding="utf-8-sig")
    if form.name in ("3cx", "mapped"):
        with pytest.raises(BadInput):
            detect(head)
    else:
        assert detect(head) is form


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (Declared(zone="Mars/Base"), "--zone"),
        (Declared(region="XX"), "--region"),
        (Declared(clock="ask 2025550111"), "--clock"),
        (Declared(dates="ydm"), "--dates"),
        (Declared(invoiced=-1), "--invoice-count"),
        (Declared(mapping=Path("/nowhere/mapping.toml")), "--mapping"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_declaration_that_is_wrong_is_refused_by_its_option(told: Declared, what: str) -> None:
    with pytest.raises(BadInput) as refusal:
        ready(told)
    assert refusal.value.what == what


def test_formats_have_names_of_their_own() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    with pytest.raises(BadInput):
        named("csv")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"])
def test_the_day_of_a_list_is_no_instant_on_the_clock(zone: str, tmp_path: Path) -> None:
    """A list of 1 June is one day old on 2 June, wherever the vendor's clock stands."""
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\nat = "at"\ncalled = "to"\nlist_date = "list"\n')
    file = tmp_path / "calls.csv"
    file.write_text("at,to,list\n2026-06-02T15:00:00Z,+12025550111,2026-06-01\n")
    export = look([file], Declared(mapping=mapping, region="US", zone=zone)).export
    export.look()
    (call,) = [call for batch in export.batches() for call in batch.calls]
    assert list_age_days(call) == 1
