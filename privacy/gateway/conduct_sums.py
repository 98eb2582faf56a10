"""Placed calls as the columns of `law conduct`, summed for each country that was called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.law.bulk_columns import UNTOLD, Integers
from privacy.law.conduct import Sums, begin
from privacy.law.conduct_columns import Answerer, Chunk, Ender, Shown, chunk, parties
from privacy.terms import Purpose

ANSWERED_BY = {"human": Answerer.PERSON, "machine": Answerer.MACHINE}
ENDED_BY_CALLED = frozenset({"busy", "declined", "unwanted", "unreachable"})
UNION = "EU"
MS_US = 1_000
DAY_US = 86_400_000_000


@dataclass
class Conduct:
    """The sums of a campaign by country; days are those of UTC."""

    purpose: Purpose
    first_day: date
    last_day: date
    by_country: dict[str, Sums] = field(default_factory=dict)

    def add(self, rows: Sequence[Any]) -> None:
        """Count calls as privacy/gateway/review.py reads them; without a place in no country."""
        where = [countries(row.places or "") for row in rows]
        every = frozenset[str]().union(*where)
        if not every:
            return
        columns = _chunk(rows)
        for country in sorted(every):
            of = np.array([country in each for each in where], dtype=np.bool_)
            self._sums(country).add(columns.only(of))

    def _sums(self, country: str) -> Sums:
        if country not in self.by_country:
            days = self.first_day, self.last_day
            self.by_country[country] = begin(country, self.purpose, *days)
        return self.by_country[country]


@lru_cache(maxsize=1_000)
def countries(places: str) -> frozenset[str]:
    """The countries of jurisdictions that are separated by spaces, without the union."""
    return frozenset(place[:2] for place in places.split()) - {UNION}


def _chunk(rows: Sequence[Any]) -> Chunk:
    """The calls as columns; what the dialer did not tell is untold."""
    at_us = np.array([row.redeemed_at for row in rows], dtype=np.int64)
    answered, ended = _ms([r.answered_ms for r in rows]), _ms([r.ended_ms for r in rows])
    ages = [np.nan if r.list_age_days is None else r.list_age_days for r in rows]
    return chunk(
        at_us,
        at_us // DAY_US,
        answered_us=_at(at_us, answered),
        agent_us=_at(at_us, _ms([row.speaking_ms for row in rows])),
        ended_us=_at(at_us, ended),
        opt_out_us=_at(at_us, _ms([row.key_ms for row in rows])),
        answered_by=[_answerer(row) for row in rows],
        ended_by=[
            Ender.CALLED if row.outcome in ENDED_BY_CALLED else Ender.NOT_TOLD for row in rows
        ],
        shown=np.full(len(rows), Shown.SHOWN),
        ring_s=_ring_s(_ms([row.ringing_ms for row in rows]), answered, ended),
        list_age_days=ages,
        party=parties([None if row.tag is None else bytes(row.tag) for row in rows]),
    )


def _ms(told: list[int | None]) -> Integers:
    return np.array([UNTOLD if ms is None else ms for ms in told], dtype=np.int64)


def _at(at_us: Integers, ms: Integers) -> Integers:
    return np.where(ms == UNTOLD, UNTOLD, at_us + np.where(ms == UNTOLD, 0, ms) * MS_US)


def _answerer(row: Any) -> Answerer:
    if row.answered_ms is None:
        return Answerer.NOT_TOLD
    return ANSWERED_BY.get(row.answered_by, Answerer.UNKNOWN)


def _ring_s(ringing: Integers, answered: Integers, ended: Integers) -> NDArray[np.float64]:
    """Seconds that the telephone rang, NaN where the dialer told no begin or end of it.

    An end before the begin is no time that anybody measured.
    """
    most = np.iinfo(np.int64).max
    ends = np.minimum(*(np.where(each == UNTOLD, most, each) for each in (answered, ended)))
    told = (ringing != UNTOLD) & (ends != most) & (ends >= ringing)
    return np.where(told, (ends - np.where(told, ringing, 0)) / 1_000, np.nan)
