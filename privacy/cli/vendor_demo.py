"""`rightsdesk vendor demo-records`: a simulator's call records with planted, labelled breaches."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import answer
from privacy.cli.showing import console
from privacy.errors import BadInput
from privacy.vault.files import file_errors

FORMATS = ("mapping", "asterisk", "twilio")


@click.command(
    "demo-records",
    epilog="Example: rightsdesk vendor demo-records --out training --format asterisk",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New folder.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="mapping",
    show_default=True,
    help="mapping: a CSV that tells everything, with its mapping file.",
)
@click.option("--calls", type=click.IntRange(0, 300), default=120, show_default=True)
@click.option("--each", type=click.IntRange(1, 8), default=2, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same calls."
)
@common_options
def demo_records(common: Common, out: Path, form: str, calls: int, each: int, seed: int) -> None:
    """Write simulated call records for training: nobody was called.

    Each kind of breach is planted --each times among --calls lawful ones; labels.json says
    where, and whether the format's columns can show it.
    """
    from privacy.vendors.calls.demo.folder import files
    from privacy.vendors.calls.demo.planting import Planter
    from privacy.vendors.calls.demo.writing import writer_of

    if out.exists():
        raise BadInput("The folder exists already.", what="--out", next="Give another name.")
    scenario, writer = Planter(seed, calls, each).scenario(), writer_of(form)
    told = files(scenario, writer, seed)
    with file_errors("--out"):
        out.mkdir(mode=0o700, parents=True)
        for name, text in told.items():
            (out / name).write_text(text, encoding="utf-8")
    planted = sum(len(call.planted | call.by_clock) for call in scenario.calls)
    document = {
        "schema": "rightsdesk.vendor-demo-records/1",
        "made_by": "simulator",
        "folder": str(out),
        "format": form,
        "seed": seed,
        "calls": len(scenario.calls),
        "planted": planted,
        "files": sorted(told),
    }

    def human() -> None:
        console().print(
            f"Simulated, nobody was called: {len(scenario.calls)} calls with {planted} planted"
            f" breaches in {out}. See README.txt and labels.json there.",
            markup=False,
        )

    answer(common, document, human)
