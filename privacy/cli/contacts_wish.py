"""`rightsdesk contacts wish`: when, how and in which language a person wants to be called."""

from __future__ import annotations

from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console
from privacy.contacts import wishes, wishing
from privacy.errors import BadInput

SCHEMA = "rightsdesk.wish/1"


@click.command(
    epilog="Example: rightsdesk contacts wish 381473626 --times 'mon-fri 10-12' --channel voice"
)
@click.argument("person", type=int)
@click.option("--times", metavar="HOURS", help="'mon-fri 9-12, 14-18; sat 10-12'; 'any' clears.")
@click.option("--channel", metavar="WAYS", help="voice, text, email, post; 'any' clears.")
@click.option("--language", metavar="CODE", help="The language of calls, such as de.")
@common_options
def wish(
    common: Common, person: int, times: str | None, channel: str | None, language: str | None
) -> None:
    """Note a person's wishes for every number they have, effective at once.

    Without `voice` among the ways nobody calls them. A wish only narrows: it opens no hour.
    """
    found: dict[str, Any] = {}
    if times is not None:
        found["times"] = None if times == "any" else _times(times)
    if channel is not None:
        found["channels"] = [] if channel == "any" else _channels(channel)
    if language is not None:
        found["language"] = language.strip()
    if not found:
        raise BadInput("Nothing was wished.", what="contacts wish", next="Name a wish: --help.")
    with open_run(common) as run:
        numbers = wishing.note(run.desk, run.actor, person, found)
        document = {"schema": SCHEMA, "person": person, "numbers": numbers, "wishes": found}
        run.answer(document, lambda: console().print(f"Noted for {numbers} numbers."))


def _times(text: str) -> dict[str, list[list[str]]]:
    try:
        return wishes.read_times(text)
    except ValueError:
        raise BadInput(
            "The hours cannot be read.",
            what="--times",
            next="Write 'mon-fri 9:00-12:00; sat 10-12'.",
        ) from None


def _channels(text: str) -> list[str]:
    named = wishes.read_channels(text)
    if not named or wishes.UNREADABLE in named:
        raise BadInput(
            "A way to be reached is not known.", what="--channel", next="voice, text, email, post."
        )
    return named
