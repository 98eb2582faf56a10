"""`rightsdesk request`: rights requests from receipt to close, each on its statutory clock."""

from __future__ import annotations

import click

from privacy.cli.options import Common, common_options
from privacy.cli.request_approver import approval_file, approver
from privacy.cli.request_case import (
    assign,
    attach,
    attachment,
    close,
    duplicates_command,
    merge,
    note,
    settle,
)
from privacy.cli.request_clock import calendar, extend, laws, tell
from privacy.cli.request_correct import correct, restrict
from privacy.cli.request_figures import figures
from privacy.cli.request_fulfil import fulfil
from privacy.cli.request_open import open_command
from privacy.cli.request_package import package, redact
from privacy.cli.request_plan import approve, grounds_command, plan, refusal_command, refuse
from privacy.cli.request_shown import print_case, shown_approval
from privacy.cli.request_verify import authority, evidence, verify
from privacy.cli.running import open_run
from privacy.cli.showing import table
from privacy.rights import casework, intake, standing
from privacy.rights.arriving import store as arrivals
from privacy.rights.arriving.ways import Source
from privacy.rights.case import Kind, State


@click.group()
def group() -> None:
    """Rights requests: open, verify, plan, approve by a second person, fulfil, close."""


@group.command("list", epilog="Example: rightsdesk request list --state open --json")
@click.option("--state", "states", type=click.Choice([s.value for s in State]), multiple=True)
@click.option("--kind", "kinds", type=click.Choice([k.value for k in Kind]), multiple=True)
@click.option("--owner", metavar="ACTOR", help="Whose requests.")
@click.option("--source", type=click.Choice([s.value for s in Source]), help="How it came in.")
@common_options
def list_command(
    common: Common,
    states: tuple[str, ...],
    kinds: tuple[str, ...],
    owner: str | None,
    source: str | None,
) -> None:
    """Requests: those to mend first, then the next due first."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        found = standing.listed(run.desk, [State(state) for state in states])
        with run.desk.reading() as db:
            came = arrivals.sources_of(db, [each.case.id for each in found])
        rows = [
            {**standing.summary(each), "source": came.get(each.case.id)}
            for each in found
            if (not kinds or each.case.kind in kinds)
            and owner in (None, each.case.owner)
            and source in (None, came.get(each.case.id))
        ]
        run.answer(
            {"schema": "rightsdesk.requests/1", "requests": rows},
            lambda: table(
                "",
                ("id", "source", "kind", "law", "received", "due", "state", "approved", "next"),
                [
                    (
                        row["id"],
                        row["source"],
                        row["kind"],
                        row["law"],
                        str(row["received"])[:10],
                        "TO MEND" if row["to_mend"] else row["due"],
                        row["state"],
                        shown_approval(row),
                        row["next_action"],
                    )
                    for row in rows
                ],
                empty="There is no such request. Open one with `rightsdesk request open`.",
            ),
        )


@group.command(epilog="Example: rightsdesk request show rq-… --file")
@click.argument("request_id")
@click.option("--file", "with_file", is_flag=True, help="Also its words and notes; audited.")
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
            document["notes"] = casework.read_notes(run.desk, run.actor, request_id)
        run.answer(document, lambda: print_case(document))


for command in (
    open_command,
    verify,
    authority,
    evidence,
    tell,
    extend,
    laws,
    calendar,
    assign,
    note,
    attach,
    attachment,
    duplicates_command,
    merge,
    settle,
    correct,
    restrict,
    fulfil,
    package,
    redact,
    figures,
    close,
):
    group.add_command(command)
for command in (plan, approve, refuse, refusal_command, grounds_command, approval_file):
    group.add_command(command)
group.add_command(approver)
