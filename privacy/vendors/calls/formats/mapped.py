"""Any CSV by a mapping file, which says which column is what and what its words mean. Pure.

[file]                      # all optional
delimiter = ","             # or "tab"
header = true               # false: columns are numbered from 1
blank_after = false         # a blank after the delimiter belongs to no field
numbers = "e164_no_plus"    # numbers have a country code and no plus
[columns]                   # field = header, or number of the column
at = "Start"
called = "Callee"
[dispositions]              # word = answered|no_answer|busy|failed|cancelled|abandoned|blocked
"Kein Anschluss" = "failed"
[words]                     # lists of words of the disposition column
people = ["Sale"]
machines = ["Mailbox"]
opt_outs = ["Werbesperre"]
outbound = ["out"]          # words of the direction column that are calls of the vendor
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from privacy.errors import BadInput
from privacy.vendors.calls.building import MACHINES, OPT_OUTS, fold, header_of
from privacy.vendors.calls.form import Format, Layout, Reading, ZoneRule, marks
from privacy.vendors.calls.record import Disposition
from privacy.vendors.calls.tabular import FIELDS, Plan, TableMaker
from privacy.vendors.calls.texts import first_row, with_header

SECTIONS = {
    "file": {"delimiter", "header", "blank_after", "numbers", "skip"},
    "columns": set(FIELDS),
    "dispositions": None,
    "words": {"people", "machines", "opt_outs", "outbound"},
}
DISPOSITIONS: dict[str, Disposition] = {
    each.name.lower(): each for each in Disposition if each is not Disposition.UNTOLD
}
NO_PLUS = "e164_no_plus"


@dataclass(frozen=True)
class Mapping:
    """A mapping file, checked. `columns`: field to header or, without one, to its number."""

    delimiter: str
    header: bool
    blank_after: bool
    plus: bool
    columns: dict[str, str]
    dispositions: dict[str, Disposition]
    words: dict[str, frozenset[str]]


def read_mapping(text: str) -> Mapping:
    """The mapping in a TOML text. BadInput names the section and key that do not fit."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        raise _unfit("TOML") from None
    for section, known in SECTIONS.items():
        told = data.get(section, {})
        if not isinstance(told, dict):
            raise _unfit(section)
        for key in told:
            if known is not None and key not in known:
                raise _unfit(f"{section}.{key}")
    for section in data:
        if section not in SECTIONS:
            raise _unfit(section)
    file, words = data.get("file", {}), data.get("words", {})
    columns = {name: str(told) for name, told in data.get("columns", {}).items()}
    if not {"at", "called"} <= columns.keys():
        raise _unfit("columns: at and called are needed")
    return Mapping(
        delimiter=_delimiter(file),
        header=_flag(file, "header", True),
        blank_after=_flag(file, "blank_after", False),
        plus=_plus(file),
        columns=columns,
        dispositions=_dispositions(data.get("dispositions", {})),
        words={name: _words(words, name) for name in words},
    )


def _flag(file: dict[str, Any], name: str, usual: bool) -> bool:
    told = file.get(name, usual)
    if not isinstance(told, bool):
        raise _unfit(f"file.{name}")
    return told


def _delimiter(file: dict[str, Any]) -> str:
    told = {"tab": "\t"}.get(str(file.get("delimiter", ",")), file.get("delimiter", ","))
    if not isinstance(told, str) or len(told) != 1 or told in '"\r\n' or ord(told) > 127:
        raise _unfit("file.delimiter")
    return told


def _plus(file: dict[str, Any]) -> bool:
    told = file.get("numbers", "")
    if told not in ("", NO_PLUS):
        raise _unfit("file.numbers")
    return bool(told)


def _dispositions(told: dict[str, Any]) -> dict[str, Disposition]:
    found: dict[str, Disposition] = {}
    for number, (said, name) in enumerate(told.items(), start=1):
        if not isinstance(name, str) or name not in DISPOSITIONS:
            # The word itself is the vendor's: it is named by its place.
            raise _unfit(f"dispositions, entry {number}")
        found[fold(said)] = DISPOSITIONS[name]
    return found


def _words(told: dict[str, Any], name: str) -> frozenset[str]:
    words = told[name]
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise _unfit(f"words.{name}")
    return frozenset(fold(each) for each in words)


def open_layout(head: str, reading: Reading) -> Layout:
    """BadInput without a mapping, or where it names a column that the file has not."""
    mapping = reading.mapping
    if not isinstance(mapping, Mapping):
        raise BadInput(
            "A CSV of no known format needs a mapping file.",
            what="--mapping",
            next="See docs/vendor-calls.md for its form.",
        )
    cells = first_row(head, mapping.delimiter, blank_after=mapping.blank_after)
    places = header_of(cells) if mapping.header else {}
    places |= {str(number): number - 1 for number in range(1, len(cells) + 1)}
    found = {}
    for name, column in mapping.columns.items():
        place = places.get(fold(column))
        if place is None:
            raise BadInput(
                "The mapping names a column that the file has not.",
                what=f"columns.{name}",
                next="Use the header's own text, or the column's number.",
            )
        found[name] = place
    words = mapping.words
    plan = Plan(
        title="CSV by a mapping file",
        columns={},
        words=mapping.dispositions,
        people=words.get("people", frozenset()),
        machines=MACHINES | words.get("machines", frozenset()),
        opt_outs=OPT_OUTS | words.get("opt_outs", frozenset()),
        outbound=words.get("outbound", frozenset()),
        plus=mapping.plus,
        told_opt_outs="opt_outs" in words,
    )
    maker = TableMaker(plan, found, reading)
    skip = int(mapping.header)
    return Layout(
        lambda text: with_header(
            text, mapping.delimiter, skip=skip, blank_after=mapping.blank_after
        ),
        maker.group,
        maker.leg,
        maker.told,
    )


def _unfit(what: str) -> BadInput:
    return BadInput(
        "The mapping says something that is not known here.",
        what=f"--mapping: {what}",
        next="See docs/vendor-calls.md for sections, fields and words.",
    )


MAPPED = Format(
    name="mapped",
    title="CSV by a mapping file",
    source="the mapping file, which the vendor or you write",
    verified="declared",
    golden=("mapped.csv",),
    zone=ZoneRule.EITHER,
    key="the mapped group, else key, else the whole row",
    proves=marks("Y P P P P P P P P P"),
    looks_like=lambda _head: 0,
    open=open_layout,
)
