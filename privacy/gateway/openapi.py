"""The wire as OpenAPI 3.1: a file of the package that whoever builds a dialer may read."""

from __future__ import annotations

import functools
from importlib.resources import files

FILE = "wire-1.openapi.json"


@functools.cache
def text() -> str:
    """The description of wire version 1, as JSON."""
    return files("privacy.gateway").joinpath(FILE).read_text("utf-8")
