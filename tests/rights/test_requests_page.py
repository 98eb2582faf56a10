"""docs/requests.md says what the kinds and the pack say."""

from __future__ import annotations

from privacy.rights.case import Kind
from tests.rights.requests_page import PAGE, rewritten

TEXT = PAGE.read_text("utf-8")


def test_the_tables_of_the_page_are_those_of_the_pack() -> None:
    assert rewritten(TEXT) == TEXT, "write them again: python -m tests.rights.requests_page"


def test_every_kind_stands_in_the_page() -> None:
    assert all(f"| `{kind.value}` | " in TEXT for kind in Kind)
