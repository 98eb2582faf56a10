"""The access answer as one page of HTML: opens offline, asks for nothing, runs nothing.

Its own content policy forbids everything but the one style sheet inside it, named by its
digest (CSP Level 3): no script, no picture, no font, no form, no request. Every value
is escaped, isolated from the direction of the text around it, and shown without controls
and direction marks; other characters stand as they are.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from functools import lru_cache

from markupsafe import Markup

from reports import access_answer
from reports.parts import marker_line
from reports.templating import page_environment
from reports.wording import words

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
KEPT = frozenset("\n\t\u200c\u200d")


def view(data: dict[str, object]) -> bytes:
    """The page of data in the form of reports/access_answer.py. Raises BadFacts."""
    checked = access_answer.checked(data)
    style, policy = _style()
    page = {
        "w": words(checked["language"]),
        "data": checked,
        "figures": access_answer.figures(checked),
        "marker": marker_line(checked["marker"]),
        "style": style,
        "policy": policy,
    }
    template = page_environment(visible).get_template("answer-view.html")
    return template.render(page).strip().encode()


def visible(text: str) -> str:
    """`text` with what a reader cannot see replaced by its code, such as `[U+202E]`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"[U+{ord(c):04X}]" if unicodedata.category(c) in HIDDEN and c not in KEPT else c
        for c in text
    )


@lru_cache(maxsize=1)
def _style() -> tuple[Markup, str]:
    """The style sheet, and the policy that allows it by its digest and nothing else."""
    loader = page_environment(visible).loader
    assert loader is not None
    source, _, _ = loader.get_source(page_environment(visible), "answer-view.css")
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(source), policy  # noqa: S704 (a file of ours, no value stands in it)
