"""Statutory deadlines of rights requests, complaints, notices and breaches.

Facts in, dates out: `answer` takes and gives the contract's `law deadline` document.
Each date is the last day that counts, inclusive, in the controller's zone (a breach:
an instant), with the steps and citations that led to it. It is never later than the
law: of two readings the earlier is `safe_due`, and all stand in `readings`.

The laws are data (`packs/rights_clocks.toml`); no legal number stands in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time

from privacy.errors import BadFacts, NotAllowedByLaw
from privacy.law.calendars import library_version
from privacy.law.clock_answer import Answer, document_of
from privacy.law.clock_events import ANSWERS, check_allowed, check_extensible, replay
from privacy.law.clock_facts import Event, Facts, read_facts
from privacy.law.clock_readings import (
    readings_of_hours,
    readings_of_period,
    readings_of_timeline,
)
from privacy.law.clock_rules import Clock, clock_rules
from privacy.law.periods import Setting, Step, due, due_instant
from privacy.law.zones import tzdata_version

_APPEALS = frozenset({"appeal_received", "appeal_extension_notice"})
_REFUSAL = "refusal"

__all__ = ["answer", "deadline", "due"]


def answer(document: Mapping[str, object]) -> dict[str, object]:
    """The contract's `law deadline` answer to a facts document, ready for JSON.

    Raises BadFacts (field) for facts that cannot be read, and NotAllowedByLaw (rule,
    limit, citation) for an event that the law does not allow. Reads no clock.
    """
    facts = read_facts(document)
    return document_of(deadline(facts), facts)


def deadline(facts: Facts) -> Answer:
    """Every date of one request or breach, typed. Raises as `answer` does."""
    rules = clock_rules()
    if facts.law not in rules.laws:
        raise BadFacts(
            "The law is not known.", field="law", next=f"One of {', '.join(rules.laws)}."
        )
    setting = Setting(rules, rules.laws[facts.law], facts.calendar)
    clocks = clocks_in_force(facts, setting)
    found = Answer()
    _general_warnings(found, facts, setting)
    for clock in sorted(clocks, key=lambda clock: clock.field != "due"):
        _note_clock(found, clock, facts)
        if clock.field == "due":
            _main(found, clock, facts, setting)
        else:
            _beside(found, clock, facts, setting, alone=len(clocks) == 1)
    _code_calendar(found, clocks, facts, setting)
    found.finish(facts)
    return found


def clocks_in_force(facts: Facts, setting: Setting) -> list[Clock]:
    """The law's clocks for this kind of request, in force on the day of receipt.

    A kind the law does not know is BadFacts; a right that is not in force yet is
    NotAllowedByLaw with its first day as the limit.
    """
    known = setting.rules.clocks_of(facts.law, facts.kind)
    if not known:
        kinds = {
            k for c in setting.rules.clocks.values() if facts.law in c.laws for k in c.applies_to
        }
        raise BadFacts(
            "This law has no clock for that kind of request.",
            field="request_kind",
            next=f"{facts.law} knows {', '.join(sorted(kinds))}.",
        )
    in_force = [clock for clock in known if _in_force(clock, facts.received.on)]
    if not in_force:
        first = min(known, key=lambda clock: clock.effective or date.min)
        raise NotAllowedByLaw(
            "The law gives this right only for requests received from a later day.",
            rule=first.id,
            limit=first.effective.isoformat() if first.effective else "none",
            citation=first.citation,
            next="Look for another law that applies to the person.",
        )
    return in_force


def _in_force(clock: Clock, day: date) -> bool:
    begun = clock.effective is None or clock.effective <= day
    return begun and (clock.effective_until is None or day <= clock.effective_until)


def _note_clock(found: Answer, clock: Clock, facts: Facts) -> None:
    found.immediate = found.immediate or clock.immediate
    found.without_undue_delay = found.without_undue_delay or clock.without_undue_delay
    if clock.warning:
        found.warn(clock.warning)
    if clock.warning_before and facts.received.on < clock.warning_before[0]:
        found.warn(clock.warning_before[1])
    if clock.status != "verified":
        found.warn(
            f"The source of {clock.id} is marked {clock.status}: check it ({clock.citation})."
        )


def _main(found: Answer, clock: Clock, facts: Facts, setting: Setting) -> None:
    """The clock that gives `due`: a period with its events, hours, or no period at all."""
    if clock.unit == "hour" or not clock.has_period:
        _check_simple(clock, facts, setting)
    if clock.unit == "hour":
        _hours(found, clock, facts, setting)
    elif clock.has_period:
        _period(found, clock, facts, setting)
    else:
        found.state = "running"
        found.started_on = facts.received.on
        text = "At once" if clock.immediate else "Without undue delay; no period is fixed"
        found.steps.append(Step(clock.id, text, facts.received.on, clock.citation))
    answered = next((event.on for event in facts.events if event.type in ANSWERS), None)
    if answered is not None:
        found.state, found.answered_on = "answered", answered


def _hours(found: Answer, clock: Clock, facts: Facts, setting: Setting) -> None:
    found.started_on = facts.received.on
    if facts.risk in clock.no_duty_at_risk:
        found.state, found.without_undue_delay = "not_started", False
        found.steps.append(Step(clock.id, clock.no_duty_text, facts.received.on, clock.citation))
        found.warn(clock.no_duty_text)
        found.started_on = None
        return
    for risk, text in clock.also_at_risk:
        if risk == facts.risk:
            found.warn(text)
    start = facts.received.at
    if start is None:
        start = datetime.combine(facts.received.on, time(0), tzinfo=facts.zone)
        found.warn("The hour of awareness is not given: counted from the start of that day.")
    end = due_instant(clock, start, setting)
    how = setting.counting(clock)
    found.due = end
    text = f"{clock.amount} elapsed hours; no weekend or holiday moves them"
    found.steps.append(Step(clock.id, text, end, clock.citation))
    found.steps.append(Step(how.id, how.text, end, how.citation))
    found.readings += readings_of_hours(clock, start, setting)


def _period(found: Answer, clock: Clock, facts: Facts, setting: Setting) -> None:
    timeline = replay(facts, clock, setting, _start(clock, facts))
    found.take(timeline)
    found.readings += readings_of_timeline(timeline)
    if not timeline.open:
        _end_early(found, clock, facts)
    _check_refusal(found, facts, setting)
    _appeal(found, clock, facts, setting)


def _check_refusal(found: Answer, facts: Facts, setting: Setting) -> None:
    """A refusal has a last day of its own where the law says so (GDPR Art. 12(4))."""
    sent = next((event for event in facts.events if event.type == "refusal_sent"), None)
    for clock in setting.rules.clocks_of(facts.law, _REFUSAL):
        if sent is None or not _in_force(clock, facts.received.on):
            continue
        last = due(clock, facts.received.on, setting).on
        if sent.on > last and found.state == "running" and not found.pauses:
            found.warn(f"A refusal was due by {last} ({clock.citation}).")


def _start(clock: Clock, facts: Facts) -> date:
    """The day of the event that starts the clock: the receipt, or the named event's last."""
    days = [event.on for event in facts.events if event.type == clock.start_event]
    return max(days, default=facts.received.on)


