"""The dialer's door: HTTP on a Unix socket that only its owner may use.

The socket has mode 0600 and the peer's user id is asked of the kernel at every
connection. Nothing is logged: a line could hold what a body held. Each request
is one call into the gate, run in a thread; the answer is sent after its commit.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from privacy.errors import Altered, BadFacts, MachineFailed, NotFound, RightsdeskError
from privacy.gateway import asking, outcomes, prompts
from privacy.gateway.gate import Gate
from privacy.gateway.issue import issue
from privacy.gateway.outcomes import Told
from privacy.gateway.protocol import (
    PROBLEM_TYPE,
    WIRE,
    WIRE_HEADER,
    AttemptAnswer,
    Code,
    Problem,
)
from privacy.gateway.redeem import redeem
from privacy.gateway.tokens import Dialer

LONGEST_BODY_BYTES = 16_384
LONGEST_TOKEN = 256
LOOK_S = 0.005
START_LOOKS = 2_000
PEER = struct.Struct("3i")
UseCase = Callable[[Gate, Dialer, Any, str], dict[str, Any]]


def _permits(gate: Gate, dialer: Dialer, body: Any, _: str) -> dict[str, Any]:
    return asdict(issue(gate, dialer, *asking.ask_permits(body)))


def _redeem(gate: Gate, dialer: Dialer, body: Any, _: str) -> dict[str, Any]:
    return asdict(redeem(gate, dialer, asking.ask_redeem(body)))


def _event(gate: Gate, dialer: Dialer, body: Any, attempt_id: str) -> dict[str, Any]:
    told = [Told(*event) for event in asking.ask_events(body)]
    return _attempt(outcomes.record_events(gate, dialer, attempt_id, told))


def _opt_out(gate: Gate, dialer: Dialer, body: Any, attempt_id: str) -> dict[str, Any]:
    how, words = asking.ask_opt_out(body)
    outcomes.opt_out_attempt(gate, dialer, attempt_id, how, words)
    return {"recorded": True}


def _number_opt_out(gate: Gate, dialer: Dialer, body: Any, _: str) -> dict[str, Any]:
    outcomes.opt_out_number(gate, dialer, asking.ask_number_opt_out(body))
    return {"recorded": True}


def _sound(gate: Gate, dialer: Dialer, _: Any, sha256: str) -> dict[str, Any]:
    with gate.desk.reading() as db:
        try:
            wav = prompts.wav_of(db, dialer.campaigns, sha256)
        except NotFound:
            raise Problem(Code.NOT_YOURS) from None
    return {"sha256": sha256, "wav": base64.b64encode(wav).decode()}


def _state(gate: Gate, dialer: Dialer, _: Any, attempt_id: str) -> dict[str, Any]:
    return _attempt(outcomes.state_of(gate, dialer, attempt_id))


def _attempt(answer: AttemptAnswer) -> dict[str, Any]:
    return {"attempt": answer.attempt, "state": answer.state.value, "stop": answer.stop}


def application(gate: Gate) -> Starlette:
    """The wire, version 1, over one gate."""
    return Starlette(
        routes=[
            Route("/v1/permits", _endpoint(gate, _permits), methods=["POST"]),
            Route("/v1/permits/redeem", _endpoint(gate, _redeem), methods=["POST"]),
            Route("/v1/attempts/{attempt}/events", _endpoint(gate, _event), methods=["POST"]),
            Route("/v1/attempts/{attempt}/optout", _endpoint(gate, _opt_out), methods=["POST"]),
            Route("/v1/sounds/{sha256}", _endpoint(gate, _sound), methods=["GET"]),
            Route("/v1/optouts", _endpoint(gate, _number_opt_out), methods=["POST"]),
            Route("/v1/attempts/{attempt}", _endpoint(gate, _state), methods=["GET"]),
        ]
    )


def _endpoint(gate: Gate, use_case: UseCase) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            token = _token(request)
            body = await _body(request)
            named = str(next(iter(request.path_params.values()), ""))
            return JSONResponse(
                await run_in_threadpool(_answer, gate, use_case, token, body, named)
            )
        except Problem as problem:
            return _refusal(problem)
        except BadFacts as wrong:
            return _refusal(Problem(Code.BAD_REQUEST, f"{wrong.message} ({wrong.field})"))
        except Altered as altered:
            # Asking again would not help: somebody has to look.
            return _refusal(Problem(Code.STOPPED, altered.message))
        except RightsdeskError as failed:
            return _refusal(Problem(Code.UNAVAILABLE, f"The gateway failed: {failed.code}."))

    return endpoint


def _answer(gate: Gate, use_case: UseCase, token: str, body: Any, named: str) -> dict[str, Any]:
    return use_case(gate, gate.dialers.of(token), body, named)


def _token(request: Request) -> str:
    if request.headers.get(WIRE_HEADER) != WIRE:
        raise Problem(Code.BAD_REQUEST, f"This gateway speaks {WIRE_HEADER} {WIRE}.")
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not token or len(token) > LONGEST_TOKEN:
        raise Problem(Code.BAD_TOKEN)
    return token


async def _body(request: Request) -> Any:
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) > LONGEST_BODY_BYTES:
            raise Problem(Code.BAD_REQUEST, "The request is too long.")
    if not taken:
        return None
    try:
        return json.loads(taken)
    except (ValueError, RecursionError):
        raise Problem(Code.BAD_REQUEST, "The request is not JSON.") from None


def _refusal(problem: Problem) -> Response:
    document = problem.wire()
    return JSONResponse(document, document["status"], media_type=PROBLEM_TYPE)


class OwnUserOnly(H11Protocol):
    """A connection whose peer runs as another user is closed before it says a word."""

    admitted = False

    def connection_made(self, transport: Any) -> None:
        self.admitted = peer_uid(transport.get_extra_info("socket")) == os.geteuid()
        if self.admitted:
            super().connection_made(transport)
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.admitted:
            super().connection_lost(exc)


def peer_uid(peer: Any) -> int:
    """User id of the process at the other end of a Unix socket."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
    return int(PEER.unpack(credentials)[1])


class Serving:
    """A gateway that serves in a thread of its own; use it as a context."""

    def __init__(self, gate: Gate, path: Path) -> None:
        self.path = path
        self._socket = bound(path)
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(gate),
                http=OwnUserOnly,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

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
        self.path.unlink(missing_ok=True)


def bound(path: Path) -> socket.socket:
    """A listening Unix socket of mode 0600 from its first moment."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
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
