"""What a dialer asks, read strictly: unknown shapes are refused, and no field but one
can carry a number.

Causes are short codes, so that a dialer cannot write a number into the desk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from privacy.errors import BadFacts
from privacy.gateway.protocol import HANGUPS, KEYS, MOST_EVENTS, MOST_PERMITS, EventKind

MOST_RESOURCES = 500
LONGEST_WORDS = 2_000
RESOURCE = re.compile(r"[a-z]{1,12}-?[0-9]{0,4}")
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
OPAQUE = re.compile(r"[a-z]{1,3}-[a-z2-7]{26}")


def ask_permits(document: object) -> tuple[str, int, tuple[str, ...], int]:
    """Campaign, how many, the reserved resources, and how many at most without one.

    BadFacts names a wrong field.
    """
    body = _object(document)
    campaign = _opaque(body, "campaign")
    want = _whole(body, "want", 1, MOST_PERMITS)
    resources = body.get("resources", [])
    if not isinstance(resources, list) or len(resources) > MOST_RESOURCES:
        raise _wrong("resources")
    for resource in resources:
        if not isinstance(resource, str) or not RESOURCE.fullmatch(resource):
            raise _wrong("resources")
    over = _whole(body, "over", 0, MOST_PERMITS) if "over" in body else 0
    return campaign, want, tuple(dict.fromkeys(resources)), over


def ask_redeem(document: object) -> str:
    """The permit of a redemption."""
    return _opaque(_object(document), "permit")


def ask_events(document: object) -> list[tuple[int, EventKind, int, str]]:
    """One event, or under `events` up to 20 of them in order."""
    body = _object(document)
    if "events" not in body:
        return [ask_event(body)]
    events = body["events"]
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise _wrong("events")
    return [ask_event(event) for event in events]


def ask_event(document: object) -> tuple[int, EventKind, int, str]:
    """seq, kind, at_ms (since the redemption, by the dialer's clock) and cause."""
    body = _object(document)
    named = body.get("kind")
    if not isinstance(named, str) or named not in set(EventKind):
        raise _wrong("kind")
    kind = EventKind(named)
    seq = _whole(body, "seq", 1, 10_000)
    return seq, kind, _whole(body, "at_ms", 0, 86_400_000), _cause(kind, body.get("cause"))


def ask_opt_out(document: object) -> tuple[str, str]:
    """How it was said (unwanted: SIP 607) and the words, maybe empty."""
    body = _object(document)
    how, words = body.get("how"), body.get("words") or ""
    if how not in ("key", "speech", "text", "agent", "unwanted"):
        raise _wrong("how")
    if not isinstance(words, str) or len(words) > LONGEST_WORDS:
        raise _wrong("words")
    return str(how), words


def ask_number_opt_out(document: object) -> str:
    """An E.164 number."""
    number = _object(document).get("number")
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise _wrong("number")
    return number


def _cause(kind: EventKind, cause: object) -> str:
    """A cause that can hold no number: a SIP code or who hung up; a key; else nothing."""
    text = "" if cause is None else str(cause)
    if kind is EventKind.KEY:
        allowed = text in KEYS
    elif kind is EventKind.ENDED:
        allowed = text in HANGUPS or bool(re.fullmatch(r"[3-6][0-9]{2}", text))
    else:
        allowed = text == ""
    if not allowed:
        raise _wrong("cause")
    return text


def _object(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _wrong("body")
    return document


def _opaque(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not OPAQUE.fullmatch(value):
        raise _wrong(field)
    return value


def _whole(body: Mapping[str, Any], field: str, least: int, most: int) -> int:
    value = body.get(field)
    if type(value) is not int or not least <= value <= most:
        raise _wrong(field)
    return value


def _wrong(field: str) -> BadFacts:
    return BadFacts("A field of the request cannot be used.", field=field)
