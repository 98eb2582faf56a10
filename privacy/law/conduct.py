"""How calls were made over a period: breach, no breach, or not provable, rule by rule.

A call record rarely holds everything a rule asks. So every figure has a lowest
and a highest value that the record allows, and the verdict is a breach only if
even the best reading breaks the rule, none only if even the worst keeps it. A
column that no row carries is missing; in a column that some row carries, an
empty value means that it did not happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import inf
from typing import Any

from privacy.errors import BadFacts
from privacy.law.abandonment import abandonment
from privacy.law.conduct_rows import Conduct, EndedBy, Measured, read_conduct
from privacy.law.rulebook import Rule, Rulebook, rulebook

SCHEMA = "rightsdesk.law_conduct/1"
OWN_POLICY = "own policy"
LIST_AGE = "max_list_age_days"


class Verdict(StrEnum):
    BREACH = "breach"
    NO_BREACH = "no_breach"
    NOT_PROVABLE = "not_provable"


@dataclass(frozen=True, slots=True)
class Measure:
    """One rule's figure and its limit: the most that is allowed, or with `at_most` False the least.

    `limit` None: the rule has no figure.
    """

    rule: str
    citation: str
    figure: Measured
    limit: float | None
    at_most: bool = True


def answer(document: dict[str, Any]) -> dict[str, Any]:
    """The contract's `law conduct`: records in, one verdict per rule out. Raises BadFacts."""
    conduct, book = read_conduct(document), rulebook()
    if conduct.jurisdiction[:2] not in book.countries:
        raise BadFacts(
            "There are no calling rules for this jurisdiction.",
            field="jurisdiction",
            next="See `rightsdesk law rules` for those there are.",
        )
    return {
        "schema": SCHEMA,
        "jurisdiction": conduct.jurisdiction,
        "rules": [_shown(measure) for measure in measures(conduct, book)],
        "pack": book.pack.identity(),
    }


def measures(conduct: Conduct, book: Rulebook) -> list[Measure]:
    """Every figure that the record is measured by, narrowest jurisdiction first."""
    own = book.pack.data["own_policy"]
    found: list[Measure] = []
    for rule in _rules(conduct, book):
        found += _of_rule(rule, conduct, own)
    found.append(_latency(conduct, own))
    found.append(_gap(conduct, own))
    return found


def _rules(conduct: Conduct, book: Rulebook) -> Iterable[Rule]:
    places = {conduct.jurisdiction, conduct.jurisdiction[:2]}
    return [
        rule
        for rule in book.rules
        if rule.jurisdiction in places
        and conduct.campaign in rule.campaigns
        and rule.first_day <= conduct.last_day
        and conduct.first_day <= rule.last_day
    ]


def _of_rule(rule: Rule, conduct: Conduct, own: dict[str, Any]) -> list[Measure]:
    params = rule.params
    match rule.kind:
        case "abandonment":
            share = abandonment(rule, conduct, own["agent_within_seconds"])
            limit = params.get("max_rate", params.get("target_rate"))
            return [Measure(rule.id, rule.citation, share, limit)]
        case "ring":
            shortest = _shortest_ring(conduct)
            return [
                Measure(rule.id, rule.citation, shortest, params["min_ring_seconds"], at_most=False)
            ]
        case "caller_id":
            return [Measure(rule.id, rule.citation, _withheld(conduct), 0)]
        case "identification" if "end_call_within_seconds" in params:
            limit = params["end_call_within_seconds"]
            return [Measure(rule.id, rule.citation, _slowest_end(conduct), limit)]
        case "dnc" if LIST_AGE in params:
            return [Measure(rule.id, rule.citation, _oldest_list(conduct), params[LIST_AGE])]
    return []


def _shortest_ring(conduct: Conduct) -> Measured:
    """The shortest ring, in seconds, of a call that the caller ended unanswered.

    Whoever declines or is busy ended it; without `ended_by` the caller may have.
    """
    if conduct.lacking("ring_seconds"):
        return Measured(0, None, 0, ("ring_seconds",))
    open_rows = [
        row
        for row in conduct.rows
        if row.answered_at is None
        and row.answered_by is None
        and row.ended_by is not EndedBy.CALLED
    ]
    known = [row.ring_seconds for row in open_rows if row.ring_seconds is not None]
    shortest = min(known, default=None)
    if len(known) < len(open_rows):
        return Measured(0, shortest, len(open_rows), ("ring_seconds",))
    if shortest is not None and not {"answered_at", "answered_by"} & conduct.columns:
        # Whether any of the calls was answered is unknown; an answered one may ring short.
        return Measured(shortest, None, len(open_rows), ("answered_at",))
    return Measured(shortest, shortest, len(open_rows))


