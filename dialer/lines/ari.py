"""Asterisk, by its REST interface (ARI): one channel an attempt, whose id is the attempt's.

Numbers go in bodies, never in an address, which a server would log. Tested against a fake
that follows the documented interface; never run against a live Asterisk.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from dialer.lines.causes import sip_cause
from dialer.lines.pbx import PBX_GRACE_S, NotSent, PbxCall, PbxLine
from dialer.lines.port import Order, Placed, Sound
from privacy.errors import MachineFailed
from privacy.settings import Trunk

NAME = "ari"
APP = "rightsdesk"
MOST_CALLS = 1_000
TIMEOUT_S = 10.0


class AriLine(PbxLine):
    """One connection a trunk, each to an Asterisk; `endpoint` is like PJSIP/{number}@carrier."""

    def __init__(self, trunks: Sequence[Trunk], passwords: Mapping[str, str]) -> None:
        super().__init__(NAME, trunks, passwords, MOST_CALLS)
        self._http = {trunk.name: self._client(trunk) for trunk in trunks}
        self._sockets = ExitStack()
        self._listening: list[threading.Thread] = []
        try:
            self._listening += [self._listen(trunk) for trunk in trunks]
        except MachineFailed:
            self.close()
            raise

    def _client(self, trunk: Trunk) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://{trunk.server}/ari",
            auth=(trunk.user, self._passwords.get(trunk.name, "")),
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def _listen(self, trunk: Trunk) -> threading.Thread:
        """Begin to take the application's events. MachineFailed if there is no Asterisk."""
        secret = f"{trunk.user}:{self._passwords.get(trunk.name, '')}".encode()
        failure = ""
        try:
            opening = connect(
                f"ws://{trunk.server}/ari/events?app={APP}",
                additional_headers={"Authorization": f"Basic {b64encode(secret).decode()}"},
                open_timeout=TIMEOUT_S,
                close_timeout=1.0,
                proxy=None,
            )
            socket = self._sockets.enter_context(opening)
        except (OSError, WebSocketException) as error:
            failure = type(error).__name__
        if failure:
            raise MachineFailed(
                f"Asterisk does not answer ({failure}).",
                what=f"trunks.{trunk.name}",
                next="Check server, user and password file, and that ARI is on.",
            )
        thread = threading.Thread(target=self._take, args=(socket,), name="ari", daemon=True)
        thread.start()
        return thread

    def _take(self, socket: ClientConnection) -> None:
        try:
            for message in socket:
                self._told(message)
        except WebSocketException:
            # Asterisk went without a word.
            return
        finally:
            self._lose()

    def _told(self, message: str | bytes) -> None:
        """One event; what cannot be read, or is of no channel, says nothing about a call."""
        try:
            event = json.loads(message)
        except ValueError:
            return
        if not isinstance(event, dict):
            return
        kind, attempt = str(event.get("type")), _attempt_of(event)
        if kind == "ChannelStateChange" and _part(event, "channel").get("state") == "Ringing":
            self._rings(attempt)
        elif kind == "StasisStart":
            self._is_answered(attempt)
        elif kind == "PlaybackStarted":
            self._begins_to_speak(attempt)
        elif kind == "PlaybackFinished" and _part(event, "playback").get("id") == self._saying(
            attempt
        ):
            self._has_spoken(attempt)
        elif kind == "ChannelDtmfReceived":
            self._key(attempt, str(event.get("digit")))
        elif kind == "ChannelDestroyed":
            self._has_ended(attempt, sip_cause(event.get("cause"), event.get("tech_cause")))

    def _saying(self, attempt: str) -> str:
        call = self._live.get(attempt)
        return _playback(attempt, call.saying) if call is not None else ""

    def _originate(self, trunk: Trunk, order: Order, number: str) -> Placed:
        body = {
            "endpoint": trunk.endpoint.replace("{number}", number),
            "app": APP,
            "callerId": order.caller_id,
            "timeout": order.ring_s,
            "variables": {"TIMEOUT(absolute)": str(order.ring_s + order.max_s + PBX_GRACE_S)},
        }
        try:
            answer = self._http[trunk.name].post(_channel(order.attempt), json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise NotSent from None
        except httpx.HTTPError:
            return Placed.UNKNOWN
        if answer.is_success:
            return Placed.ACCEPTED
        # 409: a channel of that id is there already: this attempt was sent before.
        return Placed.UNKNOWN if answer.status_code in (409, 500) else Placed.REFUSED

    def _play(self, call: PbxCall, sound: Sound) -> None:
        attempt, trunk = call.order.attempt, self._by_name[call.trunk]
        for role in ("prompt", "safe_harbour"):
            if call.saying == "confirmation":
                self._ask(call.trunk, "DELETE", f"/playbacks/{_playback(attempt, role)}")
        self._ask(
            call.trunk,
            "POST",
            f"{_channel(attempt)}/play/{_playback(attempt, call.saying)}",
            {"media": f"sound:{trunk.sounds}/{sound.sha256}"},
        )

    def _hang_up(self, attempt: str, trunk: str) -> None:
        self._ask(trunk, "DELETE", _channel(attempt))

    def _exists(self, attempt: str, trunk: Trunk) -> bool | None:
        status = self._ask(trunk.name, "GET", _channel(attempt))
        return None if status not in (200, 404) else status == 200

    def _ask(self, trunk: str, method: str, path: str, body: Any = None) -> int:
        """The status of the answer; 0 if there was none: the watch over times goes on."""
        try:
            return self._http[trunk].request(method, path, json=body).status_code
        except httpx.HTTPError:
            return 0

    def close(self) -> None:
        super().close()
        self._sockets.close()
        for thread in self._listening:
            thread.join()
        for client in self._http.values():
            client.close()


def _attempt_of(event: Mapping[str, Any]) -> str:
    """The channel that an event is about; "" for none."""
    target = str(_part(event, "playback").get("target_uri", ""))
    named = target.removeprefix("channel:") if target.startswith("channel:") else ""
    return str(_part(event, "channel").get("id", named))


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def _channel(attempt: str) -> str:
    return f"/channels/{quote(attempt, safe='')}"


def _playback(attempt: str, role: str) -> str:
    return f"{attempt}-{role.replace('_', '-')}"


def line(
    trunks: Sequence[Trunk], passwords: Mapping[str, str], caller_ids: Sequence[str]
) -> AriLine:
    """The line as the worker makes it; Asterisk shows the caller id of each order."""
    return AriLine(trunks, passwords)
