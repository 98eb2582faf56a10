"""A consent audit and a dossier on a desk with many consents and calls: seconds, memory, size.

Consents, every tenth with its withdrawal, and as many calls that rested on them are put
straight into the desk. Each document is made in a process of its own: `gather` is what comes
from the desk, then the PDF; the audit is read back, which counts every row again.
Run: `.venv/bin/python -m tests.benchmarks.bench_consents [CONSENTS]`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.cli import consent_report, dossier_report
from privacy.cli.consent_report import Options
from privacy.cli.options import Common
from privacy.cli.report_about import About
from privacy.cli.report_made import Gathered
from privacy.cli.running import Run
from privacy.clock import micros
from privacy.consent import endings
from privacy.consent.rows import COLUMNS
from privacy.gateway.issue import ATTEMPT_COLUMNS
from privacy.ids import row_ids
from privacy.settings import Settings
from privacy.storage.bulk import insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import ConsentEnd, ConsentRow
from privacy.storage.tables.gateway import AttemptRow, CandidateRow, DecisionRow
from privacy.storage.unit import Unit
from privacy.terms import Role
from reports.reading import verify
from reports.render import render
from tests.desks import PASSPHRASE, TestClock, make_desk
from tests.gateway.many_calls import DECISION_COLUMNS
from tests.gateway.scene import Scene, number, scene
from tests.reports import pdfs
from tests.reports.examples import ANCHOR, MADE_AT

CONSENTS = 10_000
CHUNK = 10_000
WITHDRAWN_OF = 10
FIRST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
READ_AT = NOW + timedelta(days=1)


def fill(set_up: Scene, count: int) -> None:
    """So many consents over the year, and a call on each."""
    desk, people = set_up.desk, set_up.people
    with desk.reading() as db:
        candidate = db.execute(table_of(CandidateRow).select()).first()
    assert candidate is not None
    for first in range(0, count, CHUNK):
        # Row ids come from the clock.
        set_up.made.clock.advance(timedelta(seconds=10))

        def job(unit: Unit, first: int = first) -> None:
            size = min(CHUNK, count - first)
            ids = row_ids(unit.now, 3 * size)
            grants, ended, decisions, attempts = [], [], [], []
            for n in range(first, first + size):
                said = micros(FIRST + timedelta(seconds=n * 28_000_000 // count))
                own = people[n % len(people)].subject_id
                grants.append(_record(ids.pop(), f"c-{n}", own, "grant", said))
                if n % WITHDRAWN_OF == 0:
                    later = said + 86_400_000_000
                    grants.append(_record(ids.pop(), f"w-{n}", own, "withdrawal", later))
                    ended.append((f"c-{n}", f"w-{n}"))
                decision = ids.pop()
                decisions.append(_decision(decision, candidate, own, n, said))
                attempts.append(_attempt(decision, candidate, own, n, said))
            insert_rows(unit.db, table_of(ConsentRow), COLUMNS, grants)
            insert_rows(unit.db, table_of(ConsentEnd), endings.COLUMNS, ended)
            insert_rows(unit.db, table_of(DecisionRow), DECISION_COLUMNS, decisions)
            insert_rows(unit.db, table_of(AttemptRow), tuple(attempts[0]), _values(attempts))
            unit.append("consent.recorded", "bench", count=len(grants))

        desk.write(job)


def _record(id_: int, name: str, own: int, kind: str, said: int) -> tuple[Any, ...]:
    told = {
        **dict.fromkeys(COLUMNS),
        "id": id_,
        "public_id": name,
        "subject_id": own,
        "kind": kind,
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "effective_at": said,
        "notice_id": "",
        "seller": "",
        "consent_class": "withdrawn" if kind == "withdrawal" else "prior_express_consent",
        "notice_version": 0,
        "source": "form",
        "documented": True,
        "recorded_by": "bench",
        "recorded_at": said + 2_000_000,
    }
    return tuple(told.values())


def _decision(id_: int, candidate: Any, own: int, n: int, said: int) -> tuple[Any, ...]:
    told = {
        **dict.fromkeys(DECISION_COLUMNS),
        "id": id_,
        "campaign_id": candidate.campaign_id,
        "candidate_id": candidate.id,
        "attempt_id": f"at-{n}",
        "at": said + 3_600_000_000,
        "stage": "issue",
        "decision": "allow",
        "deciding_rule": "test-consent",
        "rules": "[]",
        "place_code": "GB",
        "consent_class": "prior_express_consent",
        "pack_sha256": "",
        "holder_id": own,
    }
    return tuple(told.values())


def _attempt(decision: int, candidate: Any, own: int, n: int, said: int) -> dict[str, Any]:
    at = said + 3_600_000_000
    return {
        **dict.fromkeys(ATTEMPT_COLUMNS),
        "id": f"at-{n}",
        "campaign_id": candidate.campaign_id,
        "candidate_id": candidate.id,
        "decision_id": decision,
        "trunk": "trunk-1",
        "dialer": "bench",
        "resource": "",
        "subject_id": own,
        "state": "completed",
        "outcome": "completed",
        "live": 0,
        "purpose": "marketing",
        "channel": "voice_prerecorded",
        "last_seq": 0,
        "over": 0,
        "consent_class": "prior_express_consent",
        "consent_id": f"c-{n}",
        "place_code": "GB",
        "permit_hash": f"permit {n}".encode(),
        "issued_at": at,
        "expires_at": at,
        "redeemed_at": at,
        "slot_until_at": at,
        "ended_at": at,
        "answered_by": "",
    }


def _values(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


def opened(folder: Path) -> Run:
    """The desk as another process opens it."""
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    desk = open_desk(settings, TestClock(at=READ_AT), PASSPHRASE)
    return Run(Common(), settings, desk, Actor("dpo", Role.DPO))


def gathered(kind: str, run: Run) -> Gathered:
    if kind == "consent-audit":
        return consent_report.data(run.desk, run.actor, Options())
    return dossier_report.number(run, About(phone=number(0)))


def measured(kind: str, folder: Path) -> None:
    """One kind, in this process."""
    run = opened(folder)
    start = time.perf_counter()
    found = gathered(kind, run)
    gather_s = time.perf_counter() - start
    made = render(
        kind,
        found.data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        annexes=found.annexes,
    )
    whole_s, peak_mib = time.perf_counter() - start, _peak()
    print(
        f"{kind}: gather {gather_s:.1f} s, with the PDF {whole_s:.1f} s, {peak_mib:.0f} MiB peak,"
        f" {len(made.pdf) / 2**20:.1f} MiB file",
        flush=True,
    )
    start = time.perf_counter()
    same = verify(made.pdf).same_bytes
    print(f"  read back: {same}, {time.perf_counter() - start:.1f} s, {_peak():.0f} MiB peak")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(count: int = CONSENTS) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), TestClock(at=datetime(2026, 1, 2, 9, 0, tzinfo=UTC))
        made = make_desk(folder, clock=clock)
        set_up = scene(made, 90)
        clock.at = NOW
        start = time.perf_counter()
        fill(set_up, count)
        print(f"filled: {count:,} consents and calls, {time.perf_counter() - start:.0f} s")
        made.desk.close()
        for kind in ("consent-audit", "number-dossier"):
            subprocess.run([sys.executable, "-m", __spec__.name, kind, name], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measured(sys.argv[1], Path(sys.argv[2]))
    else:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else CONSENTS)
