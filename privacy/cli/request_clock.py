"""`rightsdesk request tell`, `extend`, `laws`, `calendar`: what moves or shows the clocks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.request_shown import show_case
from privacy.cli.running import open_run
from privacy.cli.showing import console
from privacy.cli.when import instant_option
from privacy.rights import calendar_file, casework, handling
from privacy.rights.case import TELLABLE, Event
from privacy.rights.store import NewEvent
from privacy.vault.files import file_errors, write_whole


@click.command(epilog="Example: rightsdesk request tell rq-… clarification_requested")
@click.argument("request_id")
@click.argument("event", type=click.Choice(sorted(event.value for event in TELLABLE)))
@instant_option("--at", "When it was; default now.")
@click.option("--without-undue-delay", is_flag=True, help="It was asked without undue delay.")
@click.option("--large-amount", is_flag=True, help="A large amount of data is held.")
@click.option("--reasonable-doubt", is_flag=True, help="There was reasonable doubt who asks.")
@click.option("--note", "note_text", metavar="TEXT|-", help="Kept sealed.")
@common_options
def tell(
    common: Common,
    request_id: str,
    event: str,
    at: datetime | None,
    without_undue_delay: bool,
    large_amount: bool,
    reasonable_doubt: bool,
    note_text: str | None,
) -> None:
    """Record an event of the clock, such as a question to the person or its answer."""
    facts = {
        "undue_delay": not without_undue_delay,
        "large_amount": large_amount,
        "reasonable_doubt": reasonable_doubt,
    }
    new = NewEvent(Event(event), at, facts, private(note_text, "Note") or "")
    with open_run(common) as run:
        handling.tell(run.desk, run.actor, request_id, new)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request extend rq-… --reason complexity")
@click.argument("request_id")
@click.option("--reason", type=click.Choice(["complexity", "number"]), required=True)
@instant_option("--at", "When the person was told; default now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Where the law fixes no length.")
@common_options
def extend(
    common: Common, request_id: str, reason: str, at: datetime | None, until: datetime | None
) -> None:
    """Record that the person was told of an extension; refused when it is too late.

    Of several laws it extends those that allow it; the strictest still leads.
    """
    day = None if until is None else until.date()
    with open_run(common) as run:
        handling.extend(run.desk, run.actor, request_id, reason, at=at, until=day)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request laws rq-… --place US-CA")
@click.argument("request_id")
@click.option("--law", "laws", multiple=True, help="A law that applies too.")
@click.option("--place", default="", help="Where the person lives, e.g. DE, US-CA, CA-QC.")
@common_options
def laws(common: Common, request_id: str, laws: tuple[str, ...], place: str) -> None:
    """Add laws that apply to a request; none is ever taken away."""
    with open_run(common) as run:
        casework.name_laws(run.desk, run.actor, request_id, laws=laws, place=place)
        show_case(run, request_id)


@click.command(epilog="Example: rightsdesk request calendar --out deadlines.ics")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@common_options
def calendar(common: Common, out: Path) -> None:
    """Write the deadlines as an iCalendar file: request id and law, never a person."""
    with open_run(common) as run:
        content = calendar_file.of_desk(run.desk, run.actor)
        with file_errors("calendar file"):
            write_whole(out, content)
        events = content.count(b"BEGIN:VEVENT")
        document = {"schema": "rightsdesk.request-calendar/1", "events": events}
        run.answer(document, lambda: console().print(f"{events} deadlines written."))
