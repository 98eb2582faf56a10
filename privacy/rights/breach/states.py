"""How a breach stands, by its timeline alone. Pure.

The timeline is only ever added to; whatever may not happen raises and is not recorded.
A breach closes when nothing is owed: its risk is assessed, the authority of each law that
asks for it was told completely (GDPR Article 33(1), (4)), and the people were told, or a
second person agreed that they need not be (Article 34(3)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from privacy.rights.case import NotNow


class State(StrEnum):
    """Whether a breach is being worked on."""

    OPEN = "open"
    CLOSED = "closed"


class Risk(StrEnum):
    """The risk to the people's rights and freedoms (GDPR Articles 33(1), 34(1))."""

    UNKNOWN = "unknown"
    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


class Ground(StrEnum):
    """Why people need not be told (GDPR Article 34(3)(a) to (c))."""

    UNINTELLIGIBLE = "unintelligible"
    RISK_REMOVED = "risk_removed"
    DISPROPORTIONATE = "disproportionate"


class Event(StrEnum):
    """What happens to a breach."""

    OPENED = "opened"
    NOTED = "noted"
    CONTAINED = "contained"
    ACCOUNT_CHANGED = "account_changed"
    AWARE_CORRECTED = "aware_corrected"
    DATED = "dated"
    ASSESSED = "assessed"
    AFFECTED = "affected"
    COUNTED = "counted"
    AUTHORITY_NOTIFIED = "authority_notified"
    CONTROLLER_TOLD = "controller_told"
    CUSTODY_PROVED = "custody_proved"
    NOT_TELLING_PROPOSED = "not_telling_proposed"
    NOT_TELLING_APPROVED = "not_telling_approved"
    LETTERS_MADE = "letters_made"
    PEOPLE_TOLD = "people_told"
    REMINDED = "reminded"
    CLOSED = "closed"
    REOPENED = "reopened"


class Duty(StrEnum):
    """What is still owed."""

    ASSESS = "assess"
    NOTIFY_AUTHORITY = "notify_authority"
    COMPLETE_NOTICE = "complete_notice"
    TELL_CONTROLLER = "tell_controller"
    TELL_PEOPLE = "tell_people"


# What a word alone may add to a timeline; the rest is recorded by the step that does it.
TELLABLE = frozenset({Event.NOTED, Event.CONTAINED})


@dataclass(frozen=True)
class Laws:
    """Which laws ask for what. `people_always`: people are told whatever the risk."""

    authority: frozenset[str]
    people_always: bool = False
    as_processor: bool = False


@dataclass(frozen=True)
class Told:
    """One line as the states see it."""

    type: Event
    actor: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How a breach stands. `notified`: law to the number of notices; `complete`: laws whose
    authority has everything; `proposer`: who proposed not to tell the people."""

    state: State | None = None
    risk: Risk = Risk.UNKNOWN
    notified: Mapping[str, int] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    proposer: str = ""
    ground: str = ""
    exempt: bool = False
    custody: bool = False
    controller_told: bool = False
    letters: int = 0
    people_told: bool = False


def replayed(breach_id: str, laws: Laws, events: Iterable[Told]) -> Standing:
    """How the timeline leaves the breach. NotNow for one that no breach can have."""
    standing = Standing()
    for event in events:
        standing = after(breach_id, laws, standing, event)
    return standing


def after(breach_id: str, laws: Laws, before: Standing, event: Told) -> Standing:
    """How the breach stands after the event. NotNow where it may not happen."""
    _refuse(breach_id, laws, before, event)
    facts = event.facts
    match event.type:
        case Event.OPENED | Event.REOPENED:
            return replace(before, state=State.OPEN)
        case Event.ASSESSED:
            return replace(before, risk=Risk(facts["risk"]))
        case Event.AUTHORITY_NOTIFIED:
            law = str(facts["law"])
            count = {**before.notified, law: before.notified.get(law, 0) + 1}
            whole = {law} if facts.get("complete") else set()
            return replace(before, notified=count, complete=before.complete | whole)
        case Event.CONTROLLER_TOLD:
            return replace(before, controller_told=True)
        case Event.CUSTODY_PROVED:
            return replace(before, custody=True)
        case Event.NOT_TELLING_PROPOSED:
            ground = str(facts["ground"])
            return replace(before, proposer=event.actor, ground=ground, exempt=False)
        case Event.NOT_TELLING_APPROVED:
            return replace(before, exempt=True)
        case Event.AFFECTED:
            # Somebody new is affected: whom the notices did not reach is still to be told.
            grown = int(facts.get("people", 0)) > 0
            return replace(before, people_told=before.people_told and not grown)
        case Event.LETTERS_MADE:
            return replace(before, letters=before.letters + int(facts.get("count", 0)))
        case Event.PEOPLE_TOLD:
            return replace(before, people_told=True)
        case Event.CLOSED:
            return replace(before, state=State.CLOSED)
        case _:
            return before


def owed(laws: Laws, standing: Standing) -> tuple[Duty, ...]:
    """What is still owed, in the order in which it is done; empty for one that may close."""
    found = []
    if standing.risk is Risk.UNKNOWN:
        found.append(Duty.ASSESS)
    if laws.as_processor:
        if not standing.controller_told:
            found.append(Duty.TELL_CONTROLLER)
        return tuple(found)
    if standing.risk is not Risk.UNLIKELY:
        if laws.authority - standing.notified.keys():
            found.append(Duty.NOTIFY_AUTHORITY)
        elif laws.authority - standing.complete:
            found.append(Duty.COMPLETE_NOTICE)
    tell = standing.risk is Risk.HIGH or laws.people_always
    if tell and not standing.people_told and not standing.exempt:
        found.append(Duty.TELL_PEOPLE)
    return tuple(found)


def _refuse(breach_id: str, laws: Laws, before: Standing, event: Told) -> None:
    kind = event.type
    if (kind is Event.OPENED) is not (before.state is None):
        raise _no(breach_id, "A timeline begins with its opening, once.")
    if kind is Event.REOPENED and before.state is not State.CLOSED:
        raise _no(breach_id, "Only a closed breach is opened again.")
    if before.state is State.CLOSED and kind is not Event.REOPENED:
        raise _no(breach_id, "It is closed.", "Open it again: `rightsdesk breach event`.")
    if kind is Event.CLOSED and (rest := owed(laws, before)):
        names = ", ".join(duty.value.replace("_", " ") for duty in rest)
        raise _no(breach_id, f"Something is still owed: {names}.", "Do it, then close.")
    if kind is Event.AUTHORITY_NOTIFIED and event.facts.get("law") not in laws.authority:
        raise _no(breach_id, "No authority is told under that law.")
    if kind is Event.NOT_TELLING_PROPOSED:
        if event.facts.get("ground") not in set(Ground):
            raise _no(breach_id, "That is no ground for not telling people.")
        if event.facts["ground"] == Ground.UNINTELLIGIBLE and not before.custody:
            raise _no(
                breach_id,
                "That the data cannot be read has to be shown first.",
                "Record the custody of the keys: `rightsdesk breach event --custody`.",
            )
    if kind is Event.NOT_TELLING_APPROVED:
        if not before.proposer:
            raise _no(breach_id, "Nobody proposed not to tell the people.")
        if event.actor == before.proposer:
            raise _no(breach_id, "A second person agrees, not whoever proposed it.")


def _no(breach_id: str, message: str, following: str = "See `rightsdesk breach show`.") -> NotNow:
    return NotNow(message, what=breach_id, next=following)
