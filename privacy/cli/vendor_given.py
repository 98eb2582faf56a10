"""`rightsdesk vendor transfer`, `transfers`, `export`: what goes to a vendor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, progress, table
from privacy.cli.vendor_answers import VENDOR
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.rights import selecting
from privacy.rights.package.writing import write_private
from privacy.rights.selecting import Listed, Where
from privacy.terms import OpeningPurpose
from privacy.vendors import giving, store


@click.command(
    epilog="Example: rightsdesk vendor transfer vd-… --import im-… --what names,phone"
    " --why 'autumn campaign' --basis consent"
)
@VENDOR
@click.option("--what", required=True, metavar="CODES", help="Categories, such as names,phone.")
@click.option("--why", required=True, help="The purpose, in a few words.")
@click.option("--basis", required=True, help="The lawful basis, such as consent.")
@click.option("--csv", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--import", "import_id", metavar="ID", default="", help="Everybody of an import.")
@click.option("--source", metavar="CODE", default="", help="Everybody of a source.")
@click.option("--id", "ref", default="", help="Goes on with an interrupted one.")
@instant_option("--at", "When it was given; default now.")
@common_options
def transfer(
    common: Common,
    vendor_id: str,
    what: str,
    why: str,
    basis: str,
    path: Path | None,
    import_id: str,
    source: str,
    ref: str,
    at: datetime | None,
) -> None:
    """Record that people's data went to the vendor: a line of the ledger for each person."""
    if sum(map(bool, (path, import_id, source))) != 1:
        raise BadInput("Give --csv, --import or --source.", what="people", next="One of them.")
    codes = tuple(code.strip() for code in what.split(","))
    with open_run(common) as run, progress() as bar:
        task = bar.add_task("Recording", total=None)
        listed = Listed()
        pages: Iterator[list[int]]
        if path is not None:
            pages = selecting.of_list(run.desk, run.actor, path, OpeningPurpose.LOOKUP, listed)
        else:
            pages = selecting.people(run.desk, Where(import_id=import_id, source=source))
        done = giving.transfer(
            run.desk,
            run.actor,
            vendor_id,
            codes,
            why,
            basis,
            pages,
            at=at,
            ref=ref,
            progress=lambda count: bar.update(task, completed=count),
        )
        document = {
            "schema": "rightsdesk.vendor-transfer/1",
            "id": done.ref,
            "people": done.people,
            "recorded_before": done.known,
            "lines_unreadable": listed.unreadable,
            "lines_of_nobody": listed.unknown,
        }
        run.answer(
            document, lambda: console().print(f"Recorded {done.ref}: {done.people} persons.")
        )


@click.command(epilog="Example: rightsdesk vendor transfers vd-…")
@VENDOR
@common_options
def transfers(common: Common, vendor_id: str) -> None:
    """What went to the vendor by any door: exports, permits, transfers recorded by hand."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        with run.desk.reading() as db:
            rows = giving.transfers(db, store.vendor(db, vendor_id))
        columns = ("way", "what", "why", "lines", "first", "last")
        run.answer(
            {"schema": "rightsdesk.vendor-transfers/1", "transfers": rows},
            lambda: table(
                "Given to the vendor",
                columns,
                [[{**row, "what": " ".join(row["what"])}[key] for key in columns] for row in rows],
                empty="Nothing was given. `rightsdesk vendor transfer` records what went.",
            ),
        )


@click.command(epilog="Example: rightsdesk vendor export vd-… --out for-the-vendor.json")
@VENDOR
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new file, 0600.")
@common_options
def export(common: Common, vendor_id: str, out: Path) -> None:
    """The vendor's own answers, evidence, findings and items, for the vendor; nothing else."""
    with open_run(common) as run:
        document = giving.own_file(run.desk, run.actor, vendor_id)
        content = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
        digest = hashlib.sha256(content).hexdigest()
        giving.hand_out(run.desk, run.actor, vendor_id, digest)
        write_private(out, content)
        told = {"schema": "rightsdesk.vendor-exported/1", "out": str(out), "sha256": digest}
        run.answer(told, lambda: note(f"Written: {out}"))
