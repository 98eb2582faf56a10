"""From a file to raw contacts: delimited rows through a mapping, or vCards.

`Sheet` is a file that was looked at: kind, encoding, dialect and mapping can be
shown before a row is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path

from privacy.contacts import consents, delimited, vcards
from privacy.contacts.files import TextFile, look_at
from privacy.contacts.mapping import (
    NAME_FIELDS,
    PLAIN_FIELDS,
    Column,
    Mapping,
    address_groups,
    from_toml,
    guess,
)
from privacy.contacts.rows import Cell, RawContact, Refusal
from privacy.errors import BadInput

HEADER_RECORDS = 5


@dataclass(frozen=True)
class Sheet:
    """A readable file of contacts. `dialect` and `mapping` are None for vCards."""

    file: TextFile
    dialect: delimited.Dialect | None
    mapping: Mapping | None

    @property
    def kind(self) -> str:
        return "vcard" if self.mapping is None else "csv"

    def rows(self, zone: tzinfo, now: datetime) -> Iterator[RawContact | Refusal]:
        """Every row in the file's order; `zone` reads dates that have none."""
        if self.dialect is None or self.mapping is None:
            yield from vcards.cards(self.file)
            return
        reader = _RowReader(self.mapping, zone, now)
        found = delimited.records(self.file, self.dialect)
        for record in islice(found, 1 if self.mapping.header else 0, None):
            if record.refused:
                yield Refusal(record.line, "row", record.refused)
            else:
                yield reader.read(record)


def open_sheet(
    path: Path,
    *,
    mapping: Path | None = None,
    encoding: str = "",
    delimiter: str = "",
    region: str = "",
) -> Sheet:
    """Look at the file. BadInput when it is no text, or when no column can be recognised."""
    file = look_at(path, encoding, region)
    if vcards.is_vcard(file):
        return Sheet(file, None, None)
    dialect = delimited.detect(file, delimiter)
    first = next(delimited.records(file, dialect), None)
    if first is None or first.refused:
        raise BadInput(
            "The first line cannot be read as a header.",
            what="line 1",
            next="Give a CSV whose first line names the columns, or a vCard.",
        )
    found = from_toml(mapping, first.fields) if mapping else guess(first.fields)
    if not found.usable:
        raise BadInput(
            "No column is recognised as a name, number or e-mail.",
            what="header",
            next="Name them with --mapping FILE.toml; see docs/contacts.md.",
        )
    return Sheet(file, dialect, found)


class _RowReader:
    """One mapping, prepared for many rows."""

    def __init__(self, mapping: Mapping, zone: tzinfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        self._consents = mapping.consents
        self._width = len(mapping.columns)
        self._names = [c for c in mapping.columns if c.field in NAME_FIELDS]
        self._plain = [c for c in mapping.columns if c.field in PLAIN_FIELDS]
        self._phones = [(c, f"phone (column {c.index + 1})") for c in mapping.of("phone")]
        self._emails = [(c, f"e-mail (column {c.index + 1})") for c in mapping.of("email")]
        self._other = [(c, c.header.strip() or str(c.index + 1)) for c in mapping.of("other")]
        groups: dict[str, list[Column]] = {}
        for column in mapping.columns:
            if column.field.startswith("address."):
                groups.setdefault(column.group, []).append(column)
        order = {group: n for n, group in enumerate(address_groups())}
        self._addresses = [groups[name] for name in sorted(groups, key=lambda g: order[g])]

    def read(self, record: delimited.Record) -> RawContact | Refusal:
        fields = [text.strip() for text in record.fields]
        if len(fields) > self._width:
            if any(fields[self._width :]):
                # A value too many means that values stand under the wrong headers.
                return Refusal(record.line, "row", "too_many_fields")
            del fields[self._width :]
        fields.extend([""] * (self._width - len(fields)))
        raw = RawContact(record.line)
        raw.names = {c.field: fields[c.index] for c in self._names if fields[c.index]}
        for column in self._plain:
            setattr(raw, column.field, fields[column.index])
        raw.phones = _cells(self._phones, fields, ";")
        raw.emails = _cells(self._emails, fields, ";")
        for group in self._addresses:
            address = {c.field.removeprefix("address."): fields[c.index] for c in group}
            if any(address.values()):
                raw.addresses.append(address)
        for column, name in self._other:
            if fields[column.index]:
                raw.other[name] = fields[column.index]
        if self._consents:
            raw.consents, undated = consents.read(self._consents, fields, self._zone, self._now)
            raw.refusals = [
                Refusal(record.line, f"consent (column {u.index + 1})", "no_sure_date", kept=True)
                for u in undated
            ]
        return raw


def _cells(columns: list[tuple[Column, str]], fields: list[str], mark: str) -> list[Cell]:
    """Values of the columns; Google and HubSpot put several into one cell."""
    found: list[Cell] = []
    for column, where in columns:
        text = fields[column.index]
        if not text:
            continue
        parts = text.replace(":::", mark).split(mark) if mark in text or ":::" in text else [text]
        found.extend(Cell(part.strip(), where, column.label) for part in parts if part.strip())
    return found
