"""A rule's compiled clauses say all that its clauses can say."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from privacy.law.call_duties import BREAKS
from privacy.law.call_facts import read_request
from privacy.law.calling import rules_in_force
from privacy.law.compiled import DUTY_NEEDS, NEEDS, SCOPE_NEEDS
from privacy.law.judging import CLAUSES, SCOPES, judged, settled
from privacy.law.rulebook import INFORMING, rulebook
from privacy.law.standing import Call, call_at
from tests.law.rule_cases import cases
from tests.law.test_calling_properties import QUICK, documents


def silent_clauses_speak(call: Call) -> list[tuple[str, str]]:
    """Rule and clause, for each clause left out of a rule that speaks on the call all the same.

    So for each way to break a duty that was left out.
    """
    return [
        (rule.id, name)
        for rule in rules_in_force(call)
        for asked, every in ((rule.clauses, CLAUSES), (rule.duties, BREAKS))
        for name, clause in every.items()
        if name not in asked and clause(rule, call)
    ]


def read(document: dict[str, Any]) -> Call | None:
    request = read_request(document)
    if request.facts is None or request.at is None:
        return None
    return call_at(request.facts, request.at, rulebook())


def test_every_clause_has_its_need_and_its_place() -> None:
    assert list(NEEDS) == list(CLAUSES)
    assert list(DUTY_NEEDS) == list(BREAKS)
    assert list(SCOPE_NEEDS) == list(SCOPES)


def test_a_rule_of_a_limited_scope_has_that_limit_asked() -> None:
    words = {
        "automated": "automated",
        "line": "line",
        "commercial": "commercial",
        "only_sectors": "sectors",
        "emergency": "emergency",
    }
    for rule in rulebook().rules:
        assert set(rule.scopes) == {name for word, name in words.items() if word in rule.decide}


def settled_otherwise(call: Call) -> list[str]:
    """Rules whose verdict was settled beforehand and is another on the facts of the call."""
    return [
        rule.id
        for rule in rules_in_force(call)
        if (beforehand := settled(rule)) and rule.kind not in INFORMING
        if judged(rule, call) != beforehand
    ]


def test_no_case_of_the_table_changes_a_verdict_settled_beforehand() -> None:
    for _, document in cases():
        call = read(document)
        assert call is None or settled_otherwise(call) == []


@QUICK
@given(documents())
def test_no_facts_change_a_verdict_settled_beforehand(document: dict[str, Any]) -> None:
    call = read(document)
    assert call is not None
    assert settled_otherwise(call) == []


def test_no_clause_left_out_of_a_rule_speaks_on_a_case_of_the_table() -> None:
    calls = [call for _, document in cases() if (call := read(document))]
    assert len(calls) > 250
    for call in calls:
        assert silent_clauses_speak(call) == []


@QUICK
@given(documents())
def test_no_clause_left_out_of_a_rule_speaks(document: dict[str, Any]) -> None:
    call = read(document)
    assert call is not None
    assert silent_clauses_speak(call) == []


@QUICK
@given(documents())
def test_the_kept_order_is_the_order_of_every_rule_in_force(document: dict[str, Any]) -> None:
    call = read(document)
    assert call is not None
    reached = [
        rule
        for rule in call.book.rules
        if rule.jurisdiction in call.facts.located.jurisdictions
        and rule in call.book.applying(rule.jurisdiction, call.channels, call.facts.campaign)
        and rule.in_force(call.days)
    ]
    assert [rule.id for rule in rules_in_force(call)] == [rule.id for rule in reached]
