"""`rightsdesk trunk`: the lines to the telephone network, with their own limits."""

from __future__ import annotations

from dataclasses import asdict

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.gateway import trunks
from privacy.terms import KekKind

SCHEMA = "rightsdesk.trunks/1"


@click.group(epilog="Example: rightsdesk trunk list")
def group() -> None:
    """Trunks: starts per second and calls at once that a line takes, over all campaigns."""


@group.command("set", epilog="Example: rightsdesk trunk set trunk-1 --rate 5 --concurrency 30")
@click.argument("trunk")
@click.option("--rate", type=float, required=True, help="Calls begun per second.")
@click.option("--concurrency", type=int, required=True, help="Calls at once.")
@common_options
def put(common: Common, trunk: str, rate: float, concurrency: int) -> None:
    """Set a trunk's limits; they hold from the next permit and redemption on."""
    with open_run(common, (KekKind.CALL,)) as run:
        trunks.put(run.desk, run.actor, trunk, rate, concurrency)
        document = {
            "schema": SCHEMA,
            "trunk": {"id": trunk, "rate_per_s": rate, "concurrency": concurrency},
        }
        text = f"{trunk}: {rate:g} calls begun per second, {concurrency} at once."
        run.answer(document, lambda: console().print(text))


@group.command("list", epilog="Example: rightsdesk trunk list --json")
@common_options
def list_command(common: Common) -> None:
    """Every trunk, its limits and how many campaigns are on it."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            found = [asdict(trunk) for trunk in trunks.listed(db)]
        columns = ["id", "rate_per_s", "concurrency", "campaigns"]
        rows = [[one[name] for name in columns] for one in found]
        run.answer(
            {"schema": SCHEMA, "trunks": found},
            lambda: table("Trunks", columns, rows, "None yet: `rightsdesk trunk set`."),
        )
