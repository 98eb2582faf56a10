"""How calls were made over a period: breach, no breach, or not provable, rule by rule.

A call record rarely holds everything a rule asks. So every figure has a lowest
and a highest value that the record allows, and the verdict is a breach only if
even the best reading breaks the rule, none only if even the worst keeps it. A
column that no row carries is missing; in a column that some row carries, an
empty value means that it did not happen.

The record comes in chunks: `begin`, then `add` each of them in any order, or `join`
what was added elsewhere; the answer is that of the whole record at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import inf
from typing import Any

from privacy.errors import BadFacts
from privacy.law.abandonment import Abandonment
from privacy.law.call_lists import age_limit_days, states_list_age
from privacy.law.conduct_columns import Carried, Chunk, Gauge, Measured
from privacy.law.conduct_gaps import ShortestGap
from privacy.law.conduct_gauges import (
    OldestList,
    ShortestRing,
    SlowestEnd,
    SupersededLists,
    Withheld,
)
from privacy.law.conduct_rows import Head, chunks, read_head, rows_of
from privacy.law.measuring_spans import ends_on
from privacy.law.rulebook import Rule, Rulebook, rulebook
from privacy.terms import Purpose

SCHEMA = "rightsdesk.law_conduct/1"
OWN_POLICY = "own policy"
KEY_BYTES = 32


class Verdict(StrEnum):
    BREACH = "breach"
    NO_BREACH = "no_breach"
    NOT_PROVABLE = "not_provable"


@dataclass
class Measure:
    """One rule's gauge and its limit: the most that is allowed, or with `at_most` False the least.

    It measures the calls of `first_day` to `last_day`, on which the rule was in force.
    `limit` None: the rule has no figure.
    """

    rule: str
    citation: str
    gauge: Gauge
    limit: float | None
    first_day: date
    last_day: date
    at_most: bool = True

    def verdict(self, figure: Measured) -> Verdict:
        """Breach if the best possible value breaks the limit, none if the worst keeps it."""
        if self.limit is None:
            # A rule without a share: nothing abandoned keeps it, more needs what the record lacks.
            return Verdict.NO_BREACH if figure.highest == 0 else Verdict.NOT_PROVABLE
        if figure.lowest is None and figure.highest is None and not figure.missing:
            return Verdict.NO_BREACH  # nothing happened that the rule speaks of
        lowest = 0 if figure.lowest is None else figure.lowest
        highest = inf if figure.highest is None else figure.highest
        best, worst = (lowest, highest) if self.at_most else (highest, lowest)
        if not self._keeps(best, self.limit):
            return Verdict.BREACH
        return Verdict.NO_BREACH if self._keeps(worst, self.limit) else Verdict.NOT_PROVABLE

    def _keeps(self, value: float, limit: float) -> bool:
        return value <= limit if self.at_most else value >= limit


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The measure of a rule on abandonment, and its gauge, which knows the spans."""

    measure: Measure
    gauge: Abandonment


@dataclass
class Sums:
    """What is known of one campaign's calls in one jurisdiction, of the chunks so far."""

    first_day: date
    last_day: date
    measures: list[Measure]
    abandonments: list[Abandoned]
    calls: int = 0
    carried: Carried = field(default_factory=Carried)

    def add(self, rows: Chunk) -> None:
        """Count the chunk's calls on days of the period."""
        inside = rows.within(self.first_day, self.last_day)
        if not len(inside):
            return
        self.calls += len(inside)
        self.carried |= Carried.by(inside)
        for measure in self.measures:
            measure.gauge.add(inside.within(measure.first_day, measure.last_day))

    def join(self, other: Sums) -> None:
        """Count what the other was given too: sums of the same campaign, place and period."""
        self.calls += other.calls
        self.carried |= other.carried
        for mine, theirs in zip(self.measures, other.measures, strict=True):
            mine.gauge.join(theirs.gauge)

    def rules(self) -> list[dict[str, Any]]:
        """One line for each figure that the record is measured by, as `law conduct` gives it."""
        return [_shown(measure, measure.gauge.figure(self.carried)) for measure in self.measures]

    def spans(self) -> list[dict[str, Any]]:
        """Abandonment for each rule and each of its successive measuring spans that has calls."""
        return [
            {
                "begins_on": share.begins_on.isoformat(),
                "ends_on": ends_on(
                    each.gauge.rule.params, share.begins_on, self.last_day
                ).isoformat(),
                **_shown(each.measure, share.figure),
            }
            for each in self.abandonments
            for share in each.gauge.shares(self.carried)
        ]


