"""One rule on one call: is it in scope, what does each of its clauses say, what follows?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from privacy.law.call_context import Dialing, within
from privacy.law.call_duties import duties
from privacy.law.call_frequency import frequency
from privacy.law.call_hours import hours, inconvenient_times
from privacy.law.call_lists import lists, opt_out_confirmation, own_request, revoke_all
from privacy.law.findings import Effect, Finding, allow, deny, lifted
from privacy.law.rulebook import INFORMING, Rule
from privacy.law.standing import Call, satisfied
from privacy.terms import Channel

BY_HAND = "dialed by hand"
# Kinds whose word on a call makes it known to the law; the others only serve them.
COVERING = ("ban", "dnc", "consent", "hours", "frequency")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says: the effect of its strictest clause, and every denial of it.

    `frees`: the rule knows such calls and leaves them free.
    """

    rule: Rule
    effect: Effect
    reason: str
    denials: tuple[Finding, ...] = ()
    frees: bool = False

    @property
    def covers(self) -> bool:
        """Whether the rule says something about calls such as this one."""
        spoken = self.frees or self.effect is not Effect.NOT_APPLICABLE
        grants = self.rule.kind in COVERING or bool(self.rule.decide.get("confirms_opt_out"))
        return spoken and grants

    @property
    def unknown(self) -> tuple[str, ...]:
        """Facts whose absence denies."""
        return tuple(finding.unknown for finding in self.denials if finding.unknown)

    @property
    def denies_by_law(self) -> bool:
        """Whether the rule itself denies, not only a missing fact."""
        return any(not finding.unknown for finding in self.denials)

    @property
    def again(self) -> tuple[datetime | None, ...]:
        """For each denial the instant at which time alone may end it."""
        return tuple(finding.again for finding in self.denials)


def judge(rule: Rule, call: Call) -> Verdict:
    """The verdict of one rule in force on one call."""
    outside = _out_of_scope(rule, call)
    if outside == BY_HAND:
        return Verdict(rule, Effect.NOT_APPLICABLE, outside, frees=True)
    if outside:
        return Verdict(rule, Effect.NOT_APPLICABLE, outside)
    if call.facts.campaign in rule.decide.get("exempt_campaigns", ()):
        return Verdict(rule, Effect.LIFTED, "campaign exempt")
    findings = [found for name in rule.clauses if (found := CLAUSES[name](rule, call))]
    denials = tuple(found for found in findings if found.effect is Effect.DENY)
    told = [found for found in denials if not found.unknown]
    if denials:
        return Verdict(rule, Effect.DENY, (told or denials)[0].reason, denials)
    for effect in (Effect.LIFTED, Effect.ALLOW):
        for found in findings:
            if found.effect is effect:
                return Verdict(rule, effect, found.reason)
    return Verdict(rule, Effect.NOT_APPLICABLE, "decides nothing here")


def _out_of_scope(rule: Rule, call: Call) -> str:
    """Why the rule does not reach this call; empty where it does."""
    facts, decide = call.facts, rule.decide
    if rule.kind in INFORMING:
        return "informs only"
    recorded = Channel.VOICE_PRERECORDED in call.channels
    if decide.get("automated") and not recorded and facts.context.dialing is Dialing.MANUAL:
        return BY_HAND
    line = decide.get("line")
    if line and facts.context.wireless != (line == "wireless"):
        return "another kind of line"
    if decide.get("commercial", facts.context.commercial) != facts.context.commercial:
        untold = facts.context.commercial is None
        return "" if untold else "commercial or not: the other rule"
    sectors = rule.params.get(decide.get("only_sectors", ""))
    if sectors and facts.context.seller.sector not in (None, *sectors):
        return "another sector"
    if decide.get("emergency") and not _emergency(rule, call):
        return "no emergency declared"
    return ""


def _emergency(rule: Rule, call: Call) -> bool:
    return any(within(region, rule.jurisdiction) for region in call.facts.context.emergencies)


