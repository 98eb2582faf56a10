"""The facts of one statutory clock, read strictly from a JSON document.

Every mistake is a BadFacts that names the field by its dotted path and never
repeats the value. A bare date means that the hour is not known; an instant may
carry an offset or be local time in the controller's zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from privacy.errors import BadFacts
from privacy.law.calendars import Calendar, calendar_of
from privacy.law.zones import zone as load_zone

FIELDS = (
    "law",
    "holiday_calendar",
    "zone",
    "request_kind",
    "received",
    "as_of",
    "risk",
    "events",
)
EVENT_TYPES = (
    "identity_requested",
    "identity_received",
    "verified",
    "clarification_requested",
    "clarification_received",
    "fee_announced",
    "fee_charged",
    "fee_paid",
    "extension_notice",
    "appeal_received",
    "appeal_extension_notice",
    "first_communication",
    "first_disclosure",
    "opt_out",
    "refusal_sent",
    "data_provided",
)
RISKS = ("unlikely", "risk", "high")
_EVENT_FIELDS = ("type", "at", "undue_delay", "large_amount", "reasonable_doubt", "reason", "until")
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_BARE = len("2026-01-31")
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_MOST_EVENTS = 1000


@dataclass(frozen=True)
class Moment:
    """A day in the controller's zone and, where it is known, the aware instant."""

    on: date
    at: datetime | None


@dataclass(frozen=True)
class Event:
    """Something that happened to the request. `place` is its position in the document."""

    place: int
    type: str
    moment: Moment
    undue_delay: bool = True
    large_amount: bool = False
    reasonable_doubt: bool = False
    reason: str = ""
    until: date | None = None

    @property
    def on(self) -> date:
        return self.moment.on

    @property
    def field(self) -> str:
        return f"events[{self.place}]"


@dataclass(frozen=True)
class Facts:
    """One request or breach with its events in order of time.

    `as_of` is never earlier than a fact: `as_of_moved` tells that it was given so.
    """

    law: str
    kind: str
    calendar: Calendar
    zone: ZoneInfo
    received: Moment
    as_of: date
    as_of_moved: bool
    risk: str
    events: tuple[Event, ...]


def read_facts(document: object) -> Facts:
    """The facts of a document as the contract's `law deadline` has it. Raises BadFacts."""
    if not isinstance(document, Mapping):
        raise BadFacts("The facts are not a JSON object.", field="document")
    _only(document, FIELDS, "document")
    zone = _zone(_text(document, "zone"))
    received = _moment(document, "received", zone)
    events = _events(document.get("events"), zone, received)
    latest = max(event.on for event in events) if events else received.on
    latest = max(latest, received.on)
    as_of = latest if document.get("as_of") is None else _moment(document, "as_of", zone).on
    return Facts(
        law=_text(document, "law"),
        kind=_text(document, "request_kind"),
        calendar=calendar_of(_text(document, "holiday_calendar")),
        zone=zone,
        received=received,
        as_of=max(as_of, latest),
        as_of_moved=as_of < latest,
        risk=_risk(document.get("risk")),
        events=events,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return load_zone(name)
    except KeyError:
        raise BadFacts(
            "The time zone is not in the IANA list.",
            field="zone",
            next="Give an IANA name such as Europe/Berlin.",
        ) from None


def _only(document: Mapping[object, object], known: tuple[str, ...], field: str) -> None:
    if any(key not in known for key in document):
        raise BadFacts(
            "The facts hold a field that is not known.",
            field=field,
            next=f"Known fields: {', '.join(known)}.",
        )


def _text(document: Mapping[str, object], field: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise BadFacts("A text is missing.", field=field)
    return value


def _risk(value: object) -> str:
    if value is None:
        return "risk"
    if not isinstance(value, str) or value not in RISKS:
        raise BadFacts("The risk is not known.", field="risk", next=f"One of {', '.join(RISKS)}.")
    return value


def _moment(
    document: Mapping[str, object], name: str, zone: ZoneInfo, field: str | None = None
) -> Moment:
    field = field or name
    text = document.get(name)
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise _no_time(field)
    try:
        if len(text) == _BARE:
            moment = Moment(date.fromisoformat(text), None)
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=zone) if at.tzinfo is None else at
            moment = Moment(at.astimezone(zone).date(), at)
    except (ValueError, OverflowError):
        raise _no_time(field) from None
    if not _FIRST_YEAR <= moment.on.year <= _LAST_YEAR:
        raise _no_time(field)
    return moment


def _no_time(field: str) -> BadFacts:
    return BadFacts(
        "A date or instant cannot be read.",
        field=field,
        next=f"Give YYYY-MM-DD or RFC 3339, in the years {_FIRST_YEAR} to {_LAST_YEAR}.",
    )


def _events(value: object, zone: ZoneInfo, received: Moment) -> tuple[Event, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_EVENTS:
        raise BadFacts(f"The events are not a list of at most {_MOST_EVENTS}.", field="events")
    events = [_event(row, place, zone) for place, row in enumerate(value)]
    for event in events:
        if _before(event.moment, received):
            raise BadFacts("An event lies before the receipt.", field=f"{event.field}.at")
    return tuple(_in_order(events))


def _event(row: object, place: int, zone: ZoneInfo) -> Event:
    field = f"events[{place}]"
    if not isinstance(row, Mapping):
        raise BadFacts("An event is not a JSON object.", field=field)
    _only(row, _EVENT_FIELDS, field)
    kind = row.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        raise BadFacts(
            "The type of an event is not known.",
            field=f"{field}.type",
            next=f"One of {', '.join(EVENT_TYPES)}.",
        )
    reason = row.get("reason")
    if reason is not None and not isinstance(reason, str):
        raise BadFacts("A reason is not a text.", field=f"{field}.reason")
    until = row.get("until")
    return Event(
        place=place,
        type=kind,
        moment=_moment(row, "at", zone, f"{field}.at"),
        undue_delay=_flag(row, "undue_delay", True, field),
        large_amount=_flag(row, "large_amount", False, field),
        reasonable_doubt=_flag(row, "reasonable_doubt", False, field),
        reason=(reason or "").strip(),
        until=None if until is None else _moment(row, "until", zone, f"{field}.until").on,
    )


def _flag(row: Mapping[str, object], name: str, default: bool, field: str) -> bool:
    value = row.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadFacts("A flag is neither true nor false.", field=f"{field}.{name}")
    return value


def _before(moment: Moment, other: Moment) -> bool:
    if moment.at is not None and other.at is not None:
        return moment.at < other.at
    return moment.on < other.on


def _in_order(events: list[Event]) -> list[Event]:
    """By day; inside a day by instant where every event has one, else as written."""
    bare = {event.on for event in events if event.moment.at is None}

    def key(event: Event) -> tuple[date, float, int]:
        at = event.moment.at
        seconds = at.timestamp() if at is not None and event.on not in bare else 0.0
        return event.on, seconds, event.place

    return sorted(events, key=key)
