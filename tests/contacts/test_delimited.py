"""Delimited text: any delimiter and line end, broken quotes, and bounds that hold."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.contacts.delimited import LONGEST_RECORD, Dialect, Record, detect, records
from privacy.contacts.files import look_at
from privacy.errors import BadInput

# What a process may hold over one that imported nothing.
MOST_MIB = 64
PROGRAM = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from privacy.contacts.rows import Refusal, read_contact
from privacy.contacts.sheet import open_sheet
sheet = open_sheet(Path(sys.argv[1]))
rows = list(sheet.rows(UTC, datetime(2026, 11, 24, tzinfo=UTC)))
read = [row if isinstance(row, Refusal) else read_contact(row, 1, "GB") for row in rows]
refused = [(row.line, row.reason) for row in read if isinstance(row, Refusal)]
print(len(rows), refused, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def read(folder: Path, content: bytes, **given_dialect: str) -> tuple[Dialect, list[Record]]:
    path = folder / "list.csv"
    path.write_bytes(content)
    file = look_at(path)
    dialect = detect(file, **given_dialect)
    return dialect, list(records(file, dialect))


def fields(found: list[Record]) -> list[list[str]]:
    assert not [record for record in found if record.refused]
    return [record.fields for record in found]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~", ":", "!", "\x1f", "¦"])
def test_every_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    rows = [["name", "email", "phone"], ["Ann", "ann@example.com", "1"], ["Bob", "", "2"]]
    content = "\n".join(mark.join(row) for row in rows).encode()
    dialect, found = read(tmp_path, content)
    assert dialect.delimiter == mark
    assert fields(found) == rows


def test_commas_inside_names_of_firms_do_not_mislead(tmp_path: Path) -> None:
    content = b"name;firm;city\nAnn;Smith, Jones, Ltd;York\nBob;A, B;Leeds\n"
    dialect, found = read(tmp_path, content)
    assert dialect.delimiter == ";"
    assert found[1].fields == ["Ann", "Smith, Jones, Ltd", "York"]


def test_excel_may_name_the_delimiter_first(tmp_path: Path) -> None:
    dialect, found = read(tmp_path, b"sep=|\r\nname|email\r\nAnn|a@b.example\r\n")
    assert dialect == Dialect("|", '"', 1)
    assert [record.line for record in found] == [2, 3]


def test_a_delimiter_can_be_told(tmp_path: Path) -> None:
    dialect, found = read(tmp_path, b"a;b,c\n1;2,3\n", delimiter="tab")
    assert dialect.delimiter == "\t"
    assert found[0].fields == ["a;b,c"]
    with pytest.raises(BadInput):
        read(tmp_path, b"a,b\n", delimiter="ab")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read_and_lines_are_counted(tmp_path: Path, end: str) -> None:
    text = end.join(["name,note", 'Ann,"two', 'lines"', "", "Bob,one", "Eve,\u2028x\x0by"])
    _, found = read(tmp_path, text.encode())
    assert [record.line for record in found] == [1, 2, 5, 6]
    assert found[1].fields[1].split() == ["two", "lines"]
    assert found[3].fields == ["Eve", "\u2028x\x0by"]


def test_quotes_and_doubled_quotes_are_undone(tmp_path: Path) -> None:
    _, found = read(tmp_path, b'"name","note"\n"Ann ""A"" Lee","a,b"\n')
    assert found[1].fields == ['Ann "A" Lee', "a,b"]
    dialect, found = read(tmp_path, b"'name','note'\n'Ann','a,b'\n")
    assert dialect.quote == "'"
    assert found[1].fields == ["Ann", "a,b"]


def test_a_stray_quote_loses_its_own_line_only(tmp_path: Path) -> None:
    _, found = read(tmp_path, b'name,note\nAnn,"open\nBob,x\nEve,y\n')
    assert found[1] == Record(2, [], "broken_quotes")
    assert [record.fields for record in found[2:]] == [["Bob", "x"], ["Eve", "y"]]


def test_a_stray_quote_far_from_the_end_loses_its_own_line_only(tmp_path: Path) -> None:
    lines = [b"name,note", b'Ann,"open', *(b"Bob%d,x" % n for n in range(20_000))]
    _, found = read(tmp_path, b"\n".join(lines))
    assert [(r.line, r.refused) for r in found if r.refused] == [(2, "too_long")]
    assert len(found) == 20_002
    assert found[-1] == Record(20_002, ["Bob19999", "x"])


def test_a_line_over_the_bound_is_refused_with_its_number(tmp_path: Path) -> None:
    long = b"x" * (3 * LONGEST_RECORD)
    _, found = read(tmp_path, b"name,note\nAnn,1\n" + long + b"\nBob,2\n" + long)
    assert [(r.line, r.refused) for r in found] == [
        (1, ""),
        (2, ""),
        (3, "too_long"),
        (4, ""),
        (5, "too_long"),
    ]


def test_a_header_over_the_bound_is_our_own_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="first line"):
        read(tmp_path, b"x," * LONGEST_RECORD)


table = st.lists(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\ufeff"), max_size=8),
        min_size=2,
        max_size=5,
    ),
    min_size=1,
    max_size=8,
)


@given(rows=table, mark=st.sampled_from(",;\t|"))
def test_what_a_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], mark: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.mktemp("fuzz") / "x.csv"
    path.write_bytes(text.getvalue().encode())
    file = look_at(path, "utf-8")
    assert fields(list(records(file, Dialect(mark)))) == rows


@given(
    content=st.binary(min_size=1, max_size=300) | st.text('ab",;\n\r\t', min_size=1).map(str.encode)
)
def test_any_text_gives_records_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.csv"
    path.write_bytes(content)
    try:
        file = look_at(path)
        found = list(records(file, detect(file)))
    except BadInput:
        return
    lines = [record.line for record in found]
    assert lines == sorted(set(lines))


def _measured(path: Path) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    told, _, kib = done.stdout.strip().rpartition(" ")
    return told, int(kib)


def _long_line(path: Path, mib: int, *, quoted: bool) -> None:
    with path.open("wb") as file:
        file.write(b"name,email\nAnn,ann@example.com\n")
        file.write(b'"' if quoted else b"")
        for _ in range(mib):
            file.write(b"x," * (1 << 19))
        file.write(b"\nBob,bob@example.com\n")


@pytest.mark.parametrize("quoted", [False, True])
def test_a_line_of_30_mb_needs_little_memory(tmp_path: Path, quoted: bool) -> None:
    _check_memory(tmp_path, 30, quoted=quoted)


@pytest.mark.long
def test_a_line_of_300_mb_needs_little_memory(tmp_path: Path) -> None:
    _check_memory(tmp_path, 300, quoted=False)


def _check_memory(folder: Path, mib: int, *, quoted: bool) -> None:
    (folder / "small.csv").write_bytes(b"name,email\n")
    _long_line(folder / "long.csv", mib, quoted=quoted)
    _, empty = _measured(folder / "small.csv")
    told, full = _measured(folder / "long.csv")
    assert told == "3 [(3, 'too_long')]"
    assert (full - empty) / 1024 < MOST_MIB
