"""Reading a document of facts: each value checked, each fault named by its path.

Absent and null mean the same. A key that nobody asked for is a fault too: a
restricting fact lost to a misspelt name would let a call through. Every moment
read is remembered, because the answer may change at it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NoReturn, TypeVar

from privacy.errors import BadFacts
from privacy.law.windows import WeekWindows, week_windows

INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})"
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
BETWEEN_WORDS = re.compile(r"[\s_-]+")
YEARS = range(1970, 2200)
LONGEST_TEXT = 10_000
LARGEST_NUMBER = 10**12

Moment = date | datetime
Member = TypeVar("Member", bound=str)


@dataclass(slots=True)
class Reader:
    """One object of the document at a dotted path; `moments` is shared by all of them.

    Most facts are absent from most documents: so each way to read one asks that first.
    """

    content: Mapping[str, Any]
    path: str
    moments: list[Moment]
    asked: set[str] = field(default_factory=set)

    def value(self, key: str) -> Any:
        """The raw value of a key, None where it is absent."""
        self.asked.add(key)
        return self.content.get(key)

    def bad(self, key: str, why: str) -> NoReturn:
        """Raise BadFacts for a key of this object."""
        place = f"{self.path}.{key}" if self.path else key
        raise BadFacts(f"A fact cannot be used: it {why}.", field=place, next="Correct the facts.")

    def text(self, key: str) -> str | None:
        """A text, None where absent."""
        if key not in self.content:
            return None
        found = self.value(key)
        if found is None:
            return None
        if not isinstance(found, str) or len(found) > LONGEST_TEXT:
            self.bad(key, "is no text")
        return found

    def flag(self, key: str) -> bool | None:
        """True or false, None where absent."""
        if key not in self.content:
            return None
        found = self.value(key)
        if found is not None and not isinstance(found, bool):
            self.bad(key, "is neither true nor false")
        return found

    def number(self, key: str) -> float | None:
        """A number of zero or more, None where absent."""
        if key not in self.content:
            return None
        found = self.value(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.bad(key, "is no number")
        if not 0 <= found <= LARGEST_NUMBER:
            self.bad(key, "is out of range")
        return found

    def word(self, key: str, known: type[Member]) -> Member | None:
        """A word of an enumeration, None where absent."""
        if key not in self.content:
            return None
        found = self.text(key)
        if found is None:
            return None
        try:
            return known(found)
        except ValueError:
            self.bad(key, "is not a word the contract knows")

    def instant(self, key: str) -> datetime | None:
        """An RFC 3339 instant with offset, in UTC; None where absent."""
        found = self.moment(key)
        if found is not None and not isinstance(found, datetime):
            self.bad(key, "has no time")
        return found

    def day(self, key: str) -> date | None:
        """A bare date; an instant counts as its own date. None where absent."""
        if key not in self.content:
            return None
        found = self.moment(key)
        return found.date() if isinstance(found, datetime) else found

    def moment(self, key: str) -> Moment | None:
        """A bare date or an instant in UTC; None where absent."""
        if key not in self.content:
            return None
        found = self.text(key)
        if found is None:
            return None
        try:
            moment = parse_moment(found)
        except (ValueError, OverflowError):
            self.bad(key, "is neither a date nor an instant with its offset")
        self.moments.append(moment)
        return moment

    def words(self, key: str) -> frozenset[str] | None:
        """A list of texts (or one text) as a set, None where absent."""
        if key not in self.content:
            return None
        found = self.value(key)
        if found is None:
            return None
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self.bad(key, "is no list of texts")
        return frozenset(listed)

    def names(self, key: str) -> frozenset[str] | None:
        """A list of names (or one) in one spelling: lower case, `_` between words."""
        found = self.words(key)
        return None if found is None else frozenset(spelt(name) for name in found)

    def called(self, key: str) -> frozenset[str] | None:
        """Names of firms (or one), alike whatever their case and spaces; None where absent."""
        found = self.words(key)
        return None if found is None else frozenset(map(plain_name, found)) - {""}

    def windows(self, key: str) -> WeekWindows | None:
        """Windows of the week, None where absent."""
        found = self.value(key)
        if found is None:
            return None
        try:
            return week_windows(found)
        except ValueError:
            self.bad(key, 'holds no windows such as [["09:00", "20:00"]]')

    def part(self, key: str) -> Reader:
        """An object below this one; empty where absent."""
        found = self.value(key)
        if found is None:
            found = {}
        return self._below(found, key, self.path_of(key))

    def parts(self, key: str) -> list[Reader] | None:
        """A list of objects (or one object), None where absent."""
        if key not in self.content:
            return None
        found = self.value(key)
        if found is None:
            return None
        listed = [found] if isinstance(found, Mapping) else found
        if not isinstance(listed, list):
            self.bad(key, "is no list")
        return [
            self._below(item, key, f"{self.path_of(key)}.{number}")
            for number, item in enumerate(listed)
        ]

    def path_of(self, key: str) -> str:
        """The dotted path of a key of this object."""
        return f"{self.path}.{key}" if self.path else key

    def done(self) -> None:
        """Raise BadFacts where the object holds a key that nobody asked for."""
        for key in self.content:
            if key not in self.asked:
                raise BadFacts(
                    "The document holds a fact that the contract does not know.",
                    field=self.path_of("?"),
                    next="Remove it or correct its name; a lost fact could let a call through.",
                )

    def _below(self, found: Any, key: str, path: str) -> Reader:
        # A plain dict needs no look through the classes that count as a Mapping.
        if type(found) is not dict and not isinstance(found, Mapping):
            self.bad(key, "is no object")
        return Reader(found, path, self.moments)


def root(document: Any) -> Reader:
    """A reader of the whole document. Raises BadFacts where it is no object."""
    if not isinstance(document, Mapping) or not all(isinstance(key, str) for key in document):
        raise BadFacts("The facts are no object.", field="", next="Give one JSON object.")
    reader = Reader(document, "", [])
    reader.asked.add("schema")
    return reader


def spelt(name: str) -> str:
    """A name in one spelling, so that `Not interested` and `not_interested` are one."""
    return BETWEEN_WORDS.sub("_", name.strip().lower())


def plain_name(name: str) -> str:
    """A firm's name as it is compared: letter case, width and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def parse_moment(text: str) -> Moment:
    """A date, or an instant in UTC. Raises ValueError or OverflowError."""
    if DAY.fullmatch(text):
        moment: Moment = date.fromisoformat(text)
    elif INSTANT.fullmatch(text):
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    else:
        raise ValueError("neither date nor instant")
    if moment.year not in YEARS:
        raise ValueError("year out of range")
    return moment
