"""`rightsdesk actor`: who acts, in which role."""

from __future__ import annotations

import click

from privacy import actors
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.errors import BadInput, NotFound
from privacy.settings import read_secret
from privacy.storage.tables.desk import Actor as ActorRow
from privacy.terms import Role


@click.group()
def group() -> None:
    """Who acts, in which role."""


@group.command(epilog="Example: rightsdesk actor add handler1 --role handler --secret-file s.txt")
@click.argument("actor_id")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--secret-file", metavar="FILE", help="File with the new actor's secret.")
@common_options
def add(common: Common, actor_id: str, role: str, secret_file: str | None) -> None:
    """Add an actor with a secret of their own."""
    with open_run(common) as run:
        actors.require_over(run.actor, Role(role))
        if secret_file is None:
            secret = click.prompt("Secret of the new actor", hide_input=True, err=True)
        else:
            secret = read_secret(secret_file)
        actors.add(run.desk, actor_id, Role(role), secret, run.actor.id)
        _show(run, actor_id)


@group.command("list", epilog="Example: rightsdesk actor list --json")
@common_options
def list_(common: Common) -> None:
    """All actors."""
    with open_run(common) as run:
        rows = actors.listed(run.desk)
        document = {"schema": "rightsdesk.actors/1", "actors": [_document(row) for row in rows]}

        def human() -> None:
            table(
                "Actors",
                ("id", "role", "active"),
                [(row.id, row.role, "yes" if row.active else "no") for row in rows],
            )

        run.answer(document, human)


@group.command(epilog="Example: rightsdesk actor show dpo")
@click.argument("actor_id")
@common_options
def show(common: Common, actor_id: str) -> None:
    """One actor."""
    with open_run(common) as run:
        _show(run, actor_id)


@group.command(epilog="Example: rightsdesk actor deactivate handler1")
@click.argument("actor_id")
@common_options
def deactivate(common: Common, actor_id: str) -> None:
    """An actor who may no longer act; what they did stays in the log."""
    with open_run(common) as run:
        if actor_id == run.actor.id:
            raise BadInput("Nobody deactivates himself.", what=actor_id, next="Ask another.")
        actors.deactivate(run.desk, actor_id, run.actor)
        _show(run, actor_id)


def _show(run: Run, actor_id: str) -> None:
    found = [row for row in actors.listed(run.desk) if row.id == actor_id]
    if not found:
        raise NotFound("There is no such actor.", what=actor_id, next="See `actor list`.")
    (row,) = found
    state = "active" if row.active else "not active"
    document = {"schema": "rightsdesk.actor/1", **_document(row)}
    run.answer(document, lambda: console().print(f"{row.id}: {row.role}, {state}"))


def _document(row: ActorRow) -> dict[str, object]:
    return {"id": row.id, "role": row.role, "active": row.active}
