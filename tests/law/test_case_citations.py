"""Each hand-made case of a call has the citation of the text that decides it."""

from __future__ import annotations

import pytest

from privacy.law.rulebook import rulebook
from tests.law import test_calling_vectors as home
from tests.law import test_calling_vectors_abroad as abroad
from tests.law.case_citations import BY_CONVENTION, CITED
from tests.law.rule_cases import ALLOWED

CASES = [(f"{group}: {name}", rule) for group, rows in home.GROUPS.items()
         for name, _, _, rule in rows]  # fmt: skip
CASES += [(name, rule) for name, (_, _, rule) in abroad.ALL.items()]


def test_every_case_has_a_citation_or_is_one_of_our_conventions() -> None:
    uncited = [name for name, rule in CASES if rule not in CITED and rule not in BY_CONVENTION]
    assert uncited == []


def test_at_least_two_hundred_and_fifty_cases_carry_a_citation_of_law() -> None:
    cited = [name for name, rule in CASES if CITED.get(rule)]
    assert len(set(cited)) + len(ALLOWED) >= 250


@pytest.mark.parametrize("rule", CITED)
def test_the_citation_of_a_case_is_that_of_the_pack(rule: str) -> None:
    assert rulebook().by_id[rule].citation == CITED[rule]


def test_no_citation_is_kept_for_a_rule_without_a_case() -> None:
    decided = {rule for _, rule in CASES}
    assert sorted(set(CITED) - decided) == []
    assert sorted(BY_CONVENTION - decided) == []
