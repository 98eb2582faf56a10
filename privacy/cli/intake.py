"""`rightsdesk intake`: everything that comes in, by whichever way, in one ledger."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.intake_desk import (
    assign,
    join,
    language_command,
    list_command,
    set_aside,
    show,
)
from privacy.cli.intake_typed import in_person, paper, telephone
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, progress, table
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.rights.arriving import agents as agents_room
from privacy.rights.arriving import folder as folders
from privacy.rights.arriving import form as forms
from privacy.rights.arriving import mails
from privacy.rights.arriving.mails import Taken, Told
from privacy.rights.arriving.taking import LARGEST_BYTES
from privacy.rights.case import Kind

KINDS = click.Choice([k.value for k in Kind if k not in (Kind.NOTICE, Kind.INQUIRY)])
FILE = click.Path(path_type=Path)
# What a code says to whoever runs the command.
SAYS = {
    "receipt_claimed": "received by the file's own date, a claim; staff may state the instant",
    "receipt_clock": "no plausible date in the file: received now; state it with intake assign",
    "opt_out_without_address": "asks to be left alone and names no address: act on it by hand",
    "unreadable_outlook": "holds a winmail.dat, which nobody can read here: ask for the text",
    "unreadable_encrypted": "is encrypted or signed as a whole: ask for readable text",
    "unreadable_parts": "has parts that cannot be read: look at the original",
    "files_left_out": "a file is empty or too large to attach: it stays in the original",
}


@click.group()
def group() -> None:
    """What comes in: e-mail, folders, paper, telephone, agents, web forms; then who it is for."""


@group.command(
    epilog="Example: rightsdesk intake eml message.eml --received 2026-11-24T09:00:00+01:00"
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-", type=FILE)
@click.option("--kind", "kinds", type=KINDS, multiple=True, help="What it asks, if you know it.")
@click.option("--place", default="", help="Where the person lives, e.g. DE, US-CA.")
@instant_option("--received", "When it reached the controller, if no server of ours says it.")
@common_options
def eml(
    common: Common,
    files: tuple[Path, ...],
    kinds: tuple[str, ...],
    place: str,
    received: datetime | None,
) -> None:
    """E-mail files. Who asks to be left alone is suppressed at once; the rest waits for staff."""
    told = Told(received, tuple(Kind(kind) for kind in kinds), place)
    with open_run(common) as run:
        rows, rejects = [], []
        for number, path in enumerate(files, 1):
            try:
                raw = sys.stdin.buffer.read(LARGEST_BYTES + 1) if str(path) == "-" else None
                raw = folders.read_bytes(path) if raw is None else raw
                name = "" if str(path) == "-" else path.name
                taken = mails.take_mail(
                    run.desk, run.actor, raw, name=name, told=told, on_bounce=bounces(run)
                )
                rows.append(taken_row(taken))
            except BadInput as bad:
                if len(files) == 1:
                    raise
                rejects.append({"file": number, "reason": bad.message})
        document = {"schema": "rightsdesk.intake/1", "arrivals": rows, "rejects": rejects}
        run.answer(document, lambda: print_taken(rows, rejects))


@group.command(epilog="Example: rightsdesk intake folder Maildir --json")
@click.argument("folder", metavar="DIR", type=FILE)
@click.option("--place", default="", help="Where the persons live, if all live there.")
@common_options
def folder(common: Common, folder: Path, place: str) -> None:
    """A folder of e-mails: .eml files or a maildir. One bad file stops none of the others."""
    with open_run(common) as run, progress() as bar:
        task = bar.add_task("e-mails", total=len(folders.mail_files(folder)))
        result = folders.take_folder(
            run.desk,
            run.actor,
            folder,
            told=Told(place=place),
            on_bounce=bounces(run),
            progress=lambda done: bar.update(task, completed=done),
        )
        run.answer(result.document(), lambda: _print_folder(result))


@group.command(epilog="Example: rightsdesk intake form request.json --json")
@click.argument("file", metavar="FILE|-", type=FILE)
@common_options
def form(common: Common, file: Path) -> None:
    """A web form as JSON (rightsdesk.request-form/1): a request for each kind in it."""
    with open_run(common) as run:
        taken = forms.take_form(run.desk, run.actor, read_argument(file))
        answer_taken(run, taken)


@group.command(epilog="Example: rightsdesk intake agents requests.csv --papers permissions/")
@click.argument("file", type=FILE)
@click.option("--papers", type=FILE, help="Folder of the files that the column evidence names.")
@click.option("--rejects", type=FILE, help="Where rows that cannot be read are listed.")
@common_options
def agents(common: Common, file: Path, papers: Path | None, rejects: Path | None) -> None:
    """Requests of authorised agents, one a row of a CSV. The same file again changes nothing."""
    with open_run(common) as run, progress() as bar:
        task = bar.add_task("requests", total=None)
        result = agents_room.take_agents(
            run.desk,
            run.actor,
            file,
            papers=papers,
            rejects=rejects,
            progress=lambda done: bar.update(task, completed=done),
        )
        run.answer(result.document(), lambda: _print_agents(result))


def bounces(run: Run) -> mails.OnBounce:
    """Who reads a bounce: the message that it is about is marked as not delivered."""
    from privacy.rights import bounces as reading

    return lambda raw: reading.take(run.desk, run.actor, raw)


def read_argument(file: Path) -> bytes:
    """The file's bytes, or standard input's for `-`. BadInput if unreadable or too large."""
    if str(file) == "-":
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    return folders.read_bytes(file)


def taken_row(taken: Taken) -> dict[str, Any]:
    """What became of one thing that came in, as a document's row."""
    arrival = taken.arrival
    return {
        "id": arrival.id,
        "state": arrival.state.value,
        "reason": arrival.reason or None,
        "requests": list(taken.requests),
        "again": taken.again,
        "received": arrival.received_at.isoformat(),
        "received_by": arrival.received_by.value,
        "kinds": list(arrival.kinds),
        "language": arrival.language or None,
        "language_by": arrival.language_by or None,
        "warnings": list(taken.warnings),
    }


