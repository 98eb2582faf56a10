"""The statutory clock of a case: computed from its facts each time, never stored.

Zone, holiday calendar and law are the controller's. An event that the law does
not allow, such as a late extension notice, is refused before it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from privacy.clock import rfc3339
from privacy.rights import pack
from privacy.rights.case import CLOCK_EVENTS, Event
from privacy.rights.store import Case, NewEvent, TimelineEvent
from privacy.settings import Controller

Law = Callable[[dict[str, Any]], dict[str, Any]]


def statute(document: dict[str, Any]) -> dict[str, Any]:
    """The law's own answer; calendars load only when a date is asked for."""
    from privacy.law.deadlines import answer as law_answer

    return law_answer(document)


def answer(
    controller: Controller,
    case: Case,
    events: Sequence[TimelineEvent],
    as_of: datetime,
    *,
    more: Sequence[NewEvent] = (),
    law: Law = statute,
) -> dict[str, Any]:
    """The contract's answer of `law deadline` for this case at `as_of`.

    `more` are events that are not recorded yet. NotAllowedByLaw for one that the law
    does not allow; BadFacts for a law or calendar that is not known.
    """
    return law(facts(controller, case, events, as_of, more))


def facts(
    controller: Controller,
    case: Case,
    events: Sequence[TimelineEvent],
    as_of: datetime,
    more: Sequence[NewEvent] = (),
) -> dict[str, Any]:
    """The contract's facts document of this case."""
    told: list[TimelineEvent | NewEvent] = [*events, *more]
    return {
        "law": case.law,
        "holiday_calendar": controller.holiday_calendar,
        "zone": controller.zone,
        "request_kind": pack.request_kind(case.kind, case.law),
        "received": rfc3339(case.received_at),
        "as_of": rfc3339(as_of),
        "events": [_event(event, as_of) for event in told if event.type in CLOCK_EVENTS],
    }


def due(answered: dict[str, Any], events: Sequence[TimelineEvent]) -> tuple[str | None, str | None]:
    """(due, safe_due) that count now: the extended date once the person was told of it.

    None while the clock does not run; the safe date is the earlier reading, if there is one.
    """
    told = any(event.type is Event.EXTENSION_NOTICE for event in events)
    when = answered.get("extended_due") if told else None
    return when or answered.get("due"), answered.get("safe_due")


def due_day(answered: dict[str, Any], events: Sequence[TimelineEvent]) -> str:
    """The date of `due` for a document, which has one also while the clock stands still."""
    when, _ = due(answered, events)
    return str(when or answered.get("due_if_answered") or answered["started_on"])[:10]


def _event(event: TimelineEvent | NewEvent, as_of: datetime) -> dict[str, Any]:
    document: dict[str, Any] = {"type": Event(event.type).value, "at": rfc3339(event.at or as_of)}
    return {**document, **event.facts}
