"""`rightsdesk campaign import-history`: the calls of an earlier dialer."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, progress
from privacy.gateway import call_history
from privacy.gateway.call_records import open_records
from privacy.terms import KekKind

FILE = click.Path(path_type=Path)
SCHEMA = "rightsdesk.call_history/1"


@click.command(
    epilog="Example: rightsdesk campaign import-history calls.csv --source old_dialer"
    " --zone Europe/London --region GB"
)
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="Whose records these are, one word.")
@click.option("--mapping", type=FILE, help="TOML that says which column and word is what.")
@click.option("--zone", default="", metavar="ZONE", help="Zone of instants that name none.")
@click.option("--region", default="", metavar="CC", help="Country of numbers without a code.")
@click.option("--encoding", default="", help="When the guess is wrong: utf-8, cp1252 ...")
@click.option("--delimiter", default="", help="When the guess is wrong: one character, or tab.")
@click.option("--rejects", type=FILE, help="Where the file of rejects goes; default beside FILE.")
@click.option("--dry-run", is_flag=True, help="Show columns and counts; change nothing.")
@common_options
def import_history(
    common: Common,
    file: Path,
    source: str,
    mapping: Path | None,
    zone: str,
    region: str,
    encoding: str,
    delimiter: str,
    rejects: Path | None,
    dry_run: bool,
) -> None:
    """Take over the calls of an earlier dialer, so that caps and gaps count them.

    The same file again changes nothing. What the records call an opt-out becomes one.
    No number is kept; the file of rejects says line, field and reason and holds no value.
    """
    records = open_records(file, mapping=mapping, zone=zone, encoding=encoding, delimiter=delimiter)
    for name, index in sorted(records.layout.columns.items(), key=lambda item: item[1]):
        note(f"  {index + 1:>3}  {name}")
    with open_run(common, (KekKind.CALL,)) as run, progress() as bar:
        task = bar.add_task("Calls", total=records.file.lines)
        taken = call_history.import_history(
            run.desk,
            run.actor,
            records,
            source=source,
            region=region.upper(),
            rejects=rejects,
            dry_run=dry_run,
            progress=lambda lines: bar.update(task, completed=lines),
        )
        bar.stop()
        counts = taken.counts.document()
        document = {"schema": SCHEMA, "history": taken.id, "dry_run": dry_run, **counts}
        document["rejects"] = str(taken.rejects) if taken.rejects else None

        def human() -> None:
            told = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
            console().print(f"{'Would be: ' if dry_run else ''}{told}.")
            if taken.rejects:
                console().print(f"What was not taken: {taken.rejects}")

        run.answer(document, human)
