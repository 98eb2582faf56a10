"""`rightsdesk retention`: how long the controller keeps what, and what a rule would delete."""

from __future__ import annotations

from datetime import datetime

import click

from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value, one_holder
from privacy.cli.running import open_run
from privacy.cli.showing import console, note, table
from privacy.rights import retention, standing
from privacy.rights.retention_rules import Start, What
from privacy.terms import OpeningPurpose

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def group() -> None:
    """Rules that delete what is no longer needed, and keep what the law asks to keep."""


@group.command(
    epilog="Example: rightsdesk retention add --what profile --start last_contact --months 36"
    " --ground storage_limitation --citation 'GDPR Art. 5(1)(e)'"
)
@click.option("--what", type=click.Choice([w.value for w in What]), required=True)
@click.option("--start", type=click.Choice([s.value for s in Start]), required=True)
@click.option("--months", type=int, required=True, help="Calendar months from the start.")
@click.option("--ground", required=True, help="A code.")
@click.option("--citation", required=True, help="The law or policy it rests on.")
@common_options
def add(common: Common, what: str, start: str, months: int, ground: str, citation: str) -> None:
    """Add a rule. See first what it would do: `retention preview` after adding, before `work`."""
    with open_run(common) as run:
        rule = retention.add(
            run.desk, run.actor, What(what), Start(start), months, ground, citation
        )
        document = {"schema": "rightsdesk.retention-rule/1", "id": rule.id}
        run.answer(document, lambda: console().print(f"Added {rule.id}"))


@group.command("end", epilog="Example: rightsdesk retention end rr-…")
@click.argument("rule_id")
@common_options
def end_command(common: Common, rule_id: str) -> None:
    """End a rule."""
    with open_run(common) as run:
        retention.end_rule(run.desk, run.actor, rule_id)
        document = {"schema": "rightsdesk.retention-rule/1", "id": rule_id, "active": False}
        run.answer(document, lambda: console().print(f"Ended {rule_id}"))


@group.command(
    epilog="Example: rightsdesk retention day --phone - --start contract_end --on 2026-03-31"
)
@click.option("--phone", metavar="N|-")
@click.option("--email", metavar="E|-")
@click.option("--person", type=int, help="Where several share the number: whose.")
@click.option("--start", type=click.Choice(["contract_end", "event"]), required=True)
@click.option("--on", "on_day", type=DAY, required=True)
@common_options
def day(
    common: Common,
    phone: str | None,
    email: str | None,
    person: int | None,
    start: str,
    on_day: datetime,
) -> None:
    """Record the day of a contract's end, or of an event, from which a rule counts."""
    with open_run(common) as run:
        value = contact_value(phone, email, run.desk.config.region or None)
        holder = one_holder(run, value, person, OpeningPurpose.LOOKUP)
        retention.record_day(run.desk, run.actor, holder.subject_id, Start(start), on_day.date())
        document = {"schema": "rightsdesk.retention-day/1", "start": start}
        run.answer(document, lambda: console().print("Recorded"))


@group.command("list", epilog="Example: rightsdesk retention list --json")
@common_options
def list_command(common: Common) -> None:
    """All rules, ended ones too."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        rows = [
            {
                "id": rule.id,
                "what": rule.what.value,
                "start": rule.start.value,
                "months": rule.keep_months,
                "ground": rule.ground,
                "citation": rule.citation,
                "active": rule.active,
            }
            for rule in retention.listed(run.desk)
        ]
        run.answer(
            {"schema": "rightsdesk.retention-rules/1", "rules": rows},
            lambda: table(
                "",
                ("id", "what", "start", "months", "ground", "law", "active"),
                [tuple(row.values()) for row in rows],
                empty="There is no rule. Add one with `rightsdesk retention add`.",
            ),
        )


@group.command(epilog="Example: rightsdesk retention preview --on 2027-01-01")
@click.option("--on", "on_day", type=DAY, help="As of that day; default today.")
@common_options
def preview(common: Common, on_day: datetime | None) -> None:
    """Whose retention has ended, and what stops the deletion. Nothing is deleted."""
    with open_run(common) as run:
        standing.require_reader(run.actor)
        found = retention.preview(run.desk, None if on_day is None else on_day.date())
        rows = [
            {
                "person": each.subject_id,
                "rule": each.rule.id,
                "last_day": each.last_day.isoformat(),
                "stopped_by": list(each.stopped_by),
            }
            for each in found
        ]

        def human() -> None:
            table(
                "",
                ("person", "rule", "last day", "stopped by"),
                [(e.subject_id, e.rule.id, e.last_day, " ".join(e.stopped_by)) for e in found],
                empty="Nothing is due.",
            )
            note("A dry run: `rightsdesk work` deletes what is due and not stopped.")

        document = {
            "schema": "rightsdesk.retention-preview/1",
            "due": sum(not row["stopped_by"] for row in rows),
            "stopped": sum(bool(row["stopped_by"]) for row in rows),
            "people": rows,
        }
        run.answer(document, human)
