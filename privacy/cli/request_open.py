"""`rightsdesk request open`: what came, when, under which laws."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.request_shown import show_case
from privacy.cli.running import Run, open_run
from privacy.cli.showing import note
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.rights import intake, optout
from privacy.rights.arriving.ways import Came, Source
from privacy.rights.case import IMMEDIATE, Kind
from privacy.rights.intake import ASKED_BY, CHANNELS, HARMS, Asking, CaseFile
from privacy.terms import Language

LANGUAGE = click.Choice([each.value for each in Language])
BY_TASK = frozenset({Kind.NOTICE})
LINK_OF = {Kind.APPEAL: "appeal", Kind.COMPLAINT: "complaint"}


@click.command(
    "open",
    epilog="Example: rightsdesk request open --kind access --channel email --place US-CA"
    " --received 2026-11-24T09:00:00+01:00 --name - --contact -",
)
@click.option(
    "--kind", type=click.Choice([k.value for k in Kind if k not in BY_TASK]), required=True
)
@click.option("--channel", type=click.Choice(CHANNELS), required=True, help="How it came.")
@click.option(
    "--law",
    "laws",
    multiple=True,
    help="A law that applies, e.g. EU_GDPR; several times for several. Default: the"
    " controller's and those of --place.",
)
@click.option("--place", default="", help="Where the person lives, e.g. DE, US-CA, CA-QC.")
@instant_option("--received", "When it reached an official channel; default now.")
@click.option("--asked-by", type=click.Choice(ASKED_BY), default="person", help="Who asks.")
@click.option("--harm", type=click.Choice(HARMS), default="ordinary", help="What a mix-up harms.")
@click.option("--about", metavar="RQ", help="Appeal or complaint: the request that it is about.")
@click.option("--letter-on", default="", metavar="DAY", help="Inquiry: the letter's own date.")
@click.option("--due-on", default="", metavar="DAY", help="Inquiry: the day the letter names.")
@click.option("--name", metavar="NAME|-", help="Who writes.")
@click.option("--contact", metavar="TEXT|-", help="Where the answer goes.")
@click.option("--words", metavar="TEXT|-", help="What the person wrote.")
@click.option("--language", type=LANGUAGE, help="Of the letters; asked for where not known.")
@click.option("--phone", "phones", multiple=True, metavar="N|-", help="Acts at once: a number.")
@click.option("--email", "emails", multiple=True, metavar="E|-", help="Acts at once: an e-mail.")
@common_options
def open_command(
    common: Common,
    kind: str,
    channel: str,
    laws: tuple[str, ...],
    place: str,
    received: datetime | None,
    asked_by: str,
    harm: str,
    about: str | None,
    letter_on: str,
    due_on: str,
    name: str | None,
    contact: str | None,
    words: str | None,
    language: str | None,
    phones: tuple[str, ...],
    emails: tuple[str, ...],
) -> None:
    """Open a request. An opt-out, objection to marketing, limit or withdrawal acts at once
    and is fulfilled when this returns."""
    right = Kind(kind)
    file = CaseFile(
        private(name, "Name") or "",
        private(contact, "Contact") or "",
        private(words, "Words") or "",
    )
    numbers = tuple(str(private(phone, "Number")) for phone in phones)
    addresses = tuple(str(private(email, "E-mail")) for email in emails)
    if (numbers or addresses) and right not in IMMEDIATE:
        raise BadInput(
            "Only what acts at once is opened with a number or e-mail.",
            what="--phone",
            next="Give what proves who asks with `rightsdesk request verify`.",
        )
    if about is not None and right not in LINK_OF:
        raise BadInput("Only an appeal or a complaint is about a request.", what="--about")
    link = LINK_OF[right] if about is not None else ""
    asking = Asking(asked_by, harm, "", letter_on, due_on, about, link)
    came = Came(Source.CLI, language=language or "", language_by="stated" if language else "")
    with open_run(common) as run:
        request_id = _opened(
            run,
            right,
            numbers,
            addresses,
            channel=channel,
            file=file,
            received_at=received,
            laws=laws,
            place=place,
            asking=asking,
            came=came,
        )
        show_case(run, request_id)


def _opened(
    run: Run, right: Kind, numbers: tuple[str, ...], addresses: tuple[str, ...], **given: Any
) -> str:
    """Open it, or act at once; `given` is what both ways take. The request's id."""
    if right not in IMMEDIATE:
        return intake.open_request(run.desk, run.actor, right, **given).id
    acted = optout.act(run.desk, run.actor, right, phones=numbers, emails=addresses, **given)
    if acted.question:
        note(acted.question)
    return acted.case.id