def _banned(rule: Rule, call: Call) -> Finding | None:
    if rule.kind != "ban":
        return None
    if satisfied(rule.decide.get("lifted_by", ()), rule, call):
        return lifted("not unsolicited")
    return deny("banned")


def _goods(rule: Rule, call: Call) -> Finding | None:
    """Goods that may not be offered, or only with a stronger consent."""
    decide, goods = rule.decide, call.facts.context.goods
    if goods & set(decide.get("banned_goods", ())):
        unless = decide.get("banned_goods_unless", ())
        return None if satisfied(unless, rule, call) else deny("these goods are banned")
    if goods & set(decide.get("special_goods", ())):
        needed = call.data["requirement"][decide["special_needs"]]
        return None if satisfied(needed, rule, call) else deny("these goods need consent")
    return None


def _consent(rule: Rule, call: Call) -> Finding | None:
    """The consent that the rule requires, or one of its exceptions."""
    needed = _required(rule, call)
    if needed is None:
        return None
    if satisfied(needed, rule, call):
        return allow("the consent it requires")
    if satisfied(rule.decide.get("lifted_by", ()), rule, call):
        return lifted("an exception from consent")
    return deny("not the consent it requires")


def _required(rule: Rule, call: Call) -> list[str] | None:
    """Conditions any one of which meets the rule's need of consent; None: it needs none."""
    decide, requirement = rule.decide, call.data["requirement"]
    if "needs" in decide:
        line, channels = decide.get("needs_line"), decide.get("needs_channels")
        if line and call.facts.context.wireless != (line == "wireless"):
            return None
        if channels and call.facts.channel not in channels:
            return None
        return list(requirement[decide["needs"]])
    if "required" not in rule.params:
        return None
    seller = call.facts.context.seller
    if seller.tax_exempt and "tax_exempt_needs" in decide:
        return list(requirement[decide["tax_exempt_needs"]])
    return [
        *requirement[rule.params["required"]],
        *decide.get("also", ()),
        *decide.get("charity_also", ()),
    ]


def _exempted_message(rule: Rule, call: Call) -> Finding | None:
    """Exempted messages: free to the recipient and short, else only with consent."""
    decide, context = rule.decide, call.facts.context
    if not decide.get("free_to_recipient"):
        return None
    if satisfied(decide.get("lifted_by", ()), rule, call):
        return None
    if not context.free_to_recipient:
        return deny("the exempted message must be free to the recipient")
    limits = [
        rule.params[name] for channel, name in decide["lengths"].items() if channel in call.channels
    ]
    if context.length is not None and any(context.length > limit for limit in limits):
        return deny("the exempted message is too long")
    return None


def _never_line(rule: Rule, call: Call) -> Finding | None:
    if rule.decide.get("never_line") == "wireless" and call.facts.context.wireless:
        return deny("never to this kind of line")
    return None


def _location(rule: Rule, call: Call) -> Finding | None:
    return allow("place and zones known") if rule.kind == "location" else None


def _exemption(rule: Rule, call: Call) -> Finding | None:
    """A rule that only explains another's exceptions allows where they hold."""
    explained = [call.book.by_id[name] for name in rule.decide.get("explains", ())]
    if any(satisfied(other.decide.get("lifted_by", ()), other, call) for other in explained):
        return allow("an exception holds")
    return None


# Every clause, in the order in which they speak; a rule names those that can (`compiled`).
CLAUSES: Mapping[str, Callable[[Rule, Call], Finding | None]] = {
    "banned": _banned,
    "goods": _goods,
    "location": _location,
    "own_request": own_request,
    "revoke_all": revoke_all,
    "opt_out_confirmation": opt_out_confirmation,
    "lists": lists,
    "exemption": _exemption,
    "never_line": _never_line,
    "consent": _consent,
    "exempted_message": _exempted_message,
    "hours": hours,
    "inconvenient_times": inconvenient_times,
    "frequency": frequency,
    "duties": duties,
}
