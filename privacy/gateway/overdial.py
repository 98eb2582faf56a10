"""Calls without a reserved resource: earned only, under the worst case, in each country.

A campaign begins with none. Each one in flight is taken for answered and abandoned;
what ended without anybody's word (UNCERTAIN) counts as abandoned too. Counted under
the campaign's lock, in the law's own measuring span. Never for a dialer from outside.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

from sqlalchemy import Connection, and_, case, func, or_, select

from privacy.clock import instant, micros
from privacy.gateway.campaigns import Campaign
from privacy.gateway.protocol import EventKind, State
from privacy.law.overdial import Terms, may_add, still_holds, terms
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import AttemptRow
from privacy.terms import Channel

OVER_DIAL = "gateway.over_dial"


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls of one campaign and country in one span: abandoned, answered (those included)."""

    abandoned: int
    answered: int
    in_flight: int


@dataclass
class Earning:
    """What a campaign has earned, as of one transaction that holds its lock."""

    db: Connection
    campaign: Campaign
    now: datetime
    _granted: dict[str, int] = field(default_factory=dict)

    def left(self) -> int:
        """How many more the campaign's own setting allows in flight; 0 where it has none."""
        if not self.campaign.over_most or self.campaign.channel != Channel.VOICE_LIVE:
            return 0
        table = table_of(AttemptRow)
        flying = self.db.execute(
            select(func.count()).where(
                table.c.campaign_id == self.campaign.id, table.c.live == 1, table.c.over == 1
            )
        ).scalar_one()
        return max(0, self.campaign.over_most - int(flying))

    def grant(self, jurisdictions: Collection[str]) -> bool:
        """Whether one more may be permitted to those places; then it is counted."""
        country = _country(jurisdictions)
        if not country or not self._judged(country, jurisdictions, more=True):
            return False
        self._granted[country] = self._granted.get(country, 0) + 1
        return True

    def holds(self, jurisdictions: Collection[str]) -> bool:
        """Whether one that is permitted may still be dialled: answers may have gone wrong."""
        country = _country(jurisdictions)
        return bool(country) and self._judged(country, jurisdictions, more=False)

    def _judged(self, country: str, jurisdictions: Collection[str], *, more: bool) -> bool:
        today = self.now.astimezone(UTC).date()
        channel, purpose = self.campaign.channel, self.campaign.purpose
        found = terms(channel, purpose, jurisdictions, today)
        return bool(found) and all(self._keeps(country, one, more=more) for one in found)

    def _keeps(self, country: str, one: Terms, *, more: bool) -> bool:
        rate = min(one.max_rate, Fraction(str(self.campaign.over_rate or 1)))
        tally = self._tally(country, one)
        flying = tally.in_flight + self._granted.get(country, 0)
        rule = may_add if more else still_holds
        return rule(tally.abandoned, tally.answered, flying, rate)

    def _tally(self, country: str, one: Terms) -> Tally:
        started = (
            self.now if self.campaign.started_at is None else instant(self.campaign.started_at)
        )
        begins_at = one.begins_at(started.astimezone(UTC).date(), self.now)
        return tally(self.db, self.campaign.id, country, micros(begins_at), one.within_s)


def tally(db: Connection, campaign_id: str, country: str, begins_at: int, within_s: float) -> Tally:
    """Count the calls of a campaign to a country since `begins_at` (microseconds)."""
    table = table_of(AttemptRow)
    state, person = table.c.state, table.c.answered_by != EventKind.MACHINE.value
    late = and_(
        state.in_((State.SPEAKING.value, State.COMPLETED.value)),
        table.c.connect_ms > within_s * 1_000,
        person,
    )
    abandoned = or_(state.in_((State.ABANDONED.value, State.UNCERTAIN.value)), late)
    # Whom nobody heard to be a person is not counted as one: that would earn too much.
    heard = table.c.answered_by == EventKind.HUMAN.value
    answered = or_(abandoned, and_(state == State.COMPLETED.value, heard))
    flying = and_(table.c.live == 1, table.c.over == 1)
    since = table.c.redeemed_at >= begins_at
    row = db.execute(
        select(
            func.sum(case((and_(since, abandoned), 1), else_=0)),
            func.sum(case((and_(since, answered), 1), else_=0)),
            func.sum(case((flying, 1), else_=0)),
        ).where(
            table.c.campaign_id == campaign_id,
            func.substr(table.c.place_code, 1, 2) == country,
            or_(since, table.c.live == 1),
        )
    ).one()
    return Tally(*(int(count or 0) for count in row))


def _country(jurisdictions: Collection[str]) -> str:
    """The one country of all those places; "" where there are several or none."""
    countries = {code[:2] for code in jurisdictions} - {"EU"}
    return countries.pop() if len(countries) == 1 else ""
