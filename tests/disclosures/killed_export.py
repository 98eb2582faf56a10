"""Real processes that export and die: `before` the release is logged, or `after` it.

Each argument: when, the desk's folder, its state folder and the file, by bars. One
interpreter forks a process an argument, so that imports are paid once.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.consented import Audience
from privacy.contacts import exporting
from privacy.contacts.exporting import Recipient
from privacy.settings import Settings
from privacy.terms import Channel, Purpose, Role
from tests.desks import PASSPHRASE, TestClock
from tests.gateway.scene import Law


class Dying(Audience):
    """Dies in the transaction that would release."""

    def refuse_changed(self, db: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    for argument in sys.argv[1:]:
        child = os.fork()
        if child == 0:
            _export(*argument.split("|"))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"ended {os.WEXITSTATUS(status)}")


def _export(when: str, folder: str, state: str, out: str) -> None:
    if when == "after":
        os.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    desk = open_desk(
        Settings(Path(folder), Path(state), None, "dpo", None), TestClock(), PASSPHRASE
    )
    chooser = (Dying if when == "before" else Audience)(
        desk, Purpose.MARKETING, Channel.VOICE_LIVE, Law(), desk.now()
    )
    exporting.export(
        desk,
        Actor("dpo", Role.DPO),
        Path(out),
        chooser,
        purpose=Purpose.MARKETING,
        channel=Channel.VOICE_LIVE,
        recipient=Recipient("Example Mailing Ltd"),
    )


if __name__ == "__main__":
    main()
