"""Sample call records of other projects: imported row by row, or refused for the right reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy.errors import BadInput
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.record import AnsweredBy, Disposition, NumberState, VendorCall
from tests.vendors.calls.exports import calls

STATS = """
[file]
delimiter = ","
header = false
blank_after = true
numbers = "e164_no_plus"
[columns]
caller = 1
called = 3
duration_s = 4
talk_s = 5
cause_number = 6
key = 7
at = 8
"""


@pytest.fixture
def cdr(samples: Path) -> Path:
    folder = samples / "cdr"
    if not folder.is_dir():
        pytest.skip("no sample call records here")
    return folder


def test_asterisk_rows_of_one_channel_are_one_call(cdr: Path) -> None:
    told = Declared(zone="America/Chicago", region="US")
    export = look([cdr / "asterisk-18col-dispositions.csv"], told).export
    (call,) = calls(export)
    assert call.rows == (1, 2, 3, 4, 5)
    assert call.disposition is Disposition.ANSWERED
    assert call.called_state is NumberState.NOT_E164
    assert (export.counts.legs, export.counts.duplicates, export.counts.refused) == (4, 0, 0)
    # Row 2 was billed for longer than it lasted.
    assert export.counts.odd["billed_longer_than_call"] == 1


def test_two_asterisk_calls_are_two(cdr: Path) -> None:
    export = look([cdr / "asterisk-master.csv"], Declared(zone="Etc/UTC", region="US")).export
    first, second = calls(export)
    assert (first.rows, second.rows) == ((1,), (2,))
    assert [call.talk_ms for call in (first, second)] == [7000, 7000]
    assert second.at_us - first.at_us == 450 * 1_000_000
    assert first.caller_state is NumberState.EMPTY


@pytest.mark.parametrize("name", ["asterisk-18col-dispositions.csv", "asterisk-master.csv"])
def test_asterisk_rows_name_no_zone_and_are_refused_without_one(cdr: Path, name: str) -> None:
    with pytest.raises(BadInput) as refusal:
        look([cdr / name], Declared(region="US"))
    assert refusal.value.what == "--zone"


def test_a_hundred_rows_of_epoch_seconds_by_a_mapping(cdr: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "stats.toml"
    mapping.write_text(STATS)
    path = cdr / "cdr-stats-import-100.txt"
    export = look([path], Declared(mapping=mapping)).export
    found = calls(export)
    rows = [line.split(", ") for line in path.read_text().splitlines()]
    assert [call.rows for call in found] == [(number,) for number in range(1, 101)]
    for call, row in zip(found, rows, strict=True):
        assert call.at_us == int(row[7]) * 1_000_000
        assert call.key == row[6]
        talked = int(row[4]) > 0
        assert (call.disposition is Disposition.ANSWERED) is talked
        assert call.talk_ms == (int(row[4]) * 1000 if talked else 0)
        assert call.ring_ms == (int(row[3]) - max(int(row[4]), 0)) * 1000
        # 650200000 and its like are numbers of no plan; they stay calls.
        assert call.called_state in (NumberState.NOT_E164, NumberState.TOLD)
    negative = sum(int(row[4]) < 0 for row in rows)
    assert negative
    assert export.counts.odd["negative_length"] == negative


def test_a_page_of_twilio_calls(cdr: Path) -> None:
    export = look([cdr / "twilio-calls-list.json"], Declared()).export
    first, *rest = calls(export)
    assert export.counts.read == 2
    assert first.answered_by is AnsweredBy.MACHINE
    # Exchange 141 is none of the numbering plan.
    assert first.caller_state is NumberState.NOT_E164
    assert len(rest) + sum(export.counts.asides.values()) + export.counts.legs == 1


def test_one_inbound_call_of_twilio_is_put_aside(cdr: Path) -> None:
    export = look([cdr / "twilio-call-create-response.json"], Declared()).export
    assert calls(export) == []
    assert export.counts.asides == {"inbound": 1}


@pytest.mark.parametrize("name", ["newfies-callrequest.json", "newfies-voipcall.json"])
def test_a_dump_of_an_unknown_dialers_database_is_refused(cdr: Path, name: str) -> None:
    with pytest.raises(BadInput, match="JSON is of no format"):
        look([cdr / name], Declared(zone="Etc/UTC"))


def test_no_call_shows_its_number_in_its_name() -> None:
    call = VendorCall((1,), "k", 0, "12025550100", 12025550100, NumberState.TOLD)
    assert "555" not in repr(call)
