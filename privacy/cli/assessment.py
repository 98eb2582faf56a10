"""`rightsdesk assessment`: impact and legitimate-interest assessments, signed by another."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table
from privacy.clock import rfc3339
from privacy.datamap import store as maps
from privacy.datamap.assessments import outlines, prefill, reviews, store
from privacy.datamap.assessments.outlines import KINDS
from privacy.datamap.assessments.store import POSITIONS, Note, Standing
from privacy.errors import BadInput
from privacy.vault.files import reason_of

DAY = click.DateTime(["%Y-%m-%d"])
REVIEW_AFTER_DAYS = 365


@click.group()
def group() -> None:
    """DPIAs and legitimate-interest assessments: write, advise, sign, review."""


@group.command(
    epilog="Example: rightsdesk assessment new --kind dpia --activity telephone-marketing"
)
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--activity", required=True, metavar="ID", help="An activity of the data map.")
@click.option("--outline", type=click.Choice(outlines.ids()), help="Default: ICO; three-part.")
@click.option("--review-on", type=DAY, help="When it is looked at again; default in a year.")
@common_options
def new(
    common: Common, kind: str, activity: str, outline: str | None, review_on: datetime | None
) -> None:
    """Begin an assessment with what the accepted data map knows already."""
    with open_run(common) as run:
        run.actor.require(Act.HANDLE_REQUEST)
        held = maps.accepted(run.desk)
        day = review_on.date() if review_on else None
        text = prefill.text(
            held.map,
            activity,
            kind,
            run.desk.config.controller.law,
            held.version.digest,
            day or store.today(run.desk) + timedelta(days=REVIEW_AFTER_DAYS),
            outline or "",
        )
        made = store.new(run.desk, run.actor, text)
        _answer(run, store.one(run.desk, made), "")


@group.command("list", epilog="Example: rightsdesk assessment list --json")
@common_options
def list_command(common: Common) -> None:
    """Every assessment: kind, activity, state, day of review."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        rows = [_summary(held) for held in store.listed(run.desk)]
        waiting = [each.document() for each in reviews.waiting(run.desk, run.actor)]
        document = {"schema": "rightsdesk.assessments/1", "assessments": rows, "waiting": waiting}
        columns = ("id", "kind", "activity", "state", "review_on")
        empty = "No assessment yet. `rightsdesk assessment new` begins one."
        run.answer(
            document,
            lambda: table(
                "Assessments", columns, [[row[c] for c in columns] for row in rows], empty=empty
            ),
        )


@group.command(epilog="Example: rightsdesk assessment show as-… --toml > dpia.toml")
@click.argument("assessment_id")
@click.option("--outline", type=click.Choice(outlines.ids()), help="By whose outline.")
@click.option("--toml", is_flag=True, help="The text itself, to change it.")
@common_options
def show(common: Common, assessment_id: str, outline: str | None, toml: bool) -> None:
    """State, authors, digest to sign, advice, risks, and what is still missing."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        held = store.one(run.desk, assessment_id)
        if toml and not common.json:
            run.answer({}, lambda: click.echo(held.text, nl=False))
            return
        _answer(run, held, outline or "")


@group.command(epilog="Example: rightsdesk assessment edit as-… --file dpia.toml")
@click.argument("assessment_id")
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="Instead of $EDITOR."
)
@common_options
def edit(common: Common, assessment_id: str, path: Path | None) -> None:
    """Change the text; advice and signature of the earlier text do not count for it."""
    with open_run(common) as run:
        run.actor.require(Act.HANDLE_REQUEST)
        held = store.one(run.desk, assessment_id)
        text = _given(path) if path else click.edit(held.text, extension=".toml")
        if text is None:
            raise BadInput("Nothing was changed.", what=assessment_id, next="Save in the editor.")
        store.save(run.desk, run.actor, assessment_id, text)
        _answer(run, store.one(run.desk, assessment_id), "")


@group.command(
    epilog="Example: rightsdesk assessment advise as-… --position for --text 'Measures suffice.'"
)
@click.argument("assessment_id")
@click.option("--position", type=click.Choice(POSITIONS), required=True)
@click.option("--text", required=True, metavar="TEXT|-", help="The advice; no names.")
@common_options
def advise(common: Common, assessment_id: str, position: str, text: str) -> None:
    """The data protection officer's advice on the newest text (Article 35(2))."""
    words = private(text, "Advice") or ""
    with open_run(common) as run:
        store.advise(run.desk, run.actor, assessment_id, position, words)
        _answer(run, store.one(run.desk, assessment_id), "")


@group.command(epilog="Example: rightsdesk assessment sign as-… --digest 3fa1c2d4 --as handler")
@click.argument("assessment_id")
@click.option("--digest", required=True, help="Of the text you read, at least 8 digits.")
@click.option("--overruled", default="", help="Why advice against it is not followed.")
@common_options
def sign(common: Common, assessment_id: str, digest: str, overruled: str) -> None:
    """Accept measures and the risk that is left; never by an author, only where it is whole."""
    with open_run(common) as run:
        store.sign(run.desk, run.actor, assessment_id, digest, overruled=overruled)
        _answer(run, store.one(run.desk, assessment_id), "")


def _given(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadInput(
            f"The file cannot be read: {reason_of(error)}.", what="--file", next="Check its path."
        ) from None
    except UnicodeDecodeError:
        raise BadInput("It is not UTF-8.", what="--file", next="Save it as UTF-8.") from None


def _summary(held: Standing) -> dict[str, Any]:
    row = held.assessment.row
    return {
        "id": held.id,
        "kind": row["kind"],
        "activity": row["activity"],
        "title": row["title"],
        "state": held.state,
        "authors": list(held.authors),
        "digest": held.digest,
        "versions": len(held.saved),
        "review_on": row["review_on"].isoformat(),
    }


def _answer(run: Run, held: Standing, outline: str) -> None:
    gaps = [gap.document() for gap in store.gaps(run.desk, held, outline)]
    document = {
        "schema": "rightsdesk.assessment/1",
        **_summary(held),
        "outline": outline or held.assessment.row["outline"],
        "risks": [
            {
                "id": risk["id"],
                "title": risk["title"],
                "level": held.assessment.level(risk),
                "residual": held.assessment.residual(risk) or None,
            }
            for risk in held.assessment.risks
        ],
        "advice": _note(held.advice),
        "signature": _note(held.signature),
        "gaps": gaps,
    }
    run.answer(document, lambda: _print(document))


def _note(found: Note | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"by": found.by, "at": rfc3339(found.at), "entry": found.entry, **found.words}


def _print(document: dict[str, Any]) -> None:
    shown = ("id", "kind", "activity", "state", "authors", "digest", "versions", "review_on")
    rows: list[list[Any]] = []
    for name in shown:
        value = document[name]
        rows.append([name, ", ".join(value) if name == "authors" else value])
    for name in ("advice", "signature"):
        held = document[name]
        told = f"{held['by']}, {held['at'][:10]}: {held.get('position', '')}" if held else "none"
        rows.append([name, told])
    table(document["title"], ("what", "value"), rows)
    if document["risks"]:
        columns = ("id", "title", "level", "residual")
        table("Risks", columns, [[risk[c] or "" for c in columns] for risk in document["risks"]])
    if document["gaps"]:
        columns = ("field", "level", "text", "citation")
        rows = [[gap[c] for c in columns] for gap in document["gaps"]]
        table("Still to do", columns, rows, style="yellow")
    else:
        console().print("Nothing is missing.")
    if document["state"] == "changed":
        note("The text was changed after it was signed: the signature does not count for it.")
