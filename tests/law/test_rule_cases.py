"""Every rule of the calling pack is shown by cases: it denies and allows, or it obliges."""

from __future__ import annotations

import pytest

from privacy.law.calling import answer
from privacy.law.rulebook import rulebook
from tests.law.rule_cases import ALLOWED, Allowed, Row, cases, table

RULES = [rule.id for rule in rulebook().rules]


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return table()


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_has_a_denying_and_an_allowing_case_or_an_obligation(
    rows: dict[str, Row], rule_id: str
) -> None:
    row = rows[rule_id]
    assert row.whole, f"denied by {row.denies!r}, allowed by {row.allows!r}, no obligation"


@pytest.mark.parametrize("case", ALLOWED, ids=lambda case: str(case.rule))
def test_a_call_that_keeps_the_rule_is_allowed_by_its_citation(case: Allowed) -> None:
    found = answer(case.document)
    assert found["decision"] == "allow", found["rules"]
    rule = rulebook().by_id[case.rule]
    assert rule.citation.startswith(case.citation)
    effects = {line["effect"] for line in found["rules"] if line["id"] == case.rule}
    if rule.kind != "ban":
        assert effects <= {"allow", "lifted"}
        assert effects
    else:
        assert "deny" not in effects


def test_there_are_at_least_three_hundred_cases_and_each_has_a_cited_rule() -> None:
    documents = [document for _, document in cases()]
    assert len(documents) >= 300
    assert all(rule.citation for rule in rulebook().rules)
