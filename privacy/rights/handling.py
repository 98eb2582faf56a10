"""What an actor does to a case between its opening and its end: tell, plan, approve, refuse, close.

Whoever planned does not approve. Every event of the clock is tried on the law
before it is recorded: what the law does not allow raises and changes nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.clock import micros
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.rights import clock, holds, pack, people_store, plan, store
from privacy.rights import erasing_store as steps
from privacy.rights.case import TELLABLE, Event, Kind, NotNow, Step, after
from privacy.rights.clock import Law, statute
from privacy.rights.places import regions_of
from privacy.rights.plan import Kept
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import KeyClass

CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,40}")


def tell(
    desk: Desk,
    actor: Actor,
    request_id: str,
    event: NewEvent,
    *,
    law: Law = statute,
) -> dict[str, Any]:
    """Record an event of the clock; the clock's answer with it.

    NotAllowedByLaw if the law does not allow it (a late extension notice): not recorded.
    """
    actor.require(Act.HANDLE_REQUEST)
    _code(str(event.facts.get("reason", "none")))
    if event.type not in TELLABLE:
        raise BadInput(
            "That event is recorded by the step that does it.",
            what=event.type.value,
            next="See `rightsdesk request tell --help` for those that are told.",
        )
    now = desk.now()
    if event.at is not None and event.at > now:
        raise BadInput("An event cannot lie in the future.", what="at", next="Give when it was.")
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    after(request_id, case.kind, case.state, Step.TELL)
    answered = clock.answer(desk.config.controller, case, told, now, more=[event], law=law)
    sealed = store.seal_note(desk, case.holder_id, event.note)

    def job(unit: Unit) -> None:
        store.move(unit, request_id, Step.TELL)
        store.tell(unit, request_id, actor.id, event, sealed)
        unit.append("request.told", actor.id, request=request_id, object=event.type.value)

    desk.write(job)
    return answered


def extend(
    desk: Desk,
    actor: Actor,
    request_id: str,
    reason: str,
    *,
    at: datetime | None = None,
    until: date | None = None,
    law: Law = statute,
) -> dict[str, Any]:
    """Record that the person was told of an extension and why; the clock's answer with it.

    `reason` is a code (complexity, number); `until` the new day, where the law fixes no
    length. NotAllowedByLaw when it is too late for the notice or there is no extension:
    nothing is recorded.
    """
    facts = {"reason": reason, **({"until": until.isoformat()} if until else {})}
    event = NewEvent(Event.EXTENSION_NOTICE, at, facts)
    return tell(desk, actor, request_id, event, law=law)


def make_plan(desk: Desk, actor: Actor, request_id: str) -> dict[str, Any]:
    """Plan what fulfilling the request will do, for a second person to approve."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        after(request_id, case.kind, case.state, Step.PLAN)
        people = people_store.merged_set(db, case.subject_id or 0)
        records = people_store.counts(db, people)
        last = people_store.last_records(db, people)
        if not people:
            raise NotNow(
                "The person of this request is no longer there.",
                what=request_id,
                next="They were erased meanwhile. Refuse the request, or answer that.",
            )
        if case.kind is Kind.ERASURE:
            store.refuse_unfinished(db, people, request_id)
    document: dict[str, Any]
    if case.kind is Kind.ERASURE:
        holds.refuse_held(desk, people, request_id)
        regions = regions_of(desk, actor.id, people, request_id)
        document = plan.make(
            request_id,
            case.law,
            people,
            people_store.digest_of(people),
            regions,
            last,
            records,
        ).document()
    else:
        document = {
            "request_id": request_id,
            "law": case.law,
            "people": len(people),
            "people_sha256": people_store.digest_of(people),
            "records": records,
        }
    _save_plan(desk, actor, case, document)
    return document


def _save_plan(desk: Desk, actor: Actor, case: Case, document: dict[str, Any]) -> None:
    text = plan.text_of(document)

    def job(unit: Unit) -> None:
        store.move(
            unit,
            case.id,
            Step.PLAN,
            plan=text,
            plan_sha256=plan.digest(text),
            planned_by=actor.id,
            approved_by="",
            approved_seq=None,
        )
        if case.kind is Kind.ERASURE:
            steps.list_steps(unit, case.id, plan.STEPS)
        store.tell(unit, case.id, actor.id, NewEvent(Event.PLANNED))
        unit.append("request.planned", actor.id, request=case.id, object=plan.digest(text))

    desk.write(job)


def approve(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Approve the plan as it stands. Denied for whoever planned it."""
    actor.require(Act.APPROVE_REQUEST)

    def job(unit: Unit) -> None:
        before = store.move(unit, request_id, Step.APPROVE, approved_by=actor.id)
        if before.planned_by == actor.id:
            raise Denied(
                "Whoever planned a request may not approve it.",
                what=request_id,
                next="Ask a second person to look at the plan and approve it.",
            )
        seq = store.tell(unit, request_id, actor.id, NewEvent(Event.APPROVED))
        store.set_values(unit, request_id, approved_seq=seq)
        unit.append("request.approved", actor.id, request=request_id, object=before.plan_sha256)

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)


def refuse(desk: Desk, actor: Actor, request_id: str, reason: str, note: str = "") -> Case:
    """Refuse a request; `reason` is a code, `note` is sealed. The refusal counts as sent."""
    actor.require(Act.HANDLE_REQUEST)
    _code(reason)
    with desk.reading() as db:
        case = store.case(db, request_id)
    after(request_id, case.kind, case.state, Step.REFUSE)
    sealed = store.seal_note(desk, case.holder_id, note)

    def job(unit: Unit) -> None:
        store.move(unit, request_id, Step.REFUSE, outcome=f"refused:{reason}")
        store.tell(unit, request_id, actor.id, NewEvent(Event.REFUSAL_SENT), sealed)
        store.tell(unit, request_id, actor.id, NewEvent(Event.REFUSED))
        unit.append("request.refused", actor.id, request=request_id, outcome=reason)

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)


def close(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Close a fulfilled or refused request; its file lives on until its ground ends."""
    actor.require(Act.HANDLE_REQUEST)
    zone = ZoneInfo(desk.config.controller.zone)

    def job(unit: Unit) -> None:
        before = store.move(unit, request_id, Step.CLOSE)
        store.set_values(unit, request_id, closed_at=micros(unit.now))
        store.tell(unit, request_id, actor.id, NewEvent(Event.CLOSED))
        ground = pack.case_ground(before.law)
        kept = Kept(
            KeyClass.CASE,
            ground.id,
            ground.what,
            ground.citation,
            ground.until(unit.now.astimezone(zone).date()),
        )
        steps.keep_keys(unit, request_id, [before.holder_id], [kept])
        unit.append("request.closed", actor.id, request=request_id, outcome=before.outcome or None)

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)


def _code(reason: str) -> None:
    """A reason stands unsealed in rows and in the log: words belong into the note."""
    if not CODE.fullmatch(reason):
        raise BadInput(
            "A reason is a code of a-z, 0-9, dot, dash, underscore.",
            what="reason",
            next="Put what was said into the note, which is sealed.",
        )
