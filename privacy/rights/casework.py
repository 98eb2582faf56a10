"""What belongs to handling a case and moves no clock: who has it, notes, laws, its answer.

Each leaves a line of the timeline and an entry of the log; words are sealed. Owner and
deputy are staff ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from privacy import actors
from privacy.actors import ALLOWED, Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import execution, store
from privacy.rights.applying import laws_for
from privacy.rights.case import WAY_OF, Event, Kind, NotNow, State, Step, Way
from privacy.rights.handling import check_code
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose, Role

OUTCOMES: dict[Kind, tuple[str, ...]] = {
    Kind.HUMAN_REVIEW: ("upheld", "changed"),
    Kind.COMPLAINT: ("upheld", "partly_upheld", "not_upheld"),
    Kind.APPEAL: ("granted", "partly_granted", "denied"),
    Kind.INQUIRY: ("answered",),
    Kind.NOTICE: ("sent",),
}
# An appeal is decided by somebody who did not decide what it is about.
DECIDED = (Event.REFUSED, Event.REFUSED_IN_PART, Event.PLANNED, Event.APPROVED)


def assign(desk: Desk, actor: Actor, request_id: str, *, owner: str = "", deputy: str = "") -> Case:
    """Give a case to another owner or deputy; "" leaves what it is.

    BadInput for somebody who is no active actor that handles requests, or for one person
    in both places.
    """
    actor.require(Act.HANDLE_REQUEST)
    for staff in filter(None, (owner, deputy)):
        _handles(desk, staff)

    def job(unit: Unit) -> None:
        case = _not_closed(unit, request_id)
        told = {"owner": owner or case.owner, "deputy": deputy or case.deputy}
        if told["owner"] == told["deputy"]:
            raise BadInput(
                "Owner and deputy are two persons.", what="--deputy", next="Name somebody else."
            )
        store.set_values(unit, request_id, **told)
        store.tell(unit, request_id, actor.id, NewEvent(Event.ASSIGNED, None, told))
        unit.append("request.assigned", actor.id, request=request_id, fields=list(told.values()))

    return _done(desk, request_id, job)


def note(desk: Desk, actor: Actor, request_id: str, words: str) -> Case:
    """Add a sealed note to a case that is not closed. BadInput for an empty one."""
    actor.require(Act.HANDLE_REQUEST)
    if not words.strip():
        raise BadInput("A note says something.", what="--note", next="Give its words.")
    with desk.reading() as db:
        holder = store.case(db, request_id).holder_id
    sealed = store.seal_note(desk, holder, words)

    def job(unit: Unit) -> None:
        _not_closed(unit, request_id)
        store.tell(unit, request_id, actor.id, NewEvent(Event.NOTED), sealed)
        unit.append("request.noted", actor.id, request=request_id)

    return _done(desk, request_id, job)


def read_notes(desk: Desk, actor: Actor, request_id: str) -> dict[int, str]:
    """The notes of a timeline by event number, opened; audited."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        store.case(db, request_id)
        parts = store.sealed_notes(db, request_id)
    if not parts:
        return {}
    opened = desk.vault.open(
        list(parts.values()), actor.id, OpeningPurpose.RIGHTS_REQUEST, request=request_id
    )
    return {seq: opened[part.place].decode() for seq, part in parts.items()}


def name_laws(
    desk: Desk, actor: Actor, request_id: str, *, laws: Sequence[str] = (), place: str = ""
) -> Case:
    """Add laws that apply to a case: named ones, or those of the person's place.

    Laws are only added: a case may become stricter and never loses a date.
    """
    actor.require(Act.HANDLE_REQUEST)
    found = laws_for(desk.config.controller, named=laws, place=place)

    def job(unit: Unit) -> None:
        case = _not_closed(unit, request_id)
        joined = tuple(dict.fromkeys((*case.laws, *found)))
        if joined == case.laws:
            raise BadInput("The case is under these laws already.", what=request_id)
        told = {"laws": " ".join(joined)}
        store.set_values(unit, request_id, **told)
        store.tell(unit, request_id, actor.id, NewEvent(Event.LAWS_NAMED, None, told))
        unit.append("request.laws_named", actor.id, request=request_id, fields=list(joined))

    return _done(desk, request_id, job)


def settle(desk: Desk, actor: Actor, request_id: str, outcome: str, words: str = "") -> Case:
    """Record the answer to a review, complaint, appeal or inquiry, or a notice that was sent.

    `outcome` is one of `OUTCOMES`; `words` are sealed. Denied while approval (or, for a
    review of a decision, identity) is missing, and for an appeal by whoever decided what
    it is about.
    """
    actor.require(Act.HANDLE_REQUEST)
    check_code(outcome)
    with desk.reading() as db:
        case = store.case(db, request_id)
    known = OUTCOMES.get(case.kind)
    if known is None or outcome not in known:
        raise BadInput(
            f"A request of kind {case.kind.value} is not answered like this.",
            what=request_id,
            next=f"One of: {', '.join(known)}." if known else "See `rightsdesk request fulfil`.",
        )
    sealed = store.seal_note(desk, case.holder_id, words)

    def job(unit: Unit) -> None:
        before = store.move(unit, request_id, Step.FULFIL, outcome=outcome)
        if WAY_OF[before.kind] is not Way.TASK:
            execution.may_execute(unit.db, request_id)
        _refuse_judge_of_own(unit, before, actor)
        store.tell(unit, request_id, actor.id, NewEvent(Event.FULFILLED), sealed)
        unit.append("request.fulfilled", actor.id, request=request_id, outcome=outcome)

    return _done(desk, request_id, job)


def _refuse_judge_of_own(unit: Unit, case: Case, actor: Actor) -> None:
    if case.kind is not Kind.APPEAL or case.parent_id is None:
        return
    decided = {
        event.actor for event in store.timeline(unit.db, case.parent_id) if event.type in DECIDED
    }
    if {actor.id, case.approved_by} <= decided:
        raise NotNow(
            "This appeal was decided by those who decided the request that it is about.",
            what=case.id,
            next="Let somebody else plan, approve or record the answer.",
        )


def _handles(desk: Desk, staff: str) -> None:
    able = {
        row.id
        for row in actors.listed(desk)
        if row.active and Act.HANDLE_REQUEST in ALLOWED[Role(row.role)]
    }
    if staff not in able:
        raise BadInput(
            "That is no active actor who handles requests.",
            what="--owner or --deputy",
            next="See `rightsdesk actor list`.",
        )


def _not_closed(unit: Unit, request_id: str) -> Case:
    case = store.lock(unit, request_id)
    if case.state is State.CLOSED:
        raise NotNow("The request is closed.", what=request_id, next="Open a new one.")
    return case


def _done(desk: Desk, request_id: str, job: Callable[[Unit], None]) -> Case:
    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)
