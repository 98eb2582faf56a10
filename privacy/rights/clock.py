"""The statutory clocks of a case: computed from its facts each time, never stored.

Several laws may apply to one request (the controller's and the person's); each
counts by itself and the strictest leads. A law that sets no period for the right
says so with its citation; it is never dropped and never stops a case. Zone and
holiday calendar are the controller's. An event that no law allows, such as a late
extension notice, is refused before it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.clock import rfc3339
from privacy.errors import BadFacts, BadInput, NotAllowedByLaw, RightsdeskError
from privacy.rights import pack
from privacy.rights.case import CLOCK_EVENTS, Event, Kind
from privacy.rights.law_clock import CaseClock, LawClock, Runs
from privacy.rights.store import Case, NewEvent, TimelineEvent
from privacy.settings import Controller

Law = Callable[[dict[str, Any]], dict[str, Any]]
Told = TimelineEvent | NewEvent
# What an event tells a law; other facts of an event are the case's own.
FACTS_OF_LAW = ("undue_delay", "large_amount", "reasonable_doubt", "reason", "until")
# An event that was told while no law had a clock for it.
NOBODY = "none"


def statute(document: dict[str, Any]) -> dict[str, Any]:
    """The law's own answer; calendars load only when a date is asked for."""
    from privacy.law.deadlines import answer as law_answer

    return law_answer(document)


def known_laws() -> tuple[str, ...]:
    """Names of all laws of the pack of clocks."""
    from privacy.law.clock_rules import clock_rules

    return tuple(clock_rules().laws)


def read(
    controller: Controller,
    case: Case,
    events: Sequence[TimelineEvent],
    as_of: datetime,
    *,
    more: Sequence[NewEvent] = (),
    law: Law = statute,
) -> CaseClock:
    """Every law's clock of this case at `as_of`; raises nothing that a law may answer."""
    told: list[Told] = [*events, *more]
    clocks = [_clock(controller, case, name, told, as_of, law) for name in _laws(case)]
    if case.kind is Kind.INQUIRY:
        clocks = [_letter(case), *clocks]
    ranked = sorted(enumerate(clocks), key=lambda each: (_rank(each[1]), each[0]))
    started = case.received_at.astimezone(ZoneInfo(controller.zone)).date()
    return CaseClock(tuple(clock for _, clock in ranked), started.isoformat())


def answer(
    controller: Controller,
    case: Case,
    events: Sequence[TimelineEvent],
    as_of: datetime,
    *,
    more: Sequence[NewEvent] = (),
    law: Law = statute,
) -> dict[str, Any]:
    """The contract's answer of `law deadline` for this case at `as_of`: the leading law's.

    `more` are events that are not recorded yet; see `allowed`.
    """
    told = allowed(controller, case, events, as_of, more, law=law)
    return read(controller, case, events, as_of, more=told, law=law).document()


def allowed(
    controller: Controller,
    case: Case,
    events: Sequence[TimelineEvent],
    as_of: datetime,
    more: Sequence[NewEvent],
    *,
    law: Law = statute,
) -> list[NewEvent]:
    """`more` as they may be recorded: an event that only some of the laws allow names them.

    NotAllowedByLaw or BadFacts of the first law when none allows it: record nothing.
    """
    told: list[NewEvent] = []
    for event in more:
        if event.type not in CLOCK_EVENTS:
            told.append(event)
            continue
        before = read(controller, case, events, as_of, more=told, law=law)
        asked = [each.law for each in before.laws if each.answer is not None]
        refused: list[RightsdeskError] = []
        allowing = []
        for name in asked:
            try:
                law(facts(controller, case, [*events, *told, event], as_of, name))
                allowing.append(name)
            except (NotAllowedByLaw, BadInput) as error:
                refused.append(error)
        if asked and not allowing:
            raise refused[0]
        told.append(_of_laws(event, allowing))
    return told


def facts(
    controller: Controller,
    case: Case,
    events: Iterable[Told],
    as_of: datetime,
    law: str = "",
) -> dict[str, Any]:
    """The contract's facts document of this case under one law (default: the first)."""
    name = law or case.law
    return {
        "law": name,
        "holiday_calendar": controller.holiday_calendar,
        "zone": controller.zone,
        "request_kind": pack.request_kind(case.kind, name),
        "received": rfc3339(case.received_at),
        "as_of": rfc3339(as_of),
        "events": [_event(event, as_of) for event in events if _counts(event, name)],
    }


def due(answered: dict[str, Any], events: Sequence[Told]) -> tuple[str | None, str | None]:
    """(due, safe_due) that count now: the extended date once the person was told of it.

    None while the clock does not run; the safe date is the earlier reading of that date, if
    there is one. What acts at once and has no period is due on the day of receipt.
    """
    name = str(answered.get("law", ""))
    told = any(
        event.type is Event.EXTENSION_NOTICE and (not name or _counts(event, name))
        for event in events
    )
    extended = answered.get("extended_due") if told else None
    if extended is not None:
        # The stricter reading of the first period is of a day that no longer counts.
        read = answered.get("readings", ())
        days = [str(each["date"]) for each in read if each["field"] == "extended_due"]
        return extended, min((day for day in days if day < extended), default=None)
    when = answered.get("due")
    if when is None and answered.get("immediate") and answered.get("state") != "not_started":
        when = answered.get("started_on")
    return when, answered.get("safe_due")


