"""Checks a report's data against the typed form that its module documents.

Each input is a tree of TypedDicts. Every key must be there and no other;
None stands only where the form allows it. An error names the dotted path and
never the value, which may be personal data.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from privacy.errors import BadFacts

Instant = Annotated[str, "instant"]
"""RFC 3339 with an offset."""

Day = Annotated[str, "day"]
"""A date as YYYY-MM-DD."""

Count = Annotated[int, "count"]
"""A whole number of zero or more."""

Digest = Annotated[str, "digest"]
"""SHA-256 in lower-case hexadecimal."""

Zone = Annotated[str, "zone"]
"""An IANA time zone."""

SAID: dict[str, str] = {
    "instant": "an RFC 3339 instant with an offset",
    "day": "a date as YYYY-MM-DD",
    "count": "a whole number of zero or more",
    "digest": "a SHA-256 in lower-case hexadecimal",
    "zone": "an IANA time zone",
}


def check(value: object, form: object, field: str = "data") -> None:
    """Pass, or raise BadFacts for the first place where `value` is not of `form`."""
    origin = get_origin(form)
    if is_typeddict(form):
        assert isinstance(form, type)
        _check_members(value, form, field)
    elif origin is Annotated:
        base, kind = get_args(form)
        check(value, base, field)
        if not _fits(value, kind):
            raise _wrong(field, SAID[kind])
    elif origin in (Union, types.UnionType):
        _check_union(value, get_args(form), field)
    elif origin is Literal:
        if value not in get_args(form):
            raise _wrong(field, "one of " + ", ".join(str(a) for a in get_args(form)))
    elif origin is list:
        if not isinstance(value, list):
            raise _wrong(field, "a list")
        for index, item in enumerate(value):
            check(item, get_args(form)[0], f"{field}[{index}]")
    elif not _is_plain(value, form):
        raise _wrong(field, getattr(form, "__name__", str(form)))


def _check_members(value: object, form: type, field: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(field, "an object")
    hints = _hints(form)
    for key in hints:
        if key not in value:
            raise _wrong(f"{field}.{key}", "there (every key is needed; null where allowed)")
    for key in value:
        if key not in hints:
            raise _wrong(f"{field}.{key}", "a key of this form")
    for key, hint in hints.items():
        check(value[key], hint, f"{field}.{key}")


def _check_union(value: object, forms: Sequence[object], field: str) -> None:
    """None where allowed; else the error of the only other form, or of all together."""
    others = [form for form in forms if form is not type(None)]
    if value is None and len(others) < len(forms):
        return
    if len(others) == 1:
        check(value, others[0], field)
        return
    for form in others:
        try:
            check(value, form, field)
        except BadFacts:
            continue
        return
    raise _wrong(field, "one of the forms allowed here")


def _is_plain(value: object, form: object) -> bool:
    if form is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if form is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(form, type) and isinstance(value, form)


def _fits(value: object, kind: str) -> bool:
    """Whether text or a number reads as `kind` says."""
    if kind == "count":
        return isinstance(value, int) and value >= 0
    text = str(value)
    try:
        if kind == "instant":
            return datetime.fromisoformat(text).tzinfo is not None
        if kind == "day":
            return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
    if kind == "zone":
        return _is_zone(text)
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


@lru_cache(maxsize=64)
def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


@lru_cache(maxsize=64)
def _hints(form: type) -> dict[str, Any]:
    return get_type_hints(form, include_extras=True)


def _wrong(field: str, expected: str) -> BadFacts:
    return BadFacts(
        f"{field} is not {expected}; no document was made.",
        field=field,
        next="Mend the data of the report and make it again.",
    )
