"""`rightsdesk request correct` and `restrict`: what is to be corrected, and storage meanwhile."""

from __future__ import annotations

from typing import Any

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table
from privacy.errors import BadInput
from privacy.rights import correcting, restricting
from privacy.rights.correction import POINTS, Asked


@click.command(epilog="Example: rightsdesk request correct rq-… --field family --field phone")
@click.argument("request_id")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="What is wrong; repeat.")
@click.option("--contested", is_flag=True, help="Only store the data until it is settled.")
@click.option("--agreed", is_flag=True, help="The person agrees although they are restricted.")
@click.option("--show", "preview", is_flag=True, help="Old and new, for whoever approves.")
@common_options
def correct(
    common: Common,
    request_id: str,
    fields: tuple[str, ...],
    contested: bool,
    agreed: bool,
    preview: bool,
) -> None:
    """Propose what to correct; the values are asked for, or read line by line.

    For a number or e-mail two are read: the old one, then the new one. A line with a single
    `-` stands for nothing: no old one adds one, no new one takes it away.
    """
    if preview == bool(fields):
        raise BadInput("Give either --field or --show.", what="--field", next="See --help.")
    asked = [_asked(field) for field in fields]
    with open_run(common) as run:
        if preview:
            _preview(run, request_id)
            return
        done = correcting.propose(
            run.desk, run.actor, request_id, asked, contested=contested, agreed=agreed
        )
        document = {
            "schema": "rightsdesk.request-correction/1",
            "id": request_id,
            "fields": list(done.fields),
            "digest": done.digest,
            "restrictions": list(done.restrictions),
        }

        def human() -> None:
            console().print(f"Proposed: {', '.join(done.fields)}", markup=False)
            note(f"Next: rightsdesk request plan {request_id}")

        run.answer(document, human)


def _asked(field: str) -> Asked:
    old = _line(f"Old {field}") if field in POINTS else ""
    return Asked(field, _line(f"New {field}"), old)


def _line(question: str) -> str:
    value = private("-", question) or ""
    return "" if value == "-" else value


def _preview(run: Run, request_id: str) -> None:
    changes = correcting.preview(run.desk, run.actor, request_id)
    document: dict[str, Any] = {
        "schema": "rightsdesk.request-correction-preview/1",
        "id": request_id,
        "changes": [{"field": c.field, "old": c.old, "new": c.new} for c in changes],
    }
    rows = [(change.field, change.old, change.new) for change in changes]
    run.answer(document, lambda: table("Correction", ("field", "old", "new"), rows))


@click.command("restrict", epilog="Example: rightsdesk request restrict rq-…")
@click.argument("request_id")
@common_options
def restrict(common: Common, request_id: str) -> None:
    """Only store the person's data until this request is settled; effective at once."""
    with open_run(common) as run:
        placed = restricting.meanwhile(run.desk, run.actor, request_id)
        document = {
            "schema": "rightsdesk.restriction/1",
            "ids": list(placed),
            "state": "placed",
            "request": request_id,
        }

        def human() -> None:
            console().print(f"Restricted: {', '.join(placed)}")
            note("Before it is lifted the person is told: `contacts restrict PERSON --informed`.")

        run.answer(document, human)
