"""Annexes: all rows as a file inside the document, and on paper what a reader needs of them.

Rows are streamed once into CSV (RFC 4180, LF) or JSON lines; only the file itself, the
counts and the rows that are printed are ever held. The printed part is a pure function of
the file: anybody who counts the rows again gets the same counts, first, last, exception
and sampled rows. A cell is text; the empty text says that there is nothing.

The sample takes the rows with the smallest SHA-256 of "SEED:NUMBER" (NUMBER counts from 1):
who draws it again with `sha256sum` gets the same rows, and nobody could choose them.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import io
import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

from privacy.errors import Altered, BadFacts
from reports.canonical import sha256_hex
from reports.shape import Count, Digest

EDGE_ROWS = 50
"""First and last rows on paper."""

MOST_EXCEPTIONS = 100
"""Exception rows on paper; the rest stands in the file."""

SAMPLED = 25
MOST_ROWS = 500_000
"""In one annex: what a document may carry and still be opened anywhere."""

METHOD = 'rows with the smallest SHA-256 of "SEED:ROW", rows counted from 1'


class Tally(TypedDict):
    name: str
    rows: Count


class Sample(TypedDict):
    """`numbers` of the rows in the file, counted from 1, and the rows themselves."""

    seed: str
    method: str
    numbers: list[Count]
    rows: list[list[str]]


class Annex(TypedDict):
    """What the document says of one attached file.

    `type_column`, `day_column` and `exception_column` name what `by_type` and `by_day` count
    (a day is the first ten characters) and which rows are exceptions: those where that cell
    is not empty. "" where there is no such column. `paper` are the columns that are printed.
    """

    name: str
    what: str
    format: Literal["csv", "jsonl"]
    columns: list[str]
    paper: list[str]
    type_column: str
    day_column: str
    exception_column: str
    rows: Count
    bytes: Count
    sha256: Digest
    by_type: list[Tally]
    by_day: list[Tally]
    first: list[list[str]]
    last: list[list[str]]
    exceptions: Count
    exception_rows: list[list[str]]
    sample: Sample


@dataclass(frozen=True)
class Layout:
    """How a file is laid out, before its rows are known. See Annex."""

    name: str
    what: str
    columns: tuple[str, ...]
    paper: tuple[str, ...] = ()
    type_column: str = ""
    day_column: str = ""
    exception_column: str = ""
    form: Literal["csv", "jsonl"] = "csv"
    seed: str = ""

    def where(self, column: str) -> int | None:
        return self.columns.index(column) if column else None


@dataclass(frozen=True)
class Written:
    """An annex and the file that it speaks of."""

    annex: Annex
    content: bytes


def write(layout: Layout, rows: Iterable[Sequence[str]]) -> Written:
    """The file of these rows and what is said of it; each row has the layout's columns.

    BadFacts for a row of another length and beyond MOST_ROWS.
    """
    file = io.BytesIO()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    counted = _Counting(layout)
    put = _writer(layout, text)
    for row in rows:
        counted.add(row)
        put(row)
    text.flush()
    text.detach()
    content = file.getvalue()
    return Written(counted.annex(content), content)


def read(annex: Annex, content: bytes) -> Iterator[list[str]]:
    """The rows of the file, one by one. Altered where it is not laid out as the annex says."""
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    columns = annex["columns"]
    try:
        if annex["format"] == "jsonl":
            for line in lines:
                document = json.loads(line)
                if list(document) != columns:
                    raise ValueError
                yield [_cell(value) for value in document.values()]
            return
        reader = csv.reader(lines, strict=True)
        if next(reader) != columns:
            raise ValueError
        for row in reader:
            if len(row) != len(columns):
                raise ValueError
            yield row
    except (ValueError, TypeError, csv.Error, StopIteration, AttributeError, RecursionError):
        raise _altered(annex["name"]) from None


def recounted(annex: Annex, content: bytes) -> Annex:
    """What the file itself says: equal to `annex` unless one of the two was changed."""
    counted = _Counting(layout_of(annex))
    for row in read(annex, content):
        counted.add(row)
    return counted.annex(content)


def layout_of(annex: Annex) -> Layout:
    """The layout of a file whose annex is known. Altered where it names no column of its own."""
    named = (annex["type_column"], annex["day_column"], annex["exception_column"])
    columns = annex["columns"]
    if not {*filter(None, named), *annex["paper"]} <= set(columns):
        raise _altered(annex["name"])
    return Layout(
        annex["name"],
        annex["what"],
        tuple(columns),
        tuple(annex["paper"]),
        *named,
        form=annex["format"],
        seed=annex["sample"]["seed"],
    )


def check_files(annexes: Sequence[Annex], files: Mapping[str, bytes]) -> None:
    """BadFacts unless exactly the files that the data speak of are given, byte for byte."""
    said = {annex["name"]: annex["sha256"] for annex in annexes}
    given = {name: sha256_hex(content) for name, content in files.items()}
    if said != given or len(said) != len(annexes):
        raise BadFacts(
            "The annexes are not the files that the data speak of; no document was made.",
            field="data.annexes",
            next="Give each file as it was written with its annex.",
        )


def verified(annexes: Sequence[Annex], contents: Iterable[bytes]) -> dict[str, bytes]:
    """The attached files by name, each counted again. Altered where one is missing or differs."""
    by_digest = {sha256_hex(content): content for content in contents}
    found: dict[str, bytes] = {}
    for annex in annexes:
        content = by_digest.pop(annex["sha256"], None)
        if content is None or recounted(annex, content) != annex:
            raise _altered(annex["name"])
        found[annex["name"]] = content
    if by_digest:
        raise _altered("attachments")
    return found


@dataclass
class _Counting:
    """Takes rows one by one and keeps what is said of them."""

    layout: Layout
    rows: int = 0
    types: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    first: list[list[str]] = field(default_factory=list)
    last: deque[list[str]] = field(default_factory=lambda: deque(maxlen=EDGE_ROWS))
    exceptions: int = 0
    shown: list[list[str]] = field(default_factory=list)
    drawn: list[tuple[int, int, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._type = self.layout.where(self.layout.type_column)
        self._day = self.layout.where(self.layout.day_column)
        self._exception = self.layout.where(self.layout.exception_column)

    def add(self, given: Sequence[str]) -> None:
        row = list(given)
        if len(row) != len(self.layout.columns) or self.rows >= MOST_ROWS:
            raise BadFacts(
                "A row of an annex does not fit it; no document was made.",
                field=self.layout.name,
                next=f"A row has one cell for each column; there are at most {MOST_ROWS:,} rows.",
            )
        self.rows += 1
        if self._type is not None:
            self.types[row[self._type]] += 1
        if self._day is not None:
            self.days[row[self._day][:10]] += 1
        if self._exception is not None and row[self._exception]:
            self.exceptions += 1
            if len(self.shown) < MOST_EXCEPTIONS:
                self.shown.append(row)
        if len(self.first) < EDGE_ROWS:
            self.first.append(row)
        else:
            self.last.append(row)
        self._draw(row)

    def _draw(self, row: list[str]) -> None:
        """Keep the SAMPLED rows with the smallest digests; a heap of their negatives."""
        named = f"{self.layout.seed}:{self.rows}".encode()
        key = -int.from_bytes(hashlib.sha256(named).digest())
        if len(self.drawn) < SAMPLED:
            heapq.heappush(self.drawn, (key, self.rows, row))
        elif key > self.drawn[0][0]:
            heapq.heapreplace(self.drawn, (key, self.rows, row))

    def annex(self, content: bytes) -> Annex:
        layout = self.layout
        sample = sorted((number, row) for _, number, row in self.drawn)
        return {
            "name": layout.name,
            "what": layout.what,
            "format": layout.form,
            "columns": list(layout.columns),
            "paper": list(layout.paper or layout.columns),
            "type_column": layout.type_column,
            "day_column": layout.day_column,
            "exception_column": layout.exception_column,
            "rows": self.rows,
            "bytes": len(content),
            "sha256": sha256_hex(content),
            "by_type": _tallies(self.types),
            "by_day": _tallies(self.days),
            "first": self.first,
            "last": list(self.last),
            "exceptions": self.exceptions,
            "exception_rows": self.shown,
            "sample": {
                "seed": layout.seed,
                "method": METHOD,
                "numbers": [number for number, _ in sample],
                "rows": [row for _, row in sample],
            },
        }


def _writer(layout: Layout, text: io.TextIOWrapper) -> Callable[[Sequence[str]], object]:
    if layout.form == "csv":
        made = csv.writer(text, lineterminator="\n")
        made.writerow(layout.columns)
        return made.writerow
    columns = layout.columns

    def put(row: Sequence[str]) -> None:
        line = dict(zip(columns, row, strict=True))
        text.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")

    return put


def _tallies(counts: Mapping[str, int]) -> list[Tally]:
    return [{"name": name, "rows": counts[name]} for name in sorted(counts)]


def _cell(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("cell")
    return value


def _altered(name: str) -> Altered:
    return Altered(
        "An attached file is not what the document says of it.",
        what=name,
        next="Ask whoever made it for the original; do not rely on this copy.",
    )
