"""The text of an HTML mail: tags are dropped, nothing is rendered, loaded or run. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# What a reader never sees as text.
UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object"})
LINES = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "div", "dl", "dt", "dd", "fieldset"),
        *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "table", "tr", "ul"),
    }
)
QUOTE = "blockquote"
BLANK_LINES = re.compile(r"\n\s*\n\s*")
SPACES = re.compile(r"[^\S\n]+")


def text_of(html: str) -> str:
    """Words of the document in their order, blocks on lines of their own.

    What it quotes (`blockquote`) is marked as plain text marks it: `> ` before each line.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = SPACES.sub(" ", "".join(reader.found))
    return BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines.split("\n"))).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen.append(tag)
        elif tag in LINES:
            self._quoted += tag == QUOTE
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            # What stands open inside it ends with it.
            del self._unseen[self._unseen.index(tag) :]
        elif tag in LINES:
            self._quoted = max(0, self._quoted - (tag == QUOTE))
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._quoted and data.strip():
            # Its own line ends are blanks in HTML.
            data = f"\n> {' '.join(data.split())}\n"
        self.found.append(data)
