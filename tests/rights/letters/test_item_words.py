"""Each legally required item can be read in its letter: what must be told stands there in words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from privacy.rights.letters.catalogue import Item
from privacy.terms import Language
from tests.rights.letters.letters import ON, PACK, cells, full_facts, made

# Rows of the case that the words are looked for in; all else is the sample of the language.
ROWS = {
    "grounds": ({"reason": "compelling", "citation": "citation 1"},),
    "withheld": (
        {"field": "profile", "reason": "compelling", "citation": "citation 1", "until_on": ON},
    ),
    "kept": ({"what": "calls", "citation": "citation 1", "until_on": ON},),
    "recipients_told": ({"name": "recipients_told name 1", "told_on": ON},),
    "notice_purposes": (
        {"purpose": "notice_purposes purpose 1", "basis": "notice_purposes basis 1"},
    ),
    "breach_data": ("name", "phone"),
}
WORDS = tomllib.loads((Path(__file__).parent / "item_words.toml").read_text())


def words_of(item: Item) -> list[str]:
    """What a reader must find of it: the law's own list, else that of every law."""
    law, letter, name = item.id.split(".")
    table = WORDS[letter]
    found: list[str] = table.get(f"{law}.{name}", table.get(name, []))
    return found


def test_every_required_item_has_words_to_look_for() -> None:
    required = [item for item in PACK.items.values() if item.required]
    assert [item.id for item in required if not words_of(item)] == []
    known = {item.id.partition(".")[2] for item in required}
    own = {item.id for item in required}
    for letter, table in WORDS.items():
        for name in table:
            law, _, rest = name.rpartition(".")
            one = f"{letter}.{rest}"
            assert (f"{law}.{one}" in own) if law else (one in known), (letter, name)


@pytest.mark.parametrize("kind", PACK.kinds)
def test_a_reader_finds_each_required_item_in_the_words_of_the_letter(kind: str) -> None:
    for law, _ in cells(kind):
        facts = {**full_facts(law, Language.ENGLISH), **ROWS}
        letter = made(kind, law, Language.ENGLISH, facts)
        for item in PACK.items_of(kind, law):
            if not item.required:
                continue
            parts = [part for part in letter.paragraphs if item.id in part.items]
            said = " ".join(" ".join(part.texts) for part in parts).lower()
            for words in words_of(item):
                assert words in said, (law, item.id, words, said)
