"""Rule ids in words, for tables that people read; the citation comes from the pack."""

from __future__ import annotations

from privacy.law.own_rules import PREFIX
from privacy.law.rulebook import rulebook

OWN: dict[str, tuple[str, str]] = {
    "gateway.person_erasing": ("The person's data is being erased", "GDPR Art. 17"),
    "gateway.person_restricted": ("The person's data is restricted", "GDPR Art. 18(2)"),
    "gateway.suppressed": ("The number opted out", "GDPR Art. 21(3); 47 CFR 64.1200(d)(3), (d)(6)"),
    "gateway.live_call": ("A call to the number is under way", "the desk's own limit"),
    "gateway.min_gap": ("Too soon after the last call", "the desk's own limit"),
    "gateway.max_attempts": ("No attempts left in this campaign", "the desk's own limit"),
    "gateway.preferred_times": ("Not at the hours that the person prefers", "the person's wish"),
    "gateway.history_unknown": ("Earlier calls are not known", "the desk's own limit"),
    "gateway.bad_facts": ("A fact cannot be read", "the desk's own limit"),
    "gateway.window_margin": ("The calling window ends too soon", "the desk's own limit"),
    "no_number_to_call": ("The list holds no number that can be called", "nothing was asked"),
    "conventions.unknown_location": ("The person's place is not known", "denied by default"),
    "conventions.unknown_fact": ("A fact that the law asks for is missing", "denied by default"),
    "conventions.no_rule": ("No rules for this place yet", "denied by default"),
}
KINDS: dict[str, str] = {
    "ban": "Calls of this kind are not allowed",
    "location": "The place decides against it",
    "revocation": "Consent was revoked",
    "dnc": "On a do-not-call register, or the register is not fresh",
    "dnc_exemption": "No exemption from the do-not-call register",
    "consent": "The consent that is needed is not there",
    "hours": "Outside the permitted hours",
    "frequency": "Too many calls in the period",
}


def text_of(rule_id: str) -> str:
    """What a refusal by this rule means, in a few words."""
    if rule_id in OWN:
        return OWN[rule_id][0]
    if rule_id.startswith(PREFIX):
        return "An own rule of the desk"
    rule = rulebook().by_id.get(rule_id)
    if rule is None:
        return "A rule that this release does not know"
    return f"{KINDS.get(rule.kind, 'A duty was not kept')} ({rule.jurisdiction})"


def citation_of(rule_id: str) -> str:
    """The rule's citation."""
    if rule_id in OWN:
        return OWN[rule_id][1]
    if rule_id.startswith(PREFIX):
        return "the desk's own rules"
    rule = rulebook().by_id.get(rule_id)
    return rule.citation if rule is not None else ""
