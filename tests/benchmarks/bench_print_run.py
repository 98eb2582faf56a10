"""A print run of many letters: time and memory of rendering, joining, logging and posting.

Each letter is written for a request of its own, rendered by WeasyPrint, and joined with
the others. Run: `.venv/bin/python -m tests.benchmarks.bench_print_run [LETTERS]`.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from privacy.rights import intake, posting, print_runs
from privacy.rights.case import Kind
from privacy.rights.intake import CaseFile
from privacy.rights.letters import printing, store, writing
from privacy.rights.letters.writing import Wanted
from privacy.rights.print_runs import Press
from privacy.settings import Controller
from reports.joining import Joined
from reports.letter import render_letter
from tests.desks import MadeDesk, make_desk

LETTERS = 300
HERE = "privacy@retail.example"
CONTROLLER = Controller(name="Example Retail", zone="Europe/Berlin", contact=HERE, dpo_contact=HERE)


def write(made: MadeDesk, letters: int) -> None:
    for number in range(letters):
        file = CaseFile(f"Person {number}", f"{number} High Street; London E14", "please tell me")
        case = intake.open_request(
            made.desk, made.handler, Kind.ACCESS, channel="post", file=file, law="EU_GDPR"
        )
        writing.write(made.desk, made.handler, case.id, Wanted("acknowledgement"))


def pdf_of(made: MadeDesk) -> Callable[[str], bytes]:
    """As the command makes it."""

    def made_one(letter_id: str) -> bytes:
        text, to = writing.read(made.desk, made.handler, letter_id)
        with made.desk.reading() as db:
            at = store.kept(db, letter_id).made_at
        return render_letter(printing.data_of(made.desk.config, text, to), made_at=at).pdf

    return made_one


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    letters = int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS
    with tempfile.TemporaryDirectory() as folder:
        made = make_desk(Path(folder), controller=CONTROLLER)
        write(made, letters)
        before, start = peak_mib(), time.perf_counter()
        press = Press(pdf_of(made), lambda duplex: Joined(duplex=duplex))
        out = Path(folder) / "run.pdf"
        run = print_runs.make(made.desk, made.handler, out, press, duplex=True)
        printed = time.perf_counter()
        posting.post(made.desk, made.handler, run.id)
        posted = time.perf_counter()
        print(
            f"{run.letters} letters: printed in {printed - start:.1f} s, posted in"
            f" {posted - printed:.1f} s; memory {before} MiB before, {peak_mib()} MiB at most;"
            f" file {out.stat().st_size / 2**20:.1f} MiB"
        )
        made.desk.close()


if __name__ == "__main__":
    main()
