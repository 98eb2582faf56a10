"""Every kind of document in several dresses: bare, in other scripts, branded, on both papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from privacy.terms import Language
from reports import logo
from reports.letter import render_letter
from reports.look import Look
from reports.render import KINDS, Document, render
from tests.reports import calling_examples, campaign_rows, log_rows, pdfs, request_rows
from tests.reports.examples import ANCHOR, BASE, FILES, MADE_AT, example
from tests.rights.letters import papers

BARELY = ("access-answer", "erasure-certificate", "campaign-compliance", "calling-compliance",
          "do-not-call-policy", "data-protection-audit", "board")  # fmt: skip
HEBREW, ARABIC, GREEK = "יוסף כהן ושות׳", "محمد بن سلمان", "Ζωή Παπαδοπούλου"
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60"><title>x</title>
<defs><clipPath id="c"><rect width="58" height="60"/></clipPath></defs>
<g clip-path="url(#c)" style="fill:#0a5;opacity:1"><rect x="2" width="66" height="56"/></g>
<path d="M70 18h90v8h-90zM70 34h120v8h-120z" fill="#063"/></svg>"""


def png() -> bytes:
    """A small picture with clear and half-clear parts."""
    picture = Image.new("RGBA", (400, 120), (0, 0, 0, 0))
    drawn = ImageDraw.Draw(picture)
    drawn.ellipse((10, 10, 110, 110), fill=(120, 0, 60, 255))
    drawn.rectangle((130, 40, 390, 80), fill=(120, 0, 60, 200))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def green(paper: Any = "letter") -> Look:
    """A brand with an SVG."""
    lines = ("Nordring 5, 20095 Hamburg", GREEK)
    mark = logo.clean(SVG, "Logo of Kaufhaus Nord")
    return Look(paper, "Kaufhaus Nord", "#0A5C3A", "#0A7C3A", lines, mark)


def red() -> Look:
    """A brand with a PNG."""
    return Look(colour="#7A003C", accent="#7A003C", logo=logo.clean(png(), "A red ball"))


def in_other_scripts(kind: str) -> Document:
    """A kind whose names are Hebrew, Arabic and Greek, branded, on US Letter."""
    data, files = shorter(kind)
    data["controller"].update(name=HEBREW, address=[ARABIC, GREEK])
    data["dpo"]["name"] = ARABIC
    if kind == "access-answer":
        data.update(person=GREEK, language="de")
        data["held"]["names"][0]["value"] = f"{HEBREW} / {ARABIC}"
    if kind == "erasure-certificate":
        data["person"].update(name=f"{ARABIC} {GREEK}")
    if kind == "campaign-compliance":
        data["campaign"].update(title=GREEK, script_first_line=f"{HEBREW} {ARABIC}")
        data["checks"][0].update(violations=2)
        data["checks"][1].update(violations=None)
    return render(
        kind,
        data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        look=green(),
        annexes=files,
    )


def shorter(kind: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The example of a kind, with fewer rows where it has many: validators take their time."""
    if kind == "request-register":
        return request_rows.data(list(request_rows.rows(12)), deepcopy(BASE))
    if kind == "campaign-compliance":
        some = campaign_rows.rows(example(kind))[:12]
        return campaign_rows.with_rows(example(kind), some, whole=False)
    if kind == "log-verification":
        return log_rows.data(12, deepcopy(BASE))
    if kind == "requests-performance":
        return calling_examples.performance(list(request_rows.rows(12)), deepcopy(BASE))
    return example(kind), FILES.get(kind, {})


def bare(kind: str) -> Document:
    """As bare as the form allows, in all scripts: no rows in any list, nothing proved."""
    data = _emptied(example(kind))
    if kind == "access-answer":
        data["person"] = "محمد יוסף Ζωή Жанна Zoë 😀\u202e"
    elif kind == "erasure-certificate":
        data.update(person=None, epoch=None, read_back=None)
    elif kind == "campaign-compliance":
        data["opt_outs"].update(latency=None)
    return pdfs.made(kind, data, {})


def letters() -> dict[str, Callable[[], Document]]:
    """Letters in each language, and two with a brand, in other scripts and on both papers."""
    return {**papers.each_language(), "scripts": _letter_in_scripts, "png": _letter_with_png}


def _letter_in_scripts() -> Document:
    data = papers.data("refusal", "EU_GDPR", Language.ENGLISH)
    data.update(to=[ARABIC, GREEK, HEBREW], paper="letter")
    return render_letter(data, made_at=MADE_AT, look=green())


def _letter_with_png() -> Document:
    data = papers.data("extension", "EU_GDPR", Language.GERMAN)
    return render_letter(data, made_at=MADE_AT, look=red())


def every_one(documents: Mapping[str, Document]) -> dict[str, Callable[[], Document]]:
    """Who makes each, by name; `documents` are the examples of each kind, in English on A4."""
    makers: dict[str, Callable[[], Document]] = {}
    for kind in KINDS:
        makers[f"{kind} as it is"] = partial(documents.__getitem__, kind)
        makers[f"{kind} in other scripts"] = partial(in_other_scripts, kind)
    makers |= {f"{kind} bare": partial(bare, kind) for kind in BARELY}
    return makers | {f"letter {name}": make for name, make in letters().items()}


def _emptied(value: Any) -> Any:
    """The same data with every list emptied."""
    if isinstance(value, dict):
        return {key: _emptied(member) for key, member in value.items()}
    return [] if isinstance(value, list) else value


NAMES = tuple(every_one({}))
"""Every kind in every dress."""
