"""Whatever bytes come: a value or our own error. However they are cut: the same calls."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.errors import BadInput
from privacy.vendors.calls.declared import Declared
from privacy.vendors.calls.form import Format
from privacy.vendors.calls.formats.all import FORMATS, NAMES
from privacy.vendors.calls.formats.mapped import read_mapping
from privacy.vendors.calls.formats.vicidial_status import read_statuses
from privacy.vendors.calls.importing import look
from privacy.vendors.calls.record import CallChunk, chunk_of
from tests.vendors.calls.exports import GOLDEN, calls, declared, golden

EXPORTS = tuple(golden())
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@contextmanager
def refused_by_us() -> Iterator[None]:
    """Our own error for unreadable input may come, and no other."""
    with suppress(BadInput):
        yield


def read_or_refuse(data: bytes, told: Declared) -> None:
    """Read it whole. Anything but our own error is a fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(data)
        with refused_by_us():
            export = look([path], told).export
            export.look()
            for batch in export.batches():
                chunk = chunk_of(batch.calls)
                assert len(CallChunk.from_bytes(chunk.to_bytes())) == len(batch.calls)


@QUIET
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data, Declared(zone="Europe/London", region="GB"))


@QUIET
@given(st.text(max_size=300), st.sampled_from([name for name in NAMES if name != "mapped"]))
def test_any_text_under_any_name_is_read_or_refused(text: str, name: str) -> None:
    told = Declared(form=name, zone="Europe/London", region="GB", columns=("dial-no", "time-start"))
    read_or_refuse(text.encode("utf-8", "surrogatepass"), told)


ODD = ["", "\x00", '"', "\\", "-", "9" * 30, "٣", "\ud800", "1e999", "null", "\n", "{", "]"]


@QUIET
@given(st.data(), st.integers(0, 2**32), st.integers(1, 6))
def test_a_golden_file_that_was_damaged_is_read_or_refused(
    data: st.DataObject, seed: int, times: int
) -> None:
    form, names = data.draw(st.sampled_from(EXPORTS))
    text = (GOLDEN / names[0]).read_text()
    chance = random.Random(seed)
    for _ in range(times):
        place, length = chance.randrange(len(text) + 1), chance.randrange(12)
        text = text[:place] + chance.choice(ODD) + text[place + length :]
    read_or_refuse(text.encode("utf-8", "surrogatepass"), declared(form))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@QUIET
@given(st.data())
def test_any_value_in_any_place_of_a_document_is_read_or_refused(data: st.DataObject) -> None:
    form, names = data.draw(
        st.sampled_from([each for each in EXPORTS if each[1][0].endswith(".json")])
    )
    records = documents(GOLDEN / names[0])
    record = data.draw(st.sampled_from(records))
    place = data.draw(st.sampled_from(sorted(record)))
    record[place] = data.draw(JSON)
    told = declared(form)
    text = "\n".join(json.dumps(each) for each in records)
    read_or_refuse(text.encode(), Declared(form=form.name, region=told.region))


@QUIET
@given(st.text(max_size=200))
def test_any_mapping_and_status_table_is_read_or_refused(text: str) -> None:
    for read in (read_mapping, read_statuses):
        with refused_by_us():
            read(text)


def documents(path: Path) -> list[dict[str, object]]:
    """The records of a golden JSON file, one by one."""
    text = path.read_text()
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]
    lists = [value for name, value in whole.items() if isinstance(value, list) and value]
    return next(each for each in lists if isinstance(each[0], dict))


def pieces(form: Format, names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The heading lines of an export that can be cut, and its records."""
    text = (GOLDEN / names[0]).read_text()
    if names[0].endswith(".json"):
        return [], [json.dumps(each) for each in documents(GOLDEN / names[0])]
    lines = text.splitlines()
    heads = {"cucm": 2, "vicidial-log.txt": 0, "asterisk": 0, "freeswitch-csv": 0, "3cx": 0}
    head = heads.get(names[0], heads.get(form.name, 1))
    return lines[:head], lines[head:]


def told_of(folder: Path, files: Iterable[list[str]], told: Declared) -> Sequence[object]:
    """What the calls of several files say, without the rows where it stands."""
    paths = []
    for number, lines in enumerate(files):
        path = folder / f"part-{number}"
        path.write_text("\n".join(lines) + "\n")
        paths.append(path)
    return sorted(call[1:] for call in calls(look(paths, told).export))


CUT = [each for each in EXPORTS if len(each[1]) == 1]


@pytest.mark.parametrize(("form", "names"), CUT, ids=lambda each: getattr(each, "name", each))
def test_the_order_of_rows_and_the_cut_into_files_change_nothing(
    form: Format, names: tuple[str, ...], tmp_path: Path
) -> None:
    head, records = pieces(form, names)
    given_form = form.name if form.name != "mapped" else ""
    told = Declared(**{**declared(form).__dict__, "form": given_form})
    whole = told_of(tmp_path, [head + records], told)
    assert whole
    chance = random.Random(7)
    for _ in range(4):
        chance.shuffle(records)
        middle = chance.randrange(1, len(records))
        cut = [head + records[:middle], head + records[middle:]]
        assert told_of(tmp_path, [head + records], told) == whole
        assert told_of(tmp_path, cut, told) == whole
        assert told_of(tmp_path, [*cut, head + records], told) == whole


def test_an_export_told_twice_is_told_once(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO((GOLDEN / "asterisk-18.csv").read_text())))
    assert len(rows) == 5
    form = next(each for each in FORMATS if each.name == "asterisk")
    head, records = pieces(form, ("asterisk-18.csv",))
    once = told_of(tmp_path, [records], declared(form))
    assert told_of(tmp_path, [records + records], declared(form)) == once
    assert head == []
