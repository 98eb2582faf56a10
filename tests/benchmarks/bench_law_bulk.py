"""A million historic calls judged at once, on one core.

Made-up calls of one campaign over a year, to every area code of the US and Canada, at
any hour: a third without consent, a tenth withdrawn at some time, a fifth on the national
list, lists of an age up to 45 days. `first` is a judge that has seen nothing yet, `again`
the same judge with the next million calls, as it is with long files. CPU time; the scalar
judgement is asked about a sample of the same calls; the floor sorts two columns of a
million, the least that finding equal rows costs. Run:
`.venv/bin/python -m tests.benchmarks bench_law_bulk`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from privacy.law.bulk import BulkJudge
from privacy.law.bulk_columns import EPOCH, MICROSECOND, UNTOLD, Calls, Listing, Shared, instant
from privacy.law.call_facts import read_request
from privacy.law.calling import decide
from privacy.law.places import codes_that_decide
from privacy.law.rulebook import rulebook
from privacy.law.standing import call_at

ROWS = 1_000_000
SAMPLE = 5_000
YEAR_S = 365 * 86_400
SECOND_US = 1_000_000
FIRST_US = (instant(1_735_689_600 * SECOND_US) - EPOCH) // MICROSECOND
LISTS = ("us_tx", "us_la", "us_in", "us_ma", "us_pa", "us_tn", "ca_dncl")
CONTEXT = {
    "earlier_calls": [],
    "reassigned_check": {"answer": "no"},
    "registers": {name: {"listed": False, "age_days": 3} for name in LISTS},
}
SHARED = Shared(
    cases=[{"channel": "voice_live", "campaign": "marketing", "context": CONTEXT}],
    consents=[
        {"state": "none"},
        {"state": "prior_express_consent"},
        {"state": "prior_express_written_consent"},
    ],
)


def calls(seed: int) -> Calls:
    """A million calls, the same for the same seed."""
    draw = np.random.default_rng(seed)
    codes = draw.choice(np.array(sorted(int(code) for code in codes_that_decide())), ROWS)
    lines = draw.integers(200, 999, ROWS) * 10_000 + draw.integers(0, 9_999, ROWS)
    consent = draw.integers(0, 3, ROWS)
    earlier = FIRST_US - draw.integers(0, 2 * YEAR_S, ROWS) * SECOND_US
    later = FIRST_US + draw.integers(0, YEAR_S, ROWS) * SECOND_US
    withdrawn = (consent > 0) & (draw.random(ROWS) < 0.1)
    return Calls(
        number=10**10 + codes * 10**7 + lines,
        at_us=FIRST_US + draw.integers(0, YEAR_S, ROWS) * SECOND_US,
        case=np.zeros(ROWS, dtype=np.int64),
        consent=consent,
        granted_us=np.where(consent == 0, UNTOLD, earlier),
        withdrawn_us=np.where(withdrawn, later, UNTOLD),
        valid_until_us=np.full(ROWS, UNTOLD),
        address=np.zeros(ROWS, dtype=np.int64),
        registers={
            "us_national": Listing(
                (draw.random(ROWS) < 0.2).astype(np.int64), draw.integers(0, 45, ROWS)
            )
        },
    )


def pace(work: Callable[[], object], rows: int) -> float:
    """Rows a second of CPU time, once."""
    start = time.process_time()
    work()
    return rows / (time.process_time() - start)


def main() -> None:
    first, following = calls(1), calls(2)
    book = rulebook()
    judge = BulkJudge(SHARED)
    sample = [read_request(first.document(row, SHARED)) for row in range(SAMPLE)]
    typed = [(request.facts, request.at) for request in sample if request.facts and request.at]
    found = {
        "floor: two columns sorted": pace(lambda: np.lexsort((first.number, first.at_us)), ROWS),
        "bulk, first": pace(lambda: judge.judge(first), ROWS),
        "bulk, again": max(pace(lambda: judge.judge(following), ROWS) for _ in range(3)),
        "scalar, typed": pace(
            lambda: [decide(call_at(facts, at, book)) for facts, at in typed], len(typed)
        ),
    }
    kinds = len(judge.judge(following).outcomes)
    for name, rate in found.items():
        print(f"{name:28} {rate:12,.0f} /s   {rate / found['scalar, typed']:8.1f} times scalar")
    print(f"{kinds} kinds of answers")


if __name__ == "__main__":
    main()
