"""What each clause of the law said of one call that was made: the ground of a finding.

A permit is refused on doubt; a caller is not accused on doubt. So a denial that rests
on a fact that nobody told, or that holds in some of the places and zones that the
number may reach only, is open: neither kept nor broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from privacy.law.call_hours import lift_of, windows_of
from privacy.law.calling import NO_RULE, UNKNOWN_LOCATION, Decision
from privacy.law.findings import Effect, Finding
from privacy.law.judging import CLAUSES, EXEMPT, Verdict
from privacy.law.rulebook import Rule
from privacy.law.standing import Call
from privacy.law.windows import is_open, second_on_the_clock

PLACE = "called_place"
RULES = "rules"
HOURS = "hours"
HOLIDAY = "holiday"
REFUSAL = "refusal"


class Word(StrEnum):
    """What a clause says: its rule was kept, was broken, or the facts leave it open."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Ground:
    """One clause of one rule on one call. `missing` names what leaves it open."""

    rule: str
    kind: str
    clause: str
    word: Word
    reason: str
    missing: str = ""


def grounds(call: Call, decision: Decision) -> tuple[Ground, ...]:
    """Every clause that spoke, in the order of the rules; what no rule covers is open."""
    if decision.deciding_rule == UNKNOWN_LOCATION:
        return (_open(UNKNOWN_LOCATION, PLACE),)
    found = [ground for verdict in decision.verdicts for ground in _of_rule(verdict, call)]
    if decision.deciding_rule == NO_RULE:
        found.append(_open(NO_RULE, RULES))
    return tuple(found)


def _open(rule: str, missing: str) -> Ground:
    return Ground(rule, "location", "location", Word.OPEN, "no rule reaches the call", missing)


def _of_rule(verdict: Verdict, call: Call) -> Iterator[Ground]:
    rule = verdict.rule
    if verdict.effect is Effect.NOT_APPLICABLE or verdict.reason == EXEMPT:
        return
    said = set()
    for name in rule.clauses:
        finding = CLAUSES[name](rule, call)
        if finding is not None:
            said.add(finding.reason)
            yield _ground(rule, name, finding, call)
    for denial in verdict.denials:
        # A refusal that the rule has no clause for stands in its verdict all the same.
        if denial.reason not in said:
            yield _ground(rule, REFUSAL, denial, call)


def _ground(rule: Rule, name: str, finding: Finding, call: Call) -> Ground:
    if finding.effect is not Effect.DENY:
        return _kept(rule.id, rule.kind, name, finding.reason)
    if finding.unknown:
        return Ground(rule.id, rule.kind, name, Word.OPEN, finding.reason, finding.unknown)
    certain = _reaches_every_place(rule, call)
    if name == HOURS:
        certain = certain and _on_every_clock(rule, call)
        name = HOLIDAY if _by_a_holiday(rule, call) else HOURS
    word, missing = (Word.BROKEN, "") if certain else (Word.OPEN, PLACE)
    return Ground(rule.id, rule.kind, name, word, finding.reason, missing)


@lru_cache(10_000)
def _kept(rule: str, kind: str, clause: str, reason: str) -> Ground:
    return Ground(rule, kind, clause, Word.KEPT, reason)


def _reaches_every_place(rule: Rule, call: Call) -> bool:
    """Whether the rule binds wherever of its candidate places the number is."""
    unions = call.data["union"]
    members = unions.get(rule.jurisdiction, ())
    return all(
        rule.jurisdiction in (place, place[:2]) or place[:2] in members
        for place in call.facts.located.places
    )


def _on_every_clock(rule: Rule, call: Call) -> bool:
    """Whether the hours deny on every clock that may be the called person's."""
    for key, clock in call.clocks.items():
        one = replace(call, clocks={key: clock}, days=frozenset({clock.date()}))
        finding = CLAUSES[HOURS](rule, one)
        if finding is None or finding.effect is not Effect.DENY:
            return False
    return True


def sees_closed_days(rule: Rule) -> bool:
    """Whether a holiday or its eve changes the hours of the rule."""
    return rule.week is not None and (rule.week.holiday is not None or rule.eve is not None)


def _by_a_holiday(rule: Rule, call: Call) -> bool:
    """Whether some clock shows hours that only a holiday, or its eve, closes."""
    if not sees_closed_days(rule):
        return False
    assert rule.week is not None, "the rule has hours"
    lift = lift_of(rule, call)
    for clock in call.clocks.values():
        second, day = second_on_the_clock(clock), clock.date()
        usual = is_open(rule.week.days[day.weekday()], second)
        if usual and not is_open(windows_of(rule, call, day, lift), second):
            return True
    return False
