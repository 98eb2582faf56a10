"""A dialer in the wrong hands: named attacks on a gateway, each with all that it may gain.

    python -m tests.dialer.hostile --gateway URL --token-file F --ca-file F --campaign C

Run it against your own gateway, with the simulator's numbers only: what an attack gets are
real permits. `gains` is what docs/gateway.md says of it; more is a fault of the gateway.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx

from privacy.gateway.client import HTTPS, UNIX, Client, GatewayGone, Trust
from privacy.gateway.protocol import EventKind, Permit, Problem

NOBODY = "+15550100199"
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass
class Ground:
    """One gateway, the token that the attacker holds, and what he heard of others."""

    gateway: str
    token: str
    campaign: str
    trust: Trust = field(default_factory=Trust)
    other_campaign: str = "cm-" + "a" * 26
    other_attempt: str = "at-" + "a" * 26
    wait: Callable[[float], None] = time.sleep

    @contextlib.contextmanager
    def client(self, token: str | None = None) -> Iterator[Client]:
        client = Client(self.gateway, self.token if token is None else token, self.trust)
        try:
            yield client
        finally:
            client.close()

    def permits(self, want: int = 1) -> list[Permit]:
        names = [f"p-{n}" for n in range(want)]
        with self.client() as client:
            return list(client.permits(self.campaign, want, names).permits)

    def connection(self, timeout_s: float = 15.0) -> socket.socket:
        """A bare connection, inside TLS where there is one."""
        if self.gateway.startswith(UNIX):
            bare = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            bare.settimeout(timeout_s)
            bare.connect(self.gateway.removeprefix(UNIX))
            return bare
        host, _, port = self.gateway.removeprefix(HTTPS).partition(":")
        bare = socket.create_connection((host, int(port)), timeout_s)
        return self.trust.context().wrap_socket(bare, server_hostname=host)

    def head(self, path: str, *more: str, method: str = "POST") -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: gateway",
            f"Authorization: Bearer {self.token}",
        ]
        return "\r\n".join([*lines, "Rightsdesk-Wire: 1", *more, "", ""]).encode()


@dataclass
class Got:
    """What an attack got: numbers, and the codes with which it was refused."""

    numbers: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    cut_off: int = 0

    def redeem(self, client: Client, permit: str) -> str:
        """Try to get a number; the attempt, or "" if it was refused."""
        try:
            released = client.redeem(permit)
        except Problem as problem:
            self.codes[problem.refusal.value] += 1
            return ""
        self.numbers.append(released.number)
        return released.attempt

    def patiently(self, ground: Ground, permit: str) -> str:
        """As `redeem`, waiting for the rate's turn."""
        with ground.client() as client:
            for _ in range(200):
                attempt = self.redeem(client, permit)
                if attempt or not self.codes.pop("not_yet", 0):
                    return attempt
                time.sleep(0.01)
        return ""

    def tried(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except Problem as problem:
            self.codes[problem.refusal.value] += 1
        except (GatewayGone, OSError):
            self.cut_off += 1


class Attack:
    """One attack. `most`: numbers that it may get; `refused`: codes that it may meet."""

    name: ClassVar[str]
    gains: ClassVar[str]
    most: ClassVar[int] = 0
    refused: ClassVar[frozenset[str]] = frozenset()
    over_network_only: ClassVar[bool] = False

    def run(self, ground: Ground) -> Got:
        raise NotImplementedError


class Replay(Attack):
    name = "replay"
    gains = "one number; the same bytes again get `used`"
    most = 1
    refused = frozenset({"used"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        got.patiently(ground, permit.permit)
        with ground.client() as client:
            for _ in range(5):
                got.redeem(client, permit.permit)
        return got


class DoubleRedeem(Attack):
    name = "double redeem"
    gains = "one number; after its call was told as ended the permit is `used` all the same"
    most = 1
    refused = frozenset({"used"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        attempt = got.patiently(ground, permit.permit)
        with ground.client() as client:
            client.events(attempt, [(1, EventKind.REFUSED, 0, "")])
            got.redeem(client, permit.permit)
        return got


class TwoWorkers(Attack):
    name = "two workers, one permit"
    gains = "one number, to one of them"
    most = 1
    refused = frozenset({"used", "not_yet"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        together = threading.Barrier(8)

        def work() -> None:
            with ground.client() as client:
                together.wait()
                got.redeem(client, permit.permit)

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return got


class Reconnect(Attack):
    name = "reconnect"
    gains = "nothing more: a number whose answer was not read is lost, and the call counts"
    refused = frozenset({"used", "not_yet"})
    most = 1

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        body = json.dumps({"permit": permit.permit}).encode()
        with ground.connection() as lost:
            lost.sendall(ground.head("/v1/permits/redeem", f"Content-Length: {len(body)}") + body)
        time.sleep(0.3)
        got.patiently(ground, permit.permit)
        return got


class OtherCampaign(Attack):
    name = "other campaign"
    gains = "nothing: `not_yours`, whether the campaign exists or not"
    refused = frozenset({"not_yours"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        with ground.client() as client:
            for campaign in (ground.other_campaign, "cm-" + "b" * 26):
                got.tried(lambda one=campaign: client.permits(one, 5, ["p-1"]))  # type: ignore[misc]
        return got


class Expired(Attack):
    name = "expired"
    gains = "nothing: 30 s after it was issued a permit is worth nothing"
    refused = frozenset({"expired"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        permits = ground.permits(2)
        ground.wait(31)
        with ground.client() as client:
            for permit in permits:
                got.redeem(client, permit.permit)
        return got


class GuessedId(Attack):
    name = "guessed id"
    gains = "nothing: a permit has 130 random bits, and an attempt's id is no permit"
    refused = frozenset({"not_yours", "bad_request"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        near = permit.permit[:-1] + ("a" if permit.permit[-1] != "a" else "b")
        guesses = [
            near,
            permit.attempt,
            permit.attempt.replace("at-", "pm-"),
            "pm-%",
            "' OR 1=1 --",
        ]
        guesses += ["pm-" + "".join(secrets.choice(ALPHABET) for _ in range(26)) for _ in range(20)]
        with ground.client() as client:
            for guess in guesses:
                got.redeem(client, guess)
        return got


class ForeignAttempt(Attack):
    name = "another dialer's call"
    gains = "nothing: its state, events and opt-outs are `not_yours`"
    refused = frozenset({"not_yours"})

    def run(self, ground: Ground) -> Got:
        got, attempt = Got(), ground.other_attempt
        with ground.client() as client:
            got.tried(lambda: client.state(attempt))
            got.tried(lambda: client.events(attempt, [(1, EventKind.ENDED, 0, "607")]))
            got.tried(lambda: client.opt_out(attempt, "speech", "stop"))
        return got


class WrongToken(Attack):
    name = "wrong token"
    gains = "nothing: `bad_token`, the same for never, revoked and mistyped"
    refused = frozenset({"bad_token"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        guesses = [secrets.token_urlsafe(32) for _ in range(20)]
        guesses += [ground.token[:-1], ground.token + "A", "x" * 5_000, "Bearer"]
        for guess in guesses:
            with ground.client(guess) as client:
                got.tried(lambda one=client: one.permits(ground.campaign, 1, ["p-1"]))  # type: ignore[misc]
        return got


class Flood(Attack):
    name = "flood"
    gains = "numbers at the token's and the campaign's rate, and others are served meanwhile"
    most = 5
    refused = frozenset({"not_yet", "used", "unavailable"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        hoard = ground.permits(5)

        def work() -> None:
            with ground.client() as client:
                for _ in range(4):
                    for permit in hoard:
                        got.redeem(client, permit.permit)

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return got


class Hoard(Attack):
    name = "hoarded permits"
    gains = "nothing: no more permits than places, and all of them end after 30 s"
    refused = frozenset({"expired"})

    def run(self, ground: Ground) -> Got:
        got, hoard = Got(), []
        for _ in range(3):
            hoard += ground.permits(3)
        ground.wait(31)
        with ground.client() as client:
            for permit in hoard:
                got.redeem(client, permit.permit)
        return got


class OverDial(Attack):
    name = "over-dial"
    gains = "nothing: no permit without a reserved resource for a dialer outside"
    refused = frozenset({"bad_request"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        with ground.client() as client:
            permits = client.permits(ground.campaign, 20, [], over=20).permits
            got.tried(lambda: client.permits(ground.campaign, 21, ["p-1"]))
            for permit in permits:
                got.redeem(client, permit.permit)
        return got


class NumberInOutcome(Attack):
    name = "number in an outcome"
    gains = "nothing: a cause is a code, a resource a short name, words are sealed"
    most = 1
    refused = frozenset({"bad_request"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        attempt = got.patiently(ground, permit.permit)
        with ground.client() as client:
            for kind in (EventKind.ENDED, EventKind.KEY, EventKind.SENT):
                told = [(1, kind, 0, NOBODY)]
                got.tried(lambda one=told: client.events(attempt, one))  # type: ignore[misc]
            got.tried(lambda: client.opt_out(attempt, NOBODY))
            got.tried(lambda: client.permits(ground.campaign, 1, [NOBODY]))
            got.tried(lambda: client.permits(NOBODY, 1, ["p-1"]))
            got.tried(lambda: client.state(NOBODY))
            client.opt_out(attempt, "speech", f"call me at {NOBODY} no more")
        got.codes.pop("not_yours", None)
        return got


class FakeOutcome(Attack):
    name = "fake outcome"
    gains = "it can lie about how a call went; the call counts in gaps and caps all the same"
    most = 1
    refused = frozenset({"illegal_step"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        attempt = got.patiently(ground, permit.permit)
        with ground.client() as client:
            got.tried(lambda: client.events(attempt, [(1, EventKind.MEDIA_STARTED, 0, "")]))
            client.events(attempt, [(1, EventKind.REFUSED, 0, "")])
            got.tried(lambda: client.events(attempt, [(2, EventKind.SENT, 0, "")]))
        return got


class WithheldOutcome(Attack):
    name = "withheld outcome"
    gains = (
        "nothing: the call counts as made, ends as `uncertain`, its place stays taken until then"
    )
    most = 1
    refused = frozenset({"used"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        (permit,) = ground.permits()
        got.patiently(ground, permit.permit)
        ground.wait(600)
        ground.permits()
        with ground.client() as client:
            got.redeem(client, permit.permit)
        return got


class ClockLie(Attack):
    name = "clock lie"
    gains = "nothing: every instant that counts is the gateway's own"
    most = 1
    refused = frozenset({"bad_request", "expired"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        late, permit = ground.permits(2)
        attempt = got.patiently(ground, permit.permit)
        with ground.client() as client:
            for at_ms in (-1, 86_400_001, 10**18):
                told = [(1, EventKind.SENT, at_ms, "")]
                got.tried(lambda one=told: client.events(attempt, one))  # type: ignore[misc]
            # An hour into the past, as far as its own clock tells.
            client.events(attempt, [(1, EventKind.SENT, 86_400_000, "")])
            client.events(attempt, [(2, EventKind.ENDED, 0, "480")])
            ground.wait(31)
            got.redeem(client, late.permit)
        return got


class HugeBody(Attack):
    name = "huge body"
    gains = "nothing: refused after 16 KiB, before it is read as JSON"
    refused = frozenset({"400", "431"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        with ground.connection() as bare:
            bare.sendall(ground.head("/v1/permits", "Content-Length: 900000000"))
            with contextlib.suppress(OSError):
                for _ in range(40):
                    bare.sendall(b"[" * 65_536)
            got.codes[_status(bare)] += 1
        with ground.connection() as bare:
            with contextlib.suppress(OSError):
                bare.sendall(ground.head("/v1/permits", "X: " + "y" * 200_000))
            got.codes[_status(bare)] += 1
        got.codes.pop("", None)
        return got


class Smuggling(Attack):
    name = "two lengths"
    gains = "nothing: an ambiguous request is refused and its connection closed"
    refused = frozenset({"400"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        for more in (("Content-Length: 4", "Content-Length: 9"), ("Content-Length: -1",)):
            with ground.connection() as bare:
                bare.sendall(ground.head("/v1/permits", *more) + b"{}{}{}")
                got.codes[_status(bare)] += 1
        return got


class OtherPaths(Attack):
    name = "other paths"
    gains = "nothing: there are eight paths; every other one is 404, every other method 405"
    refused = frozenset({"404", "405", "400"})

    def run(self, ground: Ground) -> Got:
        got = Got()
        paths = ("/", "/v1/../desk.toml", "/v1/attempts/..%2f..%2fdesk.toml/x", "/metrics", "/docs")
        for method, path in (*(("GET", path) for path in paths), ("DELETE", "/v1/permits")):
            with ground.connection() as bare:
                bare.sendall(ground.head(path, "Content-Length: 0", method=method))
                got.codes[_status(bare)] += 1
        return got


class SlowSend(Attack):
    name = "slow send"
    gains = "nothing: a request must be whole within 10 s, else its connection is cut off"
    over_network_only = True

    def run(self, ground: Ground) -> Got:
        got = Got()
        with ground.connection(30) as bare:
            try:
                for byte in ground.head("/v1/permits"):
                    bare.sendall(bytes([byte]))
                    time.sleep(0.2)
            except OSError:
                got.cut_off += 1
        return got


class SlowRead(Attack):
    name = "slow read"
    gains = "nothing: each token works in eight threads of its own; others do not wait for it"
    over_network_only = True

    def run(self, ground: Ground) -> Got:
        got, held = Got(), []
        ask = ground.head("/v1/attempts/at-" + "a" * 26, "Content-Length: 0", method="GET")
        for _ in range(30):
            with contextlib.suppress(OSError):
                bare = ground.connection()
                held.append(bare)
                bare.sendall(ask * 20)
        with ground.client() as client:
            got.tried(lambda: client.permits(ground.other_campaign, 1, ["p-1"]))
        for bare in held:
            bare.close()
        got.codes.pop("not_yours", None)
        return got


class ManyConnections(Attack):
    name = "many connections"
    gains = "nothing: 64 connections from one address, and the next are cut off"
    over_network_only = True

    def run(self, ground: Ground) -> Got:
        got, held = Got(), []
        for _ in range(90):
            try:
                bare = ground.connection(2)
                bare.sendall(ground.head("/v1/openapi.json", "Content-Length: 0", method="GET"))
                if not bare.recv(1):
                    got.cut_off += 1
                held.append(bare)
            except (OSError, ssl.SSLError):
                got.cut_off += 1
        for bare in held:
            bare.close()
        return got


ATTACKS: tuple[type[Attack], ...] = (
    Replay,
    DoubleRedeem,
    TwoWorkers,
    Reconnect,
    OtherCampaign,
    Expired,
    GuessedId,
    ForeignAttempt,
    WrongToken,
    Flood,
    Hoard,
    OverDial,
    NumberInOutcome,
    FakeOutcome,
    WithheldOutcome,
    ClockLie,
    HugeBody,
    Smuggling,
    OtherPaths,
    SlowSend,
    SlowRead,
    ManyConnections,
)


def _status(bare: socket.socket) -> str:
    """The status of the answer; "" where the connection was closed without one."""
    try:
        line = bare.recv(64).split(b" ")
    except OSError:
        return ""
    return line[1].decode() if len(line) > 1 else ""


def main() -> None:
    """Run every attack and print what each got; never a number."""
    parser = argparse.ArgumentParser(prog="python -m tests.dialer.hostile")
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--ca-file", type=Path)
    parser.add_argument("--campaign", required=True)
    parser.add_argument("--longest-wait", type=float, default=600.0, metavar="SECONDS")
    options = parser.parse_args()
    token = options.token_file.read_text().strip()
    ground = Ground(options.gateway, token, options.campaign, Trust(options.ca_file))
    ground.wait = lambda seconds: time.sleep(min(seconds, options.longest_wait))
    for attack in ATTACKS:
        if attack.over_network_only and not ground.gateway.startswith(HTTPS):
            continue
        answer: dict[str, Any] = {"attack": attack.name, "may": attack.gains}
        try:
            got = attack().run(ground)
            answer |= {"numbers": len(got.numbers), "refused": dict(got.codes)}
            answer["held"] = len(got.numbers) <= attack.most and set(got.codes) <= attack.refused
        except (Problem, GatewayGone, ValueError, httpx.HTTPError) as ended:
            answer["ended"] = type(ended).__name__
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
