"""May this call be made? The calling law of every place the number may reach.

Every candidate place and every candidate zone must allow. Deny is the default:
an unknown place, a place without rules, an absent fact denies. The answer names
every rule that was looked at, the one that decided, duties, and the earliest
instant at which the same facts would allow the call.

Bounds: a window's start allows, its end denies; a consent's bare date counts as
its last second; a withdrawal wins a tie. Source of every rule: its citation in
the pack `packs/calling.toml`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from privacy.law.call_duties import obligations
from privacy.law.call_facts import changes, read_request
from privacy.law.call_frequency import caps_of
from privacy.law.findings import Effect
from privacy.law.judging import Verdict, judge
from privacy.law.own_rules import OwnRules
from privacy.law.refusals import with_refusals
from privacy.law.rulebook import Rule, rulebook
from privacy.law.standing import Call, call_at
from privacy.law.zones import midnight, zone
from privacy.terms import Purpose

UNKNOWN_LOCATION = "conventions.unknown_location"
UNKNOWN_FACT = "conventions.unknown_fact"
NO_RULE = "conventions.no_rule"
HORIZON = timedelta(days=400)
MOST_STEPS = 500
SCHEMA = "rightsdesk.law_call/1"


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on one call at one instant.

    `ends` has, for each ground of a denial, the instant at which time alone may
    end it, None where only another fact or rule can.
    """

    allowed: bool
    deciding_rule: str | None
    verdicts: tuple[Verdict, ...] = ()
    unknown: tuple[str, ...] = ()
    ends: tuple[datetime | None, ...] = ()


def answer(document: dict[str, Any], own: OwnRules | None = None) -> dict[str, Any]:
    """The contract's `law call`: facts in, decision out. Raises BadFacts (field).

    `own` are the organisation's own rules; the answer then names their file too.
    """
    found = _answer(document, own)
    return {**found, "own_rules": own.pack.identity()} if own else found


def _answer(document: dict[str, Any], own: OwnRules | None) -> dict[str, Any]:
    request = read_request(document)
    book = rulebook()
    if request.facts is None or request.at is None:
        return _shown(Decision(False, UNKNOWN_FACT, unknown=request.missing), None, request.at)
    call = call_at(request.facts, request.at, book)
    decision = decide(call, own)
    earliest = request.at if decision.allowed else earliest_allowed(call, decision, own)
    return _shown(decision, call, request.at, earliest)


def decide(call: Call, own: OwnRules | None = None) -> Decision:
    """The decision on a call of known facts: the law's, which own rules can only turn to deny."""
    by_law = _by_law(call)
    return _with_own(by_law, own.verdicts(call)) if own else by_law


def _with_own(by_law: Decision, verdicts: tuple[Verdict, ...]) -> Decision:
    denying = [verdict for verdict in verdicts if verdict.denials]
    unknown = [fact for verdict in denying for fact in verdict.unknown]
    return Decision(
        allowed=by_law.allowed and not denying,
        deciding_rule=denying[0].rule.id if by_law.allowed and denying else by_law.deciding_rule,
        verdicts=(*by_law.verdicts, *verdicts),
        unknown=tuple(dict.fromkeys((*by_law.unknown, *unknown))),
        ends=(*by_law.ends, *(moment for verdict in denying for moment in verdict.again)),
    )


def _by_law(call: Call) -> Decision:
    located = call.facts.located
    marketing = call.facts.campaign is Purpose.MARKETING
    if not located.known or (marketing and not located.code_has_place):
        return Decision(False, UNKNOWN_LOCATION, ends=(None,))
    verdicts = with_refusals([judge(rule, call) for rule in rules_in_force(call)], call)
    denying = [verdict for verdict in verdicts if verdict.denials]
    unknown = tuple(dict.fromkeys(fact for verdict in denying for fact in verdict.unknown))
    ends = [moment for verdict in denying for moment in verdict.again]
    denied = next((v for v in denying if v.denies_by_law), None)
    covering = frozenset([v.rule.jurisdiction for v in verdicts if v.covers])
    uncovered = not all(_covered(place, covering, call) for place in located.places)
    if uncovered:
        ends.append(None)
    for rule_id, holds in (
        (denied.rule.id if denied else "", denied is not None),
        (NO_RULE, uncovered),
        (UNKNOWN_FACT, bool(unknown)),
    ):
        if holds:
            return Decision(False, rule_id, verdicts, unknown, tuple(ends))
    return Decision(True, _deciding_allowance(verdicts), verdicts)


