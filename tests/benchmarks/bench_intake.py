"""What comes in, a second: e-mails of a folder, the same folder again, rows of agents.

One mail in ten asks to be left alone and is acted on; one in five has a file of 20 kB.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from privacy.rights.arriving import agents, folder, waiting
from tests.desks import make_desk
from tests.rights.arriving.letters import eml

MAILS = 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        made = make_desk(place)
        _mails(place / "in")
        _rows(place / "agents.csv")
        for what in ("e-mails of a folder", "the same folder again"):
            _timed(what, lambda: folder.take_folder(made.desk, made.handler, place / "in"))
        _timed(
            "rows of agents",
            lambda: agents.take_agents(made.desk, made.handler, place / "agents.csv"),
        )
        _timed("waiting arrivals with their days", lambda: waiting.waiting(made.desk))
        made.desk.close()


def _timed(what: str, work: Callable[[], object]) -> None:
    began = time.perf_counter()
    work()
    took = time.perf_counter() - began
    print(f"{what}: {MAILS / took:.0f} a second ({took:.2f} s for {MAILS})")


def _mails(place: Path) -> None:
    place.mkdir()
    for number in range(MAILS):
        stop, filed = number % 10 == 0, number % 5 == 1
        raw = eml(
            "STOP" if stop else f"Please tell me what data you hold about me. {number}",
            subject="" if stop else "Question",
            sender=f"Person {number} <person{number}@example.com>",
            files=(("a.pdf", "application/pdf", bytes(20_000)),) if filed else (),
        )
        (place / f"{number}.eml").write_bytes(raw)


def _rows(path: Path) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["agent_name", "kind", "name", "email", "place"])
        for number in range(MAILS):
            kind = "erasure" if number % 2 else "access"
            rows.writerow(["Agency", kind, f"Name {number}", f"n{number}@example.com", "US-CA"])


if __name__ == "__main__":
    main()
