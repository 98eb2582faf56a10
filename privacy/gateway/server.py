"""The dialer's door: the wire, version 1, as an application over one gate.

Nothing is logged: a line could hold what a body held. Each request is one call into the
gate, run in a thread; the answer is sent after its commit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from privacy.errors import Altered, BadFacts, NotFound, RightsdeskError
from privacy.gateway import asking, openapi, outcomes, prompts
from privacy.gateway.fairness import STRANGERS, Rooms
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
UseCase = Callable[[Gate, Dialer, Any, str], dict[str, Any]]


def _permits(gate: Gate, dialer: Dialer, body: Any, _: str) -> dict[str, Any]:
    _not_draining(gate)
    return asdict(issue(gate, dialer, *asking.ask_permits(body)))


def _redeem(gate: Gate, dialer: Dialer, body: Any, _: str) -> dict[str, Any]:
    _not_draining(gate)
    return asdict(redeem(gate, dialer, asking.ask_redeem(body)))


def _not_draining(gate: Gate) -> None:
    if gate.draining.is_set():
        raise Problem(Code.STOPPED, "The gateway is about to end.")


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


# Method, path and use case of every request that needs a token.
ROUTES: tuple[tuple[str, str, UseCase], ...] = (
    ("POST", "/v1/permits", _permits),
    ("POST", "/v1/permits/redeem", _redeem),
    ("POST", "/v1/attempts/{attempt}/events", _event),
    ("POST", "/v1/attempts/{attempt}/optout", _opt_out),
    ("GET", "/v1/sounds/{sha256}", _sound),
    ("POST", "/v1/optouts", _number_opt_out),
    ("GET", "/v1/attempts/{attempt}", _state),
)
DESCRIPTION = "/v1/openapi.json"


def application(gate: Gate, *, over_network: bool = False) -> Starlette:
    """The wire, version 1, over one gate.

    Over the network no token of a dialer that the package started itself is taken: such a
    token may over-dial, and never leaves this machine.
    """
    door = _Door(gate, Rooms(), over_network)
    routes = [Route(path, door.endpoint(use), methods=[method]) for method, path, use in ROUTES]
    return Starlette(routes=[*routes, Route(DESCRIPTION, _described, methods=["GET"])])


async def _described(_: Request) -> Response:
    """The description of the wire: the same for everybody, so it asks for no token."""
    return Response(openapi.text(), media_type="application/json")


@dataclass(frozen=True)
class _Door:
    gate: Gate
    rooms: Rooms
    over_network: bool

    def endpoint(self, use_case: UseCase) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                token = _token(request)
                body = await _body(request)
                named = str(next(iter(request.path_params.values()), ""))
                dialer = self.gate.dialers.known(token)
                room = STRANGERS if dialer is None else dialer.id
                answer = await self.rooms.run(room, self._answer, use_case, token, body, named)
                return JSONResponse(answer)
            except Problem as problem:
                return _refusal(problem)
            except BadFacts as wrong:
                return _refusal(Problem(Code.BAD_REQUEST, f"{wrong.message} ({wrong.field})"))
            except Altered as altered:
                # Asking again would not help: somebody has to look.
                return _refusal(Problem(Code.STOPPED, altered.message))
            except ClientDisconnect:
                # It was killed within its request: nobody reads this, and nothing was done.
                return Response(status_code=400)
            except RightsdeskError as failed:
                return _refusal(Problem(Code.UNAVAILABLE, f"The gateway failed: {failed.code}."))

        return endpoint

    def _answer(self, use_case: UseCase, token: str, body: Any, named: str) -> dict[str, Any]:
        dialer = self.gate.dialers.of(token)
        if self.over_network and dialer.inside:
            raise Problem(Code.BAD_TOKEN)
        return use_case(self.gate, dialer, body, named)


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