def begin(jurisdiction: str, campaign: Purpose, first_day: date, last_day: date) -> Sums:
    """Empty sums for a campaign's calls on these days. BadFacts where no rules are known."""
    book = rulebook()
    if jurisdiction[:2] not in book.countries:
        raise BadFacts(
            "There are no calling rules for this jurisdiction.",
            field="jurisdiction",
            next="See `rightsdesk law rules` for those there are.",
        )
    measures: list[Measure] = []
    abandonments: list[Abandoned] = []
    for rule in _rules(jurisdiction, campaign, first_day, last_day, book):
        days = max(rule.first_day, first_day), min(rule.last_day, last_day)
        for gauge, limit, at_most in _gauges(rule, first_day, book):
            measure = Measure(rule.id, rule.citation, gauge, limit, *days, at_most)
            measures.append(measure)
            if isinstance(gauge, Abandonment):
                abandonments.append(Abandoned(measure, gauge))
    own = book.pack.data["own_policy"]
    for name, gauge, limit, at_most in (
        ("policy.opt_out_latency", SlowestEnd(), own["opt_out_latency_seconds"], True),
        ("policy.minimum_gap", ShortestGap(), own["minimum_gap_hours"], False),
    ):
        measures.append(Measure(name, OWN_POLICY, gauge, limit, first_day, last_day, at_most))
    return Sums(first_day, last_day, measures, abandonments)


def answer(document: dict[str, Any]) -> dict[str, Any]:
    """The contract's `law conduct`: records in, one verdict per rule out. Raises BadFacts."""
    return of_rows(read_head(document), rows_of(document))


def of_rows(head: Head, rows: Iterable[object]) -> dict[str, Any]:
    """The same of rows that come one by one, any number of them. Raises BadFacts."""
    sums = begin(head.jurisdiction, head.campaign, head.first_day, head.last_day)
    for some in chunks(rows, secrets.token_bytes(KEY_BYTES)):
        sums.add(some)
    return {
        "schema": SCHEMA,
        "jurisdiction": head.jurisdiction,
        "rules": sums.rules(),
        "pack": rulebook().pack.identity(),
    }


def _rules(
    jurisdiction: str, campaign: Purpose, first_day: date, last_day: date, book: Rulebook
) -> Iterable[Rule]:
    """Those in force on any day of the period, narrowest jurisdiction first."""
    return [
        rule
        for rule in book.rules
        if rule.jurisdiction in {jurisdiction, jurisdiction[:2]}
        and campaign in rule.campaigns
        and rule.first_day <= last_day
        and first_day <= rule.last_day
    ]


def _gauges(
    rule: Rule, first_day: date, book: Rulebook
) -> Iterator[tuple[Gauge, float | None, bool]]:
    """What a rule measures: the gauge, its limit, and whether that is the most or the least."""
    params, own = rule.params, book.pack.data["own_policy"]
    if rule.kind == "abandonment":
        rate = params.get("max_rate", params.get("target_rate"))
        yield Abandonment(rule, first_day, own["agent_within_seconds"]), rate, True
    if rule.kind == "ring":
        yield ShortestRing(), params["min_ring_seconds"], False
    if rule.kind == "identification" and "end_call_within_seconds" in params:
        yield SlowestEnd(), params["end_call_within_seconds"], True
    if rule.kind == "dnc" and "grace_days_after_publication" in params:
        yield SupersededLists(params), 0, True
    elif rule.kind == "dnc" and rule.decide.get("registers") and states_list_age(rule):
        yield OldestList(), age_limit_days(rule, book.pack.data["lists"]), True
    if rule.decide.get("shows_number"):
        yield Withheld(), 0, True


def _shown(measure: Measure, figure: Measured) -> dict[str, Any]:
    return {
        "rule": measure.rule,
        "verdict": measure.verdict(figure).value,
        "lowest": figure.lowest,
        "highest": figure.highest,
        "limit": measure.limit,
        "rows": figure.rows,
        "missing": list(figure.missing),
        "citation": measure.citation,
    }
