"""Where each case stands: its document, its clock and what is next. Nothing here is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import Denied
from privacy.rights import (
    clock,
    duplicates,
    erasing_store,
    files,
    replaying,
    store,
)
from privacy.rights.case import Event, State, Step, next_step
from privacy.rights.clock import Law, statute
from privacy.rights.law_clock import LawClock
from privacy.rights.store import Case, TimelineEvent

SCHEMA = "rightsdesk.request/1"
TO_CLOSE = (State.FULFILLED, State.REFUSED)
OPEN_STATES = (State.OPEN, State.VERIFIED, State.PLANNED, State.APPROVED, State.RUNNING)


@dataclass(frozen=True)
class Standing:
    """A case with its clock. Days are in the controller's zone; None while it stands still.

    `to_mend` says why its dates cannot be trusted, and is "" for a sound case.
    """

    case: Case
    events: tuple[TimelineEvent, ...]
    clock: dict[str, Any]
    due: str | None
    safe_due: str | None
    laws: tuple[LawClock, ...] = ()
    to_mend: str = ""

    @property
    def target(self) -> str | None:
        """The earlier of the limit and its stricter reading: what to work towards."""
        return min(filter(None, (self.due, self.safe_due)), default=None)

    @property
    def acknowledge_due(self) -> str | None:
        """The day by which a law wants the person told that the request came; None once told."""
        if self.acknowledged:
            return None
        return min((law.acknowledge_due for law in self.laws if law.acknowledge_due), default=None)

    @property
    def next_day(self) -> str | None:
        """The first day on which something is owed: an acknowledgement or the answer."""
        return min(filter(None, (self.target, self.acknowledge_due)), default=None)

    @property
    def limit(self) -> str | None:
        """The day after which something owed is late; a stricter reading makes nothing late."""
        return min(filter(None, (self.due, self.acknowledge_due)), default=None)

    @property
    def acknowledged(self) -> bool:
        """Whether the person was told that the request came, or answered."""
        known = (Event.ACKNOWLEDGED, Event.FULFILLED, Event.REFUSED)
        return any(event.type in known for event in self.events)

    @property
    def approval(self) -> dict[str, Any] | None:
        """How the plan was approved, by whom, when: a break-glass shows wherever the case does.

        From the timeline; whether it stands is for `approval.standing_approval`.
        """
        last: TimelineEvent | None = None
        for event in self.events:
            if event.type is Event.PLANNED:
                last = None
            elif event.type is Event.APPROVED:
                last = event
        if last is None:
            return None
        # The first release kept no way: a second person was the only one.
        how = str(last.facts.get("how", "second_person"))
        detail = str(last.facts.get("detail", ""))
        return {"kind": how, "actor": last.actor, "at": rfc3339(last.at), "detail": detail}

    @property
    def next_action(self) -> Step | None:
        return next_step(self.case.kind, self.case.state)


def standing(desk: Desk, request_id: str, *, law: Law = statute) -> Standing:
    """One case. NotFound if there is none."""
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    return of_case(desk, case, told, law=law)


def listed(desk: Desk, states: Sequence[State] = (), *, law: Law = statute) -> list[Standing]:
    """Cases in those states (default: all): those to mend, then the next due first."""
    with desk.reading() as db:
        cases = store.cases(db, states)
        told = store.timelines(db, cases)
    found = [of_case(desk, case, told[case.id], law=law) for case in cases]
    return sorted(found, key=lambda each: (not each.to_mend, each.next_day or "9999", each.case.id))


def of_case(
    desk: Desk, case: Case, told: Sequence[TimelineEvent], *, law: Law = statute
) -> Standing:
    """Where a case stands that was read already. A clock that cannot be computed is to mend."""
    clocks = clock.read(desk.config.controller, case, told, desk.now(), law=law)
    leading = clocks.leading
    wrong = replaying.differences(case, told)
    to_mend = clocks.to_mend if case.state in OPEN_STATES else ""
    if wrong:
        to_mend = (
            f"The row of this case and its timeline differ ({', '.join(wrong)}):"
            " run `rightsdesk audit verify`."
        )
    return Standing(
        case, tuple(told), clocks.document(), leading.due, leading.safe_due, clocks.laws, to_mend
    )


def document(desk: Desk, actor: Actor, request_id: str, *, law: Law = statute) -> dict[str, Any]:
    """The contract's document of one case, with its timeline, clock and erasure steps."""
    require_reader(actor)
    each = standing(desk, request_id, law=law)
    with desk.reading() as db:
        steps = erasing_store.steps(db, request_id)
        attached = files.count(db, request_id)
        same = duplicates.found(db, each.case)
    return {
        "schema": SCHEMA,
        **summary(each),
        "identity": each.case.identity_level,
        "owner": each.case.owner,
        "deputy": each.case.deputy or None,
        "asked_by": each.case.asked_by,
        "harm": each.case.harm,
        "letter_on": each.case.letter_on or None,
        "parent": each.case.parent_id,
        "link": each.case.link or None,
        "attachments": attached,
        "duplicates": [other.id for other in same],
        "planned_by": each.case.planned_by or None,
        "approved_by": each.case.approved_by or None,
        "plan_sha256": each.case.plan_sha256 or None,
        "certificate_sha256": each.case.certificate_sha256 or None,
        "events": [_event(event) for event in each.events],
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "what": step.what,
                "done": None if step.done_at is None else rfc3339(step.done_at),
                "entry": step.entry_id or None,
            }
            for step in steps.values()
        ],
        "clock": each.clock,
    }


def summary(each: Standing) -> dict[str, Any]:
    """The line of a case in a list."""
    case = each.case
    return {
        "id": case.id,
        "kind": case.kind.value,
        "law": each.clock["law"] if each.laws else case.law,
        "laws": [law.document() for law in each.laws],
        "channel": case.channel,
        "received": rfc3339(case.received_at),
        "due": each.due,
        "safe_due": each.safe_due,
        "acknowledge_due": each.acknowledge_due,
        "state": case.state.value,
        "outcome": case.outcome or None,
        "approval": each.approval,
        "to_mend": each.to_mend or None,
        "next_action": each.next_action.value if each.next_action else None,
        "closed": None if case.closed_at is None else rfc3339(case.closed_at),
    }


def _event(event: TimelineEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "type": event.type.value,
        "at": rfc3339(event.at),
        "recorded": rfc3339(event.recorded_at),
        "actor": event.actor,
        **({"facts": dict(event.facts)} if event.facts else {}),
        **({"note": True} if event.has_note else {}),
    }


def require_reader(actor: Actor) -> None:
    """Whoever handles requests or reads the log may see how cases stand; no file is opened."""
    try:
        actor.require(Act.READ_LOG)
    except Denied:
        actor.require(Act.HANDLE_REQUEST)
