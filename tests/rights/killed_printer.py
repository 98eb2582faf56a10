"""A process that prints the letters that wait and kills itself on the way.

Arguments: the desk's folder, its state folder, the PDF to write, and when it dies.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.rights import print_runs
from privacy.rights.print_runs import Press
from privacy.settings import Settings
from privacy.terms import Role
from reports.joining import Joined
from tests.desks import PASSPHRASE, TestClock
from tests.rights.papers import paper


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    folder, state, out, when = sys.argv[1:]
    desk = open_desk(
        Settings(Path(folder), Path(state), None, "dpo", None), TestClock(), PASSPHRASE
    )
    rendered: list[str] = []

    def pdf_of(letter: str) -> bytes:
        rendered.append(letter)
        if when == "while it renders" and len(rendered) == 2:
            die()
        return paper(1, letter)

    if when == "before the entry":
        print_runs._printed = die  # type: ignore[assignment]
    if when == "before the name":
        os.rename = die  # type: ignore[assignment]
    press = Press(pdf_of, lambda duplex: Joined(duplex=duplex))
    print_runs.make(desk, Actor("dpo", Role.DPO), Path(out), press)


if __name__ == "__main__":
    main()
