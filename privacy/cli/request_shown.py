"""How a request is shown to people: its clock, what is next, its timeline, its plan."""

from __future__ import annotations

from typing import Any

from privacy.cli.running import Run
from privacy.cli.showing import console, note, table
from privacy.rights import standing


def show_case(run: Run, request_id: str) -> None:
    """Answer with the case as it stands."""
    document = standing.document(run.desk, run.actor, request_id)
    run.answer(document, lambda: print_case(document))


def print_case(document: dict[str, Any]) -> None:
    """The case's document for people."""
    out = console()
    out.print(f"{document['id']}  {document['kind']}  {document['law']}  {document['state']}")
    due = document["due"] or "the clock stands still"
    out.print(f"received {str(document['received'])[:10]}, due {due}")
    if document["safe_due"]:
        out.print(f"target under the stricter reading: {document['safe_due']}")
    if document["next_action"]:
        out.print(f"next: rightsdesk request {document['next_action']} {document['id']}")
    if "file" in document:
        for key, value in document["file"].items():
            out.print(f"{key}: {value}", markup=False)
    table(
        "",
        ("when", "what", "who"),
        [(str(e["at"])[:19], e["type"], e["actor"]) for e in document["events"]],
    )
    for warning in document["clock"].get("warnings", ()):
        note(f"note: {warning}")
