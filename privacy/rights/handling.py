"""What an actor tells of a case, and its end: events of the clock, extension, close.

Every event of the clock is tried on the laws before it is recorded: what none of
them allows raises and changes nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import clock, ending, evidence, store
from privacy.rights.case import TELLABLE, Event, Step, after
from privacy.rights.clock import Law, statute
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit

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
    check_code(str(event.facts.get("reason", "none")))
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
    after(request_id, case.kind, case.state, Step.TELL)
    sealed = store.seal_note(desk, case.holder_id, event.note)
    controller = desk.config.controller

    def job(unit: Unit) -> dict[str, Any]:
        # Under the lock of the case: two events told at once are judged one after the other.
        locked = store.move(unit, request_id, Step.TELL)
        told = store.timeline(unit.db, request_id)
        new = clock.allowed(controller, locked, told, now, [event], law=law)
        store.tell(unit, request_id, actor.id, new[0], sealed)
        unit.append("request.told", actor.id, request=request_id, object=event.type.value)
        return clock.read(controller, locked, told, now, more=new, law=law).document()

    return desk.write(job)


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


def close(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Close a fulfilled or refused request; its file lives on until its ground ends."""
    actor.require(Act.HANDLE_REQUEST)
    gone: list[int] = []

    def job(unit: Unit) -> None:
        # A job may be run again: what an earlier try deleted was not.
        gone.clear()
        before = store.move(unit, request_id, Step.CLOSE)
        store.tell(unit, request_id, actor.id, NewEvent(Event.CLOSED))
        gone.extend(ending.end(unit, actor.id, before, desk.config.controller.zone))
        unit.append("request.closed", actor.id, request=request_id, outcome=before.outcome or None)

    desk.write(job)
    evidence.shred(desk, gone)
    with desk.reading() as db:
        return store.case(db, request_id)


def check_code(reason: str) -> None:
    """BadInput for what is no code.

    A reason stands unsealed in rows and in the log: words belong into the note.
    """
    if not CODE.fullmatch(reason):
        raise BadInput(
            "A reason is a code of a-z, 0-9, dot, dash, underscore.",
            what="reason",
            next="Put what was said into the note, which is sealed.",
        )
