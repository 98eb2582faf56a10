"""Each kind of report on a desk with many attempts: seconds, CPU seconds, peak memory, size.

A desk is filled by bulk inserts with calls of November 2026 whose facts are sealed documents
of the real law; each call is judged again once, which is measured by itself; then each kind
is made in a process of its own: `gather` is what comes from the desk, `pages` the PDF. Kinds
that are about one request, breach or assessment are made of their example: attempts play no
part in them, and the line says so.
Run: `.venv/bin/python -m tests.benchmarks.bench_catalogue [ATTEMPTS] [KIND ...]`.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.cli.options import Common
from privacy.cli.report import KINDS as ASKED_FOR
from privacy.cli.report_about import About
from privacy.cli.report_data import Asked, gather
from privacy.cli.running import Run
from privacy.errors import BadInput, RightsdeskError
from privacy.gateway import judgements
from privacy.settings import Settings
from privacy.terms import Role
from reports.render import KINDS, render
from tests.desks import PASSPHRASE, TestClock, make_desk
from tests.gateway.scene import number, scene
from tests.law.calls import CHICAGO, WRITTEN
from tests.reports import pdfs
from tests.reports.examples import ANCHOR, MADE_AT
from tests.reports.placed_calls import Spoken, opted_out, place

ATTEMPTS = 10_000
PEOPLE = 90
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAYS, FIRST = 30, datetime(2026, 11, 1, 15, 0, tzinfo=UTC)
SECONDS_A_DAY = 10 * 3_600
OPT_OUT_OF = 200
OUTCOMES = ("completed", "completed", "no_answer", "no_answer", "busy", "machine", "completed")
MONTH = (date(2026, 11, 1), date(2026, 11, 30))


def calls(count: int) -> Iterator[Spoken]:
    """So many calls to Chicago, from nine to seven there, in the order of time."""
    drawn = random.Random(8)
    for n in range(count):
        at = FIRST + timedelta(
            days=n * DAYS // count, seconds=n * DAYS % count * SECONDS_A_DAY // count
        )
        outcome = OUTCOMES[n % len(OUTCOMES)]
        talked = outcome in ("completed", "machine")
        waited = 700 + drawn.randrange(1_000) + (3_000 if drawn.random() < 0.01 else 0)
        events = {"sent": 0, "ringing": 900}
        if talked:
            events |= {"answered": 5_000, "media_started": 5_000 + waited}
            if n % OPT_OUT_OF == 0:
                events["key"] = 9_000
        events["ended"] = 21_000
        yield Spoken(
            at,
            facts(at, n),
            outcome,
            {"completed": "human", "machine": "machine"}.get(outcome, ""),
            events,
            n,
        )


def facts(at: datetime, n: int) -> dict[str, Any]:
    """What a gateway passes for a call there."""
    return {
        "number": f"{CHICAGO[:-4]}{n % 10_000:04d}",
        "at": at.isoformat(),
        "channel": "voice_live",
        "campaign": "marketing",
        "region": "US-IL",
        "consent": [{"state": WRITTEN, "granted": "2026-10-01T10:00:00+00:00"}],
        "context": {
            "registers": {"us_national": {"listed": False, "age_days": n % 29}},
            "earlier_calls": [],
            "caller_number_shown": True,
        },
    }


def fill(folder: Path, count: int) -> str:
    """A desk with these calls; its campaign."""
    clock = TestClock(at=datetime(2026, 10, 31, 12, 0, tzinfo=UTC))
    made = make_desk(folder, clock=clock)
    set_up = scene(made, PEOPLE)
    clock.at = NOW
    start = time.perf_counter()
    ids = place(set_up, calls(count))
    for n in range(0, min(count, 20_000), OPT_OUT_OF):
        if OUTCOMES[n % len(OUTCOMES)] in ("completed", "machine"):
            opted_out(set_up, ids[n], FIRST + timedelta(days=n * DAYS // count), n.to_bytes(32))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
    print(f"filled: {count:,} attempts, {time.perf_counter() - start:.0f} s, {size:.0f} MiB")
    made.desk.close()
    return set_up.campaign


def opened(folder: Path) -> Run:
    """The desk as another process opens it."""
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    desk = open_desk(settings, TestClock(at=NOW), PASSPHRASE)
    return Run(Common(), settings, desk, Actor("dpo", Role.DPO))


def asked(kind: str, campaign: str) -> Asked:
    about = About(phone=number(0), for_whom="authority")
    days = (date(2025, 12, 1), MONTH[1]) if kind == "board" else MONTH
    return Asked(kind, campaign, from_on=days[0], to_on=days[1], about=about)


def measured(kind: str, folder: Path, campaign: str) -> None:
    """One kind, in this process."""
    run = opened(folder)
    started = time.perf_counter(), time.process_time()
    if kind == "judging":
        done = judgements.judge_all(run.desk, run.actor, FIRST, NOW)
        _told(kind, started, f"{done:,} calls")
        return
    try:
        if kind not in ASKED_FOR:
            raise BadInput("It comes with its own work.", what=kind)
        found = gather(run, asked(kind, campaign))
    except RightsdeskError as error:
        made = pdfs.made(kind)
        _told(kind, started, f"its example ({error.message}), {len(made.pdf) / 2**20:.2f} MiB")
        return
    gathered_s = time.perf_counter() - started[0]
    made = render(
        kind,
        found.data,
        made_at=MADE_AT,
        anchor=ANCHOR,
        classification=pdfs.CLASSIFICATION,
        annexes=found.annexes,
    )
    _told(kind, started, f"gather {gathered_s:.1f} s, {len(made.pdf) / 2**20:.2f} MiB PDF")


def _told(kind: str, started: tuple[float, float], said: str) -> None:
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    # Not ru_maxrss: that begins with what the process had that started this one.
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    besides = f" (+{children:.0f} MiB a process)" if kind == "judging" else ""
    print(f"{kind}: {wall:.1f} s, {cpu:.1f} CPU s, {peak:.0f} MiB{besides}; {said}", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ATTEMPTS
    kinds = sys.argv[2:] or ["judging", *KINDS]
    with tempfile.TemporaryDirectory() as folder:
        campaign = fill(Path(folder), count)
        for kind in kinds:
            told = json.dumps({"kind": kind, "folder": folder, "campaign": campaign})
            subprocess.run([sys.executable, "-m", __spec__.name, "--child", told], check=False)


def child(told: dict[str, str]) -> None:
    measured(told["kind"], Path(told["folder"]), told["campaign"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(json.loads(sys.argv[2]))
    else:
        main()
