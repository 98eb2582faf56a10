"""Python's search for garbage in rings, made rarer where values come by the million."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 500_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Python looks for garbage in rings less often, while values are made by the million.

    Calls hold no rings; looking at all of them again and again took a third of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
