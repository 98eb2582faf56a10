"""Which column means what: guessed from the header, or given as TOML, shown before use.

Columns that mean nothing here are kept all the same, under `other` in the
sealed profile: an access request covers them too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from privacy.contacts.consents import ConsentColumn
from privacy.contacts.rows import WISHES
from privacy.errors import BadInput
from privacy.terms import Channel, Purpose

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[a-zA-Z])")
_SEPARATORS = re.compile(r"[\W_]+")
LABELS = {"mobile": "mobile", "cell": "mobile", "home": "home", "work": "work", "business": "work"}
NAME_FIELDS = ("given", "family", "middle", "full", "prefix", "suffix")
# Last dealings are never guessed from a header: in some places they open calls.
DEALINGS = ("last_purchase", "last_inquiry")
PLAIN_FIELDS = ("organisation", "language", "birthday", *DEALINGS, *WISHES)
SINGLE = (*NAME_FIELDS, *PLAIN_FIELDS)
LONGEST_HEADER = 100


@dataclass(frozen=True)
class Column:
    """Meaning of one column. `field` is e.g. given, phone, email, address.street or other."""

    index: int
    header: str
    field: str
    group: str = ""
    label: str = ""


@dataclass(frozen=True)
class Mapping:
    """All columns of a file. `layout` names whose export it looks like, or is "" or given."""

    columns: tuple[Column, ...]
    consents: tuple[ConsentColumn, ...] = ()
    layout: str = ""
    header: bool = True

    def of(self, field: str) -> tuple[Column, ...]:
        """The columns of one field, in the file's order."""
        return tuple(column for column in self.columns if column.field == field)

    @property
    def usable(self) -> bool:
        """Whether a contact could come out of it at all."""
        fields = {column.field for column in self.columns}
        return bool(fields & {"phone", "email", "family", "full"})


@dataclass(frozen=True)
class _Table:
    single: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]
    phone: re.Pattern[str]
    email: re.Pattern[str]
    groups: tuple[str, ...]
    parts: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]
    consents: tuple[tuple[re.Pattern[str], str, tuple[Channel, ...]], ...]
    layouts: dict[str, frozenset[str]]


