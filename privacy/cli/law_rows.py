"""The document of `law conduct`, read row by row: any number of calls in little memory.

A document of up to WHOLE_BYTES may have its members in any order. A longer one tells
whose calls they are first and its calls last, so that each can be judged when it is read.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NoReturn

from privacy.errors import BadFacts, BadInput

WHOLE_BYTES = 64 * 1024 * 1024
READ_BYTES = 256 * 1024
LONGEST_VALUE = 4 * 1024 * 1024
"""Characters of one value: of one call, or of a member that is no list of calls."""

ROWS = "calls"
FIRST = ("jurisdiction", "period")
SPACE = " \t\n\r"
NUMBERS = (int, float)
ENDS_OF_NUMBER = tuple(SPACE + ",]}")


class Rows:
    """The elements of the list that was met; they must be read before the next member."""

    def __init__(self, elements: Iterator[Any]) -> None:
        self.elements = elements


def conduct_rows(file: BinaryIO, decoder: json.JSONDecoder) -> tuple[dict[str, Any], Iterator[Any]]:
    """Everything but the calls, and the calls one by one. Raises BadInput and BadFacts.

    The last of them may be raised while the calls are read.
    """
    begin = file.read(WHOLE_BYTES + 1)
    if len(begin) > WHOLE_BYTES:
        return _calls_last(members(_Text(begin, file), decoder))
    head: dict[str, Any] = {}
    for key, value in members(_Text(begin), decoder):
        if isinstance(value, Rows):
            for _ in value.elements:
                pass
            value = []
        _once(head, key, value)
    if head.get(ROWS) != []:
        return head, iter(_few(head.get(ROWS)))
    return head, _elements(members(_Text(begin), decoder))


def _few(value: Any) -> list[Any]:
    """The calls where they are no list: one object stands for one call."""
    if isinstance(value, dict):
        return [value]
    why = "is missing" if value is None else "is no list"
    raise BadFacts(f"A fact cannot be used: it {why}.", field=ROWS, next="Correct the facts.")


def _elements(found: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    for _, value in found:
        if isinstance(value, Rows):
            yield from value.elements


def _calls_last(found: Iterator[tuple[str, Any]]) -> tuple[dict[str, Any], Iterator[Any]]:
    head: dict[str, Any] = {}
    for key, value in found:
        if isinstance(value, Rows):
            for first in FIRST:
                if first not in head:
                    _not_last(first)
            head[ROWS] = []
            return head, _to_the_end(value, found)
        _once(head, key, value)
    return head, iter(_few(head.get(ROWS)))


def _to_the_end(rows: Rows, found: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    yield from rows.elements
    for _ in found:
        _not_last("?")


def _not_last(field: str) -> NoReturn:
    raise BadFacts(
        "In so long a document the calls come last, and other facts before them.",
        field=field,
        next="Write jurisdiction, campaign and period before the calls.",
    )


def _once(head: dict[str, Any], key: str, value: Any) -> None:
    if key in head:
        raise BadFacts(
            "An object tells the same fact twice.", field="?", next="Tell each fact once."
        )
    head[key] = value


class _Text:
    """Characters of a document in UTF-8, of which only what is looked at is held."""

    def __init__(self, begin: bytes, rest: BinaryIO | None = None) -> None:
        self._files = [io.BytesIO(begin), *([rest] if rest else [])]
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self.held, self.at = "", 0

    def more(self) -> bool:
        """Read on; False at the end of the document. Raises BadInput where it is no UTF-8."""
        while self._files:
            content = self._files[0].read(READ_BYTES)
            if not content:
                self._files.pop(0)
            try:
                told = self._decode(content, final=not self._files)
            except UnicodeDecodeError:
                _no_document()
            if told:
                self.held, self.at = self.held[self.at :] + told, 0
                return True
        return False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self.at < len(self.held):
                if self.held[self.at] not in SPACE:
                    return self.held[self.at]
                self.at += 1
            if not self.more():
                return ""

    def take(self, *wanted: str) -> str:
        """The next character that is no space. Raises BadInput unless it is one of those."""
        found = self.peek()
        if not found or found not in wanted:
            _no_document()
        self.at += 1
        return found

    def value(self, decode: Callable[[str, int], tuple[Any, int]]) -> Any:
        """The JSON value that begins here. Raises BadInput where there is none."""
        self.peek()
        while True:
            try:
                value, ends = decode(self.held, self.at)
            except RecursionError:
                _no_document()
            except ValueError:
                # Broken, or cut where the held text ends: then the next part completes it.
                if len(self.held) - self.at > LONGEST_VALUE or not self.more():
                    _no_document()
                continue
            # A number that is cut, such as 1 of 1.5, has more digits.
            cut = type(value) in NUMBERS and self.held[ends : ends + 1] not in ENDS_OF_NUMBER
            if cut and self.more():
                continue
            self.at = ends
            return value


def members(text: _Text, decoder: json.JSONDecoder) -> Iterator[tuple[str, Any]]:
    """The members of the one object of the text, a list of calls as Rows."""
    text.take("{")
    if text.peek() == "}":
        text.take("}")
    else:
        yield from _members(text, decoder)
    if text.peek():
        _no_document()


def _members(text: _Text, decoder: json.JSONDecoder) -> Iterator[tuple[str, Any]]:
    while True:
        if text.peek() != '"':
            _no_document()
        key = text.value(decoder.raw_decode)
        text.take(":")
        if key == ROWS and text.peek() == "[":
            yield key, Rows(_list(text, decoder))
        else:
            yield key, text.value(decoder.raw_decode)
        if text.take(",", "}") == "}":
            return


def _list(text: _Text, decoder: json.JSONDecoder) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield text.value(decoder.raw_decode)
        if text.take(",", "]") == "]":
            return


def _no_document() -> NoReturn:
    raise BadInput(
        "The facts are no JSON document.", what="--facts", next="Give one JSON object in UTF-8."
    ) from None
