"""Letter by law and language: every cell is there, or says why there is none. Pure.

`python -m privacy.rights.letters.matrix` writes `templates/letters/matrix.toml` anew; a
test compares it, so that a letter that goes missing is seen in the file's changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from privacy.errors import NotFound
from privacy.rights.letters.catalogue import Catalogue, catalogue
from privacy.rights.letters.words import READY, Words, words_of

FILE = "matrix.toml"
TEXT = "text"
HEAD = """\
# Made by `python -m privacy.rights.letters.matrix`; not edited by hand.
# letter x law -> the languages in which it is whole, or why the law knows no such letter.
"""


@dataclass(frozen=True)
class Cell:
    """`text`: the word text, or `none: ` and the reason, or what is missing."""

    kind: str
    law: str
    language: str
    text: str

    @property
    def is_there(self) -> bool:
        """Whether the cell holds a letter or a reason."""
        return self.text == TEXT or self.text.startswith("none: ")


def laws() -> tuple[str, ...]:
    """Every law of the pack of clocks: that is what a request may be under."""
    from privacy.rights.clock import known_laws

    return known_laws()


def cells() -> Iterator[Cell]:
    """Every cell, by letter, law and language in the order of the packs."""
    found = catalogue()
    for kind in found.kinds:
        for law in laws():
            for language in READY:
                said = _cell(found, words_of(language), kind, law)
                yield Cell(kind, law, language.value, said)


def _cell(found: Catalogue, words: Words, kind: str, law: str) -> str:
    try:
        blocks = found.letter(kind, law)
    except NotFound:
        return f"none: {found.row(kind, law).none}"
    lacking = [block.id for block in blocks if not words.block.get(block.id, "").strip()]
    if not words.subject.get(kind, "").strip():
        lacking.append(f"subject.{kind}")
    return f"missing: {', '.join(lacking)}" if lacking else TEXT


def by_law(found: Sequence[Cell]) -> Iterator[tuple[str, str, str]]:
    """Letter, law, and its languages or why there is none."""
    for (kind, law), group in groupby(found, key=lambda cell: (cell.kind, cell.law)):
        row = list(group)
        texts = {cell.text for cell in row}
        if texts == {TEXT}:
            yield kind, law, " ".join(cell.language for cell in row)
        elif len(texts) == 1:
            yield kind, law, texts.pop()
        else:
            yield kind, law, "; ".join(f"{cell.language}: {cell.text}" for cell in row)


def content() -> str:
    """The file's text."""
    lines = [HEAD.rstrip("\n")]
    last = ""
    for kind, law, said in by_law(list(cells())):
        if kind != last:
            lines += ["", f"[{kind}]"]
            last = kind
        text = said.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{law} = "{text}"')
    return "\n".join(lines) + "\n"


def path() -> Path:
    """Where the file lies in the source tree."""
    return Path(__file__).parents[3] / "templates" / "letters" / FILE


if __name__ == "__main__":
    path().write_text(content(), encoding="utf-8")
