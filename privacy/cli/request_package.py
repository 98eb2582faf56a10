"""`rightsdesk request package`, `redact`: a package once more, and what is not given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.clock import rfc3339
from privacy.errors import BadInput
from privacy.rights.package import copies, marks


@click.command(epilog="Example: rightsdesk request package rq-… --again --out answer.zip")
@click.argument("request_id")
@click.option("--again", is_flag=True, help="Hand out the same bytes to the same person again.")
@click.option("--out", type=click.Path(path_type=Path), help="A new file.")
@common_options
def package(common: Common, request_id: str, again: bool, out: Path | None) -> None:
    """The released package once more, for 30 days; its pass phrase is the same as before."""
    if not again or out is None:
        raise BadInput(
            "A package is first made by `rightsdesk request fulfil`.",
            what="--again",
            next="To hand it out once more: --again --out FILE.",
        )
    with open_run(common) as run:
        done = copies.again(run.desk, run.actor, request_id, out)
        document = {
            "schema": "rightsdesk.package-again/1",
            "id": request_id,
            "sha256": done.sha256,
            "entry": done.entry_id,
            "dies": rfc3339(done.copy.dies_at),
        }
        run.answer(
            document,
            lambda: console().print(
                f"Written again, the same bytes. The desk's copy dies at {document['dies']}."
            ),
        )


@click.command(epilog="Example: rightsdesk request redact rq-… --field notes --reason eu.15.4")
@click.argument("request_id")
@click.option("--field", metavar="LABEL", help="A field of the answer that is left out.")
@click.option("--words", metavar="TEXT|-", help="Words to be replaced wherever they stand.")
@click.option("--reason", metavar="GROUND", help="The ground: see `request grounds`.")
@click.option("--undo", type=int, metavar="MARK", help="Take a mark back.")
@common_options
def redact(
    common: Common,
    request_id: str,
    field: str | None,
    words: str | None,
    reason: str | None,
    undo: int | None,
) -> None:
    """Mark what is somebody else's before an answer is planned; without options show the marks.

    A mark is part of the plan: plan and approve after it.
    """
    named = private(words, "Words") or ""
    with open_run(common) as run:
        if undo is not None:
            marks.unmark(run.desk, run.actor, request_id, undo)
        elif field or named:
            if not reason:
                raise BadInput(
                    "A mark has a ground.", what="--reason", next="See `request grounds`."
                )
            marks.mark(
                run.desk, run.actor, request_id, field=field or "", words=named, ground=reason
            )
        rows = marks.listed(run.desk, run.actor, request_id)
        document: dict[str, Any] = {
            "schema": "rightsdesk.redactions/1",
            "id": request_id,
            "marks": rows,
        }
        run.answer(
            document,
            lambda: table(
                "Left out by hand",
                ("mark", "ground", "field", "words"),
                [(r["mark"], r["ground"], r["field"], r["words"]) for r in rows],
                "Nothing is marked. Name a field or words: see --help.",
            ),
        )
