"""The dialer as a process of its own: kept apart from the desk, followed, and stopped.

It starts with a fixed environment, no open file but its pipes, no terminal, the folder `/`,
and where the kernel has Landlock, without any way to the desk's files or to another
process (dialer/confine.py). Its token goes through a pipe.

Stopping: the first SIGINT or SIGTERM lets calls under way come to their end, the second ends
them now and still tells what became of them, the third kills; then the gateway counts as
uncertain what nobody told.
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from dialer import confine
from privacy.errors import BadInput, MachineFailed
from privacy.gateway.running import Run

Progress = Callable[[dict[str, int]], None]
STOP_S = 300.0
# From the second interrupt: to hang up, tell the gateway, and end.
ENDING_S = 15.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)
CONFINED = ("-m", "dialer.confine")


@dataclass(frozen=True)
class Apart:
    """What a dialer may write, and whom it runs as: user and group id, if not as this process."""

    files: tuple[Path, ...] = ()
    user: tuple[int, int] | None = None

    @property
    def uid(self) -> int | None:
        return None if self.user is None else self.user[0]


HERE = Apart()


def apartness(other_user: bool) -> str:
    """One line that says how far the dialer is kept from the desk on this machine."""
    if confine.abi() and other_user:
        return "The dialer runs as another user and can reach no file or memory of the desk."
    if confine.abi():
        return "The dialer is a process that can reach no file or memory of the desk (Landlock)."
    if other_user:
        return "The dialer runs as another user: what only you may read is closed to it."
    return (
        "This kernel has no Landlock: the dialer is separated against mistakes, not malice;"
        " --dialer-user or another machine keeps it apart."
    )


def user_of(name: str) -> tuple[int, int]:
    """User and group id of that user. BadInput if there is none, or only root could use it."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = None
    if entry is None or os.geteuid() != 0:
        raise BadInput(
            "The dialer cannot run as that user.",
            what="--dialer-user",
            next="The user must exist, and only root starts a process as another one.",
        )
    return entry.pw_uid, entry.pw_gid


def files_of(paths: Sequence[Path | None]) -> tuple[Path, ...]:
    """Those files, made where they are not there yet: mode 0600 in a folder of mode 0700."""
    made = []
    for path in filter(None, paths):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        made.append(path.absolute())
    return tuple(made)


@contextmanager
def dialer_process(
    run: Run, arguments: Sequence[str], told: str = "", apart: Apart = HERE
) -> Iterator[subprocess.Popen[str]]:
    """The dialer of a run, apart from the desk; ended with the context, whatever happens."""
    command = ["-m", "dialer.worker", "--gateway", run.address, *arguments]
    with separated(command, run.token.token, told, apart) as dialer:
        yield dialer


@contextmanager
def separated(
    command: Sequence[str], token: str, told: str = "", apart: Apart = HERE
) -> Iterator[subprocess.Popen[str]]:
    """A Python process that inherits nothing and reaches nothing of the desk.

    The token is the first line of its standard input; `told`, if any, the second.
    """
    with tempfile.TemporaryDirectory(prefix="rightsdesk-dialer-") as scratch:
        for path in (Path(scratch), *apart.files):
            if apart.user is not None:
                os.chown(path, *apart.user)
        with _started(command, Path(scratch), apart) as process:
            assert process.stdin is not None
            process.stdin.write(token + "\n" + (told + "\n" if told else ""))
            process.stdin.close()
            yield process


@contextmanager
def _started(
    command: Sequence[str], scratch: Path, apart: Apart
) -> Iterator[subprocess.Popen[str]]:
    written = [word for file in apart.files for word in ("--file", str(file))]
    confined = [*CONFINED, *written, "--folder", str(scratch), "--", *command]
    user, group = apart.user or (None, None)
    no_groups: list[int] = []
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", *confined],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback could quote what a frame held; the dialer tells its errors on stdout.
            stderr=subprocess.DEVNULL,
            text=True,
            env={"TMPDIR": str(scratch)},
            cwd="/",
            close_fds=True,
            start_new_session=True,
            umask=0o077,
            user=user,
            group=group,
            extra_groups=None if user is None else no_groups,
        )
    except PermissionError:
        raise BadInput(
            "The dialer's user cannot run this Python.",
            what="--dialer-user",
            next="Install rightsdesk where that user may read it, such as /opt.",
        ) from None
    assert process.stdout is not None
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Stopping:
    """What an interrupt does to the dialer; used as a context around gateway and dialer.

    Outside the main thread nothing is caught: there the caller stops the dialer itself.
    """

    say: Callable[[str], None]
    asked: int = 0
    _dialer: subprocess.Popen[str] | None = None
    _before: dict[int, Any] = field(default_factory=dict)
    _last_wait: threading.Timer | None = None

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._interrupt) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._last_wait is not None:
            self._last_wait.cancel()

    def watch(self, dialer: subprocess.Popen[str]) -> None:
        """From here interrupts are for that dialer, also those that came before it began."""
        self._dialer = dialer
        for _ in range(self.asked):
            self._pass_on(signal.SIGTERM)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked < 3:
            self._pass_on(signal.SIGTERM)
        else:
            self.say("Broken off: calls that nobody told the end of count as uncertain.")
            self._pass_on(signal.SIGKILL)
        if self.asked == 2:
            self.say("Ending the calls under way now.")
            self._last_wait = threading.Timer(ENDING_S, self._pass_on, [signal.SIGKILL])
            self._last_wait.start()

    def _pass_on(self, number: int) -> None:
        if self._dialer is not None and self._dialer.poll() is None:
            self._dialer.send_signal(number)


def follow(dialer: subprocess.Popen[str], progress: Progress | None, stopping: Stopping) -> None:
    """Read how far the dialer is until it ends. MachineFailed if it did not end well."""
    error: dict[str, Any] = {}
    stopping.watch(dialer)
    for document in _told(dialer):
        error = document.get("error", error)
        if progress is not None and "outcomes" in document:
            progress(document["outcomes"])
        if "stopping" in document:
            stopping.say(_stopping_line(document["stopping"]))
    if dialer.wait(STOP_S) != 0:
        raise MachineFailed(
            f"The dialer did not end well: {error.get('message') or 'it said nothing.'}",
            what="dialer",
            next=str(error.get("next") or "Run `rightsdesk dial` again: it goes on."),
        )


def _stopping_line(state: dict[str, Any]) -> str:
    calls, longest_s = int(state["calls"]), int(state["longest_s"])
    if not calls:
        return "Stopping: no call is under way."
    return (
        f"Stopping: no new calls. Calls under way: {calls}, the last one over in at most"
        f" {longest_s} s. Interrupt again to end them now."
    )


def _told(dialer: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert dialer.stdout is not None
    for line in dialer.stdout:
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document
