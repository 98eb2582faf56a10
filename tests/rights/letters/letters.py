"""Letters with made-up facts, for tests of what they say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from privacy.rights.letters import catalogue, compose, matrix, sample
from privacy.rights.letters.catalogue import Block
from privacy.rights.letters.compose import LINE_END
from privacy.rights.letters.text import LetterText
from privacy.rights.letters.words import words_of
from privacy.terms import Language

PACK = catalogue.catalogue()
LAWS = matrix.laws()
SEAT = "DE-BE"
ON = date(2026, 11, 30)


@cache
def full_facts(law: str, language: Language, on: date = ON) -> dict[str, Any]:
    """Every fact that a letter may ask for."""
    return sample.facts(PACK, words_of(language), law, on, SEAT)


def made(kind: str, law: str, language: Language, facts: dict[str, Any]) -> LetterText:
    return compose.compose(kind, law, facts, words_of(language), PACK)


def printed(text: LetterText, block: Block) -> str:
    """What a letter prints of a block; "" where it does not."""
    return "\n".join(
        line for part in text.paragraphs if block.id in part.blocks for line in part.texts
    )


def shown(block: Block, name: str, facts: dict[str, Any], law: str, language: Language) -> Any:
    """The values of a variable as a reader must find them in the block."""
    from privacy.rights.letters import formats

    locale = formats.locale_of(language, law)
    value = compose._in_words(PACK.variables[name], facts[name], words_of(language), locale)
    if isinstance(value, str):
        return [" ".join(value.replace(LINE_END, "\n").split())]
    if isinstance(value, tuple):
        firsts = [next(iter(v.values())) if isinstance(v, dict) else v for v in value]
        return [" ".join(first.split()) for first in firsts]
    return []


def cells(kind: str) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Laws that know the letter, with its blocks."""
    for law in LAWS:
        row = PACK.row(kind, law)
        if not row.none:
            yield law, PACK.letter(kind, law)
