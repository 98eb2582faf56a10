"""Deadlines as an iCalendar file (RFC 5545): request id and law, and never a person.

Each due day is an all-day event whose UID is stable, so that a calendar that takes the
file again moves the event instead of adding another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from privacy.actors import Actor
from privacy.desk import Desk
from privacy.rights import standing
from privacy.rights.clock import Law, statute
from privacy.rights.standing import OPEN_STATES, Standing

LINE_OCTETS = 75
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Entry:
    """One due day: `what` is due, target or acknowledge."""

    request_id: str
    law: str
    what: str
    day: date


def entries(cases: Iterable[Standing]) -> list[Entry]:
    """The due days of unfinished cases, the first first; none for a clock that stands still."""
    found = [entry for each in cases for entry in _of_case(each)]
    return sorted(found, key=lambda entry: (entry.day, entry.request_id, entry.what))


def render(found: Iterable[Entry], desk_id: str, now: datetime) -> bytes:
    """The calendar's bytes: CRLF, lines of at most 75 octets, stamped with `now` in UTC."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//rightsdesk//deadlines//EN",
        "CALSCALE:GREGORIAN",
    ]
    for entry in found:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.request_id}-{entry.what}@{desk_id}.rightsdesk.invalid",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(f'{entry.request_id} {entry.law}')}",
            f"CATEGORIES:{entry.what.upper()}",
            "CLASS:PRIVATE",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in folded(line))


def of_desk(desk: Desk, actor: Actor, *, law: Law = statute) -> bytes:
    """The calendar of every unfinished case of the desk."""
    standing.require_reader(actor)
    found = entries(standing.listed(desk, OPEN_STATES, law=law))
    return render(found, desk.config.desk_id, desk.now())


def folded(line: str) -> Iterator[bytes]:
    """The line in pieces of at most 75 octets that never cut a character."""
    rest, room = line, LINE_OCTETS
    lead = b""
    while True:
        piece = rest.encode()[:room].decode(errors="ignore")
        yield lead + piece.encode()
        rest = rest[len(piece) :]
        if not rest:
            return
        # The space that marks a continuation is one of the 75.
        lead, room = b" ", LINE_OCTETS - 1


def _of_case(each: Standing) -> Iterator[Entry]:
    law = str(each.clock["law"])
    for what, day in (
        ("due", each.due),
        ("target", each.safe_due),
        ("acknowledge", each.acknowledge_due),
    ):
        if day is not None:
            yield Entry(each.case.id, law, what, date.fromisoformat(day[:10]))


def _text(value: str) -> str:
    return value.translate(ESCAPED)
