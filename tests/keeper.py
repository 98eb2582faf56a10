"""Keeps one PostgreSQL server for a test run, and ends it with the run.

Started as a program of its own: `keeper.py FOLDER BIN PID`. It makes a cluster in
FOLDER, starts the server from BIN, writes FOLDER/ready, and waits until process PID
(the run) has ended or it is asked to end itself. Then it stops the server and removes
FOLDER. The kernel tells it of the end, so an interrupted or killed run leaves nothing.
The server runs as `nobody` when the run is root's, because it refuses root.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "logging_collector": "off",
    "timezone": "UTC",
}


def account() -> dict[str, Any]:
    """Arguments of subprocess that leave root for `nobody`; none for any other user."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def make_cluster(folder: Path, programs: Path) -> Path:
    """An empty cluster in `folder`, owned by whoever the server runs as."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    given = account()
    if given:
        os.chown(data, given["user"], given["group"])
    command: list[str | Path] = [
        programs / "initdb",
        "--pgdata",
        data,
        "--username",
        "tests",
        "--auth",
        "trust",
    ]
    command += ["--encoding", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        **given,
    )
    return data


def start(folder: Path, programs: Path) -> subprocess.Popen[bytes]:
    """Start the server; it gets a fast shutdown from the kernel if this program is killed."""
    data = make_cluster(folder, programs)
    sockets = folder / "socket"
    sockets.mkdir(mode=0o700)
    given = account()
    if given:
        os.chown(sockets, given["user"], given["group"])
    libc = ctypes.CDLL(None)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", sockets, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            # After the change of user, which clears the setting.
            preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT),
            **given,
        )


def wait_until_ready(folder: Path, programs: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 10):
        answer = subprocess.run(
            [programs / "pg_isready", "--quiet", "--host", folder / "socket"], check=False
        )
        if answer.returncode == 0:
            return
        if server.poll() is not None:
            raise RuntimeError((folder / "server.log").read_text(errors="replace"))
        select.select([], [], [], 0.1)
    raise RuntimeError(f"PostgreSQL did not answer within {START_SECONDS} s")


def wait_for_end(run: int) -> None:
    """Return when process `run` has ended."""
    try:
        descriptor = os.pidfd_open(run)
    except ProcessLookupError:
        return
    try:
        select.select([descriptor], [], [])
    finally:
        os.close(descriptor)


def main(folder: Path, programs: Path, run: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server: subprocess.Popen[bytes] | None = None
    try:
        server = start(folder, programs)
        wait_until_ready(folder, programs, server)
        (folder / "ready").touch()
        wait_for_end(run)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", None) or b""
        (folder / "failed").write_text(f"{error}\n{detail.decode(errors='replace')}")
        wait_for_end(run)
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
