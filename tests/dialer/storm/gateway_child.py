"""A gateway of a storm: what `gateway serve` does, with a law that has no hours.

Arguments: folder, socket. Its wall clock jumps an hour ahead at SIGUSR1, back at SIGUSR2.
"""

from __future__ import annotations

import signal
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from privacy.app import open_desk
from privacy.gateway import leases
from privacy.gateway.gate import Gate
from privacy.gateway.recovery import settle
from privacy.gateway.running import holding_keys, only_gateway, with_call_keys_only
from privacy.gateway.serving import Serving
from privacy.settings import Settings
from privacy.terms import KekKind
from tests.desks import PASSPHRASE
from tests.dialer.storm.law import StormLaw
from tests.gateway.test_limits import RealClock

# A killed gateway keeps its candidates for so long; the real minute would only be waited for.
SHORT_LEASE = timedelta(seconds=3)
LOOK_S = 1.0


def main(folder: Path, path: Path) -> None:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    leases.LEASE_TIME = SHORT_LEASE
    clock = RealClock()
    for number, off in ((signal.SIGUSR1, 1), (signal.SIGUSR2, -1)):
        signal.signal(number, partial(_jump, clock, off))
    desk = open_desk(settings, clock, PASSPHRASE, kinds=(KekKind.CALL,))
    with only_gateway(desk):
        gate = Gate(with_call_keys_only(desk), StormLaw())
        settle(gate, "dpo")
        with holding_keys(gate.desk.vault, gate.id), Serving(gate, path):
            while True:
                time.sleep(LOOK_S)
                settle(gate, "dpo")


def _jump(clock: RealClock, hours: int, *_: object) -> None:
    clock.off = timedelta(hours=hours)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
