"""`rightsdesk gateway`: the dialer's door alone, for dialers that somebody else starts."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

import click

from privacy.cli.dial import the_law
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note
from privacy.errors import BadInput
from privacy.gateway.gate import Gate
from privacy.gateway.recovery import settle
from privacy.gateway.running import holding_keys, only_gateway, socket_folder, with_call_keys_only
from privacy.gateway.serving import Serving
from privacy.gateway.tokens import issue_token, revoke_token
from privacy.terms import KekKind

SCHEMA = "rightsdesk.gateway/1"


@click.group(epilog="Example: rightsdesk gateway serve")
def group() -> None:
    """The dialer's door, alone."""


@group.command(epilog="Example: rightsdesk gateway serve --socket /run/rightsdesk/gateway.sock")
@click.option("--socket", "path", type=click.Path(path_type=Path), help="Where to listen.")
@common_options
def serve(common: Common, path: Path | None) -> None:
    """Serve until interrupted. This process opens numbers and nothing else."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    with (
        open_run(common, (KekKind.CALL,)) as run,
        only_gateway(run.desk),
        socket_folder(run.desk) as folder,
    ):
        gate = Gate(with_call_keys_only(run.desk), the_law())
        with run.desk.reading() as db:
            gate.own_rules(db)
        settle(gate, run.actor.id)
        where = path or folder / "gateway.sock"
        with holding_keys(gate.desk.vault, gate.id), Serving(gate, where):
            # Said when it is true: whoever waits for this line may connect.
            note(f"Listening at unix:{where}")
            while not ended.wait(1.0):
                settle(gate, run.actor.id)


@group.command(
    epilog="Example: rightsdesk gateway token cm-… --total 100 | rightsdesk-dialer"
    " --gateway unix:gateway.sock --campaign cm-…"
)
@click.argument("campaigns", nargs=-1, required=True)
@click.option("--rate", default=1.0, show_default=True, help="Numbers per second.")
@click.option("--total", type=int, required=True, help="Numbers in all.")
@click.option("--hours", default=8.0, show_default=True, help="Until the token ends.")
@common_options
def token(
    common: Common, campaigns: tuple[str, ...], rate: float, total: int, hours: float
) -> None:
    """Issue a dialer's token into a pipe; it is shown nowhere else and kept as a hash."""
    if sys.stdout.isatty():
        raise BadInput(
            "A token is not shown on a terminal.",
            what="standard output",
            next="Pipe it to the dialer, or to a file that only the dialer can read.",
        )
    with open_run(common, (KekKind.CALL,)) as run:
        issued = issue_token(
            run.desk,
            run.actor,
            campaigns,
            rate_per_s=rate,
            total=total,
            life=timedelta(hours=hours),
        )
        document = {"schema": SCHEMA, "dialer": issued.dialer_id, "token": issued.token}
        run.answer(document, lambda: click.echo(issued.token))
        note(f"Dialer {issued.dialer_id}")


@group.command(epilog="Example: rightsdesk gateway revoke dl-…")
@click.argument("dialer")
@common_options
def revoke(common: Common, dialer: str) -> None:
    """End a dialer's token: it gets no number from now on, and may still report."""
    with open_run(common, (KekKind.CALL,)) as run:
        revoke_token(run.desk, run.actor.id, dialer)
        document = {"schema": SCHEMA, "dialer": dialer, "revoked": True}
        run.answer(document, lambda: console().print(f"Revoked {dialer}."))
