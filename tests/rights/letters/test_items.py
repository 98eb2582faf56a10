"""What the law wants in a letter stands in it: by its block, and by the values in its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from privacy.errors import BadFacts
from privacy.rights.letters import compose
from privacy.rights.letters.catalogue import Block
from privacy.rights.letters.words import READY
from privacy.terms import Language
from tests.rights.letters.letters import LAWS, PACK, cells, full_facts, made, printed, shown

KINDS = PACK.kinds
# Whether there are such ways is said by the law of the day, not by whoever writes.
BY_LAW = {
    "controller_complaint_citation", "authority_citation", "court_citation", "authorities",
    "appeal_days", "appeal_extension_days", "appeal_citation",
}  # fmt: skip


def for_printing(block: Block, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with which the block is printed: without what keeps it out."""
    return {name: value for name, value in facts.items() if name not in block.unless}


def one_of_each_row(kind: str) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Laws whose letters are made of other blocks than those before."""
    seen: set[tuple[str, ...]] = set()
    for law, blocks in cells(kind):
        names = tuple(block.id for block in blocks)
        if names not in seen:
            seen.add(names)
            yield law, blocks


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", READY)
def test_each_legally_required_item_is_printed_under_every_law(
    kind: str, language: Language
) -> None:
    """In English under all of them; in the others once for each row that laws share."""
    for law, blocks in cells(kind) if language == Language.ENGLISH else one_of_each_row(kind):
        facts = full_facts(law, language)
        wanted = {item.id for item in PACK.items_of(kind, law) if item.required}
        assert wanted <= {item for block in blocks for item in block.items}
        whole = made(kind, law, language, facts)
        for block in blocks:
            said = printed(whole, block)
            assert bool(said) is compose.holds(block, facts), (law, block.id)
            if said:
                flat = " ".join(said.split())
                for name in block.shows:
                    for value in shown(block, name, facts, law, language):
                        assert value in flat, (law, block.id, name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_required_item_hangs_on_a_condition_that_its_law_cannot_fulfil(kind: str) -> None:
    for law, blocks in cells(kind):
        facts = full_facts(law, Language.ENGLISH)
        for item in PACK.items_of(kind, law):
            if item.required:
                able = [
                    block
                    for block in blocks
                    if item.id in block.items and compose.holds(block, for_printing(block, facts))
                ]
                assert able, (law, item.id)


@pytest.mark.parametrize("kind", KINDS)
def test_each_condition_works_in_both_directions(kind: str) -> None:
    for law, blocks in one_of_each_row(kind):
        facts = full_facts(law, Language.ENGLISH)
        for block in blocks:
            told = for_printing(block, facts)
            if compose.holds(block, told):
                assert said(kind, law, told, block), (law, block.id)
            for name in block.when:
                less = {key: value for key, value in told.items() if key != name}
                assert not said(kind, law, less, block), (law, block.id, name)
            for name in block.unless:
                if facts.get(name):
                    assert not said(kind, law, {**told, name: facts[name]}, block), (law, block.id)


def said(kind: str, law: str, facts: dict[str, Any], block: Block) -> str:
    """What the letter says of the block; "" also where another block then misses its fact."""
    try:
        return printed(made(kind, law, Language.ENGLISH, facts), block)
    except BadFacts:
        return ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_fact_that_is_missing_stops_the_letter_with_its_name(kind: str) -> None:
    law, blocks = next(cells(kind))
    facts = full_facts(law, Language.ENGLISH)
    printed_blocks = [block for block in blocks if compose.holds(block, facts)]
    for name in {name for block in printed_blocks for name in block.required}:
        holed = {key: value for key, value in facts.items() if key != name}
        with pytest.raises(BadFacts) as stopped:
            made(kind, law, Language.ENGLISH, holed)
        assert name in stopped.value.field.split(", ")
        assert PACK.variables[name].what in stopped.value.message


def test_what_the_law_wants_is_never_typed_in_by_staff() -> None:
    typed = {name for name, variable in PACK.variables.items() if variable.source == "staff"}
    days = {"due_on", "extended_on", "appeal_due_on", "received_on", "letter_on", "refused_on"}
    assert not typed & (BY_LAW | days)


def test_every_required_item_has_its_citation_and_how_well_it_was_read() -> None:
    for item in PACK.items.values():
        assert item.citation
        assert item.status in ("verified", "secondary", "practice", "memory")


def test_every_law_is_asked() -> None:
    assert len(LAWS) == 34
