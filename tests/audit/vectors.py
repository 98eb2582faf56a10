"""The published vectors of trees, notes and checkpoints."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent.parent / "vectors" / "merkle-vectors.json"


@cache
def vectors() -> dict[str, Any]:
    """The file's content; do not change it."""
    content = json.loads(FILE.read_bytes())
    assert isinstance(content, dict)
    return content


def group(name: str) -> Any:
    """One group of vectors."""
    return vectors()[name]


def b64(text: str) -> bytes:
    return base64.b64decode(text)
