"""The dialer's side of the wire: HTTP over a Unix socket, or TLS to a remote gateway.

Nothing here logs, and no error quotes a body: a body may hold a number.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import httpx

from privacy.errors import MachineFailed
from privacy.gateway.protocol import (
    WIRE,
    WIRE_HEADER,
    AttemptAnswer,
    EventKind,
    Permit,
    PermitsAnswer,
    Problem,
    Released,
    State,
)

TIMEOUT_S = 30.0
UNIX = "unix:"
Told = tuple[int, EventKind, int, str]


class GatewayGone(MachineFailed):
    """The gateway did not answer. Whether it acted is not known."""

    code = "gateway_gone"


class Client:
    """One dialer's connection. Thread-safe; close it at the end."""

    def __init__(self, gateway: str, token: str) -> None:
        """`gateway` is `unix:PATH` or an https address."""
        path = gateway.removeprefix(UNIX) if gateway.startswith(UNIX) else None
        self._http = httpx.Client(
            base_url="http://gateway" if path is not None else gateway,
            transport=httpx.HTTPTransport(uds=path, retries=0) if path is not None else None,
            headers={"Authorization": f"Bearer {token}", WIRE_HEADER: WIRE},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def permits(
        self, campaign: str, want: int, resources: Sequence[str], over: int = 0
    ) -> PermitsAnswer:
        """Ask for up to `want` permits for reserved `resources`, and `over` of them without."""
        answer = self._post(
            "/v1/permits",
            {"campaign": campaign, "want": want, "resources": list(resources), "over": over},
        )
        return PermitsAnswer(
            tuple(Permit(**permit) for permit in answer["permits"]),
            tuple(answer["none_because"]),
            answer["retry_at"],
            answer.get("retry_after_ms"),
        )

    def redeem(self, permit: str) -> Released:
        """The number of a permit, once. GatewayGone: it may be spent; never ask again."""
        return Released(**self._post("/v1/permits/redeem", {"permit": permit}))

    def events(
        self, attempt: str, told: Sequence[tuple[int, EventKind, int, str]]
    ) -> AttemptAnswer:
        """Tell events (seq, kind, at_ms, cause) in order; telling them again changes nothing."""
        events = [
            {"seq": seq, "kind": kind.value, "at_ms": at_ms, "cause": cause or None}
            for seq, kind, at_ms, cause in told
        ]
        return _attempt(self._post(f"/v1/attempts/{attempt}/events", {"events": events}))

    def opt_out(self, attempt: str, how: str, words: str = "") -> None:
        """Returns only when the opt-out is durable: only then may it be confirmed."""
        self._post(f"/v1/attempts/{attempt}/optout", {"how": how, "words": words})

    def opt_out_number(self, number: str) -> None:
        """As `opt_out`, for a number that somebody named."""
        self._post("/v1/optouts", {"number": number})

    def sound(self, sha256: str) -> bytes:
        """A WAV file by its digest. GatewayGone if what came is not it."""
        answer = self._send("GET", f"/v1/sounds/{sha256}", None)
        try:
            wav = base64.b64decode(str(answer["wav"]), validate=True)
        except (KeyError, ValueError):
            wav = b""
        if hashlib.sha256(wav).hexdigest() != sha256:
            raise GatewayGone("A sound came altered.", what=sha256)
        return wav

    def state(self, attempt: str) -> AttemptAnswer:
        """State of an attempt, and whether to stop it."""
        return _attempt(self._send("GET", f"/v1/attempts/{attempt}", None))

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        failure = ""
        try:
            answer = self._http.request(method, path, json=body)
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            failure = type(error).__name__
        if failure:
            # Raised out here: the original error may quote the request, and is not chained.
            raise GatewayGone(
                f"The gateway did not answer ({failure}).",
                what="gateway",
                next="What was confirmed is saved; start the dialer again when it is back.",
            )
        if not isinstance(document, dict):
            raise GatewayGone("The gateway's answer cannot be read.", what="gateway")
        if not answer.is_success:
            raise Problem.parse(document)
        return document


def _attempt(document: dict[str, Any]) -> AttemptAnswer:
    return AttemptAnswer(
        str(document["attempt"]), State(document["state"]), bool(document.get("stop"))
    )
