"""A letter on paper: letterhead, window of the envelope, the words as they were written.

Input (`Letter`): `letter` is the finished text, already in its language; nothing is
worded here. `paper` is A4 or letter. The address stands where a window envelope shows it
(DIN 5008, form B; a US No. 10 window takes the same place). The PDF is PDF/A-3a and
PDF/UA-1, names its language, and carries the data it was made from as `data.json`.
"""

from __future__ import annotations

from datetime import datetime
from importlib import metadata
from typing import Literal, TypedDict, cast

from privacy.clock import rfc3339
from reports.canonical import canonical, sha256_hex
from reports.look import Look
from reports.parts import Marker, marker_line
from reports.render import DOCUMENT_SCHEMA, PLAIN, Document, to_pdf
from reports.shape import Day, check
from reports.templating import environment

SCHEMA = "rightsdesk.report.letter/1"
PREFIX = "LT"
TITLE = "Letter"
ABOUT = "One letter of a request on the controller's paper"
FOR_WHOM = "the person or body it is addressed to"
TEMPLATES_VERSION = 2
STYLE = "letter.css"


class Part(TypedDict):
    role: str
    texts: list[str]


class Labels(TypedDict):
    reference: str
    date: str
    page: str
    of: str


class Text(TypedDict):
    kind: str
    law: str
    locale: str
    letter_on: Day
    date_shown: str
    reference: str
    subject: str
    paragraphs: list[Part]
    labels: Labels


class Sender(TypedDict):
    """`address`: lines of the postal address; `contact`: how else the sender is reached."""

    name: str
    address: list[str]
    contact: list[str]


class Letter(TypedDict):
    schema: Literal["rightsdesk.report.letter/1"]
    marker: Marker
    paper: Literal["A4", "letter"]
    sender: Sender
    to: list[str]
    letter: Text


def checked(data: dict[str, object]) -> Letter:
    """`data` as the typed input. Raises BadFacts with the path of what does not fit."""
    check(data, Letter)
    return cast(Letter, data)


def render_letter(data: dict[str, object], *, made_at: datetime, look: Look = PLAIN) -> Document:
    """The letter as a PDF: the same data, instant and brand give the same bytes.

    The paper is that of the letter's own data, not of `look`.

    BadFacts for data of another form.
    """
    content = canonical(data)
    letter = checked(data)
    envelope: dict[str, object] = {
        "schema": DOCUMENT_SCHEMA,
        "kind": "letter",
        "generator": f"rightsdesk {metadata.version('rightsdesk')}",
        "templates": TEMPLATES_VERSION,
        "data_sha256": sha256_hex(content),
        "made_at": rfc3339(made_at),
        "look": look.document(),
    }
    html = (
        environment()
        .get_template("letter.html")
        .render(
            data=letter,
            text=letter["letter"],
            document=envelope,
            look=look,
            marker=marker_line(letter["marker"]),
        )
    )
    attached = {
        "data.json": (content, "All data of this letter, canonical JSON (RFC 8785)"),
        "document.json": (canonical(envelope), "What else the letter was made from"),
    }
    pdf = to_pdf(html, attached, made_at, style=STYLE, files=look.files)
    document_id = f"{PREFIX}-{sha256_hex(canonical(envelope))[:16]}"
    return Document(pdf, document_id, sha256_hex(content))
