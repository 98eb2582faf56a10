"""Every format read from a golden file, call by call, as its column table says.

The files are made by hand from the tables of columns; numbers are of reserved ranges.
"""

from __future__ import annotations

import pytest

from privacy.vendors.calls.form import Format
from tests.vendors.calls.exports import GOLDEN, calls, golden, line, opened


def expected() -> dict[tuple[str, ...], tuple[str, ...]]:
    """What each export holds: its files, then a line a call, checked by hand."""
    blocks = (GOLDEN / "expected.txt").read_text().strip().split("\n\n")
    rows = [block.splitlines() for block in blocks]
    return {tuple(head.removeprefix("# ").split()): tuple(lines) for head, *lines in rows}


CALLS = expected()
ASIDES = {
    "freeswitch.json": {"inbound": 1},
    "vicidial-report.txt": {"inbound": 1},
    "vicidial_log.tsv": {"no_call_row": 1},
    "twilio.json": {"inbound": 1},
    "five9.csv": {"inbound": 1},
    "genesys.json": {"inbound": 1},
    "ringcentral.json": {"inbound": 1, "no_voice": 1},
    "connect.json": {"inbound": 1},
    "cucm.csv": {"quality_record": 1},
    "aircall.json": {"inbound": 1},
    "telnyx.csv": {"inbound": 1},
    "own.json": {"simulated": 1},
    "own.csv": {"simulated": 1},
}
EXPORTS = tuple(golden())


@pytest.mark.parametrize(("form", "names"), EXPORTS, ids=lambda each: getattr(each, "name", each))
def test_a_golden_file_gives_exactly_its_calls(form: Format, names: tuple[str, ...]) -> None:
    looked = opened(form, names)
    assert looked.form is form
    assert tuple(line(call) for call in calls(looked.export)) == CALLS[names]
    assert looked.export.counts.asides == ASIDES.get(names[0], {})


@pytest.mark.parametrize(("form", "names"), EXPORTS, ids=lambda each: getattr(each, "name", each))
def test_every_record_is_accounted_for(form: Format, names: tuple[str, ...]) -> None:
    export = opened(form, names).export
    found = calls(export)
    counts = export.counts
    apart = counts.legs + counts.duplicates + counts.refused + sum(counts.asides.values())
    assert counts.read == counts.calls + apart == sum(export.rows_of_part)
    assert counts.calls == len(found)
    told = [row for call in found for row in call.rows]
    assert len(told) == len(set(told)) == counts.calls + counts.legs + counts.duplicates


def test_an_older_copy_of_a_contact_record_is_a_duplicate() -> None:
    (form, names), *_ = (each for each in EXPORTS if each[0].name == "connect")
    export = opened(form, names).export
    first, *_ = calls(export)
    assert first.rows == (3, 1)
    assert (export.counts.duplicates, export.counts.legs) == (1, 0)


def test_all_formats_have_a_golden_file() -> None:
    assert {names for _, names in EXPORTS} == set(CALLS)
