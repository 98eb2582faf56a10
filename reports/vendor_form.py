"""The questions for a vendor as one page of HTML that works offline, and only offline.

Its own content policy allows the one style sheet and the one script inside it, named by their
digests (CSP Level 3), and nothing else: no request, no picture, no font, no form that is sent.
The data stand as JSON in a block that no browser runs; every value on the page is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from reports.answer_view import visible
from reports.templating import page_environment

# What could end the block of data or begin a comment in it, as JSON's own escapes.
ESCAPED = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def page(form: Mapping[str, Any]) -> bytes:
    """The page of a form in the shape of privacy/vendors/form.py."""
    style, script = source("vendor-form.css"), scripts()
    policy = (
        f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)};"
        " base-uri 'none'; form-action 'none'"
    )
    told = {
        "data": form,
        "style": Markup(style),  # noqa: S704 (a file of ours, no value stands in it)
        "script": Markup(script),  # noqa: S704
        "content": Markup(  # noqa: S704 (no character of markup is left)
            json.dumps(form, ensure_ascii=True, separators=(",", ":")).translate(ESCAPED)
        ),
        "policy": policy,
    }
    template = page_environment(visible).get_template("vendor-form.html")
    return template.render(told).strip().encode()


def scripts() -> str:
    """The page's script: conditions first, as they are tested by themselves."""
    return source("vendor-conditions.js") + source("vendor-form.js")


@lru_cache(maxsize=4)
def source(name: str) -> str:
    """A file of ours beside the template."""
    loader = page_environment(visible).loader
    assert loader is not None
    return loader.get_source(page_environment(visible), name)[0]


def _allowed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
