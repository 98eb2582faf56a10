"""Records out of text, one at a time: rows of a CSV, objects of a JSON document. Pure.

Nothing is read at once, and one broken row does not swallow the rest of a CSV. A JSON
document that breaks off is refused as a whole: what comes after it cannot be known.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any, Literal

from privacy.errors import BadInput
from privacy.vendors.calls.form import Page, Row, Unread

LONGEST_RECORD = 1 << 16
LONGEST_OBJECT = 1 << 22
BLOCK = 1 << 16
# Where Twilio, RingCentral, Aircall and AWS name the page after this one.
NEXT_PAGE = ("next_page_uri", "navigation.nextPage", "meta.next_page_link", "NextToken")
_ABSENT = object()
_SPACE = " \t\r\n\ufeff"


class _Lines:
    """Physical lines, which can be given again from the second of a broken record on."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._again: list[str] = []
        self._held: list[str] = []
        self.line = 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._text.readline(LONGEST_RECORD)
        if not line:
            self.ended = True
            raise StopIteration
        self.line += 1
        self._held.append(line)
        if len(self._held) > 200:
            raise csv.Error("too long")
        return line.replace("\x00", "\ufffd")

    def begin(self) -> int:
        """A record begins with the next line; its number."""
        self._held.clear()
        return self.line + 1

    def after_first(self) -> None:
        """Go on with the second line of the record that broke."""
        again = self._held[1:]
        self.line -= len(again)
        self._again.extend(reversed(again))
        self.ended = False


def csv_rows(
    text: IO[str], delimiter: str = ",", *, blank_after: bool = False, quoted: bool = True
) -> Iterator[Row | Unread]:
    """Every record that is not blank, by the line where it begins.

    `blank_after`: a blank after the delimiter belongs to no field. `quoted` False: a quote
    is a character like any other (MySQL's own tables).
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    lines = _Lines(text)
    while not lines.ended:
        reader = csv.reader(
            lines,
            delimiter=delimiter,
            strict=True,
            skipinitialspace=blank_after,
            quoting=quoting,
        )
        while True:
            line = lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error:
                yield Unread(line, "broken_row")
                lines.after_first()
                break
            if cells and any(cells):
                yield Row(line, cells)


def with_header(
    text: IO[str],
    delimiter: str,
    *,
    skip: int = 1,
    blank_after: bool = False,
    quoted: bool = True,
) -> Iterator[Row | Unread]:
    """Rows after the first `skip` records."""
    rows = csv_rows(text, delimiter, blank_after=blank_after, quoted=quoted)
    for number, row in enumerate(rows):
        if number >= skip:
            yield row


def first_row(
    head: str, delimiter: str, *, blank_after: bool = False, quoted: bool = True
) -> list[str]:
    """The cells of the first record of a text; [] where there is none."""
    rows = csv_rows(io.StringIO(head), delimiter, blank_after=blank_after, quoted=quoted)
    row = next(rows, None)
    return list(row.cells) if isinstance(row, Row) else []


class Objects:
    """Objects of a JSON text: one a line, one after the other, or a list in a document.

    `lists` are the names under which a document holds its records. A document that tells of
    a next page, or could, ends with a Page.
    """

    def __init__(self, text: IO[str], lists: frozenset[str]) -> None:
        self._text, self._lists = text, lists
        self._buffer, self._at = "", 0
        self._decoder = json.JSONDecoder()
        self._number = 0

    def rows(self) -> Iterator[Row | Unread | Page]:
        """Every object; BadInput where the text is no JSON or breaks off."""
        while self._next():
            if self._peek() == "[":
                yield from self._list()
            elif self._peek() == "{":
                yield from self._document()
            else:
                raise self._broken()

    def _row(self, value: object) -> Row | Unread:
        self._number += 1
        if isinstance(value, dict):
            return Row(self._number, value)
        return Unread(self._number, "no_object")

    def _list(self) -> Iterator[Row | Unread]:
        self._at += 1
        if self._after_space() == "]":
            self._at += 1
            return
        while True:
            yield self._row(self._value())
            if self._comma_or("]"):
                return

    def _document(self) -> Iterator[Row | Unread | Page]:
        """An object that is a record itself, or one that holds a list of them."""
        self._at += 1
        members: dict[str, Any] = {}
        listed = False
        if self._after_space() == "}":
            self._at += 1
        else:
            while True:
                name = self._value()
                if not isinstance(name, str) or self._after_space() != ":":
                    raise self._broken()
                self._at += 1
                if self._after_space() == "[" and name in self._lists:
                    listed = True
                    yield from self._list()
                else:
                    members[name] = self._value()
                if self._comma_or("}"):
                    break
        if not listed:
            yield self._row(members)
        elif (more := next_page(members)) is not None:
            yield Page(more)

    def _value(self) -> Any:
        """The value at the place, however much must be read for it."""
        self._after_space()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise self._broken() from None
            except ValueError:
                if not self._more():
                    raise self._broken() from None
                continue
            # A number at the end of the buffer may go on in the next block.
            if end == len(self._buffer) and self._more():
                continue
            self._at = end
            return value

    def _comma_or(self, end: str) -> bool:
        """Whether the list or object ends here; else a comma was passed."""
        found = self._after_space()
        if found not in (",", end):
            raise self._broken()
        self._at += 1
        return found == end

    def _after_space(self) -> str:
        if not self._next():
            raise self._broken()
        return self._peek()

    def _next(self) -> bool:
        """Go to the next character that is no blank; False at the end of the text."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _SPACE:
                    return True
                self._at += 1
            if not self._more():
                return False

    def _peek(self) -> str:
        return self._buffer[self._at]

    def _more(self) -> bool:
        # Twice as much each time: a large object is not tried again for every block of it.
        rest = len(self._buffer) - self._at
        if rest > LONGEST_OBJECT:
            raise self._broken()
        block = self._text.read(max(BLOCK, rest))
        if not block:
            return False
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return True

    def _broken(self) -> BadInput:
        return BadInput(
            "The JSON is broken, breaks off, or holds a record that is too large.",
            what=f"record {self._number + 1}",
            next="Ask the vendor for the file again.",
        )


def next_page(beside: dict[str, Any]) -> bool | None:
    """Whether a page tells of one after it; None where it tells nothing of pages."""
    for name in NEXT_PAGE:
        found: Any = beside
        for part in name.split("."):
            found = found.get(part, _ABSENT) if isinstance(found, dict) else _ABSENT
        if found is not _ABSENT:
            return bool(found)
    return None


def json_rows(*lists: str) -> Callable[[IO[str]], Iterator[Row | Unread | Page]]:
    """A reader of the objects of a text whose documents hold their records under `lists`."""
    names = frozenset(lists)

    def records(text: IO[str]) -> Iterator[Row | Unread | Page]:
        return Objects(text, names).rows()

    return records
