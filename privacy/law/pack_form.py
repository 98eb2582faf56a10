"""What a value in a pack must look like, and how a fault of one is named.

A check takes a value and says what is wrong with it, nothing where it is fine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.law.windows import day_windows, week_windows

Check = Callable[[Any], str]
NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a pack: its file, the row (a rule's id, else table and number), the field."""

    file: str
    rule: str
    field: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.rule}: {self.field}: {self.why}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a row: what it must be, and whether each row has it."""

    check: Check
    required: bool = False


Form = Mapping[str, Field]


def needed(check: Check) -> Field:
    """A field that every row has."""
    return Field(check, required=True)


def optional(check: Check) -> Field:
    """A field that a row may have."""
    return Field(check)


def text(value: Any) -> str:
    """A text that says something."""
    return "" if isinstance(value, str) and value.strip() else "must be a text"


def any_text(value: Any) -> str:
    """A text, which may be empty."""
    return "" if isinstance(value, str) else "must be a text"


def name(value: Any) -> str:
    """A name such as a rule's id."""
    fits = isinstance(value, str) and NAME.fullmatch(value)
    return "" if fits else "must be a name of letters, digits, dots, hyphens and underscores"


def flag(value: Any) -> str:
    """true or false."""
    return "" if isinstance(value, bool) else "must be true or false"


def whole(value: Any) -> str:
    """A whole number, zero or more."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if fits else "must be a whole number, not negative"


def positive(value: Any) -> str:
    """A whole number above zero."""
    return "must be a whole number above zero" if whole(value) or value == 0 else ""


def day(value: Any) -> str:
    """A date as a text."""
    try:
        good = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        good = False
    return "" if good else "must be a date such as 2026-11-24"


def day_or_unknown(value: Any) -> str:
    """A date, or the word unknown."""
    return "" if value == "unknown" else day(value)


def address(value: Any) -> str:
    """The web address of a source."""
    fits = isinstance(value, str) and value.startswith(("https://", "http://"))
    return "" if fits else "must be an address that begins with http"


def table(value: Any) -> str:
    """A table."""
    return "" if isinstance(value, Mapping) else "must be a table"


def week(value: Any) -> str:
    """Windows by weekday, or one list of windows for every day."""
    return _windows(week_windows, value)


def windows(value: Any) -> str:
    """Windows of one day."""
    return _windows(day_windows, value)


def _windows(read: Callable[[Any], object], value: Any) -> str:
    try:
        read(value)
    except ValueError as fault:
        return f"holds no hours: {fault}"
    return ""


def one_of(words: Iterable[str]) -> Check:
    """One of these words."""
    known = frozenset(words)

    def check(value: Any) -> str:
        if isinstance(value, str) and value in known:
            return ""
        return f"must be one of {', '.join(sorted(known))}"

    return check


def list_of(each: Check, least: int = 0) -> Check:
    """A list whose every member passes."""

    def check(value: Any) -> str:
        if not isinstance(value, list):
            return "must be a list"
        if len(value) < least:
            return "must not be empty"
        return next((f"a member {why}" for member in value if (why := each(member))), "")

    return check


def map_of(each: Check) -> Check:
    """A table whose every value passes."""

    def check(value: Any) -> str:
        if not isinstance(value, Mapping):
            return "must be a table"
        return next((f"{key} {why}" for key, member in value.items() if (why := each(member))), "")

    return check


def faults(row: Any, form: Form, path: str = "") -> list[tuple[str, str]]:
    """Field and fault of everything in a row that the form does not know or allow."""
    if not isinstance(row, Mapping):
        return [(path.rstrip(".") or "row", "must be a table")]
    found = [(path + key, "is missing") for key in form if form[key].required and key not in row]
    for key, value in row.items():
        why = form[key].check(value) if key in form else "is no field of this form"
        found += [(path + key, why)] if why else []
    return found


def each_row(rows: Any, form: Form, tag: str, path: str) -> list[tuple[str, str]]:
    """Faults of a list of small tables inside a row."""
    if not isinstance(rows, list):
        return [(path + tag, "must be a list of tables")]
    return [
        fault
        for number, row in enumerate(rows, 1)
        for fault in faults(row, form, f"{path}{tag}[{number}].")
    ]


def label(row: Any, key: str, number: int) -> str:
    """How a row is named: by its id or code, else by its table and number."""
    found = row.get("id", row.get("code")) if isinstance(row, Mapping) else None
    return found if isinstance(found, str) and found else f"{key}[{number}]"


def labels(rows: Iterable[Any], key: str) -> list[str]:
    """The names of all rows of a table."""
    return [label(row, key, number) for number, row in enumerate(rows, 1)]
