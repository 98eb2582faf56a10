"""`rightsdesk keys`: how the keys stand, epoch turn, places of the epoch file, certificate."""

from __future__ import annotations

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.report_certificate import report_certificate
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.errors import Fault
from privacy.vault.epochs import turn
from privacy.vault.standing import Standing, standing


@click.group()
def group() -> None:
    """Epochs and custody."""


group.add_command(report_certificate)


@group.command(epilog="Example: rightsdesk keys status --as dpo")
@common_options
def status(common: Common) -> None:
    """Show the epoch, where its root lies, open turns and keys by class."""
    with open_run(common) as run:
        held = standing(run.desk.vault)
        run.answer(_document(held), lambda: _show(held))


@group.command(epilog="Example: rightsdesk keys rotate --as dpo")
@common_options
def rotate(common: Common) -> None:
    """Turn the epoch: rewrap every key, destroy the old root in each place, read back."""
    with open_run(common) as run:
        run.actor.require(Act.ADMINISTER)
        turned = turn(run.desk.vault, run.actor.id)
        document = {
            "schema": "rightsdesk.keys_rotated/1",
            "destroyed_epoch": turned.epoch,
            "rewrapped": turned.rewrapped,
            "places": [
                {"place": place.place, "kind": place.kind, "method": place.method}
                for place in turned.destroyed
            ],
            "entry": turned.entry_id,
        }

        def human() -> None:
            console().print(
                f"Epoch {turned.epoch} is destroyed; {turned.rewrapped} keys were rewrapped."
            )
            rows = [(place.place, place.kind, place.method) for place in turned.destroyed]
            table("", ("place", "kind", "how"), rows)
            console().print("Outside this proof: copies of epoch.key that other software made.")

        run.answer(document, human)


@group.command(epilog="Example: rightsdesk keys custody --make-copies --as dpo")
@click.option("--make-copies", is_flag=True, help="Fill empty places of the setting epoch_copies.")
@common_options
def custody(common: Common, make_copies: bool) -> None:
    """Show the places of the epoch file, or write it into a new place."""
    with open_run(common) as run:
        keys = run.desk.vault.custody
        if keys is None:
            raise Fault("This process has no custody.", what="custody")
        made: list[str] = []
        if make_copies:
            run.actor.require(Act.ADMINISTER)
            made = keys.make_copies()
            run.desk.write(
                lambda unit: unit.append("custody.copied", run.actor.id, count=len(made))
            )
        held = standing(run.desk.vault)
        document = {
            "schema": "rightsdesk.keys_custody/1",
            "custody": held.custody,
            "made": made,
            "places": _places(held),
        }
        run.answer(document, lambda: _show_places(held))


def _document(held: Standing) -> dict[str, object]:
    last = held.last_destroyed_at
    return {
        "schema": "rightsdesk.keys/1",
        "epoch": held.epoch,
        "custody": held.custody,
        "places": _places(held),
        "open_turn": held.open_turn,
        "last_destroyed_at": None if last is None else rfc3339(last),
        "keys": held.keys,
        "processes": [{"name": name, "epoch": epoch} for name, epoch in held.processes],
    }


def _places(held: Standing) -> list[dict[str, object]]:
    return [{"place": name, "answers": answers} for name, answers in held.places]


def _show(held: Standing) -> None:
    last = held.last_destroyed_at
    console().print(f"Epoch {held.epoch}, custody in {held.custody}.")
    if held.open_turn is not None:
        console().print(f"The turn away from epoch {held.open_turn} is open: `rightsdesk work`.")
    console().print(f"Last destruction: {rfc3339(last) if last else 'none yet'}.")
    table("", ("class", "keys"), held.keys.items(), "No person has keys yet.")
    _show_places(held)
    if held.processes:
        table("", ("process", "holds epoch"), held.processes)


def _show_places(held: Standing) -> None:
    rows = [(name, "answers" if answers else "does not answer") for name, answers in held.places]
    table("", ("place of the epoch file", ""), rows)
