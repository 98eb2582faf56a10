"""A vendor's call records judged: a million by default, in chunks of 100,000.

Made-up calls of thirty days to the area codes of the United States, 400,000 numbers in 1,000,000
calls: nine in ten in lawful hours, one in twenty outside them, half of the numbers with a written
consent at the desk, one in five hundred with an opt-out, a hundredth on the list; every column is
told. `gather` hashes numbers and orders the past, `people` makes columns of what the desk knows,
`judge` asks the law, `count` makes figures, heat map and findings. CPU time of one core; memory
is the peak of the process. Run: `.venv/bin/python -m tests.benchmarks.bench_vendor_calls [CALLS]`.

With `--desk` the same calls are an import at a desk with 20,000 contacts, their consents and
opt-outs and four lists: seconds to count them for the gate and to judge them, as the command does,
in two processes or `--processes 1`; `--part N` judges so many calls together, `--uncounted` leaves
the gate's counts out.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

from privacy.clock import micros
from privacy.consent.ledger import EVERYTHING, ConsentRecord, RecordKind
from privacy.law.places import codes_that_decide, locate
from privacy.terms import ConsentClass, Purpose
from privacy.vault.blind_index import KeyedHash
from privacy.vendors.calls.abandoned import Abandonment
from privacy.vendors.calls.desk_world import Gathering, Keyring, subjects_of
from privacy.vendors.calls.facts import Listing, Mandate, Person, Stop, World
from privacy.vendors.calls.many import Judge
from privacy.vendors.calls.past import in_order
from privacy.vendors.calls.record import (
    UNTOLD,
    CallChunk,
    Column,
    Disposition,
    NumberState,
    digest_of,
)
from privacy.vendors.calls.tally import Tally
from tests.benchmarks.vendor_desk import Plan, at_a_desk

CHUNK = 100_000
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 30
SECOND_US = 1_000_000
GRANTED = datetime(2026, 1, 5, tzinfo=UTC)


def keyring() -> Keyring:
    """A desk's keyring without a desk: the same keyed hash."""
    hashing = KeyedHash(b"r" * 32, "number-tag/bench")
    return Keyring(lambda e164: hashing.digest(e164.encode()))


