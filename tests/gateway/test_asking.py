"""Requests of a dialer are read strictly, and nothing but its own field takes a number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import BadFacts
from privacy.gateway import asking
from privacy.gateway.protocol import Code, EventKind, Problem

NUMBER = "+15125550100"
CAMPAIGN = "cm-" + "a" * 26


@pytest.mark.parametrize(
    ("ask", "document"),
    [
        (asking.ask_permits, {"campaign": NUMBER, "want": 1}),
        (asking.ask_permits, {"campaign": CAMPAIGN, "want": 21}),
        (asking.ask_permits, {"campaign": CAMPAIGN, "want": True}),
        (asking.ask_permits, {"campaign": CAMPAIGN, "want": 1, "resources": [NUMBER]}),
        (asking.ask_permits, {"campaign": CAMPAIGN, "want": 1, "resources": ["p15125550100"]}),
        (asking.ask_redeem, {"permit": NUMBER}),
        (asking.ask_event, {"seq": 1, "kind": "ended", "at_ms": 1, "cause": NUMBER}),
        (asking.ask_event, {"seq": 1, "kind": "ringing", "at_ms": 1, "cause": "5125550100"}),
        (asking.ask_event, {"seq": 0, "kind": "sent", "at_ms": 1}),
        (asking.ask_event, {"seq": 1, "kind": "redialled", "at_ms": 1}),
        (asking.ask_event, {"seq": 1, "kind": "key", "at_ms": 1, "cause": "12"}),
        (asking.ask_opt_out, {"how": NUMBER, "words": ""}),
        (asking.ask_number_opt_out, {"number": "5125550100"}),
        (asking.ask_number_opt_out, NUMBER),
    ],
)
def test_what_does_not_fit_is_refused_without_quoting_it(ask: Any, document: Any) -> None:
    with pytest.raises(BadFacts) as refused:
        ask(document)
    assert "5125550100" not in str(refused.value.document())


def test_a_whole_request_is_read() -> None:
    document = {"campaign": CAMPAIGN, "want": 3, "resources": ["p-1", "p-2", "p-1"]}
    assert asking.ask_permits(document) == (CAMPAIGN, 3, ("p-1", "p-2"), 0)
    assert asking.ask_permits({**document, "over": 2})[3] == 2
    event = {"seq": 2, "kind": "ended", "at_ms": 900, "cause": 486}
    assert asking.ask_event(event) == (2, EventKind.ENDED, 900, "486")


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_no_document_whatever_breaks_a_reader(document: object) -> None:
    for ask in (asking.ask_permits, asking.ask_event, asking.ask_redeem, asking.ask_opt_out):
        with pytest.raises(BadFacts):
            ask(document)


def test_a_problem_travels_with_its_code() -> None:
    problem = Problem(Code.NOT_YET, retry_at="2026-11-24T12:00:00Z")
    again = Problem.parse(problem.wire())
    assert (again.refusal, again.retry_at) == (Code.NOT_YET, "2026-11-24T12:00:00Z")
    assert Problem.parse({"code": "something new"}).refusal is Code.UNAVAILABLE
