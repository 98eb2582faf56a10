"""A desk that a vendor called for: contacts, consents, opt-outs, lists, and an import of calls."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from privacy.clock import instant, micros
from privacy.consent import registers
from privacy.consent.ledger import RecordKind
from privacy.consent.records import Evidence, NewRecord
from privacy.consent.store import record
from privacy.ids import public_id
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import SuppressionRow
from privacy.storage.unit import Unit
from privacy.terms import ConsentClass
from privacy.vendors import store as vendors
from privacy.vendors.calls import audit as audits
from privacy.vendors.calls import store, team
from privacy.vendors.calls.audit import audit
from privacy.vendors.calls.counted import count_calls
from privacy.vendors.calls.record import CallChunk
from tests.desks import MadeDesk, TestClock, make_desk
from tests.persons import Known, add_people

CONTACTS = 20_000
BATCH = 2_000
GRANTED = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CHANNELS = ("voice_live", "voice_prerecorded")
LISTS = ("us_national", "us_in", "us_tx", "us_pa")
LIST_DAYS = (date(2026, 8, 20), date(2026, 9, 10))
MEMORY = (("this process", resource.RUSAGE_SELF), ("another one", resource.RUSAGE_CHILDREN))
SUPPRESSION_COLUMNS = ("id", "tag", "kind", "since_at", "source", "recorded_by")


class Ticking(TestClock):
    """Goes on at each look: row ids come from the clock."""

    def now(self) -> datetime:
        self.advance(timedelta(milliseconds=50))
        return super().now()


def people_of(made: MadeDesk, numbers: list[int], draw: np.random.Generator) -> None:
    """Each number with a person; seven of ten with a written consent, one of 200 opted out."""
    known: list[Known] = []
    for batch in in_chunks(numbers, BATCH):
        reached = [(f"+{number}", f"n{number}@example.com") for number in batch]
        facts = {"line": "wireless"}
        known += add_people(made.desk, reached, region="US", postal_code="", call_facts=facts)
    agreed = [one for one in known if draw.random() < 0.7]
    for some in in_chunks(agreed, BATCH):
        record(made.desk, made.dpo, [_grant(one, how) for one in some for how in CHANNELS])
    tag_of = made.desk.vault.keyring.tags.number_tag
    since = micros(GRANTED)
    rows = [
        (public_id("s"), tag_of(f"+{number}"), "phone", since, "bench", made.dpo.id)
        for number in numbers
        if draw.random() < 0.005
    ]

    def job(unit: Unit) -> None:
        insert_rows(unit.db, table_of(SuppressionRow), SUPPRESSION_COLUMNS, rows)
        unit.append("bench.opt_outs", made.dpo.id, count=len(rows))

    made.desk.write(job)


def _grant(one: Known, channel: str) -> NewRecord:
    return NewRecord(
        one.subject_id,
        one.phone_point,
        RecordKind.GRANT,
        "marketing",
        channel,
        ConsentClass.PRIOR_EXPRESS_WRITTEN_CONSENT,
        GRANTED,
        "form",
        Evidence(words="as on the form"),
    )


def lists_of(made: MadeDesk, numbers: list[int], draw: np.random.Generator) -> None:
    """Two states of each list, with one number of a hundred."""
    for name in LISTS:
        for day in LIST_DAYS:
            listed = [f"+{number}" for number in numbers if draw.random() < 0.01]
            registers.load(made.desk, made.dpo, name, listed, day, "bench")


def stored(made: MadeDesk, chunks: Iterator[CallChunk], calls: int) -> str:
    """The calls as an import that is done."""
    vendor = vendors.new(made.desk, made.dpo, "Simulated Dialer Ltd", contact=None).id
    given = [store.Given("0" * 64, 1)]
    found = store.begin(made.desk, made.dpo, vendor, "rightsdesk", "bench", given)
    edges: list[int] = []
    for number, chunk in enumerate(chunks):
        store.keep(made.desk, made.dpo, found, number, chunk)
        edges += [int(chunk.at_us.min()), int(chunk.at_us.max())]
    period = (min(edges), max(edges))
    manifest = {
        "files": [{"sha256": "0" * 64, "size": 1}],
        "rows": {"read": calls},
        "period": {"found_from": str(instant(period[0])), "found_to": str(instant(period[1]))},
        "declared": {"zone": "UTC", "mapping_sha256": ""},
    }
    return store.finish(made.desk, made.dpo, found, calls, period, manifest).id


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Prints seconds of processors, of other processes too, and of the clock."""
    clock, cpu = time.perf_counter(), _cpu()
    yield
    own, others = (after - before for after, before in zip(_cpu(), cpu, strict=True))
    print(
        f"{what}: {own:.1f} s of this process, {others:.1f} s of others, "
        f"{time.perf_counter() - clock:.1f} s of the clock"
    )


def _cpu() -> tuple[float, float]:
    """Of this process, and of those that it started and that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), ended.ru_utime + ended.ru_stime


@dataclass(frozen=True)
class Plan:
    """`part`: calls that are judged together; `counted`: for the gate too; `processes`."""

    part: int = audits.PART
    counted: bool = True
    processes: int = team.PROCESSES


def at_a_desk(chunks: Iterator[CallChunk], numbers: np.ndarray, calls: int, plan: Plan) -> None:
    """Store the calls at a desk that knows some of the numbers, count them, and judge them."""
    audits.PART = plan.part
    team.ALONE, team.PROCESSES = 0, plan.processes
    draw = np.random.default_rng(3)
    known = np.unique(numbers)
    draw.shuffle(known)
    with tempfile.TemporaryDirectory() as name:
        made = make_desk(Path(name), clock=Ticking(NOW))
        people_of(made, known[:CONTACTS].tolist(), draw)
        lists_of(made, known.tolist(), draw)
        with measured("stored"):
            import_id = stored(made, chunks, calls)
        if plan.counted:
            with measured("counted for the gate"):
                opened = store.chunks(made.desk, made.dpo, import_id)
                count_calls(made.desk, made.dpo, import_id, opened)
        with measured("judged"):
            audited = audit(made.desk, made.dpo, import_id, count=False)
        tally = audited.tally
        parts = audits.parts_of(calls)
        print(f"{calls:,} calls in {parts} parts, {plan.processes} processes")
        print(f"{len(known):,} numbers, {min(CONTACTS, len(known)):,} contacts")
        print(f"calls with a breach {tally.with_breach:,} of {tally.made:,}: {audited.verdict}")
        for who, usage in MEMORY:
            print(f"peak memory of {who}: {resource.getrusage(usage).ru_maxrss / 1024:,.0f} MiB")
        made.desk.close()
