"""The form of TOML tables that people write: fields, their kinds, and every fault with its place.

A fault says which file, table, row and field, what is wrong with it and what to do; it never
repeats a value, which may be what should not stand there. Texts hold no e-mail address and
no telephone number, but in fields of kind `contact`: a map and an assessment are about
activities and name functions, not people.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from privacy.datamap import vocabulary
from privacy.errors import BadInput

Row = Mapping[str, Any]
ID = re.compile(r"[a-z][a-z0-9-]{1,40}")
DIGEST = re.compile(r"[0-9a-f]{64}")
STAFF = re.compile(r"[a-z][a-z0-9._-]{1,31}")
PERIOD = re.compile(r"P(?=\d)(\d{1,3}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?")
MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
PHONE = re.compile(r"(?<!\w)(?:\+\d|00\d|0\d{2})[\d ()/.-]{5,}\d")
LONGEST_TEXT, LONGEST_LINE, MOST_ROWS = 4000, 300, 500
LARGEST_FILE_BYTES = 1 << 20


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file. `place` is table, row and field, such as activity.calls.data."""

    file: str
    place: str
    what: str
    next: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.what} {self.next}"

    def document(self) -> dict[str, str]:
        """JSON-ready."""
        return {"file": self.file, "place": self.place, "what": self.what, "next": self.next}


@dataclass(frozen=True)
class Field:
    """One field of a table. `kind` names a check below; `of` what it takes: a list of terms,
    words to choose from, the table that ids are of, or the fields of inner tables."""

    kind: str
    of: Any = ()
    needed: bool = False


Form = Mapping[str, Field]


@dataclass
class Faults:
    """Collects what is wrong in one file."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, place: str, what: str, next: str) -> None:
        self.found.append(Fault(self.file, place, what, next))


def read_toml(file: str, content: bytes) -> Mapping[str, Any] | Fault:
    """The tables of a TOML file, or why it is none."""
    if len(content) > LARGEST_FILE_BYTES:
        return Fault(file, "file", "It is larger than 1 MiB.", "Split it into several files.")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        return Fault(file, "file", "It is not text in UTF-8.", "Save it as UTF-8.")
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"\(at [^()]*\)", str(wrong))
        where = at.group()[1:-1] if at else "file"
        return Fault(file, where, "It is not valid TOML there.", "Mend the line; see toml.io.")
    except (RecursionError, ValueError):
        return Fault(file, "file", "It is nested too deep or holds a value too large.", "Mend it.")


def check_rows(faults: Faults, table: str, value: Any, form: Form) -> list[Row]:
    """The rows of an array of tables that are whole; what is wrong goes to `faults`."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        faults.add(table, "It is not an array of tables.", f"Write [[{table}]] before each row.")
        return []
    if len(value) > MOST_ROWS:
        faults.add(table, f"It has more than {MOST_ROWS} rows.", "Join rows of one kind.")
        return []
    return [
        row for n, row in enumerate(value, 1) if check_row(faults, named(table, n, row), row, form)
    ]


def named(table: str, number: int, row: Row) -> str:
    """A row's place: by its id where it has a readable one, else by its number."""
    own = row.get("id")
    is_id = isinstance(own, str) and ID.fullmatch(own)
    return f"{table}.{own}" if is_id else f"{table}[{number}]"


def check_row(faults: Faults, place: str, row: Row, form: Form) -> bool:
    """Whether the row is as its form says; what is wrong goes to `faults`."""
    before = len(faults.found)
    for key in row:
        if key not in form:
            near = vocabulary.nearest(key, form) if isinstance(key, str) else []
            known = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(form)}."
            faults.add(f"{place}.{_safe(key)}", "There is no such field.", known)
    for key, each in form.items():
        if key in row:
            CHECKS[each.kind](faults, f"{place}.{key}", row[key], each)
        elif each.needed:
            faults.add(f"{place}.{key}", "It is missing.", "Write it; every row needs it.")
    return len(faults.found) == before


def refuse(faults: Sequence[Fault]) -> None:
    """BadInput naming the first fault and how many there are; nothing if there is none."""
    if faults:
        more = f" {len(faults)} faults in all: see the check." if len(faults) > 1 else ""
        first = faults[0]
        raise BadInput(
            f"{first.file} is not valid. {first.what}",
            what=f"{first.file}: {first.place}",
            next=first.next + more,
        )


def _text(faults: Faults, place: str, value: Any, each: Field) -> None:
    most = LONGEST_TEXT if each.kind == "text" else LONGEST_LINE
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        faults.add(place, "It is no text, or an empty or too long one.", f"At most {most} signs.")
    elif any(not sign.isprintable() and sign not in "\n\t" for sign in value):
        faults.add(place, "It holds signs that cannot be seen.", "Write it anew.")
    elif each.kind != "contact" and (MAIL.search(value) or PHONE.search(value)):
        faults.add(
            place,
            "It holds what reads like an e-mail address or a telephone number.",
            "Name a function, not a person; only a field `contact` takes an address.",
        )


