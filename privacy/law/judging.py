"""One rule on one call: is it in scope, what does each of its clauses say, what follows?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from privacy.law.call_context import Dialing, within
from privacy.law.call_duties import UNBROKEN, duties
from privacy.law.call_frequency import frequency
from privacy.law.call_hours import hours, inconvenient_times
from privacy.law.call_lists import lists, opt_out_confirmation, own_request, revoke_all
from privacy.law.findings import Effect, Finding, allow, deny, lifted
from privacy.law.rulebook import INFORMING, Rule
from privacy.law.standing import Call, satisfied
from privacy.terms import Channel

BY_HAND = "dialed by hand"
INFORMS = "informs only"
SILENT = "decides nothing here"
EXEMPT = "campaign exempt"
# Verdicts kept, by rule: a few for each rule of the pack and of the own rules in use.
MOST_KEPT = 10_000


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
        return self.rule.covering and (self.frees or self.effect is not Effect.NOT_APPLICABLE)

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
    return settled(rule) or judged(rule, call)


def judged(rule: Rule, call: Call) -> Verdict:
    """The verdict of a rule on the facts of a call."""
    if rule.scopes and (outside := _out_of_scope(rule, call)):
        return _undenying(rule, Effect.NOT_APPLICABLE, outside)
    if call.facts.campaign in rule.decide.get("exempt_campaigns", ()):
        return _undenying(rule, Effect.LIFTED, EXEMPT)
    findings = [found for name in rule.clauses if (found := CLAUSES[name](rule, call))]
    if not findings:
        return _undenying(rule, Effect.NOT_APPLICABLE, SILENT)
    if denials := [found for found in findings if found.effect is Effect.DENY]:
        told = [found for found in denials if not found.unknown]
        return Verdict(rule, Effect.DENY, (told or denials)[0].reason, tuple(denials))
    lifting = [found for found in findings if found.effect is Effect.LIFTED]
    spoken = (lifting or findings)[0]
    return _undenying(rule, spoken.effect, spoken.reason)


@lru_cache(MOST_KEPT)
def settled(rule: Rule) -> Verdict | None:
    """The verdict of a rule that no fact can change; None where one can."""
    if rule.kind in INFORMING:
        return Verdict(rule, Effect.NOT_APPLICABLE, INFORMS)
    if rule.scopes or rule.duties or rule.decide.get("exempt_campaigns"):
        return None
    if not rule.clauses:
        return Verdict(rule, Effect.NOT_APPLICABLE, SILENT)
    if rule.clauses == ("duties",):
        return Verdict(rule, Effect.ALLOW, UNBROKEN)
    return None


@lru_cache(MOST_KEPT)
def _undenying(rule: Rule, effect: Effect, reason: str) -> Verdict:
    """A verdict without a denial: its words are the rule's and the pack's, so it is kept."""
    return Verdict(rule, effect, reason, frees=reason == BY_HAND)


def _out_of_scope(rule: Rule, call: Call) -> str:
    """Why the rule does not reach this call; empty where it does."""
    for name in rule.scopes:
        outside = SCOPES[name](rule, call)
        if outside is not None:
            return outside
    return ""


def _automated(rule: Rule, call: Call) -> str | None:
    recorded = Channel.VOICE_PRERECORDED in call.channels
    by_hand = not recorded and call.facts.context.dialing is Dialing.MANUAL
    return BY_HAND if by_hand else None


def _line(rule: Rule, call: Call) -> str | None:
    wireless = rule.decide["line"] == "wireless"
    return None if call.facts.context.wireless == wireless else "another kind of line"


def _commercial(rule: Rule, call: Call) -> str | None:
    """Untold, a call is in the scope of both rules, whatever else limits them."""
    told = call.facts.context.commercial
    if told is None:
        return ""
    return None if told == rule.decide["commercial"] else "commercial or not: the other rule"


def _sectors(rule: Rule, call: Call) -> str | None:
    sectors = rule.params.get(rule.decide["only_sectors"])
    within_them = not sectors or call.facts.context.seller.sector in (None, *sectors)
    return None if within_them else "another sector"


def _emergency(rule: Rule, call: Call) -> str | None:
    regions = call.facts.context.emergencies
    declared = any(within(region, rule.jurisdiction) for region in regions)
    return None if declared else "no emergency declared"


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

# Every limit of a scope, in their order. Each says why the call lies outside, None where
# this limit does not leave it out, and "" where no other one can either.
SCOPES: Mapping[str, Callable[[Rule, Call], str | None]] = {
    "automated": _automated,
    "line": _line,
    "commercial": _commercial,
    "sectors": _sectors,
    "emergency": _emergency,
}
