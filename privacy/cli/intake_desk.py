"""`rightsdesk intake list|show|assign|join|set-aside|language`: what waits, and for whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table, visible
from privacy.cli.when import instant_option
from privacy.rights import standing
from privacy.rights.arriving import opening, staff, store, taking, waiting
from privacy.rights.arriving.staff import Shown
from privacy.rights.arriving.store import Arrival
from privacy.rights.arriving.ways import ArrivalState, Aside, Source
from privacy.rights.case import Kind
from privacy.rights.intake import ASKED_BY, Asking
from privacy.rights.package.writing import write_private
from privacy.terms import Language

KINDS = click.Choice([k.value for k in Kind if k not in (Kind.NOTICE, Kind.INQUIRY)])
SOURCES = click.Choice([source.value for source in Source])
STATES = click.Choice([state.value for state in ArrivalState])
FILE = click.Path(path_type=Path)
ASKERS = click.Choice([who for who in ASKED_BY if who != "authority"])


@click.command("list", epilog="Example: rightsdesk intake list --source email --json")
@click.option("--state", "states", type=STATES, multiple=True, help="Default: what waits.")
@click.option("--waiting", "only_waiting", is_flag=True, help="What waits (the default).")
@click.option("--all", "every", is_flag=True, help="Every arrival, whatever its state.")
@click.option("--source", "sources", type=SOURCES, multiple=True, help="By which way it came.")
@common_options
def list_command(
    common: Common,
    states: tuple[str, ...],
    only_waiting: bool,
    every: bool,
    sources: tuple[str, ...],
) -> None:
    """What waits, with the earliest day on which anything that it may ask for is due."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        if only_waiting or not (states or every):
            rows = [
                each.document()
                for each in waiting.waiting(run.desk)
                if not sources or each.arrival.source.value in sources
            ]
        else:
            rows = _rows(run, states, sources)
        with run.desk.reading() as db:
            counts = [
                {"source": source, "state": state, "reason": reason or None, "count": count}
                for (source, state, reason), count in store.counts(db).items()
            ]
        document = {"schema": "rightsdesk.arrivals/1", "arrivals": rows, "counts": counts}
        run.answer(document, lambda: _print_list(rows))


@click.command(epilog="Example: rightsdesk intake show ar-… --attachment 1 --out scan.pdf")
@click.argument("arrival_id", metavar="ID")
@click.option("--attachment", type=int, help="Write this file of it.")
@click.option("--original", is_flag=True, help="Write what came in, as it came.")
@click.option("--out", type=FILE, help="Where to; readable by you alone.")
@common_options
def show(
    common: Common, arrival_id: str, attachment: int | None, original: bool, out: Path | None
) -> None:
    """What came in, opened for whoever handles it; audited."""
    if (attachment is not None or original) and out is None:
        raise click.UsageError("--out FILE says where to write it.")
    with open_run(common) as run:
        shown = staff.show(run.desk, run.actor, arrival_id)
        if out is not None:
            chosen = staff.save_as(shown.content, attachment) if attachment else None
            write_private(out, chosen.content if chosen else shown.original)
        document = _document(shown)
        run.answer(document, lambda: _print_shown(document))


@click.command(epilog="Example: rightsdesk intake assign ar-… --kind access --place US-CA")
@click.argument("arrival_id", metavar="ID")
@click.option("--kind", "kinds", type=KINDS, multiple=True, required=True, help="What it asks.")
@click.option("--place", default="", help="Where the person lives, e.g. DE, US-CA, CA-QC.")
@click.option("--law", "laws", multiple=True, help="A law that applies; several for several.")
@click.option("--asked-by", type=ASKERS, default="person", help="Who asks.")
@instant_option("--received", "When it reached the controller, where the file only claims it.")
@common_options
def assign(
    common: Common,
    arrival_id: str,
    kinds: tuple[str, ...],
    place: str,
    laws: tuple[str, ...],
    asked_by: str,
    received: datetime | None,
) -> None:
    """Say what it asks for: a request of each kind is opened, dated from its receipt."""
    with open_run(common) as run:
        arrival, opened = staff.assign(
            run.desk,
            run.actor,
            arrival_id,
            [Kind(kind) for kind in kinds],
            laws=laws,
            place=place,
            asking=Asking(asked_by=asked_by),
            received=received,
        )
        for question in opened.questions:
            note(question)
        if opened.left_out:
            note(f"{opened.left_out} files could not be attached; they stay in the original.")
        _answer(run, arrival, opened.requests)


