"""Whole packages a minute, for people with 22 and with 2,000 related rows.

Everything that `rightsdesk request fulfil` does, on one core and a file SQLite desk: open,
log, look for other people, PDF/A with its data, page, JSON, CSV, vCard, AES archive, the
desk's own copy, the release. Also how large the parts are and how long each takes.
Run: `.venv/bin/python -m tests.benchmarks.bench_packages`.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyzipper

from privacy.cli.documents import renderer, wording
from privacy.rights import answering
from privacy.rights.case import Kind
from tests.benchmarks.rights_scene import add_calls, approved, mail_of, number_of
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person
from tests.rights.packages import change_profile

ROWS = {22: 12, 2_000: 5}
BESIDE_CALLS = 2
NOTES = {"notes": "Prefers calls after six; spoke to the branch in Springfield."}


def person(made: MadeDesk, one: int, rows: int) -> None:
    """A person with two contact points; the rest of the rows are calls."""
    made.clock.advance(timedelta(seconds=1))
    known = add_person(made.desk, number_of(one), mail_of(one), family=f"Family{one}", region="GB")
    change_profile(made, known.subject_id, other=NOTES)
    add_calls(made, known, number_of(one), rows - BESIDE_CALLS)


def measured(made: MadeDesk, folder: Path, first: int, rows: int, people: int) -> None:
    spent: dict[str, float] = defaultdict(float)
    rendered = renderer(made.desk)

    def timed(kind: str, data: dict[str, Any]) -> bytes:
        start = time.perf_counter()
        document = rendered(kind, data)
        spent[kind] += time.perf_counter() - start
        return document

    cases = []
    for one in range(first, first + people):
        person(made, one, rows)
        cases.append(approved(made, one, Kind.ACCESS))
    times = []
    for case in cases:
        start, busy = time.perf_counter(), time.process_time()
        done = answering.fulfil(
            made.desk,
            made.handler,
            case.id,
            folder / f"{case.id}.zip",
            renderer=timed,
            wording=wording,
        )
        times.append((time.perf_counter() - start, time.process_time() - busy))
    with pyzipper.AESZipFile(done.path) as archive:
        sizes = {each.filename: each.file_size for each in archive.infolist()}
    # The first one loads fonts and the style sheet.
    wall = [each for each, _ in times[1:]]
    processor = [each for _, each in times[1:]]
    print(
        f"{rows:,} rows, {people} people: {60 / (sum(wall) / len(wall)):.0f} packages a minute"
        f" (of a processor alone {60 / (sum(processor) / len(processor)):.0f});"
        f" median {median(wall) * 1000:.0f} ms, of it PDF"
        f" {spent['access-answer'] / people * 1000:.0f} ms, page"
        f" {spent['access-view'] / people * 1000:.0f} ms; first {times[0][0]:.1f} s;"
        f" package {done.path.stat().st_size // 1024} KiB, PDF"
        f" {sizes['answer.pdf'] // 1024} KiB, page {sizes['answer.html'] // 1024} KiB"
    )


def main() -> None:
    first = 0
    for rows, people in ROWS.items():
        with tempfile.TemporaryDirectory() as folder:
            made = make_desk(Path(folder))
            measured(made, Path(folder), first, rows, people)
            made.desk.close()
        first += people


if __name__ == "__main__":
    main()
