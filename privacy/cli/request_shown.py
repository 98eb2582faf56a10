"""How a request is shown to people: its clock, what is next, its timeline, its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacy.cli.running import Run
from privacy.cli.showing import console, note, table, visible
from privacy.rights import casework, standing
from privacy.rights.case import Kind, Step


def show_case(run: Run, request_id: str) -> None:
    """Answer with the case as it stands."""
    document = standing.document(run.desk, run.actor, request_id)
    run.answer(document, lambda: print_case(document))


def print_case(document: dict[str, Any]) -> None:
    """The case's document for people."""
    out = console()
    if document["to_mend"]:
        out.print("To mend first:", style="bold red")
        out.print(document["to_mend"], markup=False)
    out.print(f"{document['id']}  {document['kind']}  {document['law']}  {document['state']}")
    due = document["due"] or "no date"
    out.print(f"received {str(document['received'])[:10]}, due {due}, owner {document['owner']}")
    if document["safe_due"]:
        out.print(f"target under the stricter reading: {document['safe_due']}")
    if document["acknowledge_due"]:
        out.print(
            f"confirm the receipt by {document['acknowledge_due']}:"
            f" rightsdesk request tell {document['id']} acknowledged"
        )
    if len(document["laws"]) > 1:
        table(
            "",
            ("law", "due", "stricter", "says"),
            [(law["law"], law["due"], law["safe_due"], law["why"]) for law in document["laws"]],
        )
    if document["approval"]:
        out.print(f"approved: {shown_approval(document)} ({document['approval']['actor']})")
    if document["duplicates"]:
        out.print(f"may ask the same: {', '.join(document['duplicates'])}")
    if document["next_action"]:
        out.print(f"next: {next_command(document)}")
    for key, value in document.get("file", {}).items():
        out.print(f"{key}: {visible(value, lines=True)}", markup=False)
    for number, words in document.get("notes", {}).items():
        out.print(f"note {number}: {visible(words, lines=True)}", markup=False)
    table(
        "",
        ("when", "what", "who"),
        [(str(e["at"])[:19], e["type"], e["actor"]) for e in document["events"]],
    )
    for warning in document["clock"].get("warnings", ()):
        note(f"note: {warning}")


def shown_approval(row: Mapping[str, Any]) -> str:
    """How a plan was approved, if it was; breaking the glass is loud."""
    kind = str((row["approval"] or {}).get("kind", ""))
    return "BREAK-GLASS" if kind == "break_glass" else kind.replace("_", " ")


def next_command(document: dict[str, Any]) -> str:
    """What is typed next, by whom."""
    action, kind = document["next_action"], Kind(document["kind"])
    if action == Step.FULFIL and kind in casework.OUTCOMES:
        outcomes = "|".join(casework.OUTCOMES[kind])
        return f"rightsdesk request settle {document['id']} --outcome {outcomes}"
    who = "--as ANOTHER_PERSON " if action == Step.APPROVE else ""
    return f"rightsdesk {who}request {action} {document['id']}"
