"""Delimited text, record by record, with a bound on everything that is kept.

Any delimiter, any line end, quotes over several lines. A record over the bound
or with broken quoting is refused with its line number and reading goes on at
the next line, so that one stray quote does not swallow the rest of the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from privacy.contacts.files import TextFile
from privacy.errors import BadInput

LONGEST_RECORD = 1 << 16
"""Characters of one record, and of one line: 64 Ki."""

SNIFFED_LINES = 40
PREFERRED = ",;\t|"
NEVER = set(" _-'\"./()@#&+\r\n")


@dataclass(frozen=True)
class Dialect:
    """How the file is delimited. `skip` lines stand before the header (Excel's `sep=`)."""

    delimiter: str
    quote: str = '"'
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record, or why there is none: `refused` is a reason code."""

    line: int
    fields: list[str]
    refused: str = ""


class _TooLong(Exception):
    """A line or record passed the bound."""


def records(file: TextFile, dialect: Dialect) -> Iterator[Record]:
    """Every record in order, blank lines left out. `line` counts from 1, where it begins."""
    with file.open() as text:
        lines = _Lines(text)
        for _ in range(dialect.skip):
            lines.skip()
        while not lines.ended:
            reader = csv.reader(
                lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
            )
            yield from _until_refusal(reader, lines)


def _until_refusal(reader: Iterator[list[str]], lines: _Lines) -> Iterator[Record]:
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except _TooLong:
            yield Record(lines.began_at, [], "too_long")
            lines.again_after_first()
            return
        except csv.Error:
            yield Record(lines.began_at, [], "broken_quotes")
            lines.again_after_first()
            return
        if fields:
            yield Record(lines.began_at, fields)


class _Lines:
    """Physical lines under the bound, which can be given again from the second on."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: list[tuple[int, str]] = []
        self._held: list[tuple[int, str]] = []
        self._size = 0
        self._line = 0
        self._cut = False
        self.began_at = 1
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def begin(self) -> None:
        """A record begins with the next line."""
        self._held.clear()
        self._size = 0
        self._cut = False
        self.began_at = self._again[-1][0] if self._again else self._line + 1

    def __next__(self) -> str:
        if self._again:
            number, line = self._again.pop()
        else:
            line = self._text.readline(LONGEST_RECORD)
            if not line:
                self.ended = True
                raise StopIteration
            self._line += 1
            number = self._line
            if len(line) == LONGEST_RECORD and line[-1] not in "\r\n":
                self._drop_rest()
                self._cut = True
        self._held.append((number, line))
        self._size += len(line)
        if self._cut or self._size > LONGEST_RECORD:
            raise _TooLong
        return line

    def skip(self) -> None:
        next(self, None)

    def again_after_first(self) -> None:
        """Give the lines of a refused record again, without its first and without a cut one."""
        kept = self._held[1:-1] if self._cut else self._held[1:]
        self._again.extend(reversed(kept))
        self.ended = self.ended and not self._again

    def _drop_rest(self) -> None:
        while (rest := self._text.readline(LONGEST_RECORD)) and rest[-1] not in "\r\n":
            pass


def detect(file: TextFile, delimiter: str = "") -> Dialect:
    """The dialect, from the first lines. BadInput when the header line passes the bound."""
    with file.open() as text:
        lines = [text.readline(LONGEST_RECORD) for _ in range(SNIFFED_LINES)]
    lines = [line for line in lines if line]
    skip = 0
    first = next((line for line in lines if line.strip()), "")
    if len(first) >= LONGEST_RECORD:
        raise BadInput(
            f"The first line has more than {LONGEST_RECORD} characters.",
            what="line 1",
            next="Give a file whose first line names the columns.",
        )
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter = delimiter or first.strip()[4]
        skip = lines.index(first) + 1
        lines = lines[skip:]
        first = next((line for line in lines if line.strip()), "")
    bare = first.strip()
    quote = "'" if len(bare) > 1 and bare[0] == bare[-1] == "'" else '"'
    return Dialect(_one(delimiter) if delimiter else _best(lines, first, quote), quote, skip)


def _one(delimiter: str) -> str:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
    chosen = named.get(delimiter, delimiter)
    if len(chosen) != 1 or chosen in "\r\n\"'":
        raise BadInput(
            "A delimiter is one character.", what="--delimiter", next="Use e.g. ';' or tab."
        )
    return chosen


def _best(lines: list[str], first: str, quote: str) -> str:
    marks = Counter(c for c in first if not c.isalnum() and c not in NEVER and c.isprintable())
    candidates = [c for c in PREFERRED if c in first] + [c for c in marks if c not in PREFERRED]
    candidates += [c for c in "\x1f\x1e" if c in first]
    scored = [(_agreement(lines, mark, quote), mark) for mark in candidates]
    fitting = [(score, -n, mark) for n, (score, mark) in enumerate(scored) if score[1] > 1]
    return max(fitting)[2] if fitting else ","


def _agreement(lines: list[str], delimiter: str, quote: str) -> tuple[float, int]:
    """(share of records as wide as the header, width of the header)."""
    try:
        widths = [
            len(row) for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if row
        ]
    except csv.Error:
        return 0.0, 0
    return round(sum(width == widths[0] for width in widths) / len(widths), 1), widths[0]
