"""`rightsdesk campaign preview`: who now, who later, who never, by rule; nobody is named."""

from __future__ import annotations

from typing import Any

import click

from privacy.cli.calls_law import the_law
from privacy.cli.options import Common, common_options
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, progress, table
from privacy.gateway.previewing import preview as foresee
from privacy.terms import KekKind

SCHEMA = "rightsdesk.campaign/1"
MOST_HOURS = 24


@click.command(epilog="Example: rightsdesk campaign preview cm-…")
@click.argument("campaign")
@common_options
def preview(common: Common, campaign: str) -> None:
    """What the gate would say now, by rule. Nobody is called, nothing is reserved."""
    with open_run(common, (KekKind.CALL,)) as run, progress() as bar:
        task = bar.add_task("Deciding", total=None)
        found = foresee(
            run.desk,
            run.actor,
            campaign,
            the_law(),
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
        document = {"schema": SCHEMA, "campaign": campaign, **found.document()}
        bar.stop()
        run.answer(document, lambda: _show(document))


def _show(document: dict[str, Any]) -> None:
    now, later, never = (document[name]["people"] for name in ("now", "later", "never"))
    if not now + later + never:
        console().print("Nobody waits for a call. `rightsdesk campaign add` takes people in.")
    else:
        console().print(f"As of {document['at']}: now {now:,}, later {later:,}, never {never:,}.")
    columns = ("rule", "now", "later", "never", "what it rests on", "for example")
    rows = [
        [
            each["rule"],
            *(f"{each[name]:,}" if each[name] else "" for name in ("now", "later", "never")),
            each["citation"],
            each["example"],
        ]
        for each in document["rules"]
        if each["now"] or each["later"] or each["never"]
    ]
    if rows:
        table("By the rule that decides", columns, rows)
    hours = document["later"]["hours"]
    if hours:
        shown = [[each["from"], f"{each['people']:,}", _rules(each)] for each in hours]
        table("Later, earliest in the hour from", ("hour", "people", "by"), shown[:MOST_HOURS])
    if len(hours) > MOST_HOURS:
        note(f"The first {MOST_HOURS} of {len(hours)} hours; --json gives all.")
    before = sum(document["closed_before"].values())
    if before:
        note(f"{before:,} candidates were put away for good before; they are not asked again.")


def _rules(hour: dict[str, Any]) -> str:
    return ", ".join(f"{rule} {count:,}" for rule, count in hour["by_rule"].items())
