"""`rightsdesk campaign`: create, add, preview, start, pause, status, explain, whocalled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from privacy.cli.campaign_explain import explain
from privacy.cli.campaign_history import import_history
from privacy.cli.campaign_preview import preview
from privacy.cli.campaign_prompt import prompt
from privacy.cli.campaign_records import records
from privacy.cli.campaign_whocalled import whocalled
from privacy.cli.options import Common, common_options
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, table
from privacy.errors import BadInput
from privacy.gateway import campaigns, standing
from privacy.gateway.campaigns import LINES, NewCampaign
from privacy.terms import Channel, KekKind, Purpose

SCHEMA = "rightsdesk.campaign/1"
PURPOSES = [purpose.value for purpose in Purpose if purpose is not Purpose.OPT_OUT_CONFIRMATION]
CHANNELS = [Channel.VOICE_PRERECORDED.value, Channel.VOICE_LIVE.value]


@click.group(epilog="Example: rightsdesk campaign status cm-…")
def group() -> None:
    """Campaigns and their candidates."""


group.add_command(prompt)


@group.command(
    epilog="Example: rightsdesk campaign create --title Autumn --purpose marketing"
    " --caller-id +442079460100 --script script.txt"
)
@click.option("--title", required=True, help="For you; no person's name.")
@click.option("--purpose", type=click.Choice(PURPOSES), required=True)
@click.option("--channel", type=click.Choice(CHANNELS), default=CHANNELS[0], show_default=True)
@click.option("--caller-id", required=True, metavar="NUMBER", help="Your own number, E.164.")
@click.option(
    "--script",
    "script",
    required=True,
    type=click.Path(path_type=Path),
    help="Text file: who calls and why first, then how to opt out.",
)
@click.option("--line", type=click.Choice(LINES), default="simulator", show_default=True)
@click.option("--trunk", default="trunk-1", show_default=True)
@click.option("--language", default="en", show_default=True)
@click.option("--opt-out-key", default="9", show_default=True)
@click.option("--rate", default=1.0, show_default=True, help="Calls begun per second.")
@click.option("--concurrency", default=10, show_default=True, help="Calls at once.")
@click.option("--max-attempts", default=3, show_default=True, help="Calls to one candidate.")
@click.option("--min-gap", default=7_200, show_default=True, help="Seconds between two calls.")
@click.option("--ring", default=25, show_default=True, help="Seconds to let it ring.")
@click.option("--max-length", default=120, show_default=True, help="Seconds of a call at most.")
@click.option(
    "--cap", default=3, show_default=True, help="Calls to one number, whoever called; 0: none."
)
@click.option("--cap-hours", default=24, show_default=True, help="Hours in which they count.")
@click.option(
    "--over-dial",
    default=0,
    show_default=True,
    help="Live calls at once without a reserved agent, as far as earned.",
)
@click.option(
    "--over-dial-rate", default=0.0, help="A lower share of abandoned calls than the law's."
)
@click.option(
    "--language-fallback", is_flag=True, help="Call also whose language has no script of yours."
)
@click.option("--facts", type=click.Path(path_type=Path), help="JSON: context of `law call`.")
@common_options
def create(common: Common, script: Path, facts: Path | None, **options: Any) -> None:
    """Make a campaign; it starts as a draft."""
    new = NewCampaign(
        title=options["title"],
        purpose=Purpose(options["purpose"]),
        channel=Channel(options["channel"]),
        caller_id=options["caller_id"],
        script=_text(script),
        line=options["line"],
        trunk=options["trunk"],
        language=options["language"],
        opt_out_key=options["opt_out_key"],
        rate_per_s=options["rate"],
        concurrency=options["concurrency"],
        max_attempts=options["max_attempts"],
        min_gap_s=options["min_gap"],
        ring_s=options["ring"],
        max_s=options["max_length"],
        cap_calls=options["cap"],
        cap_hours=options["cap_hours"],
        over_most=options["over_dial"],
        over_rate=options["over_dial_rate"],
        language_fallback=options["language_fallback"],
        facts=_facts(facts),
    )
    with open_run(common, (KekKind.CALL,)) as run:
        campaign_id = campaigns.create(run.desk, run.actor, new)
        _answer(run, {"campaign": campaign_id, "state": "draft"}, f"Campaign {campaign_id}, draft.")


group.add_command(import_history)


@group.command(epilog="Example: rightsdesk campaign add cm-…")
@click.argument("campaign")
@common_options
def add(common: Common, campaign: str) -> None:
    """Add every active person's numbers as candidates; the gate decides about each."""
    with open_run(common, (KekKind.CALL,)) as run:
        added, there = campaigns.add(run.desk, run.actor, campaign)
        document = {"campaign": campaign, "added": added, "already_there": there}
        _answer(run, document, f"Added {added}; {there} were there already.")


group.add_command(preview)


@group.command(epilog="Example: rightsdesk campaign start cm-…")
@click.argument("campaign")
@common_options
def start(common: Common, campaign: str) -> None:
    """From now on dialers may ask for permits."""
    with open_run(common, (KekKind.CALL,)) as run:
        campaigns.start(run.desk, run.actor, campaign)
        _answer(run, {"campaign": campaign, "state": "running"}, "Running.")


@group.command(epilog="Example: rightsdesk campaign pause cm-…")
@click.argument("campaign")
@common_options
def pause(common: Common, campaign: str) -> None:
    """No permit and no number until it is started again."""
    with open_run(common, (KekKind.CALL,)) as run:
        campaigns.pause(run.desk, run.actor, campaign)
        _answer(run, {"campaign": campaign, "state": "paused"}, "Paused.")


@group.command(epilog="Example: rightsdesk campaign status")
@click.argument("campaign", required=False)
@common_options
def status(common: Common, campaign: str | None) -> None:
    """One campaign, or all of them."""
    with open_run(common, (KekKind.CALL,)) as run:
        with run.desk.reading() as db:
            ids = [campaign] if campaign else [one.id for one in campaigns.listed(db)]
        found = [standing.status(run.desk, one) for one in ids]

        def human() -> None:
            columns = ["campaign", "title", "state", "line", "candidates", "attempts"]
            rows = [
                [
                    *(one[name] for name in columns[:4]),
                    *(_counts(one[name]) for name in columns[4:]),
                ]
                for one in found
            ]
            table("", columns, rows, "No campaign yet: `rightsdesk campaign create`.")

        run.answer({"schema": SCHEMA, "campaigns": found}, human)


group.add_command(explain)
group.add_command(whocalled)
group.add_command(records)


def _answer(run: Run, document: dict[str, Any], text: str) -> None:
    run.answer({"schema": SCHEMA, **document}, lambda: console().print(text))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "The script cannot be read as UTF-8 text.", what="--script", next="Check the file."
        ) from None


def _facts(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BadInput("The facts are no JSON object.", what="--facts", next="See docs/gateway.md.")
    return found
