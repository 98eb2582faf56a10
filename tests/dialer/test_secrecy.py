"""No number outside the ciphertext: files, logs, what processes say, tracebacks, memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dialer.campaign import Running
from dialer.journal import Journal
from dialer.lines.port import Order, Placed
from dialer.lines.simulator import SimulatedLine
from privacy.cli.dial import run_dial
from privacy.gateway import outcomes, redeem
from privacy.gateway.client import Client, GatewayGone
from privacy.gateway.protocol import Problem, Released
from privacy.gateway.running import socket_folder
from privacy.gateway.serving import Serving
from tests.canaries import find_leaks, forms
from tests.desks import MadeDesk, make_desk
from tests.gateway.scene import RunningClock, Scene, number, scene

pytestmark = pytest.mark.serial
PEOPLE = 8
NUMBERS = [number(n) for n in range(PEOPLE)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[MadeDesk]:
    made = make_desk(tmp_path, clock=RunningClock())
    yield made
    made.desk.close()


def test_a_run_with_breakdowns_leaves_no_number_in_any_file_while_the_desk_is_open(
    running: MadeDesk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up = scene(running, PEOPLE)
    run_dial(
        running.desk,
        running.dpo,
        set_up.campaign,
        law=set_up.law,
        speed=500,
        journal=tmp_path / "journal",
        simulator_log=tmp_path / "placed",
    )
    (tmp_path / "said").write_text("".join(capfd.readouterr()))
    # The write-ahead log is still there, with what the last transactions wrote.
    assert any(path.name.endswith("-wal") for path in running.desk.folder.iterdir())
    assert not find_leaks(tmp_path, NUMBERS)


@pytest.fixture
def served(made: MadeDesk) -> Iterator[tuple[Scene, str]]:
    set_up = scene(made, PEOPLE)
    with socket_folder(made.desk) as folder, Serving(set_up.gate, folder / "g.sock") as door:
        yield set_up, door.address


# What goes wrong, and where: in the gateway before and after the number, and in the dialer.
def broken(*_: object, **__: object) -> Any:
    raise RuntimeError("something broke")


@pytest.mark.parametrize(
    ("room", "name"),
    [
        (redeem, "spend"),
        (redeem, "decide"),
        (redeem, "rfc3339"),
        (redeem, "Released"),
        (outcomes, "opt_out_number"),
    ],
)
# An error of the gateway's own is told by the server's thread.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_at_any_step_of_a_redemption_says_no_number(
    served: tuple[Scene, str],
    room: Any,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    set_up, address = served
    client = Client(address, set_up.token)
    (permit,) = client.permits(set_up.campaign, 1, ["p-1"]).permits
    monkeypatch.setattr(room, name, broken)
    told = ""
    try:
        client.redeem(permit.permit)
        client.opt_out_number(number(7))
    except (Problem, GatewayGone):
        told = traceback.format_exc()
    client.close()
    said = told + caplog.text + "".join(capfd.readouterr())
    (tmp_path / "said").write_text(said)
    assert not find_leaks(tmp_path, NUMBERS)


class BreakingLine(SimulatedLine):
    """A line with a fault, met while it holds the number."""

    broke: Callable[[], None]

    def place(self, order: Order, redeem: Callable[[], Released]) -> Placed:
        released = redeem()
        self.broke()
        raise KeyError(order.attempt, len(released.number))


# What a thread of the dialer says of its own fault goes to its standard error.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_line_that_breaks_while_it_holds_the_number_tells_none(
    served: tuple[Scene, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up, address = served
    client = Client(address, set_up.token)
    said: list[str] = []
    line = BreakingLine(1, speed=500)
    running = Running(
        client=client,
        line=line,
        journal=Journal(tmp_path / "journal"),
        campaign=set_up.campaign,
        resources=("p-1",),
        report=lambda outcomes: said.append(str(dict(outcomes))),
    )
    line.broke = running.stop
    assert running.run() == {"fault": 1}
    client.close()
    (tmp_path / "said").write_text("\n".join([*said, *capfd.readouterr()]))
    assert not find_leaks(tmp_path, NUMBERS)


HOLDS = """
import sys
from privacy.gateway.client import Client
address, token, campaign = (sys.stdin.readline().strip() for _ in range(3))
client = Client(address, token)
permit = client.permits(campaign, 1, ["p-1"]).permits[0]
print("asked", flush=True); sys.stdin.readline()
released = client.redeem(permit.permit)
print("released", flush=True); sys.stdin.readline()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads another process's memory")
def test_a_dialers_memory_holds_only_the_number_of_the_call_that_it_places(
    served: tuple[Scene, str],
) -> None:
    set_up, address = served
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as dialer:
        assert dialer.stdin is not None
        assert dialer.stdout is not None
        dialer.stdin.write(f"{address}\n{set_up.token}\n{set_up.campaign}\n")
        dialer.stdin.flush()
        assert dialer.stdout.readline() == "asked\n"
        before = held_by(dialer.pid)
        dialer.stdin.write("\n")
        dialer.stdin.flush()
        assert dialer.stdout.readline() == "released\n"
        during = held_by(dialer.pid)
        dialer.stdin.write("\n")
    # With a permit in its hand it knows nobody; with a number in its hand that one alone.
    assert before == set()
    assert len(during) == 1


def held_by(pid: int) -> set[str]:
    """Which of the numbers stand in a process's memory, in any form."""
    found: set[str] = set()
    needles = [(one, needle) for one in NUMBERS for _, needle in forms(one)]
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
            if not rights.startswith("rw"):
                continue
            try:
                memory.seek(int(start, 16))
                held = memory.read(int(end, 16) - int(start, 16))
            except (OSError, ValueError, OverflowError):
                continue
            found |= {one for one, needle in needles if needle in held}
    return found
