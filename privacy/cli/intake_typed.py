"""`rightsdesk intake paper`, `telephone`, `in-person`: what staff type in."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights.arriving import typed
from privacy.rights.arriving.folder import read_bytes
from privacy.rights.arriving.mail import File, file_name
from privacy.rights.arriving.ways import Source

FILE = click.Path(path_type=Path)
FACTS = click.option("--facts", metavar="FILE|-", type=FILE, help="JSON; else it is asked for.")
SCANS = click.option("--scan", "scans", type=FILE, multiple=True, help="A scan, sealed with it.")


@click.command(epilog="Example: rightsdesk intake paper --facts letter.json --scan letter.pdf")
@FACTS
@SCANS
@common_options
def paper(common: Common, facts: Path | None, scans: tuple[Path, ...]) -> None:
    """A letter: the day of receipt counts (its stamp), not the day that stands on it."""
    _take(common, Source.PAPER, facts, scans)


@click.command(epilog="Example: rightsdesk intake telephone")
@FACTS
@common_options
def telephone(common: Common, facts: Path | None) -> None:
    """A call: an oral request counts; what was understood is kept, and whether it was read back."""
    _take(common, Source.TELEPHONE, facts, ())


@click.command("in-person", epilog="Example: rightsdesk intake in-person --facts -")
@FACTS
@SCANS
@common_options
def in_person(common: Common, facts: Path | None, scans: tuple[Path, ...]) -> None:
    """Somebody at the counter: an oral request counts as one."""
    _take(common, Source.IN_PERSON, facts, scans)


def _take(common: Common, source: Source, facts: Path | None, scans: tuple[Path, ...]) -> None:
    from privacy.cli.intake import answer_taken, read_argument

    if facts is None and not sys.stdin.isatty():
        raise BadInput(
            "There is no terminal to ask at.", what="--facts", next="Give the facts as JSON."
        )
    given = tuple(
        File(file_name(path.name, number), "application/octet-stream", read_bytes(path))
        for number, path in enumerate(scans, 1)
    )
    with open_run(common) as run:
        raw = _asked(source, run.desk) if facts is None else read_argument(facts)
        answer_taken(run, typed.take_typed(run.desk, run.actor, source, raw, given))


def _asked(source: Source, desk: Desk) -> bytes:
    """Ask for what is known; everything but the words may be left empty."""
    oral = source is not Source.PAPER
    facts: dict[str, object] = {
        "name": _ask("Who asks (may be empty)"),
        "words": _ask("What was said, as understood" if oral else "What the letter says"),
        "kinds": _ask("Kinds, such as access erasure (may be empty)").split(),
        "language": _ask("Language: en de fr es it (may be empty)"),
        "place": _ask("Where the person lives, such as DE or US-CA (may be empty)"),
    }
    contact = {"email": _ask("E-mail (may be empty)"), "phone": _ask("Number (may be empty)")}
    facts["contact"] = {way: value for way, value in contact.items() if value}
    if oral:
        facts["received"] = rfc3339(desk.now())
        facts["read_back"] = click.confirm("Was it read back and confirmed?", err=True)
    else:
        facts["received_on"] = _ask("Day of receipt, by the stamp (YYYY-MM-DD)")
        facts["letter_on"] = _ask("Day on the letter (may be empty)")
    return typed.document_of(facts)


def _ask(question: str) -> str:
    return str(click.prompt(question, default="", show_default=False, err=True)).strip()
