"""Refusals that no rule of the place has a clause for; they deny all the same.

A request to stop is one, where the law of the place has no list of the caller's
own. A told listing is another, on a list of a candidate place that no rule of
the pack names: the person said no, and the pack only lacks the paragraph.
"""

from __future__ import annotations

from privacy.law.findings import Effect, deny
from privacy.law.judging import Verdict
from privacy.law.rulebook import DECIDING
from privacy.law.standing import Call, satisfied
from privacy.terms import Purpose

STOPPED = "the person told this caller to stop"
LISTED = "on a list of the place that no rule names"


def with_refusals(verdicts: list[Verdict], call: Call) -> tuple[Verdict, ...]:
    """The verdicts, the first deciding one turned into a denial where a refusal needs it."""
    reason = _reason(verdicts, call)
    if not reason or any(verdict.denies_by_law for verdict in verdicts):
        return tuple(verdicts)
    for number, verdict in enumerate(verdicts):
        if verdict.rule.kind in DECIDING:
            stopped = Verdict(verdict.rule, Effect.DENY, reason, (deny(reason),))
            return (*verdicts[:number], stopped, *verdicts[number + 1 :])
    return tuple(verdicts)


def _reason(verdicts: list[Verdict], call: Call) -> str:
    """Why the call must not be made; empty where there is no such refusal.

    A suppression denies whatever the campaign; a withdrawal of consent does not
    touch what the law lets through without consent.
    """
    if call.facts.campaign is Purpose.OPT_OUT_CONFIRMATION:
        return ""
    context = call.facts.context
    if context.suppressed or context.company_list:
        return STOPPED
    if call.withdrawn and not any(_exempt(verdict, call) for verdict in verdicts):
        return STOPPED
    return LISTED if _on_unnamed_list(verdicts, call) else ""


def _exempt(verdict: Verdict, call: Call) -> bool:
    exempt = verdict.rule.decide.get("exempt_campaigns", ())
    return verdict.effect is Effect.LIFTED and call.facts.campaign in exempt


def _on_unnamed_list(verdicts: list[Verdict], call: Call) -> bool:
    """Whether a marketing call would reach a number told to be on such a list without consent."""
    if call.facts.campaign is not Purpose.MARKETING or not verdicts:
        return False
    unnamed = [
        name
        for name, register in call.facts.context.registers.items()
        if register.listed and name not in call.book.registers
    ]
    if not any(_of_place(name, call) for name in unnamed):
        return False
    return not satisfied(("express",), verdicts[0].rule, call)


def _of_place(name: str, call: Call) -> bool:
    """Whether a list such as `us_co` or `fr_bloctel` is one of a candidate place.

    The name begins with the country; what follows is a state, or the list's own name.
    """
    country, _, rest = name.upper().partition("_")
    located = call.facts.located
    if country not in {place[:2] for place in located.places}:
        return False
    return f"{country}-{rest}" in located.places or not call.book.is_area(country, rest)
