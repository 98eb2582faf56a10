"""What stands between caller and person at one instant: consents, withdrawals, relationship.

A consent counts if it is in scope of the call, granted and not expired; a
withdrawal ends every consent granted before it or in the same second (a tie is
a withdrawal), whatever channel it came by. Words of the pack's [condition]
table are decided here and nowhere else.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from privacy.law.call_context import InboundText
from privacy.law.call_facts import Consent, Facts, last_second
from privacy.law.opt_out_words import tells_to_stop
from privacy.law.rulebook import Rule, Rulebook
from privacy.law.windows import WeekWindows
from privacy.law.zones import zone
from privacy.terms import Channel, ConsentClass

EMPTY = (ConsentClass.NONE, ConsentClass.WITHDRAWN)
PURCHASE_MONTHS = ("ebr_purchase_months", "ebr_months", "ebr_exempt_months")
PURCHASE_DAYS = ("conservative_purchase_days",)
INQUIRY_MONTHS = ("ebr_inquiry_months",)
INQUIRY_DAYS = ("conservative_inquiry_days",)
# The number has another holder since: what the one before gave or had lifts nothing now.
REASSIGNED = "yes"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call judged at one instant. `days` are the local dates in its zones."""

    facts: Facts
    at: datetime
    book: Rulebook
    clocks: Mapping[str, datetime]
    days: frozenset[date]
    channels: frozenset[str]
    usable: tuple[Consent, ...]
    withdrawn: bool
    opted_out_at: datetime | None

    @property
    def data(self) -> Mapping[str, Any]:
        """The pack's tables."""
        return self.book.pack.data

    @property
    def stopped(self) -> bool:
        """Whether the person told this caller to stop, by whatever way."""
        context = self.facts.context
        return self.withdrawn or context.company_list or context.suppressed


def call_at(facts: Facts, at: datetime, book: Rulebook) -> Call:
    """The call of these facts as of an instant."""
    clocks = {key: at.astimezone(zone(key)) for key in facts.located.zones}
    channels = {facts.channel.value}
    if facts.context.ai_voice and facts.channel is Channel.VOICE_LIVE:
        channels.add(book.pack.data["channels"]["artificial_voice_counts_as"])
    valid = [consent for consent in facts.consents if _valid(consent, facts, at)]
    stops = [text for text in facts.context.inbound_texts if reads_as_opt_out(text, book)]
    ended = _withdrawals(facts, at, book, stops)
    last = max(ended, default=None)
    usable = _after_withdrawal(valid, last, book) if last else tuple(valid)
    return Call(
        facts=facts,
        at=at,
        book=book,
        clocks=clocks,
        days=frozenset(clock.date() for clock in clocks.values()),
        channels=frozenset(channels),
        usable=usable,
        withdrawn=last is not None and not usable,
        opted_out_at=_opted_out_at(facts, at, stops),
    )


def _after_withdrawal(valid: list[Consent], last: datetime, book: Rulebook) -> tuple[Consent, ...]:
    """Consents newer than the last withdrawal; only an express one begins anew."""
    later = tuple(c for c in valid if c.granted is not None and c.granted > last)
    express = book.pack.data["condition"]["express"]["states"]
    return later if any(consent.state in express for consent in later) else ()


def satisfied(words: Sequence[str], rule: Rule, call: Call) -> bool:
    """Whether one of the conditions holds."""
    return any(holds(word, rule, call) for word in words) if words else False


def holds(word: str, rule: Rule, call: Call) -> bool:
    """Whether a word of the [condition] table is true for this rule and call."""
    condition = call.data["condition"][word]
    context = call.facts.context
    if "channels" in condition and call.facts.channel not in condition["channels"]:
        return False
    if condition.get("subscriber", context.subscriber) != context.subscriber:
        return False
    if "sellers" in condition and not context.seller.words & set(condition["sellers"]):
        return False
    if condition.get("sellers_of_rule") and not (
        context.seller.words & set(rule.decide["exempt_sellers"])
    ):
        return False
    if condition.get("live_operator_first") and not context.live_operator_first:
        return False
    if "relationship" in condition and not _related(condition, rule, call):
        return False
    return "states" not in condition or any(
        _suffices(consent, condition, rule, call) for consent in call.usable
    )


def agreed_windows(rule: Rule, call: Call) -> tuple[WeekWindows, ...]:
    """Times the person agreed to, of the consents that may lift this rule's hours."""
    found = []
    for word in rule.decide.get("lifted_by", ()):
        condition = call.data["condition"][word]
        if condition.get("agreed_times"):
            found += [c.times for c in call.usable if _suffices(c, condition, rule, call)]
    return tuple(times for times in found if times is not None)


def listed_since(rule: Rule, call: Call) -> datetime | None:
    """When the number came onto the latest of the rule's lists; None where one is untold."""
    listed = [call.facts.context.registers.get(name) for name in rule.decide.get("registers", ())]
    since = [register.since for register in listed if register and register.listed]
    if not since or None in since:
        return None
    return max(last_second(moment, call.facts.located.zones) for moment in since if moment)


