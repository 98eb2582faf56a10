"""Calls judged again by the thousand have the answers of `law call`, codes only."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from privacy.clock import rfc3339
from privacy.errors import Altered, BadFacts, NotAllowedByLaw
from privacy.gateway.second_look import Opened, in_order, judged, judgement, judgement_of
from privacy.law import calling
from privacy.law.call_context import Contexts
from privacy.law.call_facts import read_request
from tests.law.calls import (
    BERLIN,
    LONDON,
    MIAMI,
    MOBILE_GB,
    TOLL_FREE,
    WRITTEN,
    call,
    earlier,
    listed,
    registers,
)

NUMBERS = (MIAMI, LONDON, MOBILE_GB, BERLIN, TOLL_FREE)
AT = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
CONTEXTS: tuple[dict[str, Any], ...] = (
    {},
    {"registers": registers(us_national=listed(), gb_tps=listed(age_days=99))},
    {"earlier_calls": earlier(*(f"2026-11-24T1{n}:00:00Z" for n in range(6)))},
    {"earlier_calls": None, "registers": {}},
    {"relationship": {"last_purchase": "2026-01-02"}, "line": "wireless"},
    {"suppressed": True, "ported_on": "2026-11-20"},
)


def documents() -> list[dict[str, Any]]:
    found = [
        call(number, "2026-11-24T12:00:00Z", state, **context)
        for number in NUMBERS
        for state in (WRITTEN, "none")
        for context in CONTEXTS
    ]
    missing = dict(found[0])
    del missing["campaign"]
    return [*found, missing]


def test_codes_are_those_of_the_answer_of_law_call() -> None:
    instant = {"at": rfc3339(AT)}
    for document in documents():
        answer = calling.answer({**document, **instant})
        assert judgement(document, AT, None) == judgement_of(answer, document, "")


def test_what_documents_share_is_read_once_and_the_same() -> None:
    contexts = Contexts()
    for document in [*documents(), *documents()]:
        assert read_request(document, contexts) == read_request(document)


def test_a_malformed_context_is_refused_each_time() -> None:
    contexts, wrong = Contexts(), call(MIAMI, "2026-11-24T12:00:00Z", line="a string")
    for _ in range(2):
        with pytest.raises(BadFacts):
            read_request(wrong, contexts)


def test_batches_come_back_in_order_with_what_came_with_them(tmp_path: Path) -> None:
    at_us = int(AT.timestamp() * 1_000_000)
    opened = [Opened(json.dumps({"law_call": each}).encode(), at_us, "") for each in documents()]
    batches = [(number, opened[number : number + 4]) for number in range(0, len(opened), 4)]
    alone = list(in_order(tmp_path, batches, many=False))
    assert list(in_order(tmp_path, iter(batches), many=True)) == alone
    assert [each for _, some in alone for each in some] == judged(tmp_path, opened)


def test_a_fault_in_one_batch_ends_the_judging_and_no_process_stays(tmp_path: Path) -> None:
    wrong = [Opened(b'{"law_call": {"number": 7}}', 0, "")]
    with pytest.raises(BadFacts) as raised:
        list(in_order(tmp_path, [(n, wrong) for n in range(40)], many=True))
    assert (raised.value.field, raised.value.code) == ("number", "bad_facts")


def test_every_error_of_ours_can_be_raised_again_in_another_process() -> None:
    refused = NotAllowedByLaw("No.", rule="r", limit="30 days", citation="c", next="Wait.")
    for error in (refused, BadFacts("Wrong.", field="a.b"), Altered("Changed.", what="x")):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (again.document(), str(again)) == (error.document(), str(error))