def earliest_allowed(
    call: Call, decision: Decision, own: OwnRules | None = None
) -> datetime | None:
    """The first instant after a denial at which the same facts allow the call.

    None where no passing of time within 400 days changes the answer. Each step
    goes to the first instant at which every ground of the denial can have ended.
    """
    facts, book, last = call.facts, call.book, call.at + HORIZON
    told = changes(facts)
    own_days = own.boundaries if own else ()
    for _ in range(MOST_STEPS):
        step = _next_instant(call, decision, told, own_days)
        if step is None or step > last:
            return None
        call = call_at(facts, max(step, call.at + timedelta(microseconds=1)), book)
        decision = decide(call, own)
        if decision.allowed:
            return call.at
    return None


def _next_instant(
    call: Call, decision: Decision, told: tuple[datetime, ...], own_days: tuple[date, ...]
) -> datetime | None:
    change = _next_change(call, told, own_days)
    steps = []
    for end in decision.ends:
        known = [moment for moment in (end, change) if moment is not None and moment > call.at]
        if not known:
            return None
        steps.append(min(known))
    return max(steps, default=None)


def _next_change(
    call: Call, told: tuple[datetime, ...], own_days: tuple[date, ...]
) -> datetime | None:
    """The next instant at which a told fact, or a rule, begins or ends to hold."""
    moments = list(told[bisect_right(told, call.at) :][:1])
    today = min(call.days, default=call.at.date())
    ahead = bisect_left(call.book.boundaries, today)
    days = list(call.book.boundaries[ahead : ahead + 2])
    days += [day for day in own_days if day >= today][:2]
    moments += [midnight(day, key) for day in days for key in call.facts.located.zones]
    return min((moment for moment in moments if moment > call.at), default=None)


def rules_in_force(call: Call) -> tuple[Rule, ...]:
    """Rules of every jurisdiction of the call in force on one of its local dates, in order."""
    facts = call.facts
    return call.book.in_order(facts.located.jurisdictions, call.channels, facts.campaign, call.days)


def _covered(place: str, covering: frozenset[str], call: Call) -> bool:
    """Whether the law of a place is in the pack for such a call: its own, or one above it."""
    above = call.book.above.get(place[:2])
    return above is not None and (place in covering or not above.isdisjoint(covering))


def _deciding_allowance(verdicts: tuple[Verdict, ...]) -> str | None:
    """The rule that an allowance rests on: lifted, else consent, else hours, else any."""
    choices = (
        lambda v: v.effect is Effect.LIFTED,
        lambda v: v.effect is Effect.ALLOW and v.rule.kind == "consent",
        lambda v: v.effect is Effect.ALLOW and v.rule.kind == "hours",
        lambda v: v.effect is Effect.ALLOW and v.covers,
        lambda v: v.covers,
    )
    for choice in choices:
        for verdict in verdicts:
            if choice(verdict):
                return verdict.rule.id
    return None


def _shown(
    decision: Decision, call: Call | None, at: datetime | None, earliest: datetime | None = None
) -> dict[str, Any]:
    """The decision as the contract's answer."""
    zones = call.facts.located.zones if call else ()
    reached = [v for v in decision.verdicts if v.effect is not Effect.NOT_APPLICABLE]
    return {
        "schema": SCHEMA,
        "decision": "allow" if decision.allowed else "deny",
        "deciding_rule": decision.deciding_rule,
        "rules": [_rule_line(verdict) for verdict in decision.verdicts],
        "obligations": [o for v in reached for o in obligations(v.rule, call)] if call else [],
        "unknown": list(decision.unknown),
        "limits": _limits(reached, call) if call else {},
        "zones": list(zones),
        "local_times": {key: at.astimezone(zone(key)).isoformat() for key in zones} if at else {},
        "jurisdictions": list(call.facts.located.jurisdictions) if call else [],
        "earliest_allowed": earliest.astimezone(UTC).isoformat() if earliest else None,
        "pack": rulebook().pack.identity(),
    }


def _rule_line(verdict: Verdict) -> dict[str, str]:
    rule = verdict.rule
    return {
        "id": rule.id,
        "effect": verdict.effect.value,
        "reason": verdict.reason,
        "citation": rule.citation,
    }


def _limits(verdicts: Iterable[Verdict], call: Call) -> dict[str, dict[str, object]]:
    """For each rule with caps, the cap with the least left."""
    limits = {}
    for verdict in verdicts:
        if caps := [cap.document() for cap in caps_of(verdict.rule, call)]:
            limits[verdict.rule.id] = min(caps, key=lambda cap: int(str(cap["left"])))
    return limits
