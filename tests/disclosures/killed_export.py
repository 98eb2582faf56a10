"""A real process that exports and dies: `before` its release is logged, or `after` it.

Arguments: when, the desk's folder, its state folder, the file. A process an argument set.
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
    when, folder, state, out = sys.argv[1:]
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
