"""The bytes of a version of texts, and their digest: `{"files": {NAME: TEXT}}`, canonical."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def packed(texts: Mapping[str, str]) -> bytes:
    """The bytes of a version: the same texts, the same bytes."""
    made = json.dumps(
        {"files": dict(texts)}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return made.encode("utf-8")


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