@click.command(epilog="Example: rightsdesk intake join ar-… rq-…")
@click.argument("arrival_id", metavar="ID")
@click.argument("request_id", metavar="REQUEST")
@common_options
def join(common: Common, arrival_id: str, request_id: str) -> None:
    """It belongs to a request that stands: a sealed note with its words, its files attached."""
    with open_run(common) as run:
        arrival = staff.join(run.desk, run.actor, arrival_id, request_id)
        _answer(run, arrival, (request_id,))


@click.command("set-aside", epilog="Example: rightsdesk intake set-aside ar-… --reason spam")
@click.argument("arrival_id", metavar="ID")
@click.option("--reason", type=click.Choice([each.value for each in Aside]), required=True)
@common_options
def set_aside(common: Common, arrival_id: str, reason: str) -> None:
    """It is no request. Its words are destroyed after 30 days; until then assign takes it back."""
    with open_run(common) as run:
        _answer(run, opening.set_aside(run.desk, run.actor, arrival_id, Aside(reason)), ())


@click.command("language", epilog="Example: rightsdesk intake language ar-… de")
@click.argument("arrival_id", metavar="ID")
@click.argument("language", type=click.Choice([each.value for each in Language]))
@common_options
def language_command(common: Common, arrival_id: str, language: str) -> None:
    """The language that whoever asks named when they were asked."""
    with open_run(common) as run:
        arrival = staff.state_language(run.desk, run.actor, arrival_id, Language(language))
        _answer(run, arrival, ())


def row_of(arrival: Arrival, requests: tuple[str, ...]) -> dict[str, Any]:
    """One arrival as a document's row: codes, instants and ids."""
    return {
        "id": arrival.id,
        "source": arrival.source.value,
        "channel": arrival.channel,
        "state": arrival.state.value,
        "reason": arrival.reason or None,
        "received": arrival.received_at.isoformat(),
        "received_local": taking.local(arrival),
        "received_by": arrival.received_by.value,
        "taken": arrival.taken_at.isoformat(),
        "taken_by": arrival.taken_by,
        "kinds": list(arrival.kinds),
        "place": arrival.place or None,
        "language": arrival.language or None,
        "language_by": arrival.language_by or None,
        "size_bytes": arrival.size_bytes,
        "kept": arrival.held,
        "requests": list(requests),
    }


def _rows(run: Run, states: tuple[str, ...], sources: tuple[str, ...]) -> list[dict[str, Any]]:
    with run.desk.reading() as db:
        found = store.listed(
            db, [ArrivalState(state) for state in states], [Source(way) for way in sources]
        )
        opened = store.requests_of(db, [each.id for each in found])
    return [row_of(each, tuple(one for one, _ in opened[each.id])) for each in found]


def _answer(run: Run, arrival: Arrival, requests: tuple[str, ...]) -> None:
    row = row_of(arrival, requests)
    document = {"schema": "rightsdesk.arrival/1", **row}
    run.answer(document, lambda: _print_list([row]))


def _document(shown: Shown) -> dict[str, Any]:
    file = shown.content.file
    return {
        "schema": "rightsdesk.arrival/1",
        **row_of(shown.arrival, shown.requests),
        "file_name": shown.name or None,
        "name": file.name,
        "contact": file.contact,
        "words": file.words,
        "attachments": [
            {"number": number, "name": each.name, "size_bytes": len(each.content)}
            for number, each in enumerate(shown.content.files, 1)
        ],
    }


def _print_list(rows: list[dict[str, Any]]) -> None:
    table(
        "",
        ("id", "source", "received", "may ask for", "language", "due", "state"),
        [
            (
                row["id"],
                row["source"],
                f"{str(row['received_local'])[:16]} ({row['received_by']})",
                " ".join(row["kinds"]) or "?",
                row["language"] or "ask",
                row.get("due") or "",
                row.get("state") or row["reason"],
            )
            for row in rows
        ],
        empty="Nothing waits. Take something in with `rightsdesk intake eml FILE`.",
    )


def _print_shown(document: dict[str, Any]) -> None:
    _print_list([document])
    out = console()
    out.print("A sender's name and address are claims; identity is proven later.")
    for key in ("name", "contact", "words"):
        out.print(f"{key}: {visible(document[key], lines=key == 'words')}", markup=False)
    for each in document["attachments"]:
        out.print(
            f"file {each['number']}: {visible(each['name'])}, {each['size_bytes']} bytes",
            markup=False,
        )
    out.print(f"next: rightsdesk intake assign {document['id']} --kind KIND", markup=False)
