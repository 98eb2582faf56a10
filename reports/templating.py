"""Templates: strict, escaped, and with a say on every value that is printed.

A value that is missing, None, a truth value, a list or a fraction does not print
by accident: the template must say how. Text passes the glyph rule (glyphs.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from privacy.errors import Fault
from reports import showing
from reports.glyphs import printable


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one environment of all documents on paper."""
    return page_environment(printable)


@lru_cache(maxsize=4)
def page_environment(shown: Callable[[str], str]) -> Environment:
    """An environment in which every text that is printed passes `shown`."""
    made = Environment(
        loader=PackageLoader("templates", "reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=partial(_finalize, shown),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=50,
    )
    made.filters.update(
        day=showing.day,
        instant=showing.instant,
        stamp=showing.stamp,
        number=showing.number,
        span=showing.span,
        words=showing.words,
        plain=showing.plain,
        headline=showing.headline,
    )
    made.globals.update(share=showing.share, counted=showing.counted)
    return made


def _finalize(shown: Callable[[str], str], value: Any) -> Any:
    """What `{{ value }}` prints: text and whole numbers; anything else is a fault of ours."""
    if isinstance(value, Markup):
        return Markup(shown(str(value)))  # noqa: S704 (it was Markup before)
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Undefined):
        return value
    raise Fault(
        f"A template prints a {type(value).__name__} without saying how; no document was made.",
        what="reports",
        next="Report this as a fault of ours.",
    )
