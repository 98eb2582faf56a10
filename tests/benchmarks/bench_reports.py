"""Reports that are large: an annex of 100,000 rows, and a document of some 100 pages.

CPU seconds of one process and its peak memory, loading included; what is read back is
verified. Each runs in a process of its own.
Run: `.venv/bin/python -m tests.benchmarks bench_reports`.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pikepdf

from reports.reading import verify
from reports.render import Document
from tests.reports import pdfs, request_rows
from tests.reports.examples import BASE, example

ROWS = 100_000
LINES = 3_800


def annex() -> tuple[Document, float]:
    """A register of ROWS requests; the CPU seconds that its made-up rows took."""
    rows = list(request_rows.rows(ROWS))
    made_s = time.process_time()
    data, files = request_rows.data(rows, BASE)
    return pdfs.made("request-register", data, files), made_s


def pages() -> tuple[Document, float]:
    """A document whose one table goes on for some 100 pages."""
    data: dict[str, Any] = example("log-verification")
    data["by_action"] = [{"name": f"action.{n:04d}", "entries": n} for n in range(LINES)]
    return pdfs.made("log-verification", data), 0.0


def measured(what: str, make: Callable[[], tuple[Document, float]]) -> None:
    made, rows_s = make()
    cpu_s = time.process_time() - rows_s
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with pikepdf.Pdf.open(io.BytesIO(made.pdf)) as pdf:
        held = len(pdf.pages)
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
