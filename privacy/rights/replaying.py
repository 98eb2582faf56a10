"""A case from its timeline alone: what the row says must be what the timeline says.

The row is a convenience for queries. Its state, laws, owner and links follow from the
events, which are only ever added; where the two differ, rows were changed by hand or by
a fault, and the case is shown as one to mend before anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.rights.case import Event, Kind, NotNow, State, replayed
from privacy.rights.store import Case, TimelineEvent


@dataclass(frozen=True)
class Replayed:
    """What a timeline says of its case; None where its events, of an older release, do not."""

    state: State
    laws: tuple[str, ...] | None = None
    owner: str | None = None
    deputy: str | None = None
    parent_id: str | None = None
    link: str | None = None


def replay(request_id: str, kind: Kind, events: Sequence[TimelineEvent]) -> Replayed:
    """The case as its timeline tells it. NotNow for a timeline that no case can have."""
    state = replayed(request_id, kind, [event.type for event in events])
    told: dict[str, str] = {}
    for event in events:
        if event.type in (Event.OPENED, Event.ASSIGNED, Event.LAWS_NAMED, Event.LINKED):
            told.update({key: str(value) for key, value in event.facts.items()})
        elif event.type is Event.MERGED:
            told.update(parent_id=str(event.facts["parent_id"]), link="merged")
    laws = told.get("laws")
    return Replayed(
        state,
        None if laws is None else tuple(laws.split()),
        told.get("owner"),
        told.get("deputy"),
        told.get("parent_id"),
        told.get("link"),
    )


def differences(case: Case, events: Sequence[TimelineEvent]) -> tuple[str, ...]:
    """Names of what the row of a case says otherwise than its timeline; empty when sound."""
    try:
        told = replay(case.id, case.kind, events)
    except NotNow:
        return ("timeline",)
    pairs: tuple[tuple[str, object, object], ...] = (
        ("state", told.state, case.state),
        ("laws", told.laws, case.laws),
        ("owner", told.owner, case.owner),
        ("deputy", told.deputy, case.deputy),
        ("parent_id", told.parent_id, case.parent_id),
        ("link", told.link, case.link),
    )
    found = [name for name, told_so, row in pairs if told_so is not None and told_so != row]
    if not any(event.type is Event.OPENED and event.at == case.received_at for event in events):
        found.append("received")
    return tuple(found)
