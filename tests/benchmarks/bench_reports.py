"""Reports that are large: an annex of 100,000 rows, and a document of some 100 pages.

CPU seconds of one process and its peak memory, loading included; what is read back is
verified. Each runs in a process of its own.
Run: `.venv/bin/python -m tests.benchmarks bench_reports`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from reports.reading import verify
from reports.render import Document
from tests.reports import pdfs, request_rows
from tests.reports.examples import BASE, example

ROWS = 100_000
HELD = 1_150


def annex() -> Document:
    """A register of ROWS requests, from its rows to the file."""
    data, files = request_rows.data(list(request_rows.rows(ROWS)), BASE)
    return pdfs.made("request-register", data, files)


def pages() -> Document:
    """An access answer of some 100 pages: HELD calls and as many items of data."""
    data: dict[str, Any] = example("access-answer")
    data["calls"] = [deepcopy(data["calls"][n % len(data["calls"])]) for n in range(HELD)]
    names = data["held"]["names"]
    data["held"]["names"] = [deepcopy(names[n % len(names)]) for n in range(HELD * 2)]
    return pdfs.made("access-answer", data)


def measured(what: str, make: Callable[[], Document]) -> None:
    made = make()
    cpu_s = time.process_time()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    held = made.pdf.count(b"/Type /Page\n") or made.pdf.count(b"/Type /Page ")
    print(
        f"{what}: {cpu_s:.1f} CPU s, {peak_mib:.0f} MiB, {len(made.pdf) / 2**20:.1f} MiB file,"
        f" {held} pages",
        flush=True,
    )
    if what == "annex":
        same = verify(made.pdf).same_bytes
        print(f"  read back, counted again, made again: {same}; {time.process_time():.1f} CPU s")


WHAT = {"annex": annex, "pages": pages}


def run() -> None:
    for name in WHAT:
        subprocess.run([sys.executable, "-m", __spec__.name, name], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measured(sys.argv[1], WHAT[sys.argv[1]])
    else:
        run()
