"""A dry run of a large campaign, and the export of many call records: seconds and memory.

Run: `.venv/bin/python -m tests.benchmarks.bench_campaign [PEOPLE] [CALLS]`.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from privacy.consent import registers
from privacy.contacts.importing import ImportOptions, import_file
from privacy.gateway import campaigns, record_export
from privacy.gateway.previewing import preview
from privacy.gateway.record_export import Wish
from privacy.gateway.record_pages import Which
from privacy.law import calling
from privacy.terms import LawfulBasis
from tests.desks import MadeDesk, make_desk
from tests.gateway.many_calls import fill, rising
from tests.gateway.scene import RunningClock, Scene, scene

PEOPLE = 100_000
CALLS = 100_000
CODES = (212, 305, 415, 312, 713, 602, 206, 617, 404, 303)


def measured(what: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, seconds, and by how many MiB memory rose at its peak above its begin."""
    with rising() as rise:
        start = time.perf_counter()
        found = what()
        seconds = time.perf_counter() - start
    return found, seconds, rise.mib


def imported(made: MadeDesk, folder: Path, count: int) -> None:
    """`count` people of ten states, by the import itself."""
    path = folder / "people.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("given_name", "family_name", "phone"))
        for n in range(count):
            code = CODES[n % len(CODES)]
            writer.writerow((f"Given{n}", f"Family{n}", f"+1{code}{2_000_000 + n // len(CODES)}"))
    options = ImportOptions(
        obtained_on=date(2026, 11, 1),
        source="bench",
        lawful_basis=LawfulBasis.CONSENT,
        region="US",
        rejects=folder / "rejects.csv",
    )
    import_file(made.desk, made.handler, path, options)


def dry_run(folder: Path, count: int) -> None:
    folder.mkdir()
    made = make_desk(folder, clock=RunningClock())
    set_up = scene(made, 1, begin=False)
    registers.load(made.desk, made.dpo, "us_national", ["+12125550100"], date(2026, 11, 17), "b")
    imported(made, folder, count)
    campaigns.add(made.desk, made.dpo, set_up.campaign)
    found, seconds, mib = measured(
        lambda: preview(made.desk, made.dpo, set_up.campaign, calling.answer)
    )
    people = found.allowed + found.denied
    print(f"preview: {people} people, {seconds:.1f} s, +{mib:.0f} MiB, law asked {found.asked}")
    made.desk.close()


def records(folder: Path, count: int) -> None:
    folder.mkdir()
    set_up: Scene = scene(make_desk(folder, clock=RunningClock()), 50)
    fill(set_up, count)
    made = set_up.made
    until = made.clock.now() + timedelta(days=1)
    which = Which(set_up.campaign, datetime(2000, 1, 1, tzinfo=UTC), until)
    wish = Wish(which, "csv", "authority", "Example Authority")
    done, seconds, mib = measured(
        lambda: record_export.export(made.desk, made.dpo, folder / "calls.csv", wish)
    )
    print(f"records: {done.count} calls, {seconds:.1f} s, +{mib:.0f} MiB")
    made.desk.close()


def main() -> None:
    told = [int(word) for word in sys.argv[1:3]]
    people, calls = [*told, *(PEOPLE, CALLS)[len(told) :]]
    with tempfile.TemporaryDirectory() as folder:
        dry_run(Path(folder) / "dry", people)
        records(Path(folder) / "records", calls)


if __name__ == "__main__":
    main()
