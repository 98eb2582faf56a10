"""Where the door stands: a Unix socket for its owner alone, or TLS over TCP for dialers elsewhere.

The socket has mode 0600 and the peer's user id is asked of the kernel at every connection.
Over the network there is TLS 1.2 or newer and nothing else, and a peer that is slow, or has
too many connections, is cut off: it takes no room from another.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from privacy.errors import BadInput, MachineFailed
from privacy.gateway.gate import Gate
from privacy.gateway.server import application

LOOK_S = 0.005
START_LOOKS = 2_000
PEER = struct.Struct("3i")
# A handshake, a request, and a request with its answer must be over by then.
HANDSHAKE_S = 5.0
REQUEST_S = 10.0
EXCHANGE_S = 60.0
IDLE_S = 5
LONGEST_HEADERS_BYTES = 16_384
MOST_CONNECTIONS = 512
MOST_OF_ONE_PEER = 64


class OwnUserOnly(H11Protocol):
    """A connection whose peer runs as another user is closed before it says a word."""

    also: ClassVar[int | None] = None
    admitted = False

    def connection_made(self, transport: Any) -> None:
        peer = peer_uid(transport.get_extra_info("socket"))
        self.admitted = peer in (os.geteuid(), self.also)
        if self.admitted:
            super().connection_made(transport)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.admitted:
            super().connection_lost(exc)


class Patient(H11Protocol):
    """A connection over the network; its peer has so long, and so many connections."""

    peers: ClassVar[Counter[str]] = Counter()
    admitted = False
    answering = False
    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.admitted = self.peers[self.peer] < MOST_OF_ONE_PEER
        if not self.admitted:
            transport.abort()
            return
        self.peers[self.peer] += 1
        super().connection_made(transport)
        self._within(REQUEST_S)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.admitted:
            return
        self.peers[self.peer] -= 1
        if not self.peers[self.peer]:
            del self.peers[self.peer]
        self._within(None)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        # A whole request: from here it is the gateway's turn, then the peer's to read.
        if self.cycle is not None and not self.cycle.more_body and not self.answering:
            self.answering = True
            self._within(EXCHANGE_S)

    def on_response_complete(self) -> None:
        self.answering = False
        # What waits in the buffer must be read; the next request has a time of its own.
        self._within(REQUEST_S)
        super().on_response_complete()

    def _within(self, seconds: float | None) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None if seconds is None else self.loop.call_later(seconds, self._cut_off)

    def _cut_off(self) -> None:
        self.transport.abort()


def peer_uid(peer: Any) -> int:
    """User id of the process at the other end of a Unix socket."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    return int(PEER.unpack(credentials)[1])


@dataclass(frozen=True)
class Network:
    """Where to listen, and what proves who listens: PEM files of certificate chain and key.

    With `client_ca` a dialer has to show a certificate that it signed, too.
    """

    host: str
    port: int
    certificate: Path
    key: Path
    client_ca: Path | None = None


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that does not wait a minute for a peer that stalls in the handshake."""

    async def create_server(self, *given: Any, **more: Any) -> asyncio.Server:
        if more.get("ssl") is not None:
            more["ssl_handshake_timeout"] = HANDSHAKE_S
        return await super().create_server(*given, **more)


class _Server(uvicorn.Server):
    """A server in a thread: signals are its starter's."""

    def run_here(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(self.serve(sockets=[listening]))


class Serving:
    """A gateway that serves in a thread of its own; use it as a context.

    `dialer_uid`: the one user besides its own that may connect to a Unix socket.
    """

    def __init__(self, gate: Gate, where: Path | Network, *, dialer_uid: int | None = None) -> None:
        self._path = where if isinstance(where, Path) else None
        if isinstance(where, Path):
            users = type("OwnUsersOnly", (OwnUserOnly,), {"also": dialer_uid})
            config = _config(application(gate), users)
            self._socket = bound(where, dialer_uid)
            self.address = f"unix:{where}"
        else:
            context = tls_context(where)
            counting = type("PatientHere", (Patient,), {"peers": Counter()})
            config = _config(
                application(gate, over_network=True), counting, limit_concurrency=MOST_CONNECTIONS
            )
            config.load()
            config.ssl = context
            self._socket = bound_to_network(where.host, where.port)
            port = self._socket.getsockname()[1]
            host = f"[{where.host}]" if ":" in where.host else where.host
            self.address = f"https://{host}:{port}"
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)

    @property
    def path(self) -> Path:
        """The Unix socket's path."""
        assert self._path is not None
        return self._path

    def _run(self) -> None:
        self._server.run_here(self._socket)

    def __enter__(self) -> Serving:
        self._thread.start()
        for _ in range(START_LOOKS):
            if self._server.started:
                return self
            time.sleep(LOOK_S)
        raise MachineFailed("The gateway did not start.", what="socket", next="Try again.")

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _config(app: Starlette, protocol: type[H11Protocol], **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=IDLE_S,
        h11_max_incomplete_event_size=LONGEST_HEADERS_BYTES,
        **more,
    )


def tls_context(where: Network) -> ssl.SSLContext:
    """TLS 1.2 or newer with that certificate. BadInput if its files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        if where.key.stat().st_mode & 0o077:
            raise BadInput(
                "Others may read the key of the certificate.",
                what="--tls-key",
                next="Let only its owner read it: chmod 600.",
            )
        context.load_cert_chain(where.certificate, where.key, password=_no_password)
        if where.client_ca is not None:
            context.load_verify_locations(where.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError):
        raise BadInput(
            "Certificate, key or certificates of clients cannot be read.",
            what="--tls-cert, --tls-key, --client-ca",
            next="Give PEM files that belong together; the key without a password.",
        ) from None
    return context


def _no_password() -> str:
    raise ValueError("a key with a password")


def bound_to_network(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError):
        listening.close()
        raise BadInput(
            "The gateway cannot listen there.",
            what="--host, --port",
            next="Give an address of this machine and a port that nobody uses.",
        ) from None
    listening.listen(128)
    return listening


def bound(path: Path, dialer_uid: int | None = None) -> socket.socket:
    """A listening Unix socket of mode 0600 from its first moment, maybe of the dialer's user."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
        if dialer_uid is not None:
            os.chown(path, dialer_uid, -1)
    except OSError:
        listening.close()
        raise MachineFailed(
            "The gateway's socket cannot be made.",
            what="socket",
            next="Its path may be too long: give a shorter one with --socket.",
        ) from None
    finally:
        os.umask(before)
    listening.listen(128)
    return listening