def due_day(answered: dict[str, Any], events: Sequence[Told]) -> str:
    """The date of `due` for a document, which has one also while the clock stands still."""
    when, _ = due(answered, events)
    return str(when or answered.get("due_if_answered") or answered["started_on"])[:10]


def _laws(case: Case) -> tuple[str, ...]:
    return case.laws or (case.law,)


def _clock(
    controller: Controller,
    case: Case,
    name: str,
    told: Sequence[Told],
    as_of: datetime,
    law: Law,
) -> LawClock:
    """One law's clock; whatever it cannot answer is said, never raised."""
    if name not in known_laws():
        return LawClock(name, Runs.CANNOT, "", f"The pack has no law {name}.")
    citation = pack.right_citation(case.kind, name)
    if pack.request_kind(case.kind, name) == pack.NO_PERIOD:
        return LawClock(name, Runs.NO_PERIOD, citation, _no_period(name, case.kind))
    try:
        answered = law(facts(controller, case, told, as_of, name))
    except (NotAllowedByLaw, BadInput) as error:
        heard, unheard = _heard(controller, case, name, told, as_of, law)
        if not unheard:
            return _unanswered(controller, case, name, citation, law, as_of, error)
        found = _clock(controller, case, name, heard, as_of, law)
        return replace(
            found, why=f"{name} does not count: {', '.join(unheard)}. {found.why}".strip()
        )
    when, safe = due({**answered, "law": name}, told)
    wait = answered.get("acknowledge_due")
    if when is not None:
        runs, why = Runs.DATED, ""
    elif answered.get("state") in ("paused", "not_started"):
        runs, why = Runs.STANDS_STILL, ""
    else:
        # Without undue delay, and no day for the answer is named.
        runs, why = Runs.NO_PERIOD, _no_period(name, case.kind)
        safe = None
    return LawClock(name, runs, citation, why, answered, when, safe, wait)


def _heard(
    controller: Controller,
    case: Case,
    name: str,
    told: Sequence[Told],
    as_of: datetime,
    law: Law,
) -> tuple[list[Told], list[str]]:
    """Events that a law can count, and types of those that it refuses.

    A case is under several laws, and what one allows another may refuse. Left out, an
    event neither stops nor moves that law's clock: its date can only be earlier.
    """
    heard: list[Told] = []
    unheard: list[str] = []
    for event in told:
        try:
            law(facts(controller, case, [*heard, event], as_of, name))
            heard.append(event)
        except (NotAllowedByLaw, BadInput):
            if not heard and event.type not in CLOCK_EVENTS:
                return [], []
            unheard.append(event.type.value)
    return heard, unheard


def _unanswered(
    controller: Controller,
    case: Case,
    name: str,
    citation: str,
    law: Law,
    as_of: datetime,
    error: RightsdeskError,
) -> LawClock:
    """Why a law gave no answer: no clock for the right, not in force, or facts it refuses."""
    if isinstance(error, BadFacts) and error.field == "request_kind":
        return LawClock(name, Runs.NO_PERIOD, citation, _no_period(name, case.kind))
    if isinstance(error, NotAllowedByLaw):
        try:
            law(facts(controller, case, (), as_of, name))
        except NotAllowedByLaw as early:
            why = f"{name} gives this right only from {early.limit} ({early.citation})."
            return LawClock(name, Runs.NOT_IN_FORCE, citation, why)
        except BadInput:
            pass
    why = f"{name} cannot be computed: {error.message} ({error.what})"
    return LawClock(name, Runs.CANNOT, citation, why)


def _letter(case: Case) -> LawClock:
    """An inquiry is due on the day that the authority's letter names."""
    citation = pack.right_citation(case.kind, case.law)
    if case.due_on_stated:
        return LawClock("LETTER", Runs.DATED, citation, "", None, case.due_on_stated)
    why = "The day that the authority's letter names is not recorded; read it and name it."
    return LawClock("LETTER", Runs.CANNOT, citation, why)


def _rank(clock: LawClock) -> tuple[int, str]:
    order = (Runs.DATED, Runs.CANNOT, Runs.STANDS_STILL, Runs.NO_PERIOD, Runs.NOT_IN_FORCE)
    # Without undue delay is a clock, if an undated one: it goes before a law that has none.
    undated = clock.runs is Runs.NO_PERIOD and clock.answer is None
    return order.index(clock.runs) * 2 + undated, clock.target or ""


def _no_period(name: str, kind: Kind) -> str:
    return f"{name} sets no period for a request of kind {kind.value}: answer without delay."


def _counts(event: Told, law: str) -> bool:
    """Whether a law hears of an event: it is one of the clock, and allowed by that law."""
    only = event.facts.get("laws")
    return event.type in CLOCK_EVENTS and (not only or law in str(only).split())


def _of_laws(event: NewEvent, names: Sequence[str]) -> NewEvent:
    """The event as it was told to these laws: one that is added later does not hear of it."""
    return replace(event, facts={**event.facts, "laws": " ".join(names) or NOBODY})


def _event(event: Told, as_of: datetime) -> dict[str, Any]:
    document: dict[str, Any] = {"type": Event(event.type).value, "at": rfc3339(event.at or as_of)}
    told = {key: event.facts[key] for key in FACTS_OF_LAW if key in event.facts}
    return {**document, **told}
