"""Calls placed without an agent in reserve: what share may be abandoned, and over which span.

The figures stand in the pack, in its rules on abandonment (47 CFR 64.1200(a)(7)(i),
16 CFR 310.4(b)(4) and their likes). A span is fixed: with one that rolls, old
answered calls fall out and the share rises by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

from privacy.law.measuring_spans import SECONDS, begins_on
from privacy.law.rulebook import rulebook
from privacy.law.standing import first


@dataclass(frozen=True, slots=True)
class Terms:
    """What one rule asks: at most `max_rate` abandoned of those answered by a person.

    A call is abandoned if no agent came within `within_s` seconds of the answer.
    """

    rule: str
    max_rate: Fraction
    within_s: float
    params: Mapping[str, Any]

    def begins_at(self, started_on: date, now: datetime) -> datetime:
        """Begin of the measuring span of `now`, in UTC, of a campaign that began on that day."""
        day = begins_on(self.params, now.astimezone(UTC).date(), started_on)
        return datetime.combine(day, time(), UTC)


def terms(channel: str, campaign: str, jurisdictions: Collection[str], on: date) -> list[Terms]:
    """Every rule on abandonment that states a share, in force on that day for such a call.

    Empty where no law of those places names a share: then nothing can be earned. A law
    with a target and no safe share gives its target.
    """
    book = rulebook()
    own_seconds = float(book.pack.data["own_policy"]["agent_within_seconds"])
    found = []
    for rule in book.rules:
        rate = rule.params.get("max_rate", rule.params.get("target_rate"))
        if (
            rule.kind == "abandonment"
            and rate is not None
            and rule.jurisdiction in jurisdictions
            and channel in rule.channels
            and campaign in rule.campaigns
            and rule.first_day <= on <= rule.last_day
        ):
            within_s = float(first(rule.params, SECONDS) or own_seconds)
            found.append(Terms(rule.id, Fraction(str(rate)), within_s, rule.params))
    return found


def may_add(abandoned: int, answered: int, in_flight: int, rate: Fraction) -> bool:
    """Whether one more call without an agent keeps the share, even if all of them are abandoned.

    `answered` counts calls answered by a person, the abandoned ones among them; `in_flight`
    calls without an agent whose end is not known. The worst case is that each of them is
    answered and abandoned: (A + F + 1) <= rate x (H + F + 1).
    """
    return abandoned + in_flight + 1 <= rate * (answered + in_flight + 1)


def still_holds(abandoned: int, answered: int, in_flight: int, rate: Fraction) -> bool:
    """The same for those in flight already, one of which is about to be dialled."""
    return abandoned + in_flight <= rate * (answered + in_flight)
