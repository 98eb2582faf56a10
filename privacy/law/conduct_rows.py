"""Rows of call records for `law conduct`, and what a measurement of them yields."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum

from privacy.errors import BadFacts
from privacy.law.reading import Moment, Reader, root
from privacy.terms import Purpose

JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
MOST_ROWS = 1_000_000


class AnsweredBy(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class EndedBy(StrEnum):
    """Whose side ended the call; a called side that declines is not rung any longer."""

    CALLER = "caller"
    CALLED = "called"


@dataclass(frozen=True, slots=True)
class Row:
    """One call of the record; None: empty or the column is missing.

    `day` is the date of `at` as the record wrote it, on its own clock.
    """

    at: datetime
    day: date
    answered_at: datetime | None
    agent_at: datetime | None
    ended_at: datetime | None
    answered_by: AnsweredBy | None
    ring_seconds: float | None
    caller_number_shown: bool | None
    opt_out_at: datetime | None
    list_age_days: float | None
    party: str | None
    ended_by: EndedBy | None


@dataclass(frozen=True, slots=True)
class Conduct:
    """The record of one campaign in one jurisdiction. `columns`: those that some row carries."""

    jurisdiction: str
    campaign: Purpose
    first_day: date
    last_day: date
    rows: tuple[Row, ...]
    columns: frozenset[str]

    def within(self, first: date, last: date) -> Conduct:
        """The same record without the calls of other days."""
        if first <= self.first_day and self.last_day <= last:
            return self
        return replace(self, rows=tuple(row for row in self.rows if first <= row.day <= last))

    def lacking(self, *names: str) -> tuple[str, ...]:
        """Those of the columns that no row carries."""
        return tuple(name for name in names if name not in self.columns)


@dataclass(frozen=True, slots=True)
class Measured:
    """The least and the most that a figure can be; None: without bound.

    `rows` counts the rows the figure rests on, `missing` names the columns that
    leave it open.
    """

    lowest: float | None
    highest: float | None
    rows: int
    missing: tuple[str, ...] = ()


def read_conduct(document: object) -> Conduct:
    """The contract's `law conduct` document. Raises BadFacts (field)."""
    reader = root(document)
    jurisdiction = reader.text("jurisdiction")
    if jurisdiction is None or not JURISDICTION.fullmatch(jurisdiction):
        reader.bad("jurisdiction", "is no ISO 3166-1 or 3166-2 code")
    campaign = _campaign(reader.text("campaign"))
    period = reader.part("period")
    first, last = _day(period, "from"), _day(period, "to")
    period.done()
    if last < first:
        reader.bad("period", "ends before it begins")
    parts = reader.parts("calls")
    if parts is None or len(parts) > MOST_ROWS:
        reader.bad("calls", "is missing or too long")
    rows = tuple(row for part in parts if first <= (row := _row(part)).day <= last)
    reader.done()
    columns = frozenset(
        field.name
        for field in fields(Row)
        if any(getattr(row, field.name) is not None for row in rows)
    )
    return Conduct(jurisdiction, campaign, first, last, rows, columns)


def _campaign(told: str | None) -> Purpose:
    """The kind of the campaign; a campaign's own name is taken for marketing."""
    try:
        return Purpose(told or Purpose.MARKETING)
    except ValueError:
        return Purpose.MARKETING


def _day(period: Reader, key: str) -> date:
    found: Moment | None = period.moment(key)
    if found is None:
        raise BadFacts(
            "A fact cannot be used: it is missing.",
            field=period.path_of(key),
            next="Correct the facts.",
        )
    return found.date() if isinstance(found, datetime) else found


def _row(part: Reader) -> Row:
    at = part.instant("at")
    if at is None:
        part.bad("at", "is missing")
    # Other columns of the record are let pass: no rule here measures them.
    return Row(
        at=at,
        day=date.fromisoformat(str(part.value("at"))[:10]),
        answered_at=part.instant("answered_at"),
        agent_at=part.instant("agent_at"),
        ended_at=part.instant("ended_at"),
        answered_by=part.word("answered_by", AnsweredBy),
        ring_seconds=part.number("ring_seconds"),
        caller_number_shown=part.flag("caller_number_shown"),
        opt_out_at=part.instant("opt_out_at"),
        list_age_days=part.number("list_age_days"),
        party=part.text("party"),
        ended_by=part.word("ended_by", EndedBy),
    )
