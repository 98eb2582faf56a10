"""A FAKE FreeSWITCH: it follows the documented event socket protocol and is no FreeSWITCH.

It asks for authentication, answers commands in their order, runs `bgapi originate` with
the UUID that the client chose, and refuses one that is there.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BufferedIOBase
from urllib.parse import quote

from tests.dialer.fakes.calling import ENDINGS, RINGS_ON, Said

PASSWORD = "a secret of the fake"
PLAYS_S = 0.15
ORIGINATE = re.compile(r"originate \{(.*)\}(\S+) &park\(\)")


@dataclass
class FakeFreeSwitch:
    """Serves in threads; use it as a context. `said` holds every command without secrets."""

    said: Said = field(default_factory=Said)
    calls: set[str] = field(default_factory=set)
    _clients: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _sends: list[BufferedIOBase] = field(default_factory=list)

    def __enter__(self) -> FakeFreeSwitch:
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake.serve(self)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up_on_everyone()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def hang_up_on_everyone(self) -> None:
        """As a FreeSWITCH that is restarted."""
        for client in self._clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def serve(self, client: socketserver.StreamRequestHandler) -> None:
        self._clients.append(client.connection)
        self._sends.append(client.wfile)

        def send(headers: str, body: str = "") -> None:
            self._send(client.wfile, headers, body)

        send("Content-Type: auth/request")
        while (lines := _command(client)) is not None:
            self._answer(lines, send)

    def _send(self, to: BufferedIOBase, headers: str, body: str) -> None:
        length = f"Content-Length: {len(body.encode())}\n" if body else ""
        with self._lock:
            try:
                to.write(f"{headers}\n{length}\n{body}".encode())
            except (OSError, ValueError):
                # That client has left.
                return

    def _answer(self, lines: list[str], send: Callable[..., None]) -> None:
        verb, _, rest = lines[0].partition(" ")
        if verb == "auth":
            told = "+OK accepted" if rest == PASSWORD else "-ERR invalid"
            send(f"Content-Type: command/reply\nReply-Text: {told}")
            return
        self.said.lines.append(" | ".join(lines))
        if verb == "bgapi":
            job = lines[1].partition(": ")[2]
            send(f"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}")
            self._in_time(0.02, lambda: self._originate(rest, job))
        elif verb == "api":
            send("Content-Type: api/response", self._api(rest))
        else:
            send("Content-Type: command/reply\nReply-Text: +OK")

    def _in_time(self, after_s: float, work: Callable[[], None]) -> None:
        timer = threading.Timer(after_s, work)
        timer.daemon = True
        timer.start()

    def _api(self, command: str) -> str:
        name, uuid, *more = command.split()
        if name == "uuid_exists":
            return "true" if uuid in self.calls else "false"
        if uuid not in self.calls:
            return "-ERR No such channel!\n"
        if name == "uuid_kill":
            self._in_time(0.01, lambda: self._hangs_up(uuid, 16, 0))
        elif name == "uuid_broadcast":
            self._in_time(0.01, lambda: self._plays(uuid, more[0]))
        return "+OK\n"

    def _originate(self, command: str, job: str) -> None:
        found = ORIGINATE.match(command)
        assert found is not None, "a command that FreeSWITCH would not take"
        told = dict(part.partition("=")[::2] for part in found.group(1).split(","))
        uuid, ending = told["origination_uuid"], found.group(2)[-2:]
        if uuid in self.calls:
            self._event("BACKGROUND_JOB", {"Job-UUID": job}, "-ERR FAILURE\n")
            return
        self.calls.add(uuid)
        outcome = ENDINGS.get(ending)
        if outcome is None or outcome.rings:
            self._event("CHANNEL_PROGRESS", {"Unique-ID": uuid})
        if outcome is not None:
            self._hangs_up(uuid, outcome.q850, outcome.sip)
            self._event("BACKGROUND_JOB", {"Job-UUID": job}, "-ERR USER_BUSY\n")
        elif ending != RINGS_ON:
            time.sleep(0.05)
            self._event("CHANNEL_ANSWER", {"Unique-ID": uuid})
            self._event("BACKGROUND_JOB", {"Job-UUID": job}, f"+OK {uuid}\n")
            time.sleep(0.1)
            if ending == "09":
                self._event("DTMF", {"Unique-ID": uuid, "DTMF-Digit": "9"})
            if ending == "12":
                self._hangs_up(uuid, 16, 0)

    def _plays(self, uuid: str, path: str) -> None:
        told = {"Unique-ID": uuid, "Playback-File-Path": path}
        self._event("PLAYBACK_START", told)
        time.sleep(PLAYS_S)
        self._event("PLAYBACK_STOP", {**told, "Playback-Status": "done"})

    def _hangs_up(self, uuid: str, q850: int, sip: int) -> None:
        if uuid in self.calls:
            self.calls.discard(uuid)
            told = {"Unique-ID": uuid, "variable_hangup_cause_q850": str(q850)}
            more = {"variable_sip_term_status": str(sip)} if sip else {}
            self._event("CHANNEL_HANGUP_COMPLETE", {**told, **more})

    def _event(self, name: str, headers: dict[str, str], body: str = "") -> None:
        lines = {"Event-Name": name, **headers}
        if body:
            lines["Content-Length"] = str(len(body))
        text = "".join(f"{key}: {quote(value, safe='')}\n" for key, value in lines.items())
        for client in list(self._sends):
            self._send(client, "Content-Type: text/event-plain", f"{text}\n{body}")


def _command(client: socketserver.StreamRequestHandler) -> list[str] | None:
    """The lines of the next command; None at the end."""
    lines: list[str] = []
    while True:
        try:
            line = client.rfile.readline().decode()
        except (OSError, ValueError):
            return None
        if not line:
            return None
        if line.strip():
            lines.append(line.rstrip("\n"))
        elif lines:
            return lines