def _withheld(conduct: Conduct) -> Measured:
    """Calls that showed no number."""
    rows = conduct.rows
    hidden = sum(row.caller_number_shown is False for row in rows)
    untold = sum(row.caller_number_shown is None for row in rows)
    missing = ("caller_number_shown",) if untold else ()
    return Measured(hidden, hidden + untold, len(rows), missing)


def _slowest_end(conduct: Conduct) -> Measured:
    """The longest time, in seconds, from an opt-out to the end of its call."""
    if conduct.rows and conduct.lacking("opt_out_at"):
        return Measured(0, None, 0, ("opt_out_at",))
    asked = [row for row in conduct.rows if row.opt_out_at is not None]
    spans = [
        (row.ended_at - row.opt_out_at).total_seconds()
        for row in asked
        if row.ended_at is not None and row.opt_out_at is not None
    ]
    slowest = max(spans, default=0.0)
    if len(spans) < len(asked):
        return Measured(slowest, None, len(asked), ("ended_at",))
    return Measured(slowest, slowest, len(asked))


def _oldest_list(conduct: Conduct) -> Measured:
    """The age in days of the oldest list that a call was checked against."""
    ages = [row.list_age_days for row in conduct.rows if row.list_age_days is not None]
    oldest = max(ages, default=0)
    if len(ages) < len(conduct.rows):
        return Measured(oldest, None, len(conduct.rows), ("list_age_days",))
    return Measured(oldest, oldest, len(conduct.rows))


def _latency(conduct: Conduct, own: dict[str, Any]) -> Measure:
    limit = own["opt_out_latency_seconds"]
    return Measure("policy.opt_out_latency", OWN_POLICY, _slowest_end(conduct), limit)


def _gap(conduct: Conduct, own: dict[str, Any]) -> Measure:
    """The shortest gap, in hours, between two calls to the same person."""
    limit, rows = own["minimum_gap_hours"], conduct.rows
    by_party: dict[str, list[datetime]] = {}
    for row in rows:
        if row.party is not None:
            by_party.setdefault(row.party, []).append(row.at)
    gaps = [gap for instants in by_party.values() for gap in _gaps(sorted(instants))]
    shortest = min((gap.total_seconds() / 3600 for gap in gaps), default=None)
    if any(row.party is None for row in rows):
        figure = Measured(0, shortest, len(rows), ("party",))
    else:
        figure = Measured(shortest, shortest, len(rows))
    return Measure("policy.minimum_gap", OWN_POLICY, figure, limit, at_most=False)


def _gaps(instants: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(instants)]


def _verdict(measure: Measure) -> Verdict:
    """Breach if the best possible value breaks the limit, none if the worst keeps it."""
    figure, limit = measure.figure, measure.limit
    if limit is None:
        # A rule without a share: nothing abandoned keeps it, more needs what the record lacks.
        return Verdict.NO_BREACH if figure.highest == 0 else Verdict.NOT_PROVABLE
    if figure.lowest is None and figure.highest is None and not figure.missing:
        return Verdict.NO_BREACH  # nothing happened that the rule speaks of
    lowest = 0 if figure.lowest is None else figure.lowest
    highest = inf if figure.highest is None else figure.highest
    best, worst = (lowest, highest) if measure.at_most else (highest, lowest)
    if not _keeps(measure, best, limit):
        return Verdict.BREACH
    return Verdict.NO_BREACH if _keeps(measure, worst, limit) else Verdict.NOT_PROVABLE


def _keeps(measure: Measure, value: float, limit: float) -> bool:
    return value <= limit if measure.at_most else value >= limit


def _shown(measure: Measure) -> dict[str, Any]:
    figure = measure.figure
    return {
        "rule": measure.rule,
        "verdict": _verdict(measure).value,
        "lowest": figure.lowest,
        "highest": figure.highest,
        "limit": measure.limit,
        "rows": figure.rows,
        "missing": list(figure.missing),
        "citation": measure.citation,
    }