def numbers(calls: int, draw: np.random.Generator) -> np.ndarray:
    """Numbers of area codes in the United States with one zone."""
    codes = []
    for code in sorted(codes_that_decide()):
        found = locate(f"+1{code}5550100", "", "", (), True)
        if len(found.zones) == 1 and found.places and found.places[0].startswith("US-"):
            codes.append(int(code))
    lines = draw.integers(2_000_000, 9_999_999, calls * 2 // 5)
    return 10**10 + draw.choice(np.array(codes), len(lines)) * 10**7 + lines


def chunks(calls: int) -> Iterator[CallChunk]:
    """The same calls each time, made chunk by chunk."""
    pool = numbers(calls, np.random.default_rng(1))
    for number, start in enumerate(range(0, calls, CHUNK)):
        yield made(min(CHUNK, calls - start), start, pool, np.random.default_rng(100 + number))


def made(count: int, start: int, pool: np.ndarray, draw: np.random.Generator) -> CallChunk:
    day = draw.integers(0, DAYS, count)
    # 18 to 23 UTC is 11 to 19 o'clock from coast to coast; the rest is night somewhere.
    hour = np.where(
        draw.random(count) < 0.95, draw.integers(18, 24, count), draw.integers(3, 8, count)
    )
    at_us = (
        micros(BEGIN) + (day * 86_400 + hour * 3_600 + draw.integers(0, 3_600, count)) * SECOND_US
    )
    answered = draw.random(count) < 0.4
    untold = np.full(count, UNTOLD, dtype=np.int64)
    talk = draw.integers(5, 200, count) * SECOND_US
    ring = draw.integers(15, 30, count) * 1_000
    answer_us = np.where(answered, at_us + ring * 1_000, untold)
    codes = np.zeros(count, dtype=np.int8)
    keys = tuple(f"c{number}" for number in range(start, start + count))
    return CallChunk(
        row=np.arange(start + 1, start + count + 1),
        number=draw.choice(pool, count),
        caller=np.full(count, 12025550100),
        at_us=at_us,
        second_us=untold,
        answered_us=answer_us,
        agent_us=np.where(answered, answer_us + SECOND_US, untold),
        ended_us=np.where(answered, answer_us + talk, at_us + ring * 1_000),
        ring_ms=ring,
        talk_ms=np.where(answered, talk // 1_000, 0),
        opt_out_us=np.where(answered & (draw.random(count) < 0.002), answer_us + talk, untold),
        list_us=at_us - 10 * 86_400 * SECOND_US,
        has=np.full(count, int(sum(Column))),
        digest=np.array([digest_of(key) for key in keys], dtype=np.int64),
        number_state=codes + NumberState.TOLD,
        caller_state=codes + NumberState.TOLD,
        disposition=np.where(answered, Disposition.ANSWERED, Disposition.NO_ANSWER).astype(np.int8),
        answered_by=np.where(answered, 0, -1).astype(np.int8),
        ended_by=codes,
        prerecorded=codes,
        attestation=codes,
        campaign=np.zeros(count, dtype=np.int32),
        campaigns=("autumn",),
        keys=keys,
        raws=("",) * count,
        rows={},
    )


def world(calls: int, gathered: Gathering) -> World:
    """Half of the numbers with a written consent, and a list that is loaded each week."""
    draw = np.random.default_rng(2)
    keys = list(gathered.keyring.tags.values())
    consent = ConsentRecord(
        "c", RecordKind.GRANT, "marketing", EVERYTHING,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT, GRANTED, GRANTED, None, True,
    )  # fmt: skip
    person, without = Person(((consent,),), {}, "wireless"), Person(((),), {}, "wireless")
    people = {
        key: person if draw.random() < 0.7 else without for key in keys if draw.random() < 0.7
    }
    weeks = tuple(date(2026, 8, 20) + timedelta(days=7 * week) for week in range(7))
    listed = frozenset(key for key in keys if draw.random() < 0.01)
    lists = {
        name: Listing(weeks, listed)
        for name in ("us_national", "us_in", "us_tx", "us_pa", "us_tn", "us_ma", "us_la", "us_mo")
    }
    stops = {key: (Stop(micros(BEGIN) - SECOND_US),) for key in keys if draw.random() < 0.0005}
    told = {key: (*stops.get(key, ()), *found) for key, found in gathered.stops.items()}
    return World(
        gathered.keyring.keys, people, {**stops, **told}, lists, past=in_order(gathered.parts)
    )


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("calls", nargs="?", type=int, default=1_000_000)
    told.add_argument("--desk", action="store_true")
    told.add_argument("--processes", type=int, default=Plan.processes)
    told.add_argument("--part", type=int, default=Plan.part)
    told.add_argument("--uncounted", action="store_true")
    given = told.parse_args()
    if not given.desk:
        in_its_own_world(given.calls)
        return
    pool = numbers(given.calls, np.random.default_rng(1))
    plan = Plan(given.part, not given.uncounted, given.processes)
    at_a_desk(chunks(given.calls), pool, given.calls, plan)


def in_its_own_world(calls: int) -> None:
    """Each step by itself, without a desk."""
    clock = time.process_time
    began = clock()
    gathered = Gathering(keyring())
    for chunk in chunks(calls):
        gathered.add(chunk)
    made_in, began = clock() - began, clock()
    for _ in chunks(calls):
        pass
    making = clock() - began
    began = clock()
    known = world(calls, gathered)
    print(f"calls {calls:,}, numbers {len(gathered.keyring.tags):,}")
    print(f"gather (numbers hashed, past kept): {made_in - making:.2f} s")
    print(f"world in order (past sorted, people): {clock() - began:.2f} s")
    began = clock()
    judge = Judge(known, Mandate(Purpose.MARKETING, "Example Retail"))
    print(f"people as columns: {clock() - began:.2f} s")
    tally = Tally()
    first, last = date(2026, 9, 1), date(2026, 9, 30)
    shares = Abandonment(Purpose.MARKETING, first, last)
    judging = counting = abandoning = 0.0
    for chunk in chunks(calls):
        keys = known.keys(chunk.number)
        began = clock()
        verdicts = judge.judge(chunk, subjects_of(chunk), keys)
        judging += clock() - began
        began = clock()
        tally.add(chunk, keys, verdicts, known.clocks)
        counting += clock() - began
        began = clock()
        shares.add(chunk)
        abandoning += clock() - began
    print(f"judge: {judging:.2f} s, {judge.asked_alone:,} calls asked alone")
    print(f"count: {counting:.2f} s; abandonment: {abandoning:.2f} s")
    print(f"calls with a breach {tally.with_breach:,} of {tally.made:,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