def answer_taken(run: Run, taken: Taken) -> None:
    """Answer with the one thing that came in."""
    row = taken_row(taken)
    run.answer({"schema": "rightsdesk.arrival/1", **row}, lambda: print_taken([row], []))


def print_taken(rows: list[dict[str, Any]], rejects: list[dict[str, Any]]) -> None:
    """Rows of what came in, for people."""
    table(
        "",
        ("id", "state", "may ask for", "language", "requests"),
        [
            (
                row["id"],
                f"{row['state']} (again)" if row["again"] else row["state"],
                " ".join(row["kinds"]),
                row["language"] or "ask",
                " ".join(row["requests"]),
            )
            for row in rows
        ],
    )
    for row in rows:
        for code in row["warnings"]:
            note(f"{row['id']}: {SAYS.get(code, code)}")
    for each in rejects:
        note(f"file {each['file']} was not taken: {each['reason']}")
    if any(row["state"] == "waiting" for row in rows):
        console().print("Say what it is: rightsdesk intake show ID, then intake assign ID --kind K")


def _print_folder(result: folders.FolderResult) -> None:
    counts = result.counts
    console().print(
        f"{result.read} e-mails: {counts['opened']} opened, {counts['waiting']} wait,"
        f" {counts['set_aside']} set aside, {counts['again']} known, {len(result.rejects)} bad."
    )
    for code, count in sorted(result.warnings.items()):
        note(f"{count}: {SAYS.get(code, code)}")
    for each in result.rejects:
        note(f"file {each.number} of the sorted list was not taken: {each.reason}")
    if counts["waiting"]:
        console().print("See what waits: rightsdesk intake list")


def _print_agents(result: agents_room.AgentsResult) -> None:
    console().print(
        f"{result.read} rows: {result.opened} opened, {result.unchanged} known,"
        f" {result.rejected} rejected."
    )
    if result.reject_file:
        console().print(f"Rejected rows, by line and reason: {result.reject_file}", markup=False)
    if result.without_paper:
        note(f"{result.without_paper} permissions were not found; ask the agents for them.")


for command in (paper, telephone, in_person):
    group.add_command(command)
for desk_command in (list_command, show, assign, join, set_aside, language_command):
    group.add_command(desk_command)
