"""`rightsdesk letter print|runs|posted`: letters on paper, together, and the day of posting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from privacy.cli.branding import look_of
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.clock import rfc3339

if TYPE_CHECKING:
    from privacy.rights.print_runs import Joiner
    from privacy.rights.sending_store import Run as PrintRun
    from reports.mass import Letter, Made

FEW = 20
NO_RUNS = "Nothing was printed yet. Letters that go by post: `rightsdesk letter print`."


@click.command("print", epilog="Example: rightsdesk letter print --out run.pdf --duplex")
@click.option("--out", type=click.Path(path_type=Path), default=Path("run.pdf"), show_default=True)
@click.option("--kind", default="", help="Only letters of that kind.")
@click.option("--duplex", is_flag=True, help="Each letter begins on the front of a sheet.")
@click.option("--again", metavar="RUN", help="Print a run once more, the same bytes.")
@common_options
def print_command(common: Common, out: Path, kind: str, duplex: bool, again: str | None) -> None:
    """Print every approved letter that goes by post as one PDF, with a manifest beside it.

    The PDF holds names and addresses: it is for its owner only, and logged. One signature
    over the manifest seals every letter. Post it, then say so with `rightsdesk letter posted
    RUN`.
    """
    from privacy.cli import sealed
    from privacy.rights import print_runs
    from privacy.rights.print_runs import Press

    with open_run(common) as run:
        waiting = print_runs.waiting(run.desk, kind)
        with progress() as shown:
            total = None if again else min(waiting, print_runs.MOST_LETTERS)
            task = shown.add_task("Letters", total=total)
            failed: dict[str, str] = {}
            press = Press(
                pdf_of(run), _joiner, lambda: shown.advance(task), many(run), failed.__setitem__
            )
            if again is not None:
                made = print_runs.again(run.desk, run.actor, again, out, press)
            else:
                made = print_runs.make(run.desk, run.actor, out, press, kind=kind, duplex=duplex)
        certificate = sealed.seal_run(run.desk, run.actor.id, made.id, print_runs.Files(out))
        left = print_runs.waiting(run.desk, kind)
        document = {
            "schema": "rightsdesk.letter-print/1",
            **_document(made),
            "path": str(out),
            "waiting": left,
            "signed_by_sha256": certificate or None,
        }
        run.answer(document, lambda: _print(made, out, left))


@click.command("runs", epilog="Example: rightsdesk letter runs")
@common_options
def runs(common: Common) -> None:
    """Print runs, the newest first, and whether they were posted."""
    from privacy.rights import sending_store, standing

    with open_run(common) as run:
        standing.require_reader(run.actor)
        with run.desk.reading() as db:
            rows = [_document(each) for each in sending_store.runs(db)]
        columns = ("run", "letters", "pages", "made_at", "posted_at")
        run.answer(
            {"schema": "rightsdesk.letter-runs/1", "runs": rows},
            lambda: table(
                "", columns, [[row[each] for each in columns] for row in rows], empty=NO_RUNS
            ),
        )


@click.command("posted", epilog="Example: rightsdesk letter posted pr-… --on 2026-11-30")
@click.argument("run_id")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day (default: today).")
@common_options
def posted(common: Common, run_id: str, on: datetime | None) -> None:
    """A print run was posted: its letters are sent on that day, and the clocks hear of it."""
    from privacy.rights import posting

    day: date | None = None if on is None else on.date()
    with open_run(common) as run:
        with progress() as shown:
            task = shown.add_task("Letters", total=None)
            found = posting.post(run.desk, run.actor, run_id, day, tick=lambda: shown.advance(task))
        document = {
            "schema": "rightsdesk.letter-posted/1",
            "run": run_id,
            "posted_at": rfc3339(found.at),
            "letters": found.letters,
        }
        run.answer(document, lambda: console().print(f"{found.letters} letters are sent."))


def pdf_of(run: Run) -> Callable[[str], bytes]:
    """One kept letter as PDF: the same letter gives the same bytes whenever it is made."""
    read = _read_by(run)

    def made(letter_id: str) -> bytes:
        from reports.mass import letter_pdf

        return letter_pdf(read(letter_id))

    return made


def many(run: Run) -> Callable[[Sequence[str]], Iterator[Made]]:
    """Kept letters as PDF by processes of their own; fewer than FEW are not worth them.

    Each is opened here, where the keys are, shortly before it is made.
    """
    read = _read_by(run)

    def made(ids: Sequence[str]) -> Iterator[Made]:
        from reports import mass

        if len(ids) < FEW:
            return (mass.Made(each, mass.letter_pdf(read(each))) for each in ids)
        return mass.made(mass.letter_pdf, ((each, read(each)) for each in ids))

    return made


def _read_by(run: Run) -> Callable[[str], Letter]:
    """Opens a kept letter and says what its PDF is made from."""
    from privacy.rights.letters import printing, store, writing

    look = look_of(run.desk.config, run.desk.folder)

    def read(letter_id: str) -> Letter:
        from reports.mass import Letter

        text, to = writing.read(run.desk, run.actor, letter_id)
        with run.desk.reading() as db:
            made_at = store.kept(db, letter_id).made_at
        return Letter(printing.data_of(run.desk.config, text, to), made_at, look)

    return read


def _joiner(duplex: bool) -> Joiner:
    from reports.joining import Joined

    return Joined(duplex=duplex)


def _document(run: PrintRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "letters": run.letters,
        "pages": run.pages,
        "sha256": run.sha256,
        "made_at": rfc3339(run.made_at),
        "made_by": run.made_by,
        "posted_at": None if run.posted_at is None else rfc3339(run.posted_at),
    }


def _print(made: PrintRun, out: Path, left: int) -> None:
    console().print(f"{made.letters} letters on {made.pages} pages: {out}")
    console().print(f"When they are posted: rightsdesk letter posted {made.id}")
    if left:
        note(f"{left} letters wait for another run.")


COMMANDS: tuple[click.Command, ...] = (print_command, runs, posted)
