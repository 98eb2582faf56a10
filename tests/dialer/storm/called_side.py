"""The called side: a second witness that no kill reaches.

Each call rings here before anything else of it happens: attempt, keyed hash of the number,
and the instant (microseconds, this machine's clock) are on disk before the ring is answered.
"""

from __future__ import annotations

import json
import os
import socketserver
import threading
import time
from pathlib import Path
from typing import Any


def now_us() -> int:
    """This machine's clock: the same that PostgreSQL and a gateway on it read."""
    return time.time_ns() // 1_000


class _Rung(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        line = self.rfile.readline()
        if line:
            self.server.note({**json.loads(line), "at_us": now_us()})  # type: ignore[attr-defined]
            self.wfile.write(b"ok\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    # Its end waits for whoever still rings.
    daemon_threads = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A dialer that was killed while it rang is no fault of the called side."""


class CalledSide:
    """Listens at `folder`/called.sock and writes `folder`/called; use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.socket, self._journal = folder / "called.sock", folder / "called"
        self._lock = threading.Lock()
        self.rings = self.earned = 0
        self._server = _Server(str(self.socket), _Rung)
        self._server.note = self._note  # type: ignore[attr-defined]
        self._file = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _note(self, told: dict[str, Any]) -> None:
        with self._lock:
            os.write(self._file, json.dumps(told).encode() + b"\n")
            os.fsync(self._file)
            self.rings += "placed" in told
            self.earned += bool(told.get("earned"))

    def told(self, what: str) -> list[dict[str, Any]]:
        """Every note of `placed` or of `confirmed`, in order."""
        notes = map(json.loads, self._journal.read_text().splitlines())
        return [note for note in notes if what in note]

    def __enter__(self) -> CalledSide:
        threading.Thread(target=self._server.serve_forever, name="called", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        os.close(self._file)
