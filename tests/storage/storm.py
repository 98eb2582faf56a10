"""One process of a write storm: threads that write through the desk's one path.

Every tenth job fails after it has changed a table and appended its entry.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from sqlalchemy import insert

from privacy.app import open_desk
from privacy.desk import Desk
from privacy.settings import Settings
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import PossibleDuplicate
from privacy.storage.unit import Unit
from tests.desks import PASSPHRASE, TestClock

FAIL_EVERY = 10


class Failing(Exception):
    """A job that fails on purpose."""


def job_of(number: int, thread: int, failing: bool) -> object:
    def job(unit: Unit) -> None:
        unit.db.execute(
            insert(table_of(PossibleDuplicate)).values(
                subject_id=thread, other_id=number, found_at=0
            )
        )
        unit.append("storm.changed", "storm", object=f"{thread}-{number}")
        if failing:
            raise Failing

    return job


def work(desk: Desk, thread: int, jobs: int, failed: list[int]) -> None:
    for number in range(jobs):
        try:
            desk.write(job_of(number, thread, number % FAIL_EVERY == 9))  # type: ignore[arg-type]
        except Failing:
            failed.append(number)


def main() -> None:
    folder, process, threads, jobs = Path(sys.argv[1]), *map(int, sys.argv[2:])
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    desk = open_desk(settings, TestClock(), PASSPHRASE)
    failed: list[int] = []
    running = [
        threading.Thread(target=work, args=(desk, process * threads + n, jobs, failed))
        for n in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    desk.close()
    print(len(failed))


if __name__ == "__main__":
    main()
