"""A finished letter as one frozen value: what is sealed, sent and printed is made of it. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = "rightsdesk.letter-text/1"
LINE = 76
LIST = "list"


@dataclass(frozen=True)
class Paragraph:
    """One part as it is printed. `texts`: one, or the members of a list.

    `blocks` and `items` say what it was made of and which legal items it fulfils.
    """

    role: str
    texts: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class LetterText:
    """A letter without its addressee. `locale` says how its dates are written.

    `labels`: words of the letterhead in the letter's language.
    """

    kind: str
    law: str
    language: str
    locale: str
    letter_on: str
    date_shown: str
    reference: str
    sender: str
    subject: str
    paragraphs: tuple[Paragraph, ...]
    labels: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """JSON-ready; `from_document` gives an equal value."""
        return {"schema": SCHEMA, **asdict(self)}

    def canonical(self) -> bytes:
        """The bytes that are sealed and hashed."""
        return json.dumps(
            self.document(), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        ).encode()

    def mail(self) -> str:
        """The letter as the plain text of a mail, folded for terminals and old readers."""
        return "\n\n".join(_mail(each) for each in self.shown()) + "\n"

    def shown(self) -> list[Paragraph]:
        """The paragraphs as a reader sees them: lists that follow each other are one list."""
        found: list[Paragraph] = []
        for each in self.paragraphs:
            if found and each.role == found[-1].role == LIST:
                before = found.pop()
                each = Paragraph(
                    LIST,
                    before.texts + each.texts,
                    before.blocks + each.blocks,
                    before.items + each.items,
                )
            found.append(each)
        return found


def from_document(document: Mapping[str, Any]) -> LetterText:
    """The value of a document that this module wrote."""
    fields = {key: value for key, value in document.items() if key != "schema"}
    fields["paragraphs"] = tuple(
        Paragraph(row["role"], tuple(row["texts"]), tuple(row["blocks"]), tuple(row["items"]))
        for row in fields["paragraphs"]
    )
    return LetterText(**fields)


def _mail(part: Paragraph) -> str:
    if part.role == LIST:
        return "\n".join(_folded(text, "- ", "  ") for text in part.texts)
    lines = [line for text in part.texts for line in text.split("\n")]
    return "\n".join(_folded(line) for line in lines)


def _folded(text: str, first: str = "", other: str = "") -> str:
    return textwrap.fill(
        text,
        LINE,
        initial_indent=first,
        subsequent_indent=other,
        break_long_words=False,
        break_on_hyphens=False,
    )
