"""One run of a campaign as a process that can be killed: gateway here, dialer below.

Arguments: folder, campaign, first instant. Prints the dialer's process id, then waits for
its end. For test_storm only.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from privacy.actors import Actor
from privacy.app import demo_clock, open_desk
from privacy.cli.dialer_process import Apart, dialer_process, files_of
from privacy.clock import micros
from privacy.gateway.running import serving_campaign
from privacy.settings import Settings
from privacy.terms import KekKind, Role
from tests.desks import PASSPHRASE
from tests.gateway.scene import Law


def main(folder: Path, campaign: str, start: str) -> None:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    clock = demo_clock(settings, micros(datetime.fromisoformat(start)))
    desk = open_desk(settings, clock, PASSPHRASE, kinds=(KekKind.CALL,))
    actor = Actor("dpo", Role.DPO)
    options = ["--campaign", campaign, "--speed", "40", "--channels", "40"]
    options += ["--journal", str(folder / "journal"), "--simulator-log", str(folder / "placed")]
    apart = Apart(files_of([folder / "journal", folder / "placed"]))
    try:
        with (
            serving_campaign(desk, actor, campaign, Law()) as run,
            dialer_process(run, options, apart=apart) as dialer,
        ):
            sys.stdout.write(f"{dialer.pid}\n")
            sys.stdout.flush()
            dialer.wait()
    finally:
        desk.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
