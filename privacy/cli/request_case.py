"""`rightsdesk request assign`, `note`, `attach`, `duplicates`, `merge`, `settle`, `close`."""

from __future__ import annotations

from pathlib import Path

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.request_shown import show_case
from privacy.cli.running import open_run
from privacy.cli.showing import console, table
from privacy.errors import BadInput
from privacy.rights import casework, duplicates, files, handling, standing, store
from privacy.rights.package import writing
from privacy.vault.files import file_errors

OUTCOMES = sorted({outcome for known in casework.OUTCOMES.values() for outcome in known})


@click.command(epilog="Example: rightsdesk request assign rq-… --owner anna --deputy ben")
@click.argument("request_id")
@click.option("--owner", default="", metavar="ACTOR", help="Who handles it.")
@click.option("--deputy", default="", metavar="ACTOR", help="Who is told when it gets late.")
@common_options
def assign(common: Common, request_id: str, owner: str, deputy: str) -> None:
    """Give a request to an owner, and to a deputy for when it gets late."""
    if not (owner or deputy):
        raise BadInput("Nobody is named.", what="--owner", next="Give --owner or --deputy.")
    with open_run(common) as run:
        casework.assign(run.desk, run.actor, request_id, owner=owner, deputy=deputy)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request note rq-… --words - < note.txt")
@click.argument("request_id")
@click.option("--words", metavar="TEXT|-", required=True, help="Kept sealed.")
@common_options
def note(common: Common, request_id: str, words: str) -> None:
    """Add a sealed note; `request show --file` shows it."""
    said = private(words, "Note") or ""
    with open_run(common) as run:
        casework.note(run.desk, run.actor, request_id, said)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request attach rq-… letter.pdf")
@click.argument("request_id")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@common_options
def attach(common: Common, request_id: str, file: Path) -> None:
    """Seal a file into the request."""
    with file_errors("attachment"):
        content = file.read_bytes()
    with open_run(common) as run:
        files.attach(run.desk, run.actor, request_id, file.name, content)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request attachment rq-… 1 --out letter.pdf")
@click.argument("request_id")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@common_options
def attachment(common: Common, request_id: str, number: int, out: Path) -> None:
    """Open a sealed file into a new one that only you can read; audited."""
    writing.refuse_existing(out)
    with open_run(common) as run:
        name, content = files.read(run.desk, run.actor, request_id, number)
        writing.write_private(out, content)
        document = {
            "schema": "rightsdesk.request-attachment/1",
            "id": request_id,
            "number": number,
            "name": name,
            "bytes": len(content),
        }
        run.answer(document, lambda: console().print(f"{len(content)} bytes written."))


@click.command("duplicates", epilog="Example: rightsdesk request duplicates rq-…")
@click.argument("request_id")
@common_options
def duplicates_command(common: Common, request_id: str) -> None:
    """Unfinished requests that may ask the same: a hint, not a proof."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            found = duplicates.found(db, store.case(db, request_id))
        rows = [standing.summary(standing.standing(run.desk, other.id)) for other in found]
        run.answer(
            {"schema": "rightsdesk.requests/1", "requests": rows},
            lambda: table(
                "",
                ("id", "kind", "received", "state"),
                [(r["id"], r["kind"], str(r["received"])[:10], r["state"]) for r in rows],
                empty="No other request looks like this one.",
            ),
        )


@click.command(epilog="Example: rightsdesk request merge rq-… --into rq-…")
@click.argument("request_id")
@click.option("--into", required=True, metavar="RQ", help="The older request, which stays.")
@common_options
def merge(common: Common, request_id: str, into: str) -> None:
    """End a request that asks what an older one asks; each must be proven by itself."""
    with open_run(common) as run:
        older = duplicates.merge(run.desk, run.actor, request_id, into)
        show_case(run, older.id)


@click.command(epilog="Example: rightsdesk request settle rq-… --outcome not_upheld")
@click.argument("request_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True)
@click.option("--note", "note_text", metavar="TEXT|-", help="Kept sealed.")
@common_options
def settle(common: Common, request_id: str, outcome: str, note_text: str | None) -> None:
    """Record the answer to a review, complaint, appeal, inquiry, or a notice that was sent."""
    words = private(note_text, "Note") or ""
    with open_run(common) as run:
        casework.settle(run.desk, run.actor, request_id, outcome, words)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request close rq-…")
@click.argument("request_id")
@common_options
def close(common: Common, request_id: str) -> None:
    """Close a fulfilled or refused request."""
    with open_run(common) as run:
        handling.close(run.desk, run.actor, request_id)
        show_case(run, request_id)
