"""Rows of calls that were surely abandoned, by campaign, country and day. Pure.

The share of a campaign is summed elsewhere; here stand the first records that show it: a person
answered and no agent came within the seconds of the country's rule, whatever else is open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import numpy as np

from privacy.law.measuring_spans import SECONDS
from privacy.law.rulebook import rulebook
from privacy.law.standing import first
from privacy.vendors.calls.gauges.claim import FirstRows, Mask, Seen
from privacy.vendors.calls.gauges.placed import places_of
from privacy.vendors.calls.record import (
    NO_CAMPAIGN,
    UNTOLD,
    AnsweredBy,
    CallChunk,
    Column,
    Disposition,
)

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
DAY_ZERO = date(1970, 1, 1)
_Place = tuple[str, str, int]


@dataclass
class AbandonedCalls:
    """First rows of each campaign ("" untold), country and UTC day."""

    days: dict[_Place, FirstRows] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        chunk = seen.chunk
        late = np.flatnonzero(_abandoned(chunk, 0.0))
        if not len(late):
            return
        part = chunk.only(_mask(len(chunk), late))
        found, index = places_of(part.number)
        for code, told in enumerate(found):
            within_s = _within_s(told[0][:2]) if told else None
            if within_s is None:
                continue
            self._add(part, told[0][:2], (index == code) & _abandoned(part, within_s))

    def _add(self, chunk: CallChunk, country: str, chosen: Mask) -> None:
        day = chunk.at_us // DAY_US
        for number in np.unique(chunk.campaign[chosen]).tolist():
            name = "" if number == NO_CAMPAIGN else chunk.campaigns[number]
            of_it = chosen & (chunk.campaign == number)
            for each in np.unique(day[of_it]).tolist():
                rows = self.days.setdefault((name, country, each), FirstRows())
                rows.add(chunk.row[of_it & (day == each)])

    def join(self, other: AbandonedCalls) -> None:
        for place, rows in other.days.items():
            self.days.setdefault(place, FirstRows()).join(rows)

    def rows(self, campaign: str, country: str, from_on: str, to_on: str) -> FirstRows:
        """Those of one campaign and country on days of a period, both days included."""
        first_day, last_day = date.fromisoformat(from_on), date.fromisoformat(to_on)
        found = FirstRows()
        for (name, place, day), rows in self.days.items():
            on = DAY_ZERO + timedelta(days=day)
            if (name, place) == (campaign, country) and first_day <= on <= last_day:
                found.join(rows)
        return found


def _mask(count: int, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Mask:
    found = np.zeros(count, dtype=np.bool_)
    found[places] = True
    return found


def _abandoned(chunk: CallChunk, within_s: float) -> Mask:
    within_us = round(within_s * SECOND_US)
    untold = chunk.answered_by == AnsweredBy.UNTOLD
    person = (chunk.answered_by == AnsweredBy.PERSON) | (
        untold & (chunk.disposition == Disposition.ABANDONED)
    )
    answered = chunk.answered_us != UNTOLD
    came = chunk.agent_us != UNTOLD
    nobody = ~came & ((chunk.has & Column.AGENT) != 0) & (chunk.ended_us != UNTOLD)
    late = came & (chunk.agent_us - chunk.answered_us > within_us)
    waited = nobody & (chunk.ended_us - chunk.answered_us > within_us)
    found: Mask = person & answered & (late | waited)
    return found


@cache
def _within_s(country: str) -> float | None:
    """The longest time that a rule of the country gives an agent; None without such a rule."""
    book = rulebook()
    own_s = float(book.pack.data["own_policy"]["agent_within_seconds"])
    told = [
        float(first(rule.params, SECONDS) or own_s)
        for rule in book.rules
        if rule.kind == "abandonment" and rule.jurisdiction[:2] == country
    ]
    return max(told, default=None)
