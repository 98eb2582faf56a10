"""`rightsdesk gateway`: the dialer's door alone, for dialers that somebody else starts."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from pathlib import Path

import click

from privacy.cli.calls_law import the_law
from privacy.cli.gateway_tokens import token
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import note
from privacy.errors import BadInput
from privacy.gateway import openapi
from privacy.gateway.gate import Gate
from privacy.gateway.recovery import settle, under_way
from privacy.gateway.running import holding_keys, only_gateway, socket_folder, with_call_keys_only
from privacy.gateway.serving import Network, Serving
from privacy.settings import NetworkDoor
from privacy.terms import KekKind

LOOK_S = 1.0
PORTS = range(65_536)


@click.group(epilog="Example: rightsdesk gateway serve")
def group() -> None:
    """The dialer's door, alone."""


group.add_command(token)


@group.command("openapi", epilog="Example: rightsdesk gateway openapi > gateway.openapi.json")
@common_options
def described(common: Common) -> None:
    """The wire between gateway and dialer as an OpenAPI 3.1 document."""
    click.echo(openapi.text(), nl=False)


@group.command(
    epilog="Example: rightsdesk gateway serve --tls-cert chain.pem --tls-key key.pem --port 8443"
)
@click.option("--socket", "path", type=click.Path(path_type=Path), help="Where to listen here.")
@click.option("--tls-cert", default="", help="Certificate chain: serves dialers elsewhere by TLS.")
@click.option("--tls-key", default="", help="Key of the certificate, mode 0600.")
@click.option("--client-ca", default="", help="Who signs the certificates of dialers.")
@click.option("--host", default="", help="Address to listen at.  [default: 127.0.0.1]")
@click.option("--port", default="", help="Port to listen at.  [default: 8443]")
@common_options
def serve(common: Common, path: Path | None, **asked: str) -> None:
    """Serve until interrupted. This process opens numbers and nothing else.

    An interrupt gives no more numbers and waits for the calls under way; a second one ends
    at once. What stands in desk.toml under [gateway] need not be given.
    """
    interrupts = _Interrupts()
    with (
        open_run(common, (KekKind.CALL,)) as run,
        only_gateway(run.desk),
        socket_folder(run.desk) as folder,
    ):
        given = {name: value for name, value in asked.items() if value}
        door = network(replace(run.desk.config.gateway, **given))
        gate = Gate(with_call_keys_only(run.desk), the_law())
        with run.desk.reading() as db:
            gate.own_rules(db)
        settle(gate, run.actor.id)
        where = door or path or folder / "gateway.sock"
        with holding_keys(gate.desk.vault, gate.id), Serving(gate, where) as served:
            # Said when it is true: whoever waits for this line may connect.
            note(f"Listening at {served.address}")
            while not interrupts.first.wait(LOOK_S):
                settle(gate, run.actor.id)
            _let_end(gate, run.actor.id, interrupts.second)


class _Interrupts:
    """SIGINT and SIGTERM, counted."""

    def __init__(self) -> None:
        self.first, self.second = threading.Event(), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._count())

    def _count(self) -> None:
        if self.first.is_set():
            self.second.set()
        self.first.set()


def _let_end(gate: Gate, actor_id: str, at_once: threading.Event) -> None:
    """No more numbers; until no call is under way, or `at_once`."""
    gate.draining.set()
    told = False
    while not at_once.is_set():
        settle(gate, actor_id)
        calls, longest_s = under_way(gate)
        if not calls:
            return
        if not told:
            note(
                f"Stopping: no more numbers. Calls under way: {calls}, the last one over in at"
                f" most {longest_s} s. Interrupt again to end now; they then count as uncertain."
            )
            told = True
        at_once.wait(LOOK_S)


def network(door: NetworkDoor) -> Network | None:
    """Where to listen for dialers elsewhere; None without a certificate. BadInput."""
    if not door.tls_cert and not door.tls_key:
        return None
    if not door.port.isdecimal() or int(door.port) not in PORTS:
        raise BadInput("A port is a number up to 65535.", what="--port", next="Such as 8443.")
    if not door.tls_cert or not door.tls_key:
        raise BadInput(
            "Certificate and key belong together.",
            what="--tls-cert, --tls-key",
            next="Give both; the gateway never listens on the network without TLS.",
        )
    client_ca = Path(door.client_ca) if door.client_ca else None
    return Network(door.host, int(door.port), Path(door.tls_cert), Path(door.tls_key), client_ca)
