"""An import in a process of its own, for tests that kill it: `importer FOLDER LIST BATCHES`.

It reports each committed batch on standard output and after BATCHES of them
waits to be killed; BATCHES 0 means never.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.contacts import importing
from privacy.settings import Settings
from privacy.terms import Role
from tests.contacts.lists import options
from tests.desks import PASSPHRASE, TestClock


def main(folder: Path, path: Path, batches: int) -> None:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    desk = open_desk(settings, TestClock(), PASSPHRASE)
    done = 0

    def progress(rows: int) -> None:
        nonlocal done
        done += 1
        print(rows, flush=True)
        if done == batches:
            time.sleep(600)

    importing.import_file(desk, Actor("dpo", Role.DPO), path, options(), progress)
    desk.close()


if __name__ == "__main__":
    importing.BATCH_ROWS = 50
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
