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


def due(answered: dict[str, Any]) -> tuple[str | None, str | None]:
    """(due, safe_due) that count now: the extended date once there is a notice."""
    when = answered.get("extended_due") if _extended(answered) else answered.get("due")
    return when or answered.get("due"), answered.get("safe_due")


def _extended(answered: dict[str, Any]) -> bool:
    return bool(answered.get("extended"))


def _event(event: TimelineEvent | NewEvent, as_of: datetime) -> dict[str, Any]:
    document: dict[str, Any] = {"type": Event(event.type).value, "at": rfc3339(event.at or as_of)}
    return {**document, **event.facts}
