"""One gateway and dialer in a process of its own, for test_limits only: calls until nobody is left.

Argument: folder. Prints a line for each call that it began, and one for its end.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from privacy.app import open_desk
from privacy.clock import SystemClock
from privacy.gateway import leases
from privacy.gateway.gate import Gate
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import Told, record_events
from privacy.gateway.protocol import EventKind, Problem
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import authenticate
from privacy.settings import Settings
from privacy.terms import KekKind
from tests.desks import PASSPHRASE
from tests.gateway.scene import Law

QUIET_S = 2.5
# A killed gateway keeps its candidates for so long; the real minute would only be waited for.
SHORT_LEASE = timedelta(seconds=1)
LOOK_S = 0.01
OVER = [Told(1, EventKind.SENT, 1, ""), Told(2, EventKind.ENDED, 2, "486")]


def main(folder: Path, campaign: str, token: str) -> None:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    leases.LEASE_TIME = SHORT_LEASE
    desk = open_desk(settings, SystemClock(), PASSPHRASE, kinds=(KekKind.CALL,))
    gate = Gate(desk, Law())
    with desk.reading() as db:
        dialer = authenticate(db, token)
    last_s = time.monotonic()
    while time.monotonic() - last_s < QUIET_S:
        answer = issue(gate, dialer, campaign, 4, [f"p-{n}" for n in range(4)])
        for permit in answer.permits:
            last_s = time.monotonic()
            _call(gate, dialer, permit.permit)
        if not answer.permits:
            time.sleep(LOOK_S)
    desk.close()


def _call(gate: Gate, dialer: object, permit: str) -> None:
    """Redeem as soon as the rate lets it, say so, and end the call a moment later."""
    while True:
        try:
            released = redeem(gate, dialer, permit)  # type: ignore[arg-type]
            break
        except Problem as problem:
            if problem.retry_after_ms is None:
                return
            time.sleep(min(problem.retry_after_ms / 1_000, LOOK_S))
    sys.stdout.write(f"{released.attempt}\n")
    sys.stdout.flush()
    time.sleep(LOOK_S)
    record_events(gate, dialer, released.attempt, OVER)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.stdin.readline().strip())
