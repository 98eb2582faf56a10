"""Where each case stands: its document, its clock and what is next. Nothing here is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import Denied
from privacy.rights import clock, erasing_store, store
from privacy.rights.case import State, Step, next_step
from privacy.rights.clock import Law, statute
from privacy.rights.store import Case, TimelineEvent

SCHEMA = "rightsdesk.request/1"
TO_CLOSE = (State.FULFILLED, State.REFUSED)
OPEN_STATES = (State.OPEN, State.VERIFIED, State.PLANNED, State.APPROVED, State.RUNNING)


@dataclass(frozen=True)
class Standing:
    """A case with its clock. Days are in the controller's zone; None while it stands still."""

    case: Case
    events: tuple[TimelineEvent, ...]
    clock: dict[str, Any]
    due: str | None
    safe_due: str | None

    @property
    def target(self) -> str | None:
        """The earlier of the limit and its stricter reading: what to work towards."""
        return min(filter(None, (self.due, self.safe_due)), default=None)

    @property
    def next_action(self) -> Step | None:
        return next_step(self.case.kind, self.case.state)


def standing(desk: Desk, request_id: str, *, law: Law = statute) -> Standing:
    """One case. NotFound if there is none."""
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    return _standing(desk, case, told, law)


def listed(desk: Desk, states: Sequence[State] = (), *, law: Law = statute) -> list[Standing]:
    """Cases in those states (default: all), the next due first."""
    with desk.reading() as db:
        found = [(case, store.timeline(db, case.id)) for case in store.cases(db, states)]
    all_of_them = [_standing(desk, case, told, law) for case, told in found]
    return sorted(all_of_them, key=lambda each: (each.target or "9999", each.case.id))


def document(desk: Desk, actor: Actor, request_id: str, *, law: Law = statute) -> dict[str, Any]:
    """The contract's document of one case, with its timeline, clock and erasure steps."""
    require_reader(actor)
    each = standing(desk, request_id, law=law)
    with desk.reading() as db:
        steps = erasing_store.steps(db, request_id)
    return {
        "schema": SCHEMA,
        **summary(each),
        "identity": each.case.identity_level,
        "owner": each.case.owner,
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
        "law": case.law,
        "channel": case.channel,
        "received": rfc3339(case.received_at),
        "due": each.due,
        "safe_due": each.safe_due,
        "state": case.state.value,
        "outcome": case.outcome or None,
        "next_action": each.next_action.value if each.next_action else None,
        "closed": None if case.closed_at is None else rfc3339(case.closed_at),
    }


@dataclass(frozen=True)
class Today:
    """What is overdue, due within a week, waits for my approval; `other` is open besides, and
    what is answered and not closed."""

    on: date
    overdue: tuple[Standing, ...]
    due: tuple[Standing, ...]
    approvals: tuple[Standing, ...]
    other: tuple[Standing, ...]


DUE_WITHIN_DAYS = 7


def today(desk: Desk, actor: Actor, *, law: Law = statute) -> Today:
    """The desk's day for this actor. A case due today is not overdue: that day counts."""
    require_reader(actor)
    on = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    cases = listed(desk, OPEN_STATES, law=law)
    overdue = [each for each in cases if _days(each.due, on) < 0]
    late = {each.case.id for each in overdue}
    soon = [
        each
        for each in cases
        if each.case.id not in late and _days(each.target, on) <= DUE_WITHIN_DAYS
    ]
    mine = [
        each
        for each in cases
        if each.case.state is State.PLANNED and each.case.planned_by != actor.id
    ]
    shown = late | {each.case.id for each in soon}
    return Today(
        on,
        tuple(overdue),
        tuple(soon),
        tuple(mine) if _may_approve(actor) else (),
        tuple(each for each in cases if each.case.id not in shown)
        + tuple(listed(desk, TO_CLOSE, law=law)),
    )


def today_document(found: Today) -> dict[str, Any]:
    """The day as one JSON document."""

    def rows(cases: Iterable[Standing]) -> list[dict[str, Any]]:
        return [summary(each) for each in cases]

    return {
        "schema": "rightsdesk.today/1",
        "date": found.on.isoformat(),
        "overdue": rows(found.overdue),
        "due": rows(found.due),
        "waiting_for_my_approval": rows(found.approvals),
        "other": rows(found.other),
    }


def _standing(desk: Desk, case: Case, told: Sequence[TimelineEvent], law: Law) -> Standing:
    answered = clock.answer(desk.config.controller, case, told, desk.now(), law=law)
    due, safe_due = clock.due(answered, told)
    return Standing(case, tuple(told), answered, due, safe_due)


def _days(day: str | None, on: date) -> int:
    """Days from `on` to a due day; far away while the clock stands still."""
    return 10**6 if day is None else (date.fromisoformat(day[:10]) - on).days


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


def _may_approve(actor: Actor) -> bool:
    try:
        actor.require(Act.APPROVE_REQUEST)
    except Denied:
        return False
    return True


def require_reader(actor: Actor) -> None:
    """Whoever handles requests or reads the log may see how cases stand; no file is opened."""
    try:
        actor.require(Act.READ_LOG)
    except Denied:
        actor.require(Act.HANDLE_REQUEST)