@cache
def _table() -> _Table:
    text = files("privacy.contacts").joinpath("columns.toml").read_text("utf-8")
    data = tomllib.loads(text)

    def each(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in patterns)

    def one(patterns: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

    return _Table(
        tuple((name, each(found)) for name, found in data["single"].items()),
        one(data["phone"]["patterns"]),
        one(data["email"]["patterns"]),
        tuple(data["address"]["groups"]),
        tuple((name, each(found)) for name, found in data["address"]["parts"].items()),
        tuple(
            (re.compile(c["pattern"]), c["kind"], tuple(Channel(name) for name in c["channels"]))
            for c in data["consent"]
        ),
        {name: frozenset(signs) for name, signs in data["layouts"].items()},
    )


def fold_header(text: str) -> str:
    """A header in lower case with its words apart: `MailingStreet` and `mailing_street` agree."""
    words = _SEPARATORS.sub(" ", _CAMEL.sub(" ", text.strip()[:LONGEST_HEADER]))
    return words.strip().casefold()


def address_groups() -> tuple[str, ...]:
    """Address groups, the one that tells where somebody lives first."""
    return _table().groups


def guess(header: Sequence[str]) -> Mapping:
    """The mapping that a header suggests. See `Mapping.usable`."""
    table = _table()
    folded = [fold_header(text) for text in header]
    meant: dict[int, Column] = {}
    ranks: dict[str, tuple[int, int]] = {}
    consents = []
    for index, text in enumerate(folded):
        found = _meaning(table, text)
        if found is None:
            rule = next((rule for rule in table.consents if rule[0].fullmatch(text)), None)
            if rule is not None:
                dated = _companion(folded, text, index)
                consents.append(
                    ConsentColumn(index, text, rule[1], rule[2], Purpose.MARKETING, dated)
                )
            continue
        field, rank, group = found
        if field not in ("phone", "email"):
            key = f"{field}/{group}"
            if key in ranks and ranks[key][0] <= rank:
                continue
            if key in ranks:
                del meant[ranks[key][1]]
            ranks[key] = (rank, index)
        label = next((LABELS[word] for word in text.split() if word in LABELS), "")
        meant[index] = Column(index, header[index], field, group, label)
    columns = tuple(
        meant.get(index, Column(index, text, "other")) for index, text in enumerate(header)
    )
    # The date beside a yes-or-no column is its date and no consent of its own.
    dates = {consent.at for consent in consents}
    own = tuple(consent for consent in consents if consent.index not in dates)
    return Mapping(columns, own, _layout(table, folded))


def _meaning(table: _Table, text: str) -> tuple[str, int, str] | None:
    """(field, rank among its patterns, address group) of a folded header."""
    if table.phone.fullmatch(text):
        return "phone", 0, ""
    if table.email.fullmatch(text):
        return "email", 0, ""
    for name, patterns in table.single:
        for rank, pattern in enumerate(patterns):
            if pattern.fullmatch(text):
                return name, rank, ""
    # The longest group first, so that "address 1 street" is a part of address 1.
    for group in sorted(table.groups, key=len, reverse=True):
        rest = text.removeprefix(f"{group} ") if group else text
        if group and rest == text:
            continue
        for name, patterns in table.parts:
            for rank, pattern in enumerate(patterns):
                if pattern.fullmatch(rest):
                    return f"address.{name}", rank, group
    return None


def _companion(folded: list[str], text: str, index: int) -> int | None:
    """The column with the date of a yes-or-no consent column, if there is one."""
    for word in ("date", "time", "at", "on", "timestamp"):
        for other, name in enumerate(folded):
            if other != index and name == f"{text} {word}":
                return other
    return None


def _layout(table: _Table, folded: Sequence[str]) -> str:
    there = set(folded)
    score, name = max((len(signs & there), name) for name, signs in table.layouts.items())
    return name if score >= 2 else ""


def from_toml(path: Path, header: Sequence[str]) -> Mapping:
    """The mapping of a file: `[columns]` header = field, `[[consent]]`, `header = false`.

    BadInput names the line of the mapping that does not fit, never the header's text.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(
            f"The mapping cannot be read ({type(error).__name__}).",
            what="--mapping",
            next="It is a TOML file; see docs/contacts.md.",
        ) from None
    names = [str(n) for n in range(1, len(header) + 1)]
    with_header = data.get("header", True) is not False
    indexes = {name: n for n, name in enumerate(names)}
    if with_header:
        indexes |= {text.strip(): n for n, text in enumerate(header)}
    given = data.get("columns", {})
    if not isinstance(given, dict):
        raise _unfit("columns")
    meant: dict[int, Column] = {}
    for number, (name, field) in enumerate(given.items(), start=1):
        meant[_index(indexes, name, f"columns, entry {number}")] = _column(field, number)
    columns = tuple(
        Column(n, text, meant[n].field, meant[n].group, meant[n].label)
        if n in meant
        else Column(n, text, "other")
        for n, text in enumerate(header if with_header else names)
    )
    consents = data.get("consent", [])
    if not isinstance(consents, list):
        raise _unfit("consent")
    rules = tuple(_consent(indexes, rule, n) for n, rule in enumerate(consents, start=1))
    return Mapping(columns, rules, "given", with_header)


def _column(field: Any, number: int) -> Column:
    parts = {f"address.{name}" for name, _ in _table().parts}
    name, _, detail = str(field).partition(":")
    address = name in parts
    if name not in {*SINGLE, "phone", "email", "other", "ignore"} and not address:
        raise _unfit(f"columns, entry {number}")
    if address and detail not in address_groups():
        raise _unfit(f"columns, entry {number}")
    return Column(0, "", name, detail if address else "", "" if address else LABELS.get(detail, ""))


def _consent(indexes: dict[str, int], rule: Any, number: int) -> ConsentColumn:
    where = f"consent, entry {number}"
    try:
        index = _index(indexes, rule["column"], where)
        dated = _index(indexes, rule["at"], where) if "at" in rule else None
        channels = rule["channel"] if isinstance(rule["channel"], list) else [rule["channel"]]
        kind, order = str(rule["kind"]), str(rule.get("dates", ""))
        if kind not in ("grant", "withdrawal") or order not in ("", "dmy", "mdy"):
            raise ValueError(kind)
        purpose = Purpose(rule.get("purpose", "marketing"))
        named = tuple(Channel(channel) for channel in channels)
    except (KeyError, TypeError, ValueError):
        raise _unfit(where) from None
    return ConsentColumn(index, f"column {index + 1}", kind, named, purpose, dated, order)


def _index(indexes: dict[str, int], name: Any, where: str) -> int:
    found = indexes.get(str(name).strip())
    if found is None:
        raise BadInput(
            "The mapping names a column that the file has not.",
            what=where,
            next="Use the header's own text, or the column's number.",
        )
    return found


def _unfit(where: str) -> BadInput:
    return BadInput(
        "The mapping says something that is not known here.",
        what=where,
        next="See docs/contacts.md for the names of fields, kinds and channels.",
    )
