"""`rightsdesk dial`: a gateway in this process and the dialer as a second one.

The dialer is started with an empty environment and no open files but its pipes;
its token goes through one of them. It gets the gateway's socket as an argument.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from privacy.actors import Actor
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import note, progress, table
from privacy.desk import Desk
from privacy.errors import BadInput, MachineFailed
from privacy.gateway.campaigns import LINES
from privacy.gateway.decide import Law
from privacy.gateway.running import Run, serving_campaign, summary
from privacy.settings import DeskConfig, Trunk, read_secret
from privacy.terms import KekKind

Progress = Callable[[dict[str, int]], None]
SIMULATOR = "simulator"
STOP_S = 300.0
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
) -> dict[str, Any]:
    """Run a campaign to its end: {"permitted", "denied", "by_rule", "outcomes"}.

    `progress` is called with the outcomes so far. `speed` is how many times faster than
    real the simulator lets time pass. KeyboardInterrupt stops gracefully: calls under way
    come to their end. MachineFailed if the dialer did not end well.
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
    options += [("--journal", str(journal))] if journal else []
    options += [("--simulator-log", str(simulator_log))] if simulator_log else []
    with serving_campaign(desk, actor, campaign_id, law or the_law(), line=line) as run:
        arguments = [word for option in options for word in option]
        told = json.dumps({**told_of(trunks), "caller_ids": [run.campaign.caller_id]})
        with dialer_process(run, arguments, told if trunks else "") as dialer:
            _follow(dialer, progress)
    return summary(desk, run)


def trunks_of(config: DeskConfig, line: str) -> list[Trunk]:
    """The desk's trunks of that kind, the preferred one first. BadInput if there is none."""
    found = [trunk for trunk in config.trunks if trunk.kind == line]
    if not found:
        raise BadInput(
            f"The desk has no trunk of the kind {line}.",
            what="trunks",
            next="Set one: rightsdesk config set trunks.NAME.server HOST:PORT (docs/dialer.md).",
        )
    return found


def told_of(trunks: Sequence[Trunk]) -> dict[str, Any]:
    """What the dialer is told of them, in its pipe: passwords are read from their files."""
    files = {trunk.name: trunk.password_file for trunk in trunks if trunk.password_file}
    return {
        "trunks": [asdict(trunk) for trunk in trunks],
        "passwords": {name: read_secret(file) for name, file in files.items()},
    }


def the_law() -> Law:
    """The law of calls as it is in the packs."""
    from privacy.law import calling

    return calling.answer


@contextmanager
def dialer_process(
    run: Run, arguments: Sequence[str], told: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """The dialer as a process of its own; ended with the context, whatever happens."""
    command = ["-m", "dialer.worker", "--gateway", run.address, *arguments]
    with separated(command, run.token.token, told) as dialer:
        yield dialer


@contextmanager
def separated(
    command: Sequence[str], token: str, told: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A Python process that inherits nothing: no variable, no file, no folder, no terminal.

    The token is the first line of its standard input; `told`, if any, the second.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A traceback could quote what a frame held; the dialer tells its errors on stdout.
        stderr=subprocess.DEVNULL,
        text=True,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(token + "\n" + (told + "\n" if told else ""))
        process.stdin.close()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def _follow(dialer: subprocess.Popen[str], progress: Progress | None) -> None:
    """Read how far the dialer is until it ends; a first interrupt asks it to stop."""
    error: dict[str, Any] = {}
    stopped = False
    while True:
        try:
            for document in _told(dialer):
                error = document.get("error", error)
                if progress is not None and "outcomes" in document:
                    progress(document["outcomes"])
            break
        except KeyboardInterrupt:
            if stopped:
                raise
            stopped = True
            note("Stopping: calls under way come to their end. Interrupt again to break off.")
            dialer.send_signal(signal.SIGTERM)
    if dialer.wait(STOP_S) != 0:
        raise MachineFailed(
            f"The dialer did not end well: {error.get('message') or 'it said nothing.'}",
            what="dialer",
            next=str(error.get("next") or "Run `rightsdesk dial` again: it goes on."),
        )


def _told(dialer: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert dialer.stdout is not None
    for line in dialer.stdout:
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document


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
@common_options
def dial(
    common: Common,
    campaign: str,
    line: str,
    seed: int,
    speed: float,
    channels: int,
    patience: float,
) -> None:
    """Run a campaign: this process gives permits, a second one dials."""
    if not common.json:
        note("The dialer runs as a process of its own without keys: this guards against")
        note("mistakes, not against malice of a program of the same user.")
        if line == SIMULATOR:
            note("Line: a simulator. Nobody is called.")
        else:
            note(f"Line: {line}. Real telephones ring.")
    with open_run(common, (KekKind.CALL,)) as run, progress() as bar:
        task = bar.add_task("Calls", total=None)

        def show(outcomes: dict[str, int]) -> None:
            bar.update(task, completed=sum(outcomes.values()))

        answer = run_dial(
            run.desk,
            run.actor,
            campaign,
            line,
            seed,
            show,
            speed=speed,
            channels=channels,
            patience_s=patience,
        )
        bar.stop()
        run.answer(
            {"schema": SCHEMA, "campaign": campaign, "line": line, **answer}, lambda: _show(answer)
        )


def _show(answer: dict[str, Any]) -> None:
    table("Outcomes", ["outcome", "calls"], answer["outcomes"].items(), "Nobody was called.")
    table("Denied", ["rule", "people"], answer["by_rule"].items(), "Nobody was denied.")
