"""The formats as a list and as a table for the docs: what each is, needs and can prove. Pure."""

from __future__ import annotations

from typing import Any

from privacy.vendors.calls.form import Check, Format
from privacy.vendors.calls.formats.all import FORMATS

HEADS = ("format", "columns from", "read", "golden files", "zone", "one call is known by")


def documents() -> list[dict[str, Any]]:
    """Every format, for `vendor calls formats`."""
    return [
        {
            "name": each.name,
            "title": each.title,
            "source": each.source,
            "verified": each.verified,
            "golden": list(each.golden),
            "zone": each.zone.value,
            "key": each.key,
            "proves": {check.value: mark.value for check, mark in each.proves.items()},
        }
        for each in FORMATS
    ]


def markdown() -> str:
    """Two tables: what each format is, and which checks it can prove."""
    told = [HEADS, tuple("---" for _ in HEADS), *(_told(each) for each in FORMATS)]
    names = ("format", *(check.value for check in Check))
    marked = [names, tuple("---" for _ in names), *(_marked(each) for each in FORMATS)]
    return "\n".join(map(_line, told)) + "\n\n" + "\n".join(map(_line, marked)) + "\n"


def _told(each: Format) -> tuple[str, ...]:
    return (
        f"`{each.name}`: {each.title}",
        each.source,
        each.verified,
        ", ".join(each.golden),
        each.zone.value,
        each.key,
    )


def _marked(each: Format) -> tuple[str, ...]:
    return (f"`{each.name}`", *(mark.value for mark in each.proves.values()))


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
