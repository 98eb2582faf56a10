"""The one byte form of a report's data: JSON by RFC 8785.

Keys in the order of their UTF-16 units, no white space, numbers as ECMAScript
prints them. What two programs could read differently is refused: numbers that
are not finite, integers beyond 2^53, lone surrogates, keys that are not text.
"""

from __future__ import annotations

import hashlib
import json
import math

from privacy.errors import BadFacts

LARGEST_EXACT = 2**53


def canonical(value: object) -> bytes:
    """`value` (dicts, lists, text, numbers, booleans, None) as canonical JSON in UTF-8.

    Raises BadFacts with the dotted path of what has no canonical form.
    """
    return _text(value, "data").encode()


def sha256_hex(content: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _text(value: object, field: str) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _string(value, field)
    if isinstance(value, int):
        if abs(value) > LARGEST_EXACT:
            raise _bad(field, "an integer beyond 2^53")
        return str(value)
    if isinstance(value, float):
        return _number(value, field)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(v, f"{field}[{i}]") for i, v in enumerate(value)) + "]"
    if isinstance(value, dict):
        return _object(value, field)
    raise _bad(field, f"a {type(value).__name__}, which is not JSON")


def _string(value: str, field: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _bad(field, "text with a lone surrogate") from None
    return json.dumps(value, ensure_ascii=False)


def _object(value: dict[object, object], field: str) -> str:
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise _bad(field, "an object whose keys are not all text")
        keys.append(key)
    members = []
    for key in sorted(keys, key=lambda k: k.encode("utf-16-be", "surrogatepass")):
        members.append(f"{_string(key, field)}:{_text(value[key], f'{field}.{key}')}")
    return "{" + ",".join(members) + "}"


def _number(value: float, field: str) -> str:
    """ECMAScript's Number::toString: the shortest digits that read back as `value`."""
    if not math.isfinite(value):
        raise _bad(field, "a number that is not finite")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"


def _bad(field: str, what: str) -> BadFacts:
    return BadFacts(
        f"The report's data holds {what}; no document was made.",
        field=field,
        next="Give it in a form that JSON can carry exactly.",
    )
