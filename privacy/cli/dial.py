"""`rightsdesk dial`: a gateway in this process and the dialer as a second one.

How the dialer is started, kept apart and stopped: privacy/cli/dialer_process.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from privacy.actors import Actor
from privacy.cli.calls_law import the_law
from privacy.cli.dial_table import watching
from privacy.cli.dialer_process import (
    Apart,
    Progress,
    Stopping,
    apartness,
    dialer_process,
    files_of,
    follow,
    user_of,
)
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import note, table
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.gateway.campaigns import LINES
from privacy.gateway.decide import Law
from privacy.gateway.running import serving_campaign, summary
from privacy.rights.mail import is_loopback
from privacy.settings import DeskConfig, Trunk, read_secret
from privacy.terms import KekKind

SIMULATOR = "simulator"
SCHEMA = "rightsdesk.dial/1"


def run_dial(
    desk: Desk,
    actor: Actor,
    campaign_id: str,
    line: str = SIMULATOR,
    seed: int = 1,
    progress: Progress | None = None,
    *,
    law: Law | None = None,
    speed: float = 1.0,
    channels: int = 20,
    patience_s: float = 0.0,
    journal: Path | None = None,
    simulator_log: Path | None = None,
    user: str = "",
) -> dict[str, Any]:
    """Run a campaign to its end: {"permitted", "denied", "by_rule", "outcomes"}.

    `progress` is called with the outcomes so far. `speed` is how many times faster than
    real the simulator lets time pass. `user`: whom the dialer runs as, if not as this
    process. SIGINT and SIGTERM stop it: dialer_process.Stopping. MachineFailed if the
    dialer did not end well.
    """
    trunks = [] if line == SIMULATOR else trunks_of(desk.config, line)
    options = [
        ("--campaign", campaign_id),
        ("--line", line),
        ("--seed", str(seed)),
        ("--speed", str(speed)),
        ("--channels", str(channels)),
        ("--patience", str(patience_s)),
    ]
    options.append(("--journal", str(journal or journal_of(desk, campaign_id))))
    options += [("--simulator-log", str(simulator_log))] if simulator_log else []
    arguments = [word for option in options for word in option]
    files = files_of([journal or journal_of(desk, campaign_id), simulator_log])
    apart = Apart(files, user_of(user) if user else None)
    serving = serving_campaign(
        desk, actor, campaign_id, law or the_law(), line=line, dialer_uid=apart.uid
    )
    with Stopping(note) as stopping, serving as run:
        told = json.dumps({**told_of(trunks), "caller_ids": [run.campaign.caller_id]})
        with dialer_process(run, arguments, told if trunks else "", apart) as dialer:
            follow(dialer, progress, stopping)
    return summary(desk, run)


def journal_of(desk: Desk, campaign_id: str) -> Path:
    """Where the dialer writes opt-outs that it has not told yet: beside the desk's state, never
    in it, so that a dialer that may write there learns nothing of the desk."""
    return desk.state.parent / f"dialer-{desk.config.desk_id[-8:]}" / f"{campaign_id}.journal"


def trunks_of(config: DeskConfig, line: str) -> list[Trunk]:
    """The desk's trunks of that kind, the preferred one first. BadInput if there is none.

    A demo desk calls by a trunk on this machine only: its people are invented, their numbers
    may be somebody's.
    """
    found = [trunk for trunk in config.trunks if trunk.kind == line]
    here = [trunk for trunk in found if is_loopback(_host(trunk.server))]
    if config.demo and (not found or len(here) < len(found)):
        raise BadInput(
            "A demo desk calls no real telephone.",
            what="--line",
            next=f"Use --line {SIMULATOR}; a trunk of a demo desk is on this machine only.",
        )
    if not found:
        raise BadInput(
            f"The desk has no trunk of the kind {line}.",
            what="trunks",
            next="Set one: rightsdesk config set trunks.NAME.server HOST:PORT (docs/dialer.md).",
        )
    return found


def _host(server: str) -> str:
    """The host of host or host:port."""
    host, _, port = server.rpartition(":")
    return host.strip("[]") if host and port.isdecimal() else server


def told_of(trunks: Sequence[Trunk]) -> dict[str, Any]:
    """What the dialer is told of them, in its pipe: passwords are read from their files."""
    files = {trunk.name: trunk.password_file for trunk in trunks if trunk.password_file}
    return {
        "trunks": [asdict(trunk) for trunk in trunks],
        "passwords": {name: read_secret(file) for name, file in files.items()},
    }


@click.command(epilog="Example: rightsdesk dial cm-… --line simulator --speed 20")
@click.argument("campaign")
@click.option(
    "--line",
    type=click.Choice(LINES),
    default=SIMULATOR,
    show_default=True,
    help="What carries the calls: the simulator calls nobody.",
)
@click.option("--seed", default=1, show_default=True, help="Simulator: which outcomes.")
@click.option("--speed", default=1.0, show_default=True, help="Simulator: times faster.")
@click.option("--channels", default=20, show_default=True, help="Calls at once.")
@click.option("--patience", default=0.0, show_default=True, help="Seconds to wait for a turn.")
@click.option("--dialer-user", default="", metavar="USER", help="Run the dialer as this user.")
@common_options
def dial(
    common: Common,
    campaign: str,
    line: str,
    seed: int,
    speed: float,
    channels: int,
    patience: float,
    dialer_user: str,
) -> None:
    """Run a campaign: this process gives permits, a second one dials."""
    if not common.json:
        note(apartness(bool(dialer_user)))
        if line == SIMULATOR:
            note("Line: a simulator. Nobody is called.")
        else:
            note(f"Line: {line}. Real telephones ring.")
    with open_run(common, (KekKind.CALL,)) as run:
        with watching(run.desk, campaign, line, quiet=common.json):
            answer = run_dial(
                run.desk,
                run.actor,
                campaign,
                line,
                seed,
                speed=speed,
                channels=channels,
                patience_s=patience,
                user=dialer_user,
            )
        run.answer(
            {"schema": SCHEMA, "campaign": campaign, "line": line, **answer}, lambda: _show(answer)
        )


def _show(answer: dict[str, Any]) -> None:
    table("Outcomes", ["outcome", "calls"], answer["outcomes"].items(), "Nobody was called.")
    table("Denied", ["rule", "people"], answer["by_rule"].items(), "Nobody was denied.")
