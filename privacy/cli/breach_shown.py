"""How a breach is shown: its clocks first, what is owed, figures, timeline; nothing opened."""

from __future__ import annotations

from typing import Any

from privacy.cli.showing import console, note, table
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights.breach import counting, register, states, store


def document_of(desk: Desk, breach_id: str) -> dict[str, Any]:
    """The breach as JSON: codes and figures, no words of the account."""
    now = desk.now()
    with desk.reading() as db:
        found = store.breach(db, breach_id)
        lines = store.timeline(db, breach_id)
    standing, laws = store.standing(found, lines), store.laws_of(found, lines)
    return {
        "schema": "rightsdesk.breach/1",
        "id": found.id,
        "state": found.state,
        "risk": found.risk,
        "role": "processor" if laws.as_processor else "controller",
        "laws": list(found.laws),
        "aware": rfc3339(found.aware_at),
        "began": None if found.began_at is None else rfc3339(found.began_at),
        "ended": None if found.ended_at is None else rfc3339(found.ended_at),
        "clocks": [clock.document(now) for clock in register.clocks_of(desk, found, now)],
        "owed": [duty.value for duty in states.owed(laws, standing)],
        "notified": dict(standing.notified),
        "complete": sorted(standing.complete),
        "not_telling": {
            "ground": standing.ground or None,
            "proposed_by": standing.proposer or None,
            "agreed": standing.exempt,
        },
        "people_told": standing.people_told,
        "affected": counting.figures(desk, breach_id).document(),
        "timeline": [
            {
                "seq": line.seq,
                "type": line.type.value,
                "at": rfc3339(line.at),
                "recorded": rfc3339(line.recorded_at),
                "actor": line.actor,
                "facts": dict(line.facts),
                "has_note": line.has_note,
            }
            for line in lines
        ],
    }


def print_breach(document: dict[str, Any]) -> None:
    """The same for people."""
    console().print(f"Breach {document['id']}: {document['state']}, risk {document['risk']}")
    table("Clocks", ("hours left", "due", "towards", "law", "why"), _clocks(document))
    affected = document["affected"]
    counted = [*affected["by_data"].items(), *affected["by_country"].items()]
    table(f"Affected: {affected['people']} persons", ("what", "persons"), counted, "Nobody yet.")
    table(
        "Timeline",
        ("at", "type", "actor", "facts"),
        [
            (line["at"], line["type"], line["actor"], _codes(line["facts"]))
            for line in document["timeline"]
        ],
    )
    if document["owed"]:
        note(f"Owed: {', '.join(each.replace('_', ' ') for each in document['owed'])}.")


def hours(left: float | None) -> str:
    """Hours that are left, or by how much it is overdue."""
    if left is None:
        return ""
    return f"{left:.1f}" if left >= 0 else f"overdue by {-left:.1f}"


def _clocks(document: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            hours(clock["hours_left"]),
            clock["due"] or "",
            clock["towards"],
            f"{clock['law']} {clock['citation']}",
            clock["why"] or "",
        )
        for clock in document["clocks"]
    ]


def _codes(facts: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in facts.items() if value not in ("", None))