def _id(faults: Faults, place: str, value: Any, each: Field) -> None:
    if not isinstance(value, str) or not ID.fullmatch(value):
        faults.add(place, "It is no id.", "a-z, 0-9 and dashes, a letter first, at most 41.")


def _pattern(pattern: re.Pattern[str], what: str, next: str) -> Callable[..., None]:
    def check(faults: Faults, place: str, value: Any, each: Field) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            faults.add(place, what, next)

    return check


def _ids(faults: Faults, place: str, value: Any, each: Field) -> None:
    """Ids of another table; whether they exist is looked at when all files are read."""
    if _is_list(faults, place, value, "ids"):
        for one in value:
            _id(faults, place, one, each)


def _terms(faults: Faults, place: str, value: Any, each: Field) -> None:
    if _is_list(faults, place, value, "terms"):
        for one in value:
            _term(faults, place, one, each)


def _term(faults: Faults, place: str, value: Any, each: Field) -> None:
    known = vocabulary.terms(each.of)
    if isinstance(value, str) and value in known:
        return
    near = vocabulary.near(each.of, value) if isinstance(value, str) else []
    meant = f"Did you mean {' or '.join(near)}?" if near else "See `rightsdesk datamap terms`."
    faults.add(place, f"It is none of the vocabulary's {each.of}.", meant)


def _choice(faults: Faults, place: str, value: Any, each: Field) -> None:
    if not isinstance(value, str) or value not in each.of:
        faults.add(place, "It is none of the words that can stand here.", f"{', '.join(each.of)}.")


def _country(faults: Faults, place: str, value: Any, each: Field) -> None:
    if not isinstance(value, str) or value not in countries():
        faults.add(place, "It is no country.", "Two capital letters of ISO 3166, such as DE.")


def _country_list(faults: Faults, place: str, value: Any, each: Field) -> None:
    if _is_list(faults, place, value, "countries"):
        for one in value:
            _country(faults, place, one, each)


def _date(faults: Faults, place: str, value: Any, each: Field) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        faults.add(place, "It is no date.", "Write it without quotes, such as 2026-11-30.")


def _flag(faults: Faults, place: str, value: Any, each: Field) -> None:
    if not isinstance(value, bool):
        faults.add(place, "It is neither true nor false.", "Write true or false without quotes.")


def _count(faults: Faults, place: str, value: Any, each: Field) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**10:
        faults.add(place, "It is no whole number of zero or more.", "Write digits without quotes.")


def _tables(faults: Faults, place: str, value: Any, each: Field) -> None:
    check_rows(faults, place, value, each.of)


def _texts(faults: Faults, place: str, value: Any, each: Field) -> None:
    """A table of texts by question; `of` are the names that may stand in it."""
    if not isinstance(value, dict):
        faults.add(place, "It is no table.", f"Write [{place}] and below it NAME = TEXT.")
        return
    check_row(faults, place, value, {name: Field("text") for name in each.of})


def _is_list(faults: Faults, place: str, value: Any, what: str) -> bool:
    fits = isinstance(value, list) and 0 < len(value) <= MOST_ROWS
    if fits and all(isinstance(one, str) for one in value) and len(set(value)) == len(value):
        return True
    faults.add(place, f"It is no list of {what}, each once.", 'Write it as ["one", "two"].')
    return False


def _safe(key: object) -> str:
    """A field's name for a message: it may be anything that somebody wrote."""
    return key if isinstance(key, str) and re.fullmatch(r"[a-z0-9_-]{1,40}", key) else "?"


@cache
def countries() -> frozenset[str]:
    """Countries and territories by their two letters (ISO 3166-1), as numbers know them."""
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)


CHECKS: Mapping[str, Callable[..., None]] = {
    "text": _text,
    "line": _text,
    "contact": _text,
    "id": _id,
    "ids": _ids,
    "one": _id,
    "digest": _pattern(DIGEST, "It is no SHA-256.", "64 digits, lower-case hexadecimal."),
    "staff": _pattern(STAFF, "It is no staff id.", "Write the id of an actor, never a name."),
    "period": _pattern(PERIOD, "It is no period.", "ISO 8601, such as P3Y, P6M or P30D."),
    "terms": _terms,
    "term": _term,
    "choice": _choice,
    "country": _country,
    "countries": _country_list,
    "date": _date,
    "flag": _flag,
    "count": _count,
    "tables": _tables,
    "texts": _texts,
}
