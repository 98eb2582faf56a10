"""`rightsdesk request`: rights requests from receipt to close, each on its statutory clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from privacy.cli.options import Common, common_options, private
from privacy.cli.request_approver import approval_file, approver
from privacy.cli.request_fulfil import fulfil
from privacy.cli.request_plan import approve, grounds_command, plan, refusal_command, refuse
from privacy.cli.request_shown import print_case, show_case
from privacy.cli.request_verify import authority, evidence, verify
from privacy.cli.running import open_run
from privacy.cli.showing import table
from privacy.errors import BadInput
from privacy.rights import handling, intake, optout, standing
from privacy.rights.case import TELLABLE, Event, Kind, State
from privacy.rights.intake import CHANNELS, CaseFile
from privacy.rights.store import NewEvent

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@click.group()
def group() -> None:
    """Rights requests: open, verify, plan, approve by a second person, fulfil, close."""


def instant_option(name: str, help_text: str) -> Callable[[Decorated], Decorated]:
    """An option that takes an RFC 3339 instant with an offset."""
    return click.option(name, metavar="INSTANT", callback=_instant, help=help_text)


def _instant(_ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput(
            "An instant is written like 2026-11-24T09:00:00+01:00.",
            what=f"--{param.name}",
            next="Give it with its offset.",
        )
    return at


@group.command(
    "open",
    epilog="Example: rightsdesk request open --kind access --channel email --received"
    " 2026-11-24T09:00:00+01:00 --name - --contact -",
)
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), required=True)
@click.option("--channel", type=click.Choice(CHANNELS), required=True, help="How it came.")
@click.option("--law", default="", help="The law's name, e.g. EU_GDPR; default the controller's.")
@instant_option("--received", "When it reached an official channel; default now.")
@click.option("--name", metavar="NAME|-", help="Who writes.")
@click.option("--contact", metavar="TEXT|-", help="Where the answer goes.")
@click.option("--words", metavar="TEXT|-", help="What the person wrote.")
@click.option("--phone", "phones", multiple=True, metavar="N|-", help="Opt-out: a number.")
@click.option("--email", "emails", multiple=True, metavar="E|-", help="Opt-out: an e-mail.")
@common_options
def open_command(
    common: Common,
    kind: str,
    channel: str,
    law: str,
    received: datetime | None,
    name: str | None,
    contact: str | None,
    words: str | None,
    phones: tuple[str, ...],
    emails: tuple[str, ...],
) -> None:
    """Open a request. An opt-out acts at once and is fulfilled when this returns."""
    file = CaseFile(
        private(name, "Name") or "",
        private(contact, "Contact") or "",
        private(words, "Words") or "",
    )
    numbers = tuple(str(private(phone, "Number")) for phone in phones)
    addresses = tuple(str(private(email, "E-mail")) for email in emails)
    if (numbers or addresses) and kind != Kind.OPT_OUT:
        raise BadInput(
            "Only an opt-out is opened with a number or e-mail.",
            what="--phone",
            next="Give what proves who asks with `rightsdesk request verify`.",
        )
    with open_run(common) as run:
        if kind == Kind.OPT_OUT:
            case = optout.opt_out(
                run.desk,
                run.actor,
                phones=numbers,
                emails=addresses,
                channel=channel,
                file=file,
                received_at=received,
                law=law,
            )
        else:
            case = intake.open_request(
                run.desk,
                run.actor,
                Kind(kind),
                channel=channel,
                file=file,
                received_at=received,
                law=law,
            )
        show_case(run, case.id)


@group.command("list", epilog="Example: rightsdesk request list --state open --json")
@click.option("--state", "states", type=click.Choice([s.value for s in State]), multiple=True)
@common_options
def list_command(common: Common, states: tuple[str, ...]) -> None:
    """All requests, the next due first."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        found = standing.listed(run.desk, [State(state) for state in states])
        rows = [standing.summary(each) for each in found]
        run.answer(
            {"schema": "rightsdesk.requests/1", "requests": rows},
            lambda: table(
                "",
                ("id", "kind", "law", "received", "due", "state", "next"),
                [
                    (
                        row["id"],
                        row["kind"],
                        row["law"],
                        str(row["received"])[:10],
                        row["due"],
                        row["state"],
                        row["next_action"],
                    )
                    for row in rows
                ],
                empty="There is no such request. Open one with `rightsdesk request open`.",
            ),
        )


@group.command(epilog="Example: rightsdesk request show rq-… --file")
@click.argument("request_id")
@click.option("--file", "with_file", is_flag=True, help="Also what the person wrote; audited.")
@common_options
def show(common: Common, request_id: str, with_file: bool) -> None:
    """One request: its clock, timeline, plan and steps."""
    with open_run(common) as run:
        document = standing.document(run.desk, run.actor, request_id)
        if with_file:
            opened = intake.read_file(run.desk, run.actor, request_id)
            document["file"] = {
                "name": opened.name,
                "contact": opened.contact,
                "words": opened.words,
            }
        run.answer(document, lambda: print_case(document))


@group.command(
    epilog="Example: rightsdesk request tell rq-… clarification_requested --large-amount"
)
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


@group.command(epilog="Example: rightsdesk request extend rq-… --reason complexity")
@click.argument("request_id")
@click.option("--reason", type=click.Choice(["complexity", "number"]), required=True)
@instant_option("--at", "When the person was told; default now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Where the law fixes no length.")
@common_options
def extend(
    common: Common, request_id: str, reason: str, at: datetime | None, until: datetime | None
) -> None:
    """Record that the person was told of an extension; refused when it is too late."""
    day = None if until is None else until.date()
    with open_run(common) as run:
        handling.extend(run.desk, run.actor, request_id, reason, at=at, until=day)
        show_case(run, request_id)


@group.command(epilog="Example: rightsdesk request close rq-…")
@click.argument("request_id")
@common_options
def close(common: Common, request_id: str) -> None:
    """Close a fulfilled or refused request."""
    with open_run(common) as run:
        handling.close(run.desk, run.actor, request_id)
        show_case(run, request_id)


group.add_command(fulfil)
group.add_command(verify)
group.add_command(authority)
group.add_command(evidence)
for command in (plan, approve, refuse, refusal_command, grounds_command, approval_file):
    group.add_command(command)
group.add_command(approver)
