"""The dialer's side of the wire: HTTP over a Unix socket, or TLS to a remote gateway.

Nothing here logs, and no error quotes a body: a body may hold a number.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from privacy.errors import BadInput, MachineFailed
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
HTTPS = "https://"
# Beyond this calls wait for a connection: the gateway takes so many from one peer.
MOST_CONNECTIONS = 32
Told = tuple[int, EventKind, int, str]


class GatewayGone(MachineFailed):
    """The gateway did not answer. Whether it acted is not known."""

    code = "gateway_gone"


@dataclass(frozen=True)
class Trust:
    """What a gateway elsewhere is known by: PEM files. Without `ca` the system's authorities.

    `certificate` and `key` are the dialer's own, where the gateway asks for one.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or newer; the certificate and its name are checked. BadInput for bad files."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ValueError):
            raise BadInput(
                "A certificate or its key cannot be read.",
                what="--ca-file, --client-cert, --client-key",
                next="Give PEM files; the key without a password.",
            ) from None
        return context


SYSTEM = Trust()


class Client:
    """One dialer's connection. Thread-safe; close it at the end."""

    def __init__(self, gateway: str, token: str, trust: Trust = SYSTEM) -> None:
        """`gateway` is `unix:PATH` or an https address; BadInput for anything else."""
        self._http = httpx.Client(
            base_url=gateway if gateway.startswith(HTTPS) else "http://gateway",
            transport=_transport(gateway, trust),
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


def _transport(gateway: str, trust: Trust) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
    if gateway.startswith(UNIX):
        return httpx.HTTPTransport(uds=gateway.removeprefix(UNIX), retries=0, limits=limits)
    if not gateway.startswith(HTTPS):
        raise BadInput(
            "A gateway is reached by a Unix socket or by https.",
            what="--gateway",
            next="Give unix:PATH or https://HOST:PORT; numbers never go over a plain connection.",
        )
    return httpx.HTTPTransport(verify=trust.context(), retries=0, limits=limits)


def _no_password() -> str:
    raise ValueError("a key with a password")


def _attempt(document: dict[str, Any]) -> AttemptAnswer:
    return AttemptAnswer(
        str(document["attempt"]), State(document["state"]), bool(document.get("stop"))
    )
