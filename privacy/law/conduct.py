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
from privacy.law.call_lists import age_limit_days, states_list_age, superseded
from privacy.law.conduct_rows import AnsweredBy, Conduct, EndedBy, Measured, Row, read_conduct
from privacy.law.rulebook import Rule, Rulebook, rulebook

SCHEMA = "rightsdesk.law_conduct/1"
OWN_POLICY = "own policy"


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
        found += _of_rule(rule, conduct.within(rule.first_day, rule.last_day), book)
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


def _of_rule(rule: Rule, conduct: Conduct, book: Rulebook) -> list[Measure]:
    """What a rule measures, of the calls on days on which it was in force."""
    params, own = rule.params, book.pack.data["own_policy"]
    measures = []

    def measured(figure: Measured, limit: float | None, *, at_most: bool = True) -> None:
        measures.append(Measure(rule.id, rule.citation, figure, limit, at_most))

    if rule.kind == "abandonment":
        share = abandonment(rule, conduct, own["agent_within_seconds"])
        measured(share, params.get("max_rate", params.get("target_rate")))
    if rule.kind == "ring":
        measured(_shortest_ring(conduct), params["min_ring_seconds"], at_most=False)
    if rule.kind == "identification" and "end_call_within_seconds" in params:
        measured(_slowest_end(conduct), params["end_call_within_seconds"])
    if rule.kind == "dnc" and "grace_days_after_publication" in params:
        measured(_superseded_lists(rule, conduct), 0)
    elif rule.kind == "dnc" and rule.decide.get("registers") and states_list_age(rule):
        measured(_oldest_list(conduct), age_limit_days(rule, book.pack.data["lists"]))
    if rule.decide.get("shows_number"):
        measured(_withheld(conduct), 0)
    return measures


def _shortest_ring(conduct: Conduct) -> Measured:
    """The shortest ring, in seconds, of a call that the caller ended unanswered.

    Whoever declines or is busy ended it; without `ended_by` the caller may have.
    """
    rows = [(row, _unanswered(row, conduct)) for row in conduct.rows]
    rung = [(row.ring_seconds, open_row) for row, open_row in rows if open_row is not False]
    told = [seconds for seconds, _ in rung if seconds is not None]
    surely = [seconds for seconds, open_row in rung if seconds is not None and open_row]
    missing = ["ring_seconds"] if len(told) < len(rung) else []
    lowest = 0 if missing else min(told, default=None)
    if any(open_row is None for _, open_row in rung):
        # It may have been answered, and an answered call may ring short.
        missing.append("answered_by" if "answered_at" in conduct.columns else "answered_at")
    return Measured(lowest, min(surely, default=None), len(rung), tuple(missing))


def _unanswered(row: Row, conduct: Conduct) -> bool | None:
    """Whether the call was given up unanswered; None where the record leaves it open."""
    if row.answered_at is not None or row.ended_by is EndedBy.CALLED:
        return False
    if row.answered_by in (AnsweredBy.PERSON, AnsweredBy.MACHINE):
        return False
    if row.answered_by is AnsweredBy.UNKNOWN or "answered_at" not in conduct.columns:
        return None
    return True


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
    # Whoever asks after the call, by another way, was not kept on the line.
    spans = [
        max((row.ended_at - row.opt_out_at).total_seconds(), 0.0)
        for row in asked
        if row.ended_at is not None and row.opt_out_at is not None
    ]
    slowest = max(spans, default=0.0)
    if len(spans) < len(asked):
        return Measured(slowest, None, len(asked), ("ended_at",))
    return Measured(slowest, slowest, len(asked))


def _superseded_lists(rule: Rule, conduct: Conduct) -> Measured:
    """Calls checked against a list that a later publication, after its grace, had ended."""
    ages = [(row.list_age_days, row.day) for row in conduct.rows]
    ended = sum(age is not None and superseded(age, rule.params, day) for age, day in ages)
    untold = sum(age is None for age, _ in ages)
    return Measured(ended, ended + untold, len(ages), ("list_age_days",) if untold else ())


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