def _end_early(found: Answer, clock: Clock, facts: Facts) -> None:
    """Some periods end at an event at the latest, such as the first communication."""
    for event in facts.events:
        if event.type in clock.ends_with and isinstance(found.due, date) and event.on < found.due:
            found.due = found.limit = event.on
            text = f"At the latest with the {event.type.replace('_', ' ')}"
            found.steps.append(Step(clock.id, text, event.on, clock.citation))
            found.readings.clear()
    if clock.ends_with and not any(event.type in clock.ends_with for event in facts.events):
        names = " or ".join(sorted(clock.ends_with)).replace("_", " ")
        found.warn(f"Earlier if there is a {names}: then on that day at the latest.")


def _appeal(found: Answer, clock: Clock, facts: Facts, setting: Setting) -> None:
    if clock.is_appeal:
        found.appeal_due, found.appeal_extended_due = found.due, found.extended_due
        return
    received = next((event for event in facts.events if event.type == "appeal_received"), None)
    extensions = [event for event in facts.events if event.type == "appeal_extension_notice"]
    if not clock.appeal_clock and (received or extensions):
        raise _no_appeal(clock, setting)
    if extensions and (received is None or extensions[0].on < received.on):
        raise BadFacts("No appeal was received before.", field=extensions[0].field)
    if received is None:
        return
    appeal = setting.rules.clocks[clock.appeal_clock]
    timeline = replay(_facts_of_appeal(facts, received), appeal, setting, received.on)
    found.take_appeal(timeline)


def _no_appeal(clock: Clock, setting: Setting) -> NotAllowedByLaw:
    unknown = "The period of this law's appeal is not in the pack, so it gives no date."
    return NotAllowedByLaw(
        unknown if clock.appeal_unknown else "This law knows no appeal to the controller.",
        rule=clock.id,
        limit="none",
        citation=setting.law.citation,
        next="Read the law; point the person to the authority.",
    )


def _facts_of_appeal(facts: Facts, received: Event) -> Facts:
    """The facts as the appeal's own clock sees them: received then, its own extension."""
    place = facts.events.index(received)
    later = [
        e for e in facts.events[place + 1 :] if e.type in ANSWERS | {"appeal_extension_notice"}
    ]
    events = [replace(e, type="extension_notice") if "extension" in e.type else e for e in later]
    return replace(facts, received=received.moment, events=tuple(events))


def _beside(found: Answer, clock: Clock, facts: Facts, setting: Setting, *, alone: bool) -> None:
    """A clock that gives another field: an acknowledgement, or a day before which not."""
    start = _start(clock, facts)
    last = due(clock, start, setting)
    if alone:
        _check_simple(clock, facts, setting)
        found.state, found.started_on = "running", start
    found.set_field(clock.field, last.on)
    found.steps += last.steps
    found.readings += readings_of_period(clock, start, setting, clock.field)


def _check_simple(clock: Clock, facts: Facts, setting: Setting) -> None:
    """A clock without pauses knows no extension and no appeal either."""
    for event in facts.events:
        check_allowed(event, clock)
        if event.type == "extension_notice":
            check_extensible(clock, event)
        if event.type in _APPEALS:
            raise _no_appeal(clock, setting)


def _general_warnings(found: Answer, facts: Facts, setting: Setting) -> None:
    alias = setting.law.aliases.get(facts.kind)
    if alias:
        found.warn(f"{facts.law} has no {facts.kind} of its own: counted as {alias}.")
    if facts.as_of_moved:
        found.warn("as_of lies before a fact: the facts are taken as they stand, up to the latest.")
    countries = setting.law.holiday_countries
    if countries and facts.calendar.country not in countries:
        found.warn("This law does not look to the calendar's country: only weekends move a day.")
    elif countries and not facts.calendar.names_a_region:
        found.warn("Holidays differ inside this country: name the region, or dates may be earlier.")


def _code_calendar(found: Answer, clocks: list[Clock], facts: Facts, setting: Setting) -> None:
    own = [setting.counting(c).own_calendar for c in clocks if c.has_period]
    found.calendar = {
        "code": next((code for code in own if code), facts.calendar.code),
        "library": "holidays",
        "version": library_version(),
        "tzdata": tzdata_version(),
    }
