"""A process that sends what is due by the server on a port, and may be killed meanwhile.

Arguments: the desk's folder, its state folder, the port.
"""

from __future__ import annotations

import sys
from pathlib import Path

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.rights import outbox
from privacy.rights.mail import Smtp
from privacy.settings import MailServer, Settings
from privacy.terms import Role
from tests.desks import PASSPHRASE, TestClock

SENDER = "privacy@retail.example"


def main() -> None:
    folder, state, port = sys.argv[1:]
    desk = open_desk(
        Settings(Path(folder), Path(state), None, "dpo", None), TestClock(), PASSPHRASE
    )
    server = MailServer("127.0.0.1", port, "none", SENDER)
    outbox.send_due(desk, Actor("dpo", Role.DPO), Smtp(server), SENDER)
    desk.close()


if __name__ == "__main__":
    main()
