"""How long the controller keeps what: rules with a start, and the last day they give. Pure.

Months are calendar months: from 31 January one month ends on the last of February. The
last day still counts; what is kept goes on the day after it. Of several rules for the
same data the one that ends last holds.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LONGEST_MONTHS = 1200


class What(StrEnum):
    """What a rule ends: the whole person, or what is kept under one class of keys."""

    PROFILE = "profile"
    CONSENT = "consent"
    CALLS = "calls"


class Start(StrEnum):
    """From when it counts. CONTRACT_END and EVENT are days that somebody records."""

    CREATION = "creation"
    LAST_CONTACT = "last_contact"
    CONTRACT_END = "contract_end"
    EVENT = "event"
    YEAR_END = "year_end"


@dataclass(frozen=True)
class Rule:
    """A rule in force or ended; `ground` is a code and `citation` its law."""

    id: str
    what: What
    start: Start
    keep_months: int
    ground: str
    citation: str
    active: bool


@dataclass(frozen=True)
class Days:
    """The days of one person that rules count from, in the controller's zone; None: unknown."""

    created: date
    last_contact: date
    contract_end: date | None = None
    event: date | None = None

    def of(self, start: Start) -> date | None:
        """The day from which that start counts; a year's end is that of the last contact."""
        return {
            Start.CREATION: self.created,
            Start.LAST_CONTACT: self.last_contact,
            Start.CONTRACT_END: self.contract_end,
            Start.EVENT: self.event,
            Start.YEAR_END: date(self.last_contact.year, 12, 31),
        }[start]


def last_day(rule: Rule, days: Days) -> date | None:
    """The last day on which that rule keeps; None while its start is not known."""
    start = days.of(rule.start)
    return None if start is None else plus_months(start, rule.keep_months)


def holding(rules: Iterable[Rule], what: What, days: Days) -> tuple[Rule, date] | None:
    """The active rule that keeps `what` longest, and its last day.

    None if no rule is about it, or if one has not started: that one keeps.
    """
    found: list[tuple[Rule, date]] = []
    for rule in rules:
        if rule.active and rule.what is what:
            day = last_day(rule, days)
            if day is None:
                return None
            found.append((rule, day))
    return max(found, key=lambda pair: (pair[1], pair[0].id), default=None)


def ended(
    rules: Iterable[Rule], what: What, people: Mapping[int, Days], today: date
) -> dict[int, tuple[Rule, date]]:
    """Of which persons `what` is kept no longer on that day, by which rule, since which day."""
    known = list(rules)
    found = {person: holding(known, what, days) for person, days in people.items()}
    return {person: pair for person, pair in found.items() if pair is not None and pair[1] < today}


def plus_months(start: date, months: int) -> date:
    """The same day of the month, or the month's last one."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
