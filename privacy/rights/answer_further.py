"""Lines of an answer beside the profile: what the desk noted, what was replaced, requests. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from privacy.clock import instant
from privacy.rights import pack
from privacy.rights.access import Found

Line = dict[str, Any]
# The controller's day of an instant.
Day = Callable[[datetime], str]
HERE = "this desk"


def facts(found: Found, day: Day) -> list[Line]:
    """What the desk itself noted: restrictions, and what was said at an opt-out."""
    lines = [
        _line("restriction of processing", str(row["reason"]), day(instant(row["placed_at"])))
        for row in found.restrictions
    ]
    return lines + [
        _line("what you said at an opt-out", words, None) for words in found.opt_out_words.values()
    ]


def earlier(found: Found, day: Day, law: str) -> list[Line]:
    """What corrections replaced, where it is not what is held now."""
    origin = {each.id: (each.source, each.obtained_on or None) for each in found.subjects}
    lines = []
    for one in found.history:
        label = f"until the correction of {day(one.replaced_at)}"
        now = set(_parts(found.profiles.get(one.subject_id, {})))
        gone = [part for part in _parts(one.profile) if part not in now]
        gone += [("phone", number) for number in one.numbers]
        source, since = origin[one.subject_id]
        lines += [
            _line(f"{label}: {name}", value, since, source)
            for name, value in gone
            if pack.never_disclosed(name, law) is None
        ]
    return lines


def beside(found: Found, day: Day) -> list[Line]:
    """What came with requests, was noted, or is planned; files by name."""
    return [
        _line(each.label, each.text, None if each.at is None else day(each.at))
        for each in found.beside.lines
    ]


def _parts(profile: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every value of a profile with its name."""
    for several in ("names", "addresses"):
        for each in profile.get(several) or []:
            yield from ((part, str(value)) for part, value in each.items() if value)
    for mail in profile.get("emails") or []:
        yield "e-mail", str(mail["address"])
    for label in ("organisation", "language", "birthday"):
        if profile.get(label):
            yield label, str(profile[label])
    yield from ((str(k), str(v)) for k, v in (profile.get("other") or {}).items() if v)


def _line(label: str, value: str, since_on: str | None, source: str = HERE) -> Line:
    return {"label": label, "value": value, "source": source, "since_on": since_on}
