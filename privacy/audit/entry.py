"""The exact bytes of an audit entry: a strict profile of RFC 8785 (JCS).

Keys are lower-case ASCII; values are strings, whole numbers within 2^53 - 1,
booleans, null, arrays and objects, 16 deep; no floats, no lone surrogates. In that
profile Python's encoder with sorted keys writes what RFC 8785 asks for. An
entry has at most 65,535 bytes (C2SP tlog-tiles) and no raw newline.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from functools import lru_cache
from typing import Any

from privacy.errors import Fault, VerificationError

LONGEST_ENTRY_BYTES = 65_535
LARGEST_NUMBER = (1 << 53) - 1
PSEUDONYM_BYTES = 16
DEEPEST = 16
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
KEY = re.compile(r"[a-z][a-z0-9_]*")


def canonical(document: dict[str, Any]) -> bytes:
    """The canonical bytes of an entry. Fault for a value outside the profile."""
    wrong = _outside(document)
    if wrong:
        raise Fault(f"An audit entry is outside its profile: {wrong}.", what="audit entry")
    body = _encoded(document)
    if len(body) > LONGEST_ENTRY_BYTES:
        raise Fault(f"An audit entry has {len(body)} bytes.", what="audit entry")
    return body


def parse(body: bytes) -> dict[str, Any]:
    """The entry in these bytes. VerificationError unless they are canonical."""
    if len(body) > LONGEST_ENTRY_BYTES:
        raise _not_canonical()
    try:
        document = json.loads(body)
        fits = isinstance(document, dict) and not _outside(document)
        if not fits or _encoded(document) != body:
            raise _not_canonical()
    except (ValueError, RecursionError):
        raise _not_canonical() from None
    assert isinstance(document, dict)
    return document


def pseudonym(log_key: bytes, origin: str, period: str) -> str:
    """A person's name in the log for one period (`2026-11`); dies with the log key.

    base64url of the first 16 bytes of HMAC-SHA256(log key, label | origin | period).
    """
    message = f"audit-subject/v1\n{origin}\n{period}".encode()
    digest = hmac.digest(log_key, message, hashlib.sha256)[:PSEUDONYM_BYTES]
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _encoded(document: dict[str, Any]) -> bytes:
    return _ENCODE(document).encode("utf-8")


def _outside(value: object, depth: int = 0) -> str:
    """What is outside the profile, with its place; "" if nothing is."""
    if isinstance(value, str):
        return "" if value.isascii() or _is_text(value) else "holds a lone surrogate"
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= LARGEST_NUMBER else "is too large a number"
    if depth > DEEPEST:
        return "is too deep"
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str) or not _is_key(key):
                return "has a key that is not lower-case ASCII"
            # Most values are short ASCII texts; a million entries are verified at a time.
            if type(inner) is str and inner.isascii():
                continue
            if wrong := _outside(inner, depth + 1):
                return f"{key} {wrong}"
        return ""
    if isinstance(value, list | tuple):
        return next(filter(None, (_outside(inner, depth + 1) for inner in value)), "")
    return f"is a {type(value).__name__}"


# The same few keys stand in every entry.
@lru_cache(maxsize=1024)
def _is_key(key: str) -> bool:
    return KEY.fullmatch(key) is not None


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _not_canonical() -> VerificationError:
    return VerificationError(
        "An entry's bytes are not canonical.", what="audit entry", next="It was altered."
    )
