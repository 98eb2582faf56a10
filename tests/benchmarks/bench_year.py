"""A year of a campaign: the report over every call, seconds and by how many MiB memory rises.

Calls are put in by SQL, with decisions, events and sealed facts that the law itself judges,
spread over a year at times of day that are open; one in a thousand is at night. The report is
then made as `report campaign-compliance` makes it, twice: the second time the law is asked
about nothing. Run: `.venv/bin/python -m tests.benchmarks.bench_year [CALLS]`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from privacy.cli import campaign_report, sealed
from privacy.clock import micros
from privacy.gateway.review import review
from privacy.law.rulebook import rulebook
from privacy.storage.tables.base import table_of
from privacy.storage.tables.gateway import CandidateRow
from privacy.terms import KeyClass
from privacy.vault.sealing import Part, Place, pad, seal
from tests.desks import make_desk
from tests.gateway.many_calls import rising
from tests.gateway.scene import RunningClock, Scene, scene
from tests.law.calls import BERLIN, CHICAGO, LONDON, LOS_ANGELES, MIAMI, NEW_YORK, call

CALLS = 500_000
CHUNK = 100_000
PEOPLE = 500
DAYS = 365
SECONDS_OF_A_DAY = 7_200
BEGIN_US = 1_000_000_000_000
OPEN, NIGHT = timedelta(hours=16), timedelta(hours=9)
"""UTC: 16:00 to 18:00 is open from Los Angeles to Berlin, 09:00 is not in America."""

EVENTS = (("sent", 0), ("ringing", 400), ("answered", 18_000), ("media_started", 18_200),
          ("ended", 60_000))  # fmt: skip
DECISION = """
INSERT INTO decision (id, campaign_id, candidate_id, attempt_id, at, stage, decision,
    deciding_rule, rules, place_code, consent_class, pack_sha256, holder_id, facts_sealed)
VALUES (:id, :campaign, :candidate, :attempt, :at, 'issue', 'allow', 'us-fed-hours', '[]', 'US-FL',
    'prior_express_written_consent', :pack, :holder, :sealed)"""
ATTEMPT = """
INSERT INTO attempt (id, campaign_id, candidate_id, decision_id, trunk, dialer, resource,
    subject_id, tag, state, live, outcome, answered_by, purpose, channel, consent_class, consent_id,
    place_code, permit_hash, issued_at, expires_at, slot_until_at, last_seq, over, redeemed_at,
    ended_at)
SELECT attempt_id, campaign_id, candidate_id, id, 'trunk-1', :dialer, 'p-1', holder_id,
    CAST(printf('%032d', id) AS BLOB), 'completed', 0,
    CASE id % 5 WHEN 0 THEN 'busy' WHEN 1 THEN 'no_answer' ELSE 'completed' END, 'human',
    'marketing', 'voice_live', consent_class, '', place_code, CAST(printf('p%d', id) AS BLOB), at,
    at, at, 5, 0, at, at + 60000000
FROM decision WHERE id BETWEEN :first AND :last"""
EVENT = """
INSERT INTO attempt_event (attempt_id, seq, kind, at_ms, cause, received_at)
SELECT attempt_id, :seq, :kind, :at_ms, '', at FROM decision WHERE id BETWEEN :first AND :last"""
Value = TypeVar("Value")


def fill(set_up: Scene, count: int) -> None:
    """`count` calls in the desk's files, past the gate: for the looking, not for the deciding."""
    desk, people = set_up.desk, [one.subject_id for one in set_up.people]
    desk.vault.seal_parts(
        KeyClass.CALLS, [(Place(Part.DECISION_FACTS, one, 0), b"") for one in people]
    )
    keys = desk.vault.person_keys((one, KeyClass.CALLS) for one in people)
    table = table_of(CandidateRow)
    with desk.reading() as db:
        rows = db.execute(select(table.c.subject_id, table.c.id)).all()
    mine = {row.subject_id: row.id for row in rows}
    facts = list(_facts())
    begin = set_up.made.clock.now().replace(hour=0, minute=0) - timedelta(days=DAYS)

    def row(n: int) -> dict[str, Any]:
        holder, decision = people[n % PEOPLE], BEGIN_US + n
        day = begin + timedelta(days=n * DAYS // count)
        hour = NIGHT if n % 1_000 == 0 else OPEN
        at = day + hour + timedelta(seconds=n % SECONDS_OF_A_DAY)
        place = Place(Part.DECISION_FACTS, holder, decision)
        key = keys[holder, KeyClass.CALLS].data
        return {
            "id": decision, "campaign": set_up.campaign, "candidate": mine[holder],
            "attempt": f"at-{n:020d}", "at": micros(at), "holder": holder,
            "pack": rulebook().pack.sha256,
            "sealed": seal(key, facts[n % len(facts)], desk.vault.keyring.desk, place),
        }  # fmt: skip

    with closing(_raw(set_up)) as db:
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count) - 1
            ids = {"first": BEGIN_US + first, "last": BEGIN_US + last}
            db.executemany(DECISION, map(row, range(first, last + 1)))
            db.execute(ATTEMPT, {**ids, "dialer": set_up.dialer.id})
            for seq, (kind, at_ms) in enumerate(EVENTS, 1):
                db.execute(EVENT, {**ids, "seq": seq, "kind": kind, "at_ms": at_ms})
            db.commit()


def _raw(set_up: Scene) -> Any:
    """The file itself, quickly: nothing of this need outlast a crash."""
    db = set_up.desk.log.engine.raw_connection()
    for setting in ("synchronous = OFF", "cache_size = -500000", "foreign_keys = OFF"):
        db.execute(f"PRAGMA {setting}")
    return db


def _facts() -> Iterator[bytes]:
    for number in (MIAMI, NEW_YORK, CHICAGO, LOS_ANGELES, LONDON, BERLIN):
        document = call(number, "2026-11-24T12:00:00Z")
        document["consent"] = [{**document["consent"], "granted": "2025-01-01T00:00:00Z"}]
        yield pad(json.dumps({"law_call": document}).encode())


def counted(what: str, work: Callable[[], Value]) -> Value:
    with rising() as rise:
        began = time.perf_counter()
        before = _cpu_s()
        done = work()
        took_s, cpu_s = time.perf_counter() - began, _cpu_s() - before
    print(f"{what}: {took_s:.1f} s, {cpu_s:.1f} CPU s, +{rise.mib:.0f} MiB", flush=True)
    return done


def _cpu_s() -> float:
    """Of this process and of those that it started and that ended."""
    return sum(os.times()[:4])


def run(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        set_up = scene(make_desk(Path(folder), clock=RunningClock()), PEOPLE)
        counted(f"{count:,} calls made", lambda: fill(set_up, count))
        desk, dpo, campaign = set_up.desk, set_up.made.dpo, set_up.campaign
        now = set_up.made.clock.now()
        span = now - timedelta(days=400), now + timedelta(days=1)
        counted("the law asked about each", lambda: review(desk, dpo, campaign, *span))
        found = counted("gathered", lambda: campaign_report.data(desk, dpo, campaign, *span))
        counted(
            "written as PDF",
            lambda: sealed.make(
                desk, dpo.id, "campaign-compliance", found.data, annexes=found.annexes
            ),
        )
        held = found.data["annexes"][0]
        checks = {row["id"]: (row["checked"], row["violations"]) for row in found.data["checks"]}
        print(f"  {held['name']}: {held['rows']:,} rows; looked at and found: {checks}")
        set_up.desk.close()


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
