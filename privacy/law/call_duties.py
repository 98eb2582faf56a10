"""Duties around a call: they come back as obligations and deny where a told fact breaks one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from privacy.law.compiled import DUTIES
from privacy.law.findings import Finding, allow, deny, missing
from privacy.law.rulebook import Rule
from privacy.law.standing import Call, satisfied
from privacy.terms import ConsentClass

SECONDS_PER_DAY = 86_400
UNBROKEN = "a duty, not broken"


def duties(rule: Rule, call: Call) -> Finding | None:
    """The first duty of the rule that a told fact breaks."""
    for name in rule.duties:
        if broken := BREAKS[name](rule, call):
            return broken
    return allow(UNBROKEN) if rule.kind in DUTIES else None


def obligations(rule: Rule, call: Call) -> list[dict[str, object]]:
    """The rule's duties as the answer shows them; `by_seconds` None where it is no span."""
    found: list[dict[str, object]] = []
    for duty in rule.decide.get("duties", ()):
        if duty.get("channel") and duty["channel"] not in call.channels:
            continue
        text, seconds = duty["text"], rule.params.get(duty.get("seconds", ""))
        if "business_days" in duty:
            text = f"{text} Within {rule.params[duty['business_days']]} business days."
        if "days" in duty:
            days = rule.params[duty["days"]]
            text, seconds = f"{text} Within {days} days.", days * SECONDS_PER_DAY
        found.append(
            {
                "rule": rule.id,
                "kind": rule.kind,
                "text": text,
                "by_seconds": seconds,
                "citation": rule.citation,
            }
        )
    return found


def _number_withheld(rule: Rule, call: Call) -> Finding | None:
    context = call.facts.context
    if rule.decide.get("shows_number") and context.caller_number_shown is False:
        return deny("the caller's number is withheld")
    if rule.decide.get("number_answers") and context.caller_number_answers is False:
        return deny("the caller's number takes no requests")
    return None


def _premium_number(rule: Rule, call: Call) -> Finding | None:
    number = call.facts.context.caller_number or ""
    premium = tuple(f"+1{code}" for code in call.data["words"]["premium_area_codes"])
    if "number_not" in rule.params and number.startswith(premium):
        return deny("the caller's number is a premium number")
    return None


def _ring_too_short(rule: Rule, call: Call) -> Finding | None:
    told = call.facts.context.ring_timeout_s
    if rule.kind == "ring" and told is not None and told < rule.params["min_ring_seconds"]:
        return deny("the call would ring too short")
    return None


def _elements_missing(rule: Rule, call: Call) -> Finding | None:
    """A written consent whose told elements lack one; deny unless another written one has all."""
    if "elements" not in rule.params:
        return None
    needed = set(rule.params["elements"])
    written = [c for c in call.usable if c.state is ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT]
    if written and all(c.elements is not None and not c.elements >= needed for c in written):
        return deny("the written consent lacks an element")
    return None


def _reassigned(rule: Rule, call: Call) -> Finding | None:
    """The reassigned-numbers check: a duty in places; a told "yes" denies where a rule has it.

    Elsewhere a "yes" leaves the call without the former holder's consent and relationship.
    """
    if rule.kind != "reassigned_number":
        return None
    answer = call.facts.context.reassigned_answer
    if rule.params.get("rnd_check_mandatory"):
        if answer is None:
            return missing("context.reassigned_check")
        return None if answer == "no" else deny("the database does not say no")
    return deny("the number was reassigned") if answer == "yes" else None


def _unregistered(rule: Rule, call: Call) -> Finding | None:
    told, needed = call.facts.context.seller.registrations, rule.decide.get("registration")
    if not needed or told is None or needed in told:
        return None
    by_consent = rule.params.get("consent_based_texts_exempt_from_registration")
    if by_consent and satisfied(("express",), rule, call):
        return None
    return deny("the seller is not registered")


def _unauthenticated(rule: Rule, call: Call) -> Finding | None:
    seller = call.facts.context.seller
    most = rule.params.get(rule.decide.get("authentication", ""))
    if most is None or seller.calls_per_month is None or seller.calls_per_month <= most:
        return None
    return deny("calls are not authenticated") if not seller.authenticated else None


# Every way to break a duty, in their order; a rule names those that it can (`compiled`).
BREAKS: Mapping[str, Callable[[Rule, Call], Finding | None]] = {
    "number_withheld": _number_withheld,
    "premium_number": _premium_number,
    "ring_too_short": _ring_too_short,
    "elements_missing": _elements_missing,
    "reassigned": _reassigned,
    "unregistered": _unregistered,
    "unauthenticated": _unauthenticated,
}
