"""`rightsdesk letter send|resend|outbox|bounces`: letters by mail, and mail that came back."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.errors import BadInput

if TYPE_CHECKING:
    from privacy.rights.bounces import Outcome

SCHEMA = "rightsdesk.letter-sent/1"
WAYS = ("email", "post", "by_hand")
NOTHING_WAITS = "Nothing waits, failed or came back."


@click.command(epilog="Example: rightsdesk letter send lt-…")
@click.argument("letter_id")
@click.option("--by-hand", is_flag=True, help="It was handed over to the person now.")
@common_options
def send(common: Common, letter_id: str, by_hand: bool) -> None:
    """Give an approved letter to the mail; `rightsdesk work` sends it.

    A letter that holds details of the person does not go by mail, unless the desk allows it
    as a PDF beside a notice (`mail.personal_letters`).
    """
    with open_run(common) as run:
        if by_hand:
            from privacy.rights import sending

            sending.handed_over(run.desk, run.actor, letter_id)
            _answer(run, letter_id, "sent", "The letter was handed over.")
            return
        _queue(run, letter_id)
        _answer(run, letter_id, "queued", "It goes with the next `rightsdesk work`.")


@click.command(epilog="Example: rightsdesk letter resend lt-… --by post")
@click.argument("letter_id")
@click.option("--by", "way", type=click.Choice(WAYS), default="email", show_default=True)
@common_options
def resend(common: Common, letter_id: str, way: str) -> None:
    """Send a letter again that came back, by mail or by another way."""
    from privacy.rights import sending
    from privacy.rights.letter_state import Form

    with open_run(common) as run:
        form = Form(way)
        sending.again(run.desk, run.actor, letter_id, form)
        if form is Form.EMAIL:
            _queue(run, letter_id)
            _answer(run, letter_id, "queued", "It goes with the next `rightsdesk work`.")
        elif form is Form.POST:
            _answer(run, letter_id, "approved", "Print it with `rightsdesk letter print`.")
        else:
            _answer(run, letter_id, "approved", "Then: `rightsdesk letter send --by-hand`.")


@click.command(epilog="Example: rightsdesk letter outbox")
@common_options
def outbox(common: Common) -> None:
    """What waits, failed or came back, why, and what to do next."""
    from privacy.rights import standing, unsent

    with open_run(common) as run:
        standing.require_reader(run.actor)
        rows = [each.document() for each in unsent.standing(run.desk)]
        columns = ("message", "letter", "request", "kind", "state", "tries", "why", "next")

        def human() -> None:
            shown = [
                (
                    row["message"],
                    row["letter"],
                    row["request"],
                    row["kind"],
                    row["state"],
                    row["tries"],
                    row["bounce"] or row["error"],
                    row["next"],
                )
                for row in rows
            ]
            table("", columns, shown, empty=NOTHING_WAITS)

        run.answer({"schema": "rightsdesk.letter-outbox/1", "messages": rows}, human)


@click.command(epilog="Example: rightsdesk letter bounces bounced/")
@click.argument("source", metavar="FILE|FOLDER|-")
@common_options
def bounces(common: Common, source: str) -> None:
    """Take mail that came back: one .eml file, a folder of them, or standard input.

    A bounce counts by the Message-ID of the mail that it returns, never by an address.
    Nothing of its content is kept. The same file again changes nothing.
    """
    from privacy.rights import bounces as taking

    with open_run(common) as run:
        files = _files(source)
        found: list[tuple[int, Outcome]] = []
        with progress() as shown:
            task = shown.add_task("Mails", total=len(files))
            for number, file in enumerate(files, 1):
                found.append((number, taking.take(run.desk, run.actor, _content(file))))
                shown.advance(task)
        counted = Counter(outcome.what.value for _, outcome in found)
        document = {
            "schema": "rightsdesk.letter-bounces/1",
            "files": len(files),
            **{each.value: counted[each.value] for each in taking.Ended},
            "mails": [_mail(number, outcome) for number, outcome in found],
        }
        run.answer(document, lambda: _print(document))


def _mail(number: int, outcome: Outcome) -> dict[str, Any]:
    """One mail by its place among the files: a file's name can hold a person's."""
    return {
        "file": number,
        "what": outcome.what.value,
        "message": outcome.message_id or None,
        "request": outcome.request_id or None,
        "letter": outcome.letter_id or None,
        "code": outcome.code or None,
        "for_good": outcome.for_good,
    }


def _print(document: dict[str, Any]) -> None:
    columns = ("file", "what", "code", "message", "letter", "request")
    rows = [[row[column] for column in columns] for row in document["mails"]]
    table("", columns, rows, empty="There is no .eml file in the folder.")
    if document["bounced"]:
        note("Letters that came back: send them by post; see `rightsdesk letter outbox`.")


def _files(source: str) -> Sequence[Path | None]:
    """The files to read, in the order of their names; None is standard input."""
    if source == "-":
        return [None]
    path = Path(source)
    if path.is_dir():
        return sorted(
            each for each in path.iterdir() if each.suffix.lower() == ".eml" and each.is_file()
        )
    if not path.is_file():
        raise BadInput(
            "There is no such file or folder.", what="FILE|FOLDER|-", next="Check its path."
        )
    return [path]


def _content(file: Path | None) -> bytes:
    """What a mail's reader takes of a file at most, and a byte more."""
    from privacy.rights.bounce_parsing import LARGEST_BYTES

    if file is None:
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(LARGEST_BYTES + 1)


def _queue(run: Run, letter_id: str) -> None:
    from privacy.cli.letter_print import pdf_of
    from privacy.rights import sending
    from privacy.rights.letters.mailing import mail_of

    sending.queue(
        run.desk,
        run.actor,
        letter_id,
        lambda letter: mail_of(run.desk, run.actor, letter),
        pdf_of(run),
    )


def _answer(run: Run, letter_id: str, state: str, words: str) -> None:
    document = {"schema": SCHEMA, "letter": letter_id, "state": state}
    run.answer(document, lambda: console().print(f"{letter_id}: {words}"))


COMMANDS: tuple[click.Command, ...] = (send, resend, outbox, bounces)
