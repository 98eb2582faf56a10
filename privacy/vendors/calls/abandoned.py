"""Abandoned calls of each campaign and period: the lowest and highest share the export allows.

By `privacy.law.conduct`, for each country with a rule. Without a campaign column the share of
a campaign is unknown: then only a share that is over the limit in all of them together shows
a breach, for one of them must be over it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from privacy.law import conduct
from privacy.law.bulk_keys import distinct_values
from privacy.law.conduct import Sums
from privacy.law.conduct_columns import Answerer, Chunk, Ender, Shown
from privacy.law.conduct_columns import chunk as columns
from privacy.law.places import NoSuchNumber, places
from privacy.law.rulebook import rulebook
from privacy.terms import Purpose
from privacy.vendors.calls.record import (
    NO_CAMPAIGN,
    UNTOLD,
    AnsweredBy,
    CallChunk,
    Column,
    Disposition,
)

Integers = NDArray[np.int64]
DAY_US = 86_400_000_000
NORTH_AMERICA = (10**10, 2 * 10**10)
AREA = 10**7
ANSWERERS = np.array(
    [Answerer.NOT_TOLD, Answerer.PERSON, Answerer.MACHINE, Answerer.UNKNOWN], dtype=np.int8
)
ENDERS = np.array([Ender.NOT_TOLD, Ender.CALLER, Ender.CALLED], dtype=np.int8)
SHOWN = np.array([Shown.NOT_TOLD, Shown.HIDDEN, Shown.SHOWN], dtype=np.int8)
CAMPAIGN, CALLED_NUMBER = "campaign", "called_number"
_UNANSWERED = (
    Disposition.NO_ANSWER,
    Disposition.BUSY,
    Disposition.FAILED,
    Disposition.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class Share:
    """One campaign in one period under one rule. Shares are of 1; None: no bound."""

    campaign: str
    country: str
    rule: str
    citation: str
    begins_on: str
    ends_on: str
    verdict: str
    lowest: float | None
    highest: float | None
    limit: float | None
    calls: int
    missing: tuple[str, ...]


class Abandonment:
    """Sums of each campaign and country over the whole period, chunk by chunk, in any order."""

    def __init__(self, purpose: Purpose, first: date, last: date) -> None:
        self._purpose, self._first, self._last = purpose, first, last
        self._sums: dict[tuple[str, str], Sums] = {}
        self._told = True
        self._nowhere: set[str] = set()
        """Campaigns with a call that somebody may have answered, and no number to place it."""
        countries = {r.jurisdiction[:2] for r in rulebook().rules if r.kind == "abandonment"}
        self._countries = sorted(countries)

    def add(self, chunk: CallChunk) -> None:
        """Count the calls that were made."""
        nowhere = chunk.only(~chunk.blocked & (chunk.number == 0) & _maybe_answered(chunk))
        self._nowhere |= {_name(nowhere, code) for code in np.unique(nowhere.campaign)}
        made = chunk.only(~chunk.blocked & (chunk.number != 0))
        if not len(made):
            return
        self._told &= bool(((made.has & Column.CAMPAIGN) != 0).all())
        country, rows = _countries_of(made.number, self._countries), _columns(made)
        for code, name in enumerate(self._countries):
            there = country == code
            for campaign in np.unique(made.campaign[there]):
                told = "" if campaign == NO_CAMPAIGN else made.campaigns[int(campaign)]
                self._of(told, name).add(rows.only(there & (made.campaign == campaign)))

    def join(self, other: Abandonment) -> None:
        """Count what the other was given too."""
        for (campaign, country), sums in other._sums.items():
            self._of(campaign, country).join(sums)
        self._told &= other._told
        self._nowhere |= other._nowhere

    def shares(self) -> list[Share]:
        """Every share, by campaign, country and period."""
        return [
            self._share(campaign, country, span)
            for (campaign, country), sums in sorted(self._sums.items())
            for span in sums.spans()
        ]

    def _of(self, campaign: str, country: str) -> Sums:
        key = (campaign, country)
        if key not in self._sums:
            self._sums[key] = conduct.begin(country, self._purpose, self._first, self._last)
        return self._sums[key]

    def _share(self, campaign: str, country: str, span: Mapping[str, object]) -> Share:
        found = Share(
            campaign,
            country,
            str(span["rule"]),
            str(span["citation"]),
            str(span["begins_on"]),
            str(span["ends_on"]),
            str(span["verdict"]),
            _figure(span["lowest"]),
            _figure(span["highest"]),
            _figure(span["limit"]),
            int(str(span["rows"])),
            tuple(_strings(span["missing"])),
        )
        if found.verdict == "no_breach" and self._nowhere & {"", campaign}:
            missing = (*found.missing, CALLED_NUMBER)
            found = replace(found, verdict="not_provable", highest=None, missing=missing)
        if self._told or found.verdict != "no_breach" or found.highest == 0:
            return found
        return replace(found, verdict="not_provable", missing=(*found.missing, CAMPAIGN))


def _name(chunk: CallChunk, campaign: int) -> str:
    """The campaign of that code, "" where untold."""
    return "" if campaign == NO_CAMPAIGN else chunk.campaigns[int(campaign)]


def _maybe_answered(chunk: CallChunk) -> NDArray[np.bool_]:
    """Calls that a person may have answered."""
    unanswered = np.isin(chunk.disposition, _UNANSWERED) & (chunk.answered_us == UNTOLD)
    return np.asarray(~unanswered & (chunk.answered_by != AnsweredBy.MACHINE))


def _columns(chunk: CallChunk) -> Chunk:
    answered_by = ANSWERERS[chunk.answered_by.astype(np.int64) + 1]
    # A call that the system itself calls abandoned was answered by a person and reached nobody.
    abandoned = chunk.disposition == Disposition.ABANDONED
    answered_by = np.where(
        abandoned & (answered_by == Answerer.NOT_TOLD), Answerer.PERSON, answered_by
    )
    # That another file of the export tells answers says nothing of a call of one that does not.
    silent = ((chunk.has & Column.ANSWERED) == 0) & (chunk.answered_us == UNTOLD)
    answered_by = np.where(
        silent & (answered_by == Answerer.NOT_TOLD), Answerer.UNKNOWN, answered_by
    ).astype(np.int8)
    return columns(
        chunk.at_us,
        chunk.at_us // DAY_US,
        answered_us=chunk.answered_us,
        agent_us=chunk.agent_us,
        ended_us=chunk.ended_us,
        answered_by=answered_by,
        ended_by=ENDERS[chunk.ended_by.astype(np.int64) + 1],
        shown=SHOWN[chunk.shown.astype(np.int64) + 1],
    )


def _countries_of(numbers: Integers, countries: Iterable[str]) -> Integers:
    """For each number the index of its country among those, -1 for another."""
    names = list(countries)
    american = (numbers >= NORTH_AMERICA[0]) & (numbers < NORTH_AMERICA[1])
    keys = np.where(american, numbers // AREA, numbers)
    first, inverse = distinct_values(keys)
    codes = []
    for row in first:
        try:
            told = places(f"+{numbers[row]}")
        except NoSuchNumber:
            told = []
        country = told[0][:2] if told else ""
        codes.append(names.index(country) if country in names else -1)
    return np.array(codes, dtype=np.int64)[inverse]


def _figure(value: object) -> float | None:
    return None if value is None else float(str(value))


def _strings(value: object) -> list[str]:
    assert isinstance(value, list), "names of columns"
    return [str(name) for name in value]
