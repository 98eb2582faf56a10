"""A FAKE Asterisk: it follows the documented REST interface (ARI) and is no Asterisk.

It has channels with ids that the client chose, refuses an id that is there (409), and
sends the events of an application over a WebSocket.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.dialer.fakes.calling import ENDINGS, RINGS_ON, Said
from tests.dialer.sip.called import free_port

USER, PASSWORD = "desk", "a secret of the fake"
PLAYS_S = 0.15


@dataclass
class FakeAsterisk:
    """Serves in a thread; use it as a context. `said` holds every request without secrets."""

    port: int = field(default_factory=free_port)
    said: Said = field(default_factory=Said)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    lose_answers: bool = False
    _sockets: set[WebSocket] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __enter__(self) -> FakeAsterisk:
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._application(),
                host="127.0.0.1",
                port=self.port,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/ari/events", self._events),
                Route("/ari/channels/{id}", self._channel, methods=["GET", "POST", "DELETE"]),
                Route("/ari/channels/{id}/play/{playback}", self._play, methods=["POST"]),
                Route("/ari/playbacks/{playback}", self._stop_play, methods=["DELETE"]),
            ]
        )

    async def _events(self, socket: WebSocket) -> None:
        if not _known(socket.headers.get("authorization", "")):
            await socket.close()
            return
        await socket.accept()
        self._sockets.add(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            self._sockets.discard(socket)

    async def _tell(self, kind: str, **more: Any) -> None:
        for socket in list(self._sockets):
            await socket.send_text(json.dumps({"type": kind, "application": "rightsdesk", **more}))

    def _note(self, request: Request, body: Any = None) -> None:
        self.said.lines.append(f"{request.method} {request.url.path}?{request.url.query} {body}")

    async def _channel(self, request: Request) -> Response:
        name = request.path_params["id"]
        body = json.loads(await request.body() or b"null")
        self._note(request, body)
        if not _known(request.headers.get("authorization", "")):
            return JSONResponse({"message": "Authentication required"}, 401)
        if request.method == "POST":
            if name in self.channels:
                return JSONResponse({"message": "Channel with given unique ID exists"}, 409)
            self.channels[name] = {"id": name, "state": "Down", "endpoint": body["endpoint"]}
            self._begin(self._call(name, str(body["endpoint"])))
            if self.lose_answers:
                await asyncio.sleep(30)
            return JSONResponse(self.channels[name])
        if name not in self.channels:
            return JSONResponse({"message": "Channel not found"}, 404)
        if request.method == "DELETE":
            self._begin(self._destroy(name, 16, 0))
            return Response(status_code=204)
        return JSONResponse(self.channels[name])

    def _begin(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, name: str, endpoint: str) -> None:
        ending = endpoint.partition("@")[0][-2:]
        await asyncio.sleep(0.02)
        outcome = ENDINGS.get(ending)
        if outcome is None or outcome.rings:
            await self._state(name, "Ringing")
        if outcome is not None:
            await self._destroy(name, outcome.q850, outcome.sip)
        elif ending != RINGS_ON:
            await asyncio.sleep(0.05)
            await self._state(name, "Up")
            await self._tell("StasisStart", channel=self.channels[name], args=[])
            if ending == "09":
                await asyncio.sleep(0.1)
                await self._tell(
                    "ChannelDtmfReceived",
                    channel=self.channels[name],
                    digit="9",
                    duration_ms=90,
                )
            if ending == "12":
                await asyncio.sleep(0.1)
                await self._destroy(name, 16, 0)

    async def _state(self, name: str, state: str) -> None:
        if name in self.channels:
            self.channels[name]["state"] = state
            await self._tell("ChannelStateChange", channel=self.channels[name])

    async def _destroy(self, name: str, q850: int, sip: int) -> None:
        channel = self.channels.pop(name, None)
        if channel is not None:
            more = {"tech_cause": sip} if sip else {}
            await self._tell("ChannelDestroyed", channel=channel, cause=q850, **more)

    async def _play(self, request: Request) -> Response:
        name, playback = request.path_params["id"], request.path_params["playback"]
        body = json.loads(await request.body())
        self._note(request, body)
        if name not in self.channels:
            return JSONResponse({"message": "Channel not found"}, 404)
        made = {"id": playback, "media_uri": body["media"], "target_uri": f"channel:{name}"}
        self._begin(self._playing(made))
        return JSONResponse(made, 201)

    async def _playing(self, playback: dict[str, str]) -> None:
        await self._tell("PlaybackStarted", playback={**playback, "state": "playing"})
        await asyncio.sleep(PLAYS_S)
        await self._tell("PlaybackFinished", playback={**playback, "state": "done"})

    async def _stop_play(self, request: Request) -> Response:
        self._note(request)
        return Response(status_code=204)


def _known(header: str) -> bool:
    kind, _, coded = header.partition(" ")
    return kind == "Basic" and b64decode(coded).decode() == f"{USER}:{PASSWORD}"
