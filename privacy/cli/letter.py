"""`rightsdesk letter`: letters by law and language, from their wording to their approval."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from privacy.cli.letter_print import COMMANDS as PRINTING
from privacy.cli.letter_sending import COMMANDS as SENDING
from privacy.cli.letter_words import kinds_command, matrix, override, preview
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, progress, table
from privacy.errors import BadInput
from privacy.rights.letter_state import LetterState
from privacy.terms import Language

SCHEMA, LIST_SCHEMA = "rightsdesk.letter/1", "rightsdesk.letters/1"
LARGEST_BYTES = 1_000_000
NO_LETTERS = "There is no such letter. Write one with `rightsdesk letter write REQUEST --kind K`."


@click.group(epilog="Example: rightsdesk letter write rq-… --kind acknowledgement")
def group() -> None:
    """Letters for every step and law, in five languages; see what each says, write, approve."""


@group.command(epilog="Example: rightsdesk letter write rq-… --kind extension --facts facts.json")
@click.argument("request_id")
@click.option("--kind", required=True, help="See `rightsdesk letter kinds`.")
@click.option("--law", default="", help="One of the request's laws; default: its first.")
@click.option("--language", type=click.Choice([each.value for each in Language]))
@click.option("--facts", metavar="FILE|-", help="JSON with what the desk does not know.")
@click.option(
    "--to", "addressee", metavar="FILE|-", help="JSON: name, email, lines; not the asker."
)
@click.option("--out", type=click.Path(path_type=Path), help="Also as a PDF in a new file.")
@click.option("--dry-run", is_flag=True, help="Show the letter and keep nothing.")
@common_options
def write(
    common: Common,
    request_id: str,
    kind: str,
    law: str,
    language: str | None,
    facts: str | None,
    addressee: str | None,
    out: Path | None,
    dry_run: bool,
) -> None:
    """Write a letter for a request; it is kept sealed and not sent.

    A letter that misses a fact is not written, and one that the law does not allow neither,
    such as an extension after its last day.
    """
    from privacy.rights.letters import writing
    from privacy.rights.letters.writing import Wanted

    to = None if addressee is None else writing.given_addressee(_read(addressee, "--to"))
    given = {} if facts is None else _read(facts, "--facts")
    wanted = Wanted(kind, law, language or "", given, to)
    if out is not None and dry_run:
        raise BadInput("A dry run writes no file.", what="--out", next="Leave one of them.")
    with open_run(common) as run:
        if dry_run:
            draft = writing.preview(run.desk, run.actor, request_id, wanted)
            text = draft.text
            document = {"schema": SCHEMA, "letter": None, "text": text.document()}
            run.answer(document, lambda: _print(text.subject, text.mail()))
            return
        kept = writing.write(run.desk, run.actor, request_id, wanted)
        _show_kept(run, kept.id, out)


@group.command(epilog="Example: rightsdesk letter notices rq-… --facts notice.json")
@click.argument("request_id")
@click.option("--facts", metavar="FILE|-", required=True, help="JSON, the same for everybody.")
@common_options
def notices(common: Common, request_id: str, facts: str) -> None:
    """Write the notice of GDPR Article 14 to everybody of a list that was bought in.

    REQUEST_ID is the task that the import opened. Run again, it goes on where it stopped.
    """
    from privacy.rights.letters import to_people

    given = _read(facts, "--facts")
    with open_run(common) as run:
        with progress() as bar:
            shown = bar.add_task("letters", total=None)
            made = to_people.write_notices(
                run.desk,
                run.actor,
                request_id,
                given,
                progress=lambda count: bar.update(shown, completed=count),
            )
        document = {"schema": "rightsdesk.letter-notices/1", **asdict(made)}
        said = f"{made.by_email} by mail, {made.by_post} by post, {made.no_address} by hand."
        run.answer(document, lambda: console().print(said))


@group.command("list", epilog="Example: rightsdesk letter list --state draft")
@click.option("--request", "request_id", default="", help="Of one request.")
@click.option("--state", type=click.Choice([each.value for each in LetterState]), default=None)
@common_options
def list_command(common: Common, request_id: str, state: str | None) -> None:
    """Letters that were written, without their words."""
    from privacy.rights import standing
    from privacy.rights.letters import store

    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            found = store.listed(db, request_id=request_id, state=state or "")
        rows = [store.document(each) for each in found]
        run.answer(
            {"schema": LIST_SCHEMA, "letters": rows},
            lambda: table(
                "",
                ("id", "request", "kind", "law", "language", "by", "state", "made"),
                [
                    (
                        row["letter"],
                        row["request"] or row["breach"],
                        row["kind"],
                        row["law"],
                        row["language"],
                        row["form"],
                        row["state"],
                        str(row["made_at"])[:10],
                    )
                    for row in rows
                ],
                empty=NO_LETTERS,
            ),
        )


@group.command(epilog="Example: rightsdesk letter show lt-… --out letter.pdf")
@click.argument("letter_id")
@click.option("--words", is_flag=True, help="Also its words; opening them is audited.")
@click.option("--out", type=click.Path(path_type=Path), help="As a PDF in a new file.")
@common_options
def show(common: Common, letter_id: str, words: bool, out: Path | None) -> None:
    """Show a letter: where it is, and its words or its PDF."""
    from privacy.rights.letters import store, writing

    with open_run(common) as run:
        if not words:
            _show_kept(run, letter_id, out)
            return
        text, to = writing.read(run.desk, run.actor, letter_id)
        with run.desk.reading() as db:
            document = {"schema": SCHEMA, **store.document(store.kept(db, letter_id))}
        document |= {"to": to.document(), "text": text.document()}
        run.answer(document, lambda: _print(text.subject, text.mail()))


@group.command(epilog="Example: rightsdesk letter approve lt-… --as dpo")
@click.argument("letter_id")
@common_options
def approve(common: Common, letter_id: str) -> None:
    """Let a draft go; whoever wrote it does not approve it."""
    from privacy.rights.letters import writing

    with open_run(common) as run:
        writing.approve(run.desk, run.actor, letter_id)
        _show_kept(run, letter_id, None)


@group.command(epilog="Example: rightsdesk letter cancel lt-…")
@click.argument("letter_id")
@common_options
def cancel(common: Common, letter_id: str) -> None:
    """A letter that has not left is no longer wanted, also from the outbox; its words go."""
    from privacy.rights.letters import writing

    with open_run(common) as run:
        writing.cancel(run.desk, run.actor, letter_id)
        _show_kept(run, letter_id, None)


def _show_kept(run: Run, letter_id: str, out: Path | None) -> None:
    from privacy.cli.documents import letter_renderer
    from privacy.rights.letters import issuing, store

    written = None
    if out is not None:
        with run.desk.reading() as db:
            made_at = store.kept(db, letter_id).made_at
        rendered = letter_renderer(run.desk, made_at)
        written = issuing.issue(run.desk, run.actor, letter_id, out, rendered)
    with run.desk.reading() as db:
        kept = store.kept(db, letter_id)
    document = {"schema": SCHEMA, **store.document(kept), "pdf_sha256": written}

    def human() -> None:
        console().print(f"{kept.id}: {kept.kind}, {kept.law}, {kept.language}: {kept.state.value}.")
        if kept.state is LetterState.DRAFT:
            console().print("Another actor looks at it: `rightsdesk letter approve`.")

    run.answer(document, human)


def _print(subject: str, text: str) -> None:
    click.echo(f"{subject}\n\n{text}", nl=False)


def _read(source: str, option: str) -> dict[str, Any]:
    """The JSON object of a file or of standard input."""
    try:
        if source == "-":
            content = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        found = json.loads(content.decode("utf-8")) if len(content) <= LARGEST_BYTES else None
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(
            "The file cannot be read as a JSON object.",
            what=option,
            next="See `rightsdesk letter kinds --kind K` for the facts of a letter.",
        )
    return found


for command in (kinds_command, matrix, preview, override, *SENDING, *PRINTING):
    group.add_command(command)
