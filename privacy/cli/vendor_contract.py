"""`rightsdesk vendor contract`: the clauses of the contract, each with its page."""

from __future__ import annotations

from typing import Any

import click

from privacy.actors import Act
from privacy.cli.options import Common, common_options, private
from privacy.cli.running import Run, open_run
from privacy.cli.showing import console, note, table, visible
from privacy.cli.vendor_answers import VENDOR
from privacy.vendors import contract, store
from privacy.vendors.answers import plain
from privacy.vendors.clauses import Found, clauses, lists

OPEN = "open"


@click.group("contract", epilog="Example: rightsdesk vendor contract list vd-…")
def group() -> None:
    """Clauses that the contract with a vendor must have: GDPR Article 28(3) and CCPA."""


@group.command("list", epilog="Example: rightsdesk vendor contract list vd-… --open")
@VENDOR
@click.option("--list", "list_id", type=click.Choice(["gdpr", "ccpa"]), help="One list only.")
@click.option("--open", "only_open", is_flag=True, help="Only what was not looked at.")
@click.option("--words", is_flag=True, help="With documents' names and notes; opening is logged.")
@common_options
def list_command(
    common: Common, vendor_id: str, list_id: str | None, only_open: bool, words: bool
) -> None:
    """The clauses as tasks: what was found of each, on which page of which document."""
    with open_run(common) as run:
        run.actor.require(Act.REPORT)
        rows = rows_of(run, vendor_id)
        if words:
            told = contract.words(run.desk, run.actor, vendor_id)
            rows = [{**row, **told.get(row["clause"], {})} for row in rows]
        rows = [
            row
            for row in rows
            if list_id in (None, row["list"]) and (not only_open or row["state"] == OPEN)
        ]
        document = {"schema": "rightsdesk.vendor-contract/1", "clauses": rows}
        run.answer(document, lambda: _show(rows))


@group.command(
    "set",
    epilog="Example: rightsdesk vendor contract set vd-… gdpr-a --state met --page 4"
    " --document ev-…",
)
@VENDOR
@click.argument("clause")
@click.option("--state", type=click.Choice([each.value for each in Found]), required=True)
@click.option("--page", "pages", default="", metavar="N|N-N", help="Where it stands.")
@click.option("--document", default="", metavar="ID|SHA256", help="Evidence, or a digest.")
@click.option("--name", metavar="TEXT|-", help="Or the document's name; sealed.")
@click.option("--note", "remark", metavar="TEXT|-", help="A note; sealed, never the vendor's.")
@common_options
def set_command(
    common: Common,
    vendor_id: str,
    clause: str,
    state: str,
    pages: str,
    document: str,
    name: str | None,
    remark: str | None,
) -> None:
    """Record what the contract says of a clause."""
    with open_run(common) as run:
        contract.look(
            run.desk,
            run.actor,
            vendor_id,
            clause,
            Found(state),
            pages=pages,
            document=document,
            name=private(name, "Name of the document") or "",
            note=private(remark, "Note") or "",
        )
        told = {"schema": "rightsdesk.vendor-clause/1", "clause": clause, "state": state}
        run.answer(told, lambda: note(f"{clause}: {state}"))


@group.command(epilog="Example: rightsdesk vendor contract feed vd-… --record")
@VENDOR
@click.option("--record", is_flag=True, help="Record the answers; else they are only shown.")
@common_options
def feed(common: Common, vendor_id: str, record: bool) -> None:
    """What the clauses answer of the questionnaire, beside what the vendor said."""
    with open_run(common) as run:
        fed = contract.feed(run.desk, run.actor, vendor_id, record=record)
        rows: list[dict[str, Any]] = [
            {
                "question": each.answer.question,
                "by_clauses": plain(each.answer.value),
                "stands": None if each.before is None else plain(each.before.value),
                "changes": each.changes,
            }
            for each in fed
        ]
        document = {"schema": "rightsdesk.vendor-contract-feed/1", "recorded": record}
        run.answer({**document, "questions": rows}, lambda: _fed(rows, record))


def rows_of(run: Run, vendor_id: str) -> list[dict[str, Any]]:
    """Every clause of every list, with what was found or as open."""
    with run.desk.reading() as db:
        found = contract.found(db, store.vendor(db, vendor_id).id)
    rows: list[dict[str, Any]] = []
    for each in clauses().values():
        looked = found.get(each.id)
        task = {
            "clause": each.id,
            "what": each.what,
            "cite": each.cite,
            "mark": each.mark,
            "question": each.question or None,
            "state": OPEN,
        }
        rows.append({"list": each.list_id, **(task if looked is None else looked.row())})
    return rows


def _show(rows: list[dict[str, Any]]) -> None:
    for each in lists():
        cells = [
            (
                row["clause"],
                row["state"],
                row.get("pages") or "",
                visible(row.get("name") or "") or row.get("document") or "",
                row["what"],
                f"{row['cite']} ({row['mark']})",
            )
            for row in rows
            if row["list"] == each.id
        ]
        if cells:
            columns = ("clause", "state", "page", "document", "what", "citation")
            table(each.title, columns, cells, empty="")
    if not rows:
        console().print("Nothing is open: every clause was looked at.")


def _fed(rows: list[dict[str, Any]], record: bool) -> None:
    columns = ("question", "by the clauses", "stands", "")
    cells = [
        (
            row["question"],
            _words(row["by_clauses"]),
            _words(row["stands"]),
            "changes" if row["changes"] else "same",
        )
        for row in rows
    ]
    nothing = "No question has all its clauses looked at. See `rightsdesk vendor contract list`."
    table("Answers by the contract", columns, cells, empty=nothing)
    if rows and not record:
        note("Nothing was recorded. --record does.")


def _words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
