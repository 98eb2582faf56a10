"""The law's own pace: decisions on calls and due dates a second, on one core.

Calls are the hand-made vectors of the tests (every place of the pack, allowed and
denied), requests every law and kind of the clock pack. Figures are CPU time, so that a
busy machine disturbs them little; each is the best of the rounds. `document` is facts
as JSON values in, an answer out; `typed` is the decision alone, without reading the facts
or looking for the earliest instant; `floor` only writes and reads the documents. Run:
`.venv/bin/python -m tests.benchmarks.bench_law`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from privacy.errors import RightsdeskError
from privacy.law import calling, deadlines
from privacy.law.call_facts import read_request
from privacy.law.clock_rules import clock_rules
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at
from tests.law.rule_cases import cases

ROUNDS = 3
SECONDS = 2.0


def pace(work: Callable[[], int]) -> float:
    """How often a second; `work` does some and says how many. It has run once before."""
    work()
    best = 0.0
    for _ in range(ROUNDS):
        done, start = 0, time.process_time()
        while time.process_time() - start < SECONDS:
            done += work()
        best = max(best, done / (time.process_time() - start))
    return best


def requests() -> list[dict[str, Any]]:
    """A request of every law and kind that has an answer without further facts."""
    found = []
    for clock in clock_rules().clocks.values():
        for law in sorted(clock.laws):
            for kind in sorted(clock.applies_to):
                document = {
                    "law": law,
                    "zone": "Europe/Berlin",
                    "holiday_calendar": "DE-BE",
                    "request_kind": kind,
                    "received": "2026-10-30T10:00:00+01:00",
                    "as_of": "2026-11-24T10:00:00+01:00",
                    "events": [],
                }
                try:
                    deadlines.answer(document)
                except RightsdeskError:
                    continue
                found.append(document)
    return found


def main() -> None:
    documents = [document for _, document in cases()]
    answers = [calling.answer(document) for document in documents]
    allowed = [d for d, a in zip(documents, answers, strict=True) if a["decision"] == "allow"]
    book = rulebook()
    typed = [(r.facts, r.at) for r in map(read_request, documents) if r.facts and r.at]
    asked = requests()

    def by_document(given: list[dict[str, Any]]) -> Callable[[], int]:
        return lambda: len([calling.answer(document) for document in given])

    lines: list[tuple[str, Callable[[], int], int]] = [
        ("calls, document, allowed", by_document(allowed), len(allowed)),
        ("calls, document, all", by_document(documents), len(documents)),
        (
            "calls, typed",
            lambda: len([calling.decide(call_at(facts, at, book)) for facts, at in typed]),
            len(typed),
        ),
        (
            "floor: JSON read, written",
            lambda: len([json.loads(json.dumps(document)) for document in documents]),
            len(documents),
        ),
        (
            "due dates, document",
            lambda: len([deadlines.answer(document) for document in asked]),
            len(asked),
        ),
    ]
    for name, work, given in lines:
        print(f"{name:26} {pace(work):10,.0f} /s   ({given} documents in turn)", flush=True)


if __name__ == "__main__":
    main()
