"""Options that take an instant or a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from privacy.errors import BadInput

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def instant_option(name: str, help_text: str) -> Callable[[Decorated], Decorated]:
    """An option that takes an RFC 3339 instant with an offset."""
    return click.option(name, metavar="INSTANT", callback=_instant, help=help_text)


def _instant(_ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput(
            "An instant is written like 2026-11-24T09:00:00+01:00.",
            what=f"--{param.name}",
            next="Give it with its offset.",
        )
    return at
