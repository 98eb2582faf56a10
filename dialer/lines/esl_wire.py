"""FreeSWITCH's event socket: one connection, its commands, and the events that it sends.

A message is header lines, an empty line, and a body of Content-Length bytes. Answers
come in the order of the commands; events come between them.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from urllib.parse import unquote

from privacy.errors import MachineFailed

TIMEOUT_S = 10.0
LONGEST_HEADERS = 65_536
LONGEST_BODY = 1 << 20
EVENTS = (
    "CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE"
    " DTMF PLAYBACK_START PLAYBACK_STOP BACKGROUND_JOB"
)
Event = Mapping[str, str]
# The name under which an event carries its own body, if it has one.
BODY = "_body"


class Broken(Exception):
    """The connection is gone, or speaks another protocol."""


def parsed(lines: str) -> dict[str, str]:
    """Header lines as a mapping; values of events are percent-encoded."""
    found = {}
    for line in lines.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip()] = unquote(value.strip())
    return found


class Connection:
    """One authenticated connection. `told` gets each event on a thread of its own, which may
    give commands: the reader's has to read their answers."""

    def __init__(
        self,
        address: tuple[str, int],
        password: str,
        told: Callable[[Event], None],
        lost: Callable[[], None],
    ) -> None:
        self._told, self._lost = told, lost
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._commands = threading.Lock()
        failure, opened = "", ExitStack()
        try:
            self._socket = opened.enter_context(socket.create_connection(address, TIMEOUT_S))
            self._file = opened.enter_context(self._socket.makefile("rb"))
            headers, _ = self._message()
            self._send(f"auth {password}")
            answer, _ = self._message()
            if headers.get("Content-Type") != "auth/request":
                failure = "another protocol"
            elif not answer.get("Reply-Text", "").startswith("+OK"):
                failure = "refused"
        except (OSError, Broken) as error:
            failure = type(error).__name__
        if failure:
            opened.close()
            raise MachineFailed(
                f"FreeSWITCH does not answer ({failure}).",
                what="event socket",
                next="Check server and password file, and that mod_event_socket is loaded.",
            )
        self._socket.settimeout(None)
        self._threads = [
            threading.Thread(target=run, name="esl", daemon=True)
            for run in (self._read, self._tell)
        ]
        for thread in self._threads:
            thread.start()
        self.ask(f"event plain {EVENTS}")

    def ask(self, command: str) -> str:
        """The answer to a command. Broken when none comes: it may have been carried out."""
        with self._commands:
            try:
                self._send(command)
                answer = self._answers.get(timeout=TIMEOUT_S)
            except (OSError, queue.Empty):
                answer = None
        if answer is None:
            raise Broken
        return answer

    def _send(self, command: str) -> None:
        self._socket.sendall(f"{command}\n\n".encode())

    def _message(self) -> tuple[dict[str, str], str]:
        """The next message. Broken at the end, or for one that is too long."""
        lines = b""
        while not lines.endswith(b"\n\n"):
            line = self._file.readline(LONGEST_HEADERS)
            lines += line
            if not line or len(lines) > LONGEST_HEADERS:
                raise Broken
            lines = lines.lstrip(b"\n") if not lines.strip() else lines
        headers = parsed(lines.decode("utf-8", "replace"))
        length = headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            raise Broken
        body = self._file.read(int(length))
        if len(body) < int(length):
            raise Broken
        return headers, body.decode("utf-8", "replace")

    def _read(self) -> None:
        try:
            while True:
                headers, body = self._message()
                kind = headers.get("Content-Type", "")
                if kind == "text/event-plain":
                    head, _, rest = body.partition("\n\n")
                    self._events.put({**parsed(head), BODY: rest})
                elif kind in ("command/reply", "api/response"):
                    self._answers.put(body or headers.get("Reply-Text", ""))
                elif kind == "text/disconnect-notice":
                    raise Broken
        except (OSError, ValueError, Broken):
            self._answers.put(None)
            self._events.put(None)

    def _tell(self) -> None:
        try:
            while (event := self._events.get()) is not None:
                self._told(event)
        finally:
            self._lost()

    def close(self) -> None:
        """Leave; both threads end with the connection."""
        with suppress(OSError):
            # The other side may have been faster.
            self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._file.close()
        self._socket.close()
