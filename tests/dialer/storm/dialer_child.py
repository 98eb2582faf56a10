"""A dialer of a storm: the package's own, whose line rings at a called side that keeps a journal.

Given to `python -c` as a text, because a confined dialer can read no test. First two
arguments: socket of the called side, calls without an agent to ask for; then a dialer's own.
Its wall clock jumps an hour back and forth each time it is looked at.
"""

import itertools
import json
import socket
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from dialer import worker
from dialer.lines import simulator
from dialer.lines.port import LineEvent, Order
from privacy.clock import SystemClock
from privacy.gateway.client import Client
from privacy.gateway.protocol import EventKind, PermitsAnswer

CALLED, OVER = sys.argv.pop(1), int(sys.argv.pop(1))
JUMPS = itertools.cycle([-3_600, 3_600])

without_agent: set[str] = set()
real_script, real_now, real_time = simulator.script_of, SystemClock.now, time.time


def ring(**told: str) -> None:
    """Tell the called side; it has written it down when this returns."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(CALLED)
        peer.sendall(json.dumps(told).encode() + b"\n")
        if peer.recv(8) != b"ok\n":
            raise OSError("the called side is gone")


class CalledLine(simulator.SimulatedLine):
    """The simulator with somebody at the other end."""

    def _note(self, attempt: str, digest: bytes) -> None:
        earned = "yes" if attempt in without_agent else ""
        ring(placed=attempt, digest=digest.hex(), earned=earned)

    def confirm(self, attempt: str) -> None:
        ring(confirmed=attempt)
        super().confirm(attempt)


class Asking(Client):
    """Asks for calls without an agent beside those with one."""

    def permits(
        self, campaign: str, want: int, resources: Sequence[str], over: int = 0
    ) -> PermitsAnswer:
        most = min(20, want + OVER)
        answer = super().permits(campaign, most, resources[: most - OVER], OVER)
        without_agent.update(one.attempt for one in answer.permits if not one.resource)
        return answer


def script_of(outcome: str, order: Order, variety: int, key: str) -> tuple[LineEvent, ...]:
    """As the simulator's; a person says so, and of calls without an agent a third find none."""
    script: list[LineEvent] = []
    for event in real_script(outcome, order, variety, key):
        script.append(event)
        if event.kind is EventKind.ANSWERED and outcome != "machine":
            script.append(LineEvent(EventKind.HUMAN, event.at_ms))
            if order.attempt in without_agent and variety % 3 == 0:
                script.append(LineEvent(EventKind.ABANDONED, event.at_ms + 2_000))
                script.append(LineEvent(EventKind.ENDED, event.at_ms + 2_100, "local"))
                break
    return tuple(script)


if __name__ == "__main__":
    for owner, name, instead in (
        (time, "time", lambda: real_time() + next(JUMPS)),
        (SystemClock, "now", lambda clock: real_now(clock) + timedelta(seconds=next(JUMPS))),
        (simulator, "script_of", script_of),
        (simulator, "SimulatedLine", CalledLine),
        (worker, "Client", Asking),
    ):
        setattr(owner, name, instead)
    worker.main()
