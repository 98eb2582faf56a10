"""`rightsdesk today`: what is to mend, overdue, due, stuck, and waits for my approval."""

from __future__ import annotations

from collections.abc import Sequence

import click

from privacy import scheduled
from privacy.cli import today_vendors
from privacy.cli.breach_shown import hours
from privacy.cli.options import Common, common_options
from privacy.cli.request_shown import shown_approval
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, table
from privacy.clock import rfc3339
from privacy.rights import today as day
from privacy.rights.standing import Standing
from privacy.rights.today import Today
from privacy.scheduled import Failed


@click.command(epilog="Example: rightsdesk today --json")
@common_options
def today(common: Common) -> None:
    """What is overdue, due within a week, stuck, or waits for my approval."""
    with open_run(common) as run:
        found = day.today(run.desk, run.actor)
        vendors = today_vendors.of(run.desk)
        reports = scheduled.failed(run.desk)
        told = {"reports_failed": [each.document() for each in reports]}
        document = {**day.document(found), **vendors.document(), **told}

        def human() -> None:
            _reports(reports)
            _print(found)
            today_vendors.show(vendors)

        run.answer(document, human)


def _print(found: Today) -> None:
    _breaches(found)
    _assessments(found)
    cases = (found.to_mend, found.overdue, found.due, found.approvals, found.other)
    if not any(cases) and not found.arrivals and not found.returned:
        console().print("No request is open.")
        return
    _table("To mend first: no date can be trusted", found.to_mend, "bold red")
    for each in found.to_mend:
        note(f"{each.case.id}: {each.to_mend}")
    _arrivals(found)
    _returned(found)
    _table("Overdue", found.overdue, "red")
    _table(f"Due within {day.DUE_WITHIN_DAYS} days", found.due, "yellow")
    _table("Waiting for my approval", found.approvals, "cyan")
    if found.stuck:
        rows = [(each.standing.case.id, each.why.replace("_", " ")) for each in found.stuck]
        table("Stuck", ("id", "why"), rows)
    if found.reminders:
        made = [
            (each.request_id, each.kind, each.day, " ".join(each.to)) for each in found.reminders
        ]
        table("Reminders", ("id", "what", "day", "to"), made)
    _table("Open besides", found.other, "")


def _reports(failed: Sequence[Failed]) -> None:
    """Reports that should have been made by themselves."""
    if failed:
        rows = [(each.report.key, each.code, rfc3339(each.at)[:16]) for each in failed]
        table("Reports that could not be made", ("report", "why", "tried"), rows, style="red")
        note("They stay due: `rightsdesk work` says what is wrong and makes them.")


def _breaches(found: Today) -> None:
    if found.breaches and found.at is not None:
        rows = [
            (
                hours(each.hours_left(found.at)) or "no hour named",
                each.breach.id,
                each.breach.risk,
                " ".join(duty.value for duty in each.owed) or "close",
            )
            for each in found.breaches
        ]
        table("Breaches: hours left", ("hours left", "id", "risk", "owed"), rows, style="bold red")


def _assessments(found: Today) -> None:
    if found.assessments:
        rows = [
            (each.review_on, each.why, each.kind, each.activity, each.id)
            for each in found.assessments
        ]
        table("Assessments", ("review by", "waits for", "kind", "activity", "id"), rows)


def _table(title: str, cases: Sequence[Standing], style: str) -> None:
    if cases:
        table(
            title,
            ("due", "kind", "law", "id", "owner", "approved", "next"),
            [
                (
                    each.next_day or "no date",
                    each.case.kind.value,
                    each.clock["law"],
                    each.case.id,
                    each.case.owner,
                    shown_approval({"approval": each.approval}),
                    each.next_action.value if each.next_action else "",
                )
                for each in cases
            ],
            style=style,
        )


def _arrivals(found: Today) -> None:
    """What waits to be read: its clock runs already."""
    if found.arrivals:
        table(
            "Came in and waits: say what it is with rightsdesk intake assign",
            ("due", "may ask for", "id", "source", "received"),
            [
                (
                    each.due or "no date",
                    " ".join(each.kinds) or "anything",
                    each.arrival.id,
                    each.arrival.source.value,
                    str(each.arrival.received_at)[:10],
                )
                for each in found.arrivals
            ],
            style="bold yellow",
        )


def _returned(found: Today) -> None:
    """Letters that came back; what a clock heard of them rests on nobody's having read them."""
    if not found.returned:
        return
    rows = [
        (each.letter.id, each.letter.kind, each.letter.request_id, each.code)
        for each in found.returned
    ]
    table("Came back: send by post", ("letter", "kind", "request", "code"), rows, style="red")
    for each in found.returned:
        for event in each.told:
            note(f"{each.letter.request_id}: {event} is recorded; the person was not reached.")
