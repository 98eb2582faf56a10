"""Reading the fields of a document one by one, so that nothing is guessed or passed over. Pure.

Each getter takes a field out; `end` refuses what was never taken. Errors name the path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from privacy.errors import BadFacts

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,49}")
LONGEST_TEXT = 4_000
MOST_ITEMS = 2_000


def wrong(field: str, message: str) -> BadFacts:
    """An error about one field."""
    return BadFacts(message, field=field, next="Nothing was taken over. See docs/vendors.md.")


def is_text(value: str) -> bool:
    """Whether it can be written down: JSON may escape half of a character that has no other."""
    return not any("\ud800" <= each <= "\udfff" for each in value)


class Fields:
    """The fields of one object of a document; `id` is the name by which errors call it."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise wrong(name, "This should be an object with fields.")
        self.id = name
        self._values: dict[str, Any] = value
        self._taken: set[str] = set()

    @classmethod
    def named(cls, value: Any, where: str) -> Fields:
        """An object that errors call by its own `id`, or by `where` if it has none."""
        found = cls(value, where)
        name = found._values.get("id")
        if not isinstance(name, str) or not name or len(name) > 60:
            raise wrong(f"{where}.id", "An id is missing or is no short text.")
        found.id = name
        return found

    def path(self, key: str) -> str:
        return f"{self.id}.{key}"

    def wrong(self, key: str, message: str) -> BadFacts:
        return wrong(self.path(key), message)

    def all(self) -> dict[str, Any]:
        return self._values

    def has(self, key: str) -> bool:
        return key in self._values

    def peek(self, key: str) -> Any:
        """The value without taking it; None where there is none."""
        return self._values.get(key)

    def ignore(self, *keys: str) -> Fields:
        self._taken.update(keys)
        return self

    def end(self) -> None:
        """BadFacts for a field that nobody knows."""
        for key in self._values:
            if key not in self._taken:
                raise wrong(self.path(key if CODE.fullmatch(key) else "…"), "An unknown field.")

    def text(self, key: str, *, empty: bool = False) -> str:
        value = self._take(key)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or not (value or empty):
            raise self.wrong(key, "This should be a text.")
        if not is_text(value):
            raise self.wrong(key, "This text holds half of a character.")
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self._absent(key) else self.text(key)

    def expect(self, key: str, wanted: str) -> None:
        if self._take(key) != wanted:
            raise self.wrong(key, f"This should be `{wanted}`.")

    def flag(self, key: str) -> bool:
        """True or false; false where it is missing."""
        if self._absent(key):
            return False
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "This should be true or false.")
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        value = self._take(key)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key, f"One of {', '.join(choices)}.")
        return value

    def one_of_or_none(self, key: str, choices: Sequence[str]) -> str | None:
        return None if self._absent(key) else self.one_of(key, choices)

    def number(self, key: str, *, most: int | None = None, whole: bool = False) -> Decimal:
        """A number from 0 to `most`, both included."""
        found = decimal_of(self._take(key))
        out = found is None or found < 0 or (most is not None and found > most)
        if found is None or out or (whole and found != int(found)):
            limit = "" if most is None else f" to {most}"
            raise self.wrong(key, f"This should be a {'whole ' * whole}number from 0{limit}.")
        return found

    def number_or_none(self, key: str, *, most: int | None = None) -> Decimal | None:
        return None if self._absent(key) else self.number(key, most=most)

    def rows(self, key: str, *, missing: bool = False) -> list[Any]:
        if missing and self._absent(key):
            return []
        value = self._take(key)
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise self.wrong(key, "This should be a list.")
        return value

    def texts(self, key: str, *, of: Sequence[str] | None = None) -> list[str]:
        """A list of different texts, each of `of` if that is given."""
        value = self.rows(key)
        if not all(isinstance(each, str) for each in value) or len(set(value)) != len(value):
            raise self.wrong(key, "This should be a list of different texts.")
        if of is not None and (not value or not set(value) <= set(of)):
            raise self.wrong(key, f"One or more of {', '.join(of)}.")
        return value

    def codes(self, key: str) -> tuple[str, ...]:
        value = tuple(self.texts(key))
        if not value or not all(CODE.fullmatch(each) for each in value):
            raise self.wrong(key, "This should be a list of codes: letters, digits, underscores.")
        return value

    def code(self, key: str) -> str:
        value = self.text(key)
        if not CODE.fullmatch(value):
            raise self.wrong(key, "This should be a code: letters, digits, underscores.")
        return value

    def codes_of_keys(self) -> list[str]:
        """The keys, each a code."""
        for key in self._values:
            if not CODE.fullmatch(key):
                raise wrong(self.id, "A key is no code: letters, digits, underscores.")
        return list(self._values)

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self._take(key)
        if not isinstance(value, dict) or not value or len(value) > MOST_ITEMS:
            raise self.wrong(key, "This should be an object.")
        return value

    def inner(self, key: str) -> Fields:
        return Fields(self._take(key), self.path(key))

    def texts_by_key(self, key: str) -> dict[str, str]:
        value = self.mapping(key)
        if not all(isinstance(each, str) for each in value.values()):
            raise self.wrong(key, "This should be an object of texts.")
        return dict(value)

    def lists_by_key(self, key: str) -> dict[str, list[str]]:
        value = self.mapping(key)
        for each in value.values():
            if not isinstance(each, list) or not all(isinstance(item, str) for item in each):
                raise self.wrong(key, "This should be an object of lists of texts.")
        return dict(value)

    def _take(self, key: str) -> Any:
        if key not in self._values:
            raise self.wrong(key, "This is missing.")
        self._taken.add(key)
        return self._values[key]

    def _absent(self, key: str) -> bool:
        self._taken.add(key)
        return self._values.get(key) is None


def decimal_of(value: Any) -> Decimal | None:
    """A finite number of JSON as a decimal; None for anything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > 10**15:
        return None
    found = Decimal(str(value))
    return found if found.is_finite() and abs(found) <= 10**15 else None
