"""docs/law.md holds the pack's tables, word for word, and every word of `decide`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.law.law_docs import DATA, TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "law.md").read_text("utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_page_is_the_one_of_the_pack(name: str) -> None:
    assert f"<!-- table: {name} -->\n{TABLES[name]()}\n<!-- end -->" in PAGE


def test_the_page_explains_every_word_of_decide() -> None:
    used = {word for rule in DATA["rule"] for word in rule.get("decide", {})}
    section = PAGE[PAGE.index("## Adding or changing a rule") :]
    assert sorted(word for word in used if word not in section) == []
