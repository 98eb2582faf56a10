"""`rightsdesk campaign explain`: why somebody was called or not, or would be now."""

from __future__ import annotations

from typing import Any

import click

from privacy.cli.calls_law import the_law
from privacy.cli.options import Common, common_options
from privacy.cli.persons import contact_value
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.errors import BadInput
from privacy.gateway import campaigns, standing
from privacy.gateway.explaining import explain_number
from privacy.terms import KekKind

SCHEMA = "rightsdesk.campaign/1"
NUMBER_SCHEMA = "rightsdesk.campaign-explain/1"
NOBODY = "Nobody here has this number: no campaign calls it."


@click.command(epilog="Example: printf '+442079460000' | rightsdesk campaign explain --phone -")
@click.argument("campaign", required=False)
@click.option("--phone", metavar="N|-", help="One number as of now; without CAMPAIGN, by each.")
@click.option("--decision", type=int, help="One decision with every rule that spoke.")
@click.option("--rule", default="", help="Only those that this rule decided.")
@click.option("--facts", is_flag=True, help="Open the decision's facts; this is logged.")
@common_options
def explain(
    common: Common,
    campaign: str | None,
    phone: str | None,
    decision: int | None,
    rule: str,
    facts: bool,
) -> None:
    """Why somebody was called or not; with --phone, whether a number would be called now."""
    if phone is None and campaign is None:
        raise BadInput("Which campaign?", what="CAMPAIGN", next="Or give a number with --phone -.")
    with open_run(common, (KekKind.CALL,)) as run:
        if phone is not None:
            _number(run, campaign, phone)
        else:
            _decisions(run, str(campaign), decision, rule, facts)


def _decisions(run: Run, campaign: str, decision: int | None, rule: str, facts: bool) -> None:
    if decision is None:
        found = standing.decisions_of(run.desk, campaign, rule)
    else:
        found = [standing.explain(run.desk, run.actor, campaign, decision, with_facts=facts)]
    columns = ["decision_id", "at", "stage", "decision", "deciding_rule", "place"]

    def human() -> None:
        table("", columns, [[one[name] for name in columns] for one in found], "None yet.")
        if decision is not None:
            rules = [(one["id"], one["effect"]) for one in found[0]["rules"]]
            table("", ["rule", "effect"], rules)

    run.answer({"schema": SCHEMA, "campaign": campaign, "decisions": found}, human)


def _number(run: Run, campaign: str | None, phone: str) -> None:
    number = contact_value(phone, None, run.desk.config.region or None).value
    with run.desk.reading() as db:
        ids = [campaign] if campaign else [one.id for one in campaigns.listed(db)]
    found = [explain_number(run.desk, run.actor, one, number, the_law()) for one in ids]
    run.answer({"schema": NUMBER_SCHEMA, "campaigns": found}, lambda: _show(found))


def _show(found: list[dict[str, Any]]) -> None:
    if not found:
        console().print("No campaign yet: `rightsdesk campaign create`.")
    for one in found:
        console().print(f"{one['title']} ({one['campaign']}), as of {one['at']}", markup=False)
        for person in one["persons"]:
            _page(person)
        if not one["persons"]:
            console().print(NOBODY)


def _page(person: dict[str, Any]) -> None:
    says = "Would be called now" if person["called_now"] else "Would not be called now"
    allowed = "the rules allow it" if person["allowed"] else "the rules deny it"
    out = console()
    out.print(f"Person {person['person']}: {says}; {allowed} ({person['deciding_rule']}).")
    for wait in person["not_now"]:
        out.print(f"  - {wait}", markup=False)
    if not person["allowed"]:
        again = person["next_try_at"]
        out.print(f"  Next time by the rules: {again or 'none, as things stand'}")
    columns = ("rule", "effect", "reason", "what it rests on", "next time")
    keys = ("id", "effect", "reason", "citation", "next_try_at")
    table("Rules that spoke", columns, [[rule[key] for key in keys] for rule in person["rules"]])
    rows = [(name, _told(value)) for name, value in person["limits"].items()]
    table("Limits, used and left", ("limit", "how it stands"), rows)
    table("Facts", ("fact", "what is known"), _facts(person), "")
    if person["not_applicable"]:
        out.print(f"{len(person['not_applicable'])} more rules do not apply; --json lists them.")


def _facts(person: dict[str, Any]) -> list[tuple[str, str]]:
    facts = person["facts"]
    known, context = facts["known"], facts["known"].get("context", {})
    rows = [
        ("local time", _told(person["local_times"])),
        ("consent", f"{facts['consent_class']} {facts['consent_id'] or ''}".strip()),
        ("consent as told to the law", "; ".join(_told(each) for each in known["consent"])),
        ("earlier calls", str(len(context.get("earlier_calls", [])))),
        *((f"register {name}", _told(each)) for name, each in context.get("registers", {}).items()),
        *((name, _told(value)) for name, value in facts["standing"].items()),
        *((name, "not known") for name in facts["not_known"]),
        *((name, "not known, and denied for it") for name in facts["denied_for_unknown"]),
    ]
    return [(name, text) for name, text in rows if text not in ("", "None")]


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