def add_months(day: date, months: float) -> date:
    """The same day of the month that many months later, else that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + int(months), 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def reads_as_opt_out(text: InboundText, book: Rulebook) -> bool:
    """Whether a reasonable person reads the text as an opt-out; in doubt, yes."""
    return tells_to_stop(text.body, book.stop_words)


def _valid(consent: Consent, facts: Facts, at: datetime) -> bool:
    if consent.state in EMPTY or not _in_scope(consent, facts):
        return False
    if facts.context.reassigned_answer == REASSIGNED:
        return False
    if consent.channels is not None and facts.channel not in consent.channels:
        return False
    # Given to named sellers: none of another's, and none of a caller who is not told.
    if consent.sellers is not None and not consent.sellers & facts.context.seller.names:
        return False
    if consent.granted is not None and consent.granted > at:
        return False
    return consent.valid_until is None or consent.valid_until >= at


def _in_scope(consent: Consent, facts: Facts) -> bool:
    if consent.purposes is not None and facts.campaign not in consent.purposes:
        return False
    about = {facts.programme, facts.matter} - {None}
    return not consent.covers or not about or bool(consent.covers & about)


def _withdrawals(
    facts: Facts, at: datetime, book: Rulebook, stops: Iterable[InboundText]
) -> list[datetime]:
    """Last seconds of every withdrawal in force for this call."""
    ended: list[datetime] = []
    for consent in facts.consents:
        if not _in_scope(consent, facts):
            continue
        begins, last = consent.withdrawn_from, consent.withdrawn_to
        if consent.state is ConsentClass.WITHDRAWN:
            # An undated withdrawal is the latest word.
            begins, last = begins or LONG_AGO, last or consent.granted or at
        if begins is not None and last is not None and begins <= at:
            ended.append(last)
    words = book.pack.data["words"]
    ended += [text.at for text in stops if text.at <= at and _concerns(text, facts, words)]
    for other in facts.context.other_withdrawals:
        if other.scope in words["all_scope"] or _same_programme(other.programme, facts):
            last = last_second(other.at, facts.located.zones) if other.at else at
            ended += [last] if other.at is None or last <= at else []
    return ended


def _concerns(text: InboundText, facts: Facts, words: Mapping[str, Any]) -> bool:
    """Whether a text that asks to stop is about this call: unless it answers another message."""
    related = text.in_reply_to not in words["unrelated_reply"]
    return related or _same_programme(text.programme, facts)


def _same_programme(programme: str | None, facts: Facts) -> bool:
    return programme is None or facts.programme is None or programme == facts.programme


def _opted_out_at(facts: Facts, at: datetime, stops: Iterable[InboundText]) -> datetime | None:
    """When the person last asked to stop, as far as an instant is known."""
    asked = [text.at for text in stops]
    asked += [c.withdrawn_from for c in facts.consents if c.withdrawn_from is not None]
    return max((moment for moment in asked if moment <= at), default=None)


def _suffices(consent: Consent, condition: Mapping[str, Any], rule: Rule, call: Call) -> bool:
    if consent.state not in condition["states"]:
        return False
    if not consent.soft_opt_in >= set(condition.get("soft_opt_in", ())):
        return False
    proof = call.facts.channel in rule.decide.get("proof", ()) or condition.get("provable")
    if proof and consent.documented is False:
        return False
    if condition.get("documented") and not consent.documented:
        return False
    years = rule.params.get(rule.decide.get("consent_years", ""))
    given = consent.granted or consent.used_by
    if years and given and call.at >= _years_after(given, years):
        return False
    if condition.get("later_than_listing"):
        since = listed_since(rule, call)
        return since is not None and consent.granted is not None and consent.granted > since
    return True


def _years_after(granted: datetime, years: float) -> datetime:
    return datetime.combine(add_months(granted.date(), years * 12), granted.timetz())


def _related(condition: Mapping[str, Any], rule: Rule, call: Call) -> bool:
    """Whether the relationship the condition names exists; a request to stop ends it."""
    if call.facts.context.reassigned_answer == REASSIGNED:
        return False
    relationship = call.facts.context.relationship
    if relationship.ended_by_request or call.stopped:
        return False
    match condition["relationship"]:
        case "contract":
            return relationship.contract_in_progress
        case "related_contract":
            return relationship.contract_in_progress and relationship.related_to_contract
        case "personal":
            return relationship.personal
        case "customer":
            return relationship.existing_customer or _within_clock(rule, call)
        case "clock":
            return _within_clock(rule, call)
        case "purchase_within":
            months = rule.params[condition["months"]]
            return _recent(relationship.last_purchase, call, months, None)
        case _:
            months = rule.params[condition["months"]]
            return _recent(relationship.last_inquiry, call, months, None)


def _within_clock(rule: Rule, call: Call) -> bool:
    """Whether a purchase or inquiry lies inside the relationship clock of the rule."""
    relationship = call.facts.context.relationship
    if relationship.last_purchase is None and relationship.last_inquiry is None:
        return False
    clock = rule.params
    if "clock_rule" in rule.decide:
        clock = call.book.by_id[rule.decide["clock_rule"]].params
    elif not any(name in clock for name in (*PURCHASE_MONTHS, *INQUIRY_MONTHS)):
        clock = call.book.by_id[call.data["relationship"]["clock_rule"]].params
    return _recent(
        relationship.last_purchase, call, first(clock, PURCHASE_MONTHS), first(clock, PURCHASE_DAYS)
    ) or _recent(
        relationship.last_inquiry, call, first(clock, INQUIRY_MONTHS), first(clock, INQUIRY_DAYS)
    )


def first(params: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first of these parameters that the rule has, else None."""
    for name in names:
        if name in params:
            return params[name]
    return None


def _recent(event: date | None, call: Call, months: float | None, days: float | None) -> bool:
    """Whether the event lies before the call and within both limits, in every zone.

    The day on which the months end no longer counts: the law's "preceding"
    may be read either way and the narrower reading is taken.
    """
    if event is None or (months is None and days is None):
        return False
    return all(
        event <= day
        and (months is None or day < add_months(event, months))
        and (days is None or day <= event + timedelta(days=days))
        for day in call.days
    )
