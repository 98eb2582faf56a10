"""Which marks of staff stand in a case's timeline: what an answer leaves out by hand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from privacy.rights.case import Event
from privacy.rights.store import TimelineEvent


def of_timeline(told: Sequence[TimelineEvent]) -> list[dict[str, Any]]:
    """The marks that stand, for the plan: number and ground."""
    marks = {
        event.seq: str(event.facts["ground"])
        for event in told
        if event.type is Event.REDACTED and "ground" in event.facts
    }
    undone = {e.facts.get("undone") for e in told if e.type is Event.REDACTED}
    return [{"mark": seq, "ground": id_} for seq, id_ in marks.items() if seq not in undone]
