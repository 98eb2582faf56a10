"""`rightsdesk law own|emergency|closed-day`: what a desk adds to the law's packs; logged."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from privacy.cli.options import Common, common_options
from privacy.cli.showing import console, table
from privacy.errors import BadInput

# `law call` needs no desk: what opens one is imported where a command needs it.
SCHEMA = "rightsdesk.law_additions/1"
LARGEST_BYTES = 1_000_000


@click.group(epilog="Example: rightsdesk law own set rules.toml --as dpo")
def own() -> None:
    """The organisation's own rules, which can only deny: in force for every call of the desk."""


@own.command("set", epilog="Example: rightsdesk law own set rules.toml --as dpo")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def own_set(common: Common, file: Path) -> None:
    """Put the rules of a file in force, in place of those before."""
    from privacy.cli.running import open_run
    from privacy.gateway import desk_law

    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError:
        raise BadInput("The file cannot be read.", what="FILE", next="Check its path.") from None
    with open_run(common) as run:
        rules = desk_law.set_own_rules(run.desk, run.actor, file.name, content)
        document = {
            "schema": SCHEMA,
            "own_rules": {**rules.pack.identity(), "rules": [rule.id for rule in rules.rules]},
        }
        run.answer(document, lambda: console().print(f"{len(rules.rules)} own rules in force."))


@own.command("clear", epilog="Example: rightsdesk law own clear --as dpo")
@common_options
def own_clear(common: Common) -> None:
    """Judge by the law alone from now on."""
    from privacy.cli.running import open_run
    from privacy.gateway import desk_law

    with open_run(common) as run:
        changed = desk_law.clear_own_rules(run.desk, run.actor)
        document = {"schema": SCHEMA, "own_rules": None, "changed": changed}
        run.answer(document, lambda: console().print("No own rules are in force."))


@own.command("show", epilog="Example: rightsdesk law own show --json")
@common_options
def own_show(common: Common) -> None:
    """Show the own rules in force, declared emergencies and proclaimed days."""
    from privacy.cli.running import open_run
    from privacy.gateway import desk_law

    with open_run(common) as run:
        with run.desk.reading() as db:
            held = desk_law.additions(db)
            rules = desk_law.own_rules(run.desk.folder, db)
        named: dict[str, Any] | None = None
        if rules is not None:
            named = {**rules.pack.identity(), "rules": [rule.id for rule in rules.rules]}
        document = {
            "schema": SCHEMA,
            "own_rules": named,
            "emergencies": list(held.emergencies),
            "closed_days": [{"region": region, "date": day} for region, day in held.closed_days],
        }

        def human() -> None:
            rows = [("own rule", name, "") for name in (named or {}).get("rules", ())]
            rows += [("emergency", region, "") for region in held.emergencies]
            rows += [("closed day", region, day) for region, day in held.closed_days]
            table("Beside the law", ("what", "where", "when"), rows, "Nothing beside the law.")

        run.answer(document, human)


@click.group(epilog="Example: rightsdesk law emergency declare US-LA --as dpo")
def emergency() -> None:
    """States of emergency, in which some places forbid calls."""


@emergency.command("declare", epilog="Example: rightsdesk law emergency declare US-LA")
@click.argument("region")
@common_options
def emergency_declare(common: Common, region: str) -> None:
    """An emergency is declared in REGION: from now on every decision knows it."""
    from privacy.gateway.desk_law import declare_emergency

    _say(common, declare_emergency, region)


@emergency.command("end", epilog="Example: rightsdesk law emergency end US-LA")
@click.argument("region")
@common_options
def emergency_end(common: Common, region: str) -> None:
    """The emergency in REGION is over."""
    from privacy.gateway.desk_law import end_emergency

    _say(common, end_emergency, region)


@click.group(epilog="Example: rightsdesk law closed-day add US-AL 2026-12-24 --as dpo")
def closed_day() -> None:
    """Days that a government proclaimed a holiday, beside those of the calendar."""


@closed_day.command("add", epilog="Example: rightsdesk law closed-day add US-AL 2026-12-24")
@click.argument("region")
@click.argument("day", metavar="DATE")
@common_options
def closed_day_add(common: Common, region: str, day: str) -> None:
    """DATE is a proclaimed holiday in REGION."""
    from privacy.gateway.desk_law import close_day

    _say(common, close_day, region, _day(day))


@closed_day.command("remove", epilog="Example: rightsdesk law closed-day remove US-AL 2026-12-24")
@click.argument("region")
@click.argument("day", metavar="DATE")
@common_options
def closed_day_remove(common: Common, region: str, day: str) -> None:
    """DATE is no proclaimed holiday in REGION after all."""
    from privacy.gateway.desk_law import open_day

    _say(common, open_day, region, _day(day))


def _say(common: Common, change: Any, region: str, *day: date) -> None:
    from privacy.cli.running import open_run

    with open_run(common) as run:
        changed = change(run.desk, run.actor, region, *day)
        document = {"schema": SCHEMA, "region": region, "changed": changed}
        if day:
            document["date"] = day[0].isoformat()
        said = "Logged; it counts from now on." if changed else "It was so already."
        run.answer(document, lambda: console().print(said))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("That is not a date.", what="DATE", next="YYYY-MM-DD.") from None
