"""Consent columns: what a list says about permissions, as plain values.

Nothing is decided here. A withdrawal counts unless the cell surely says no; a
grant counts only with its date, because a consent without one proves nothing
(GDPR Article 7(1)). Whoever records them says how well they are documented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from privacy.terms import Channel, Purpose

NO = frozenset({"", "0", "no", "n", "false", "f", "off", "nein", "non", "none", "null", "-"})
YES = frozenset({"1", "yes", "y", "true", "t", "on", "x", "ja", "oui", "si", "sí"})
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(AM|PM)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ConsentColumn:
    """A column that tells of consent. `at` is the column with the date; `dates` dmy or mdy."""

    index: int
    source: str
    kind: str
    channels: tuple[Channel, ...]
    purpose: Purpose
    at: int | None = None
    dates: str = ""


@dataclass(frozen=True, slots=True)
class ParsedConsent:
    """One permission given or taken back. `at` is None for a withdrawal without a date.

    A bare date is its last second in the list's zone, but never later than the
    import. `source` says where it stood, and holds no value.
    """

    purpose: Purpose
    channel: Channel
    kind: str
    at: datetime | None
    source: str

    @property
    def granted_at(self) -> datetime | None:
        return self.at if self.kind == "grant" else None

    @property
    def withdrawn(self) -> bool:
        return self.kind == "withdrawal"


@dataclass(frozen=True, slots=True)
class Undated:
    """A grant that is not handed on: it has no date, or one that could be two days."""

    index: int


def read(
    columns: Sequence[ConsentColumn], fields: Sequence[str], zone: tzinfo, now: datetime
) -> tuple[list[ParsedConsent], list[Undated]]:
    """The consents of one row, and the grants that are left out for want of a sure date."""
    found: list[ParsedConsent] = []
    undated: list[Undated] = []
    for column in columns:
        cell = _cell(fields, column.index)
        folded = cell.casefold()
        if folded in NO:
            continue
        own = parse_instant(cell, zone, now, column.dates)
        beside = parse_instant(_cell(fields, column.at), zone, now, column.dates)
        if column.kind == "grant" and (own is None and folded not in YES):
            undated.append(Undated(column.index))
            continue
        at = own or beside
        if column.kind == "grant" and at is None:
            undated.append(Undated(column.index))
            continue
        found.extend(
            ParsedConsent(column.purpose, channel, column.kind, at, column.source)
            for channel in column.channels
        )
    return found, undated


def _cell(fields: Sequence[str], index: int | None) -> str:
    return fields[index].strip() if index is not None and index < len(fields) else ""


def parse_instant(text: str, zone: tzinfo, now: datetime, dates: str = "") -> datetime | None:
    """An aware instant, or None where the text is no date or could be two.

    Without an offset it is read in `zone`. A bare date is its last second, not
    after `now`.
    """
    try:
        return _parsed(text.strip(), zone, now, dates)
    except (ValueError, OverflowError):
        return None


def _parsed(text: str, zone: tzinfo, now: datetime, dates: str) -> datetime | None:
    iso = _ISO.fullmatch(text)
    if iso:
        year, month, day, hour, minute, second, offset = iso.groups()
        return _at(_numbers(year, month, day, hour, minute, second), _zone(offset, zone), now)
    local = _LOCAL.fullmatch(text)
    if local is None:
        return None
    first, mark, middle, year, hour, minute, second, half = local.groups()
    order = dates or ("dmy" if mark == "." or int(first) > 12 else "")
    order = order or ("mdy" if int(middle) > 12 or first == middle else "")
    if not order:
        return None
    day, month = (first, middle) if order == "dmy" else (middle, first)
    if half:
        hour = str(int(hour) % 12 + (12 if half.upper() == "PM" else 0))
    return _at(_numbers(year, month, day, hour, minute, second), zone, now)


def _numbers(*parts: str | None) -> list[int | None]:
    return [None if part is None else int(part) for part in parts]


def _at(parts: list[int | None], zone: tzinfo, now: datetime) -> datetime:
    year, month, day, hour, minute, second = parts
    assert year is not None
    assert month is not None
    assert day is not None
    if hour is None:
        last = datetime(year, month, day, 23, 59, 59, tzinfo=zone)
        return (
            min(last, now.astimezone(zone)) if last.date() == now.astimezone(zone).date() else last
        )
    return datetime(year, month, day, hour, minute or 0, second or 0, tzinfo=zone)


def _zone(offset: str | None, zone: tzinfo) -> tzinfo:
    if offset is None:
        return zone
    if offset.upper() in ("Z", "UTC"):
        return UTC
    sign = -1 if offset[0] == "-" else 1
    digits = offset[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
