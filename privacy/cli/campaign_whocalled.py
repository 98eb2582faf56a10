"""`rightsdesk campaign whocalled`: who called a person, why, by which consent, how to stop it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table, visible
from privacy.cli.when import instant_option
from privacy.errors import BadInput
from privacy.gateway.whocalled import Span, around, person_of, who_called
from privacy.gateway.whocalled_letter import letter as letter_of
from privacy.terms import Language

SCHEMA = "rightsdesk.whocalled/1"
LANGUAGES = [one.value for one in Language]
EVER = timedelta(days=365 * 5)
NONE = "No call in that time. Widen it with --from and --to, or try another number."


@click.command(epilog="Example: printf '+442079460000' | rightsdesk campaign whocalled --phone -")
@click.option("--phone", metavar="N|-", help="The number that was called.")
@click.option("--email", metavar="E|-", help="The person's e-mail.")
@click.option("--person", type=int, help="Where several share it: whose.")
@instant_option("--at", "When it was, about.")
@click.option("--within", default=30, show_default=True, help="Minutes before and after --at.")
@instant_option("--from", "From this instant on.")
@instant_option("--to", "Up to this instant.")
@click.option("--letter", is_flag=True, help="A text that can be sent to the person.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Its language.")
@common_options
def whocalled(
    common: Common,
    phone: str | None,
    email: str | None,
    person: int | None,
    at: datetime | None,
    within: int,
    letter: bool,
    language: str | None,
    **bounds: datetime | None,
) -> None:
    """Calls to a person: who, when, why, on which consent, with which words, how to stop them.

    The answer for an unknown number is that of a known one without calls.
    """
    with open_run(common) as run:
        span = _span(run, at, within, bounds["from"], bounds["to"])
        value = contact_value(phone, email, run.desk.config.region or None)
        asked = person_of(run.desk, run.actor, value.kind, value.value, person)
        found = who_called(run.desk, run.actor, asked, span)
        controller = run.desk.config.controller
        spoken = Language(language or controller.language or Language.ENGLISH)
        document: dict[str, Any] = {"schema": SCHEMA, **found}
        if letter:
            document["letter"] = letter_of(found, spoken, controller.zone)
        run.answer(document, lambda: _show(document))


def _span(
    run: Run, at: datetime | None, within: int, since: datetime | None, until: datetime | None
) -> Span:
    if at is not None and (since or until):
        raise BadInput("Give --at, or --from and --to.", what="--at", next="One of the two ways.")
    if at is not None:
        return around(at, timedelta(minutes=within))
    now = run.desk.now()
    return Span(since or now - EVER, until or now)


def _show(document: dict[str, Any]) -> None:
    if "letter" in document:
        console().print(visible(document["letter"], lines=True), markup=False, end="")
        return
    columns = ("when", "their time", "caller", "shown", "purpose", "consent", "heard", "outcome")
    rows = [_row(call) for call in document["calls"]]
    table("Calls", columns, rows, NONE if not document["earlier_dialer"] else "")
    for call in document["calls"]:
        for line in _lines(call):
            console().print(line, markup=False)
    told = [(each["at"], each["source"], each["outcome"]) for each in document["earlier_dialer"]]
    if told:
        table("In the records of an earlier dialer", ("when", "records", "outcome"), told)
    for at in document["opted_out"]:
        note(f"Opted out at {at}: no campaign calls this number.")
    if document["more"]:
        note("There are more calls: ask for a shorter time.")
    keys = ", ".join(sorted({call["stop"]["key"] for call in document["calls"]}))
    by_key = f"key {keys} in a call, " if keys else ""
    note(f"To stop them: {by_key}{document['contact'] or document['controller']}, or here:")
    note("  rightsdesk optout --phone -")


def _row(call: dict[str, Any]) -> list[Any]:
    return [
        _minute(call["at_controller"]),
        _minute(call["at_person"]) or "not known",
        call["caller"],
        call["number_shown"],
        *(_rested(call) if not call["for_somebody_else"] else ("for another person", "", "")),
        call["outcome"],
    ]


def _minute(at: str | None) -> str:
    """An instant to the minute, with its offset."""
    return "" if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M %z}"


def _rested(call: dict[str, Any]) -> tuple[str, str, str]:
    """Purpose, consent and what was heard."""
    consent, heard = call["consent"], call["heard"]
    much = f" {heard['heard_s']:.0f} s" if heard["heard_s"] else ""
    return call["purpose"], consent["state"], f"{heard['how_much']}{much}, {heard['language']}"


def _lines(call: dict[str, Any]) -> list[str]:
    if call["for_somebody_else"]:
        return [f"{call['call']}: for another person with this number; more may not be told"]
    lines = [f"{call['call']}: campaign {call['title']} ({call['campaign']})"]
    if call["simulated"]:
        lines.append("  a rehearsal on the simulator: no telephone rang")
    if call["dialled_by"]:
        lines.append(f"  dialled by {call['dialled_by']}")
    consent = call["consent"] or {}
    if consent.get("given_at"):
        shown = f", notice {consent['notice']}" if consent["notice"] else ""
        told = f"{_minute(consent['given_at'])} by {consent['how']}{shown}"
        lines.append(f"  consent {consent['id']} of {told}")
    if consent.get("text_shown"):
        lines.append(f"  text shown: {visible(consent['text_shown'])}")
    lines.append(f"  prompt: {visible(call['heard']['text'])}")
    if call["opted_out_at"]:
        lines.append(f"  opted out in it at {call['opted_out_at']}")
    return lines
