"""The page about the clocks says what the pack and the code have."""

from __future__ import annotations

import pytest

from privacy.law.clock_facts import EVENT_TYPES, FIELDS
from tests.law.clock_cases import EU, ask, asked_identity
from tests.law.clock_page import PAGE, rewritten

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_those_of_the_pack() -> None:
    assert rewritten(TEXT) == TEXT, "write them again: python -m tests.law.clock_page"


@pytest.mark.parametrize("name", [*EVENT_TYPES, *FIELDS])
def test_every_field_and_event_is_explained(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_every_field_of_the_answer_is_explained() -> None:
    paused = ask(EU, "access", "2026-11-24", events=[asked_identity("2026-11-25")])
    assert [name for name in paused if f"`{name}`" not in TEXT] == []
