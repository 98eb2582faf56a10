"""Restriction (GDPR Article 18) and the objection of Article 21(1), as requests.

Whoever objects on grounds of their own situation is restricted until it is settled
whose grounds weigh more (Article 18(1)(d)); so is whoever contests accuracy. That
does not wait for a plan or a second person: it only takes away. An objection that is
upheld ends every purpose on every channel. Lifting is never part of a request: the
person is told first, and somebody who may approve lifts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from privacy.actors import Act, Actor
from privacy.consent import restrictions
from privacy.consent import store as consent_store
from privacy.consent.ledger import EVERYTHING, RecordKind
from privacy.desk import Desk
from privacy.errors import BadInput
from privacy.rights import recipients, runner, store
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.correcting import CONTESTED, people_of, place
from privacy.rights.runner import Doing, Job, Marks
from privacy.rights.store import Case
from privacy.storage.unit import Unit

PENDING = "objection_pending"
MEANWHILE = {Kind.RECTIFICATION: CONTESTED, Kind.OBJECTION: PENDING, Kind.RESTRICTION: CONTESTED}
PROVEN = (State.VERIFIED, State.PLANNED, State.APPROVED, State.RUNNING)
SOURCE = "objection"


def meanwhile(desk: Desk, actor: Actor, request_id: str) -> tuple[str, ...]:
    """Restrict the person of a request until it is settled; effective when this returns.

    The ids of its restrictions; repeating places none twice. NotNow before identity is
    proven, BadInput for a right that restricts nothing meanwhile.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
    if case.kind not in MEANWHILE:
        raise BadInput(
            "Only a rectification, an objection or a restriction restricts meanwhile.",
            what=request_id,
            next="A person is restricted by itself with `rightsdesk contacts restrict`.",
        )
    if case.state not in PROVEN:
        raise NotNow(
            "Whose data would be restricted is not proven yet.",
            what=request_id,
            next="Prove who asks first: `rightsdesk request verify`.",
        )
    return place(desk, actor, case, people_of(desk, case), MEANWHILE[case.kind])


def run(desk: Desk, actor: Actor, request_id: str, *, reason: str = CONTESTED) -> Case:
    """Carry out an approved restriction or objection, or go on where a crash left it.

    `reason` is the ground of a restriction (Article 18(1)); BadInput for an unknown one.
    """
    if reason not in restrictions.REASONS:
        raise BadInput(
            "That is no ground of a restriction.",
            what="--reason",
            next=f"One of {', '.join(restrictions.REASONS)}.",
        )
    with desk.reading() as db:
        kind = store.case(db, request_id).kind
    if kind not in (Kind.RESTRICTION, Kind.OBJECTION):
        raise BadInput("That request is no restriction and no objection.", what=request_id)
    outcome = "restricted" if kind is Kind.RESTRICTION else "objection_upheld"
    return runner.run(
        desk, actor, request_id, lambda case: doings(desk, actor, case, reason), outcome=outcome
    )


def doings(desk: Desk, actor: Actor, case: Case, reason: str) -> Sequence[Doing]:
    """The two steps: act, then list who is to be told (Article 19)."""
    act = _restrict if case.kind is Kind.RESTRICTION else _withdraw
    return (
        Doing((1,), lambda: act(desk, actor, case, reason)),
        Doing((2,), lambda: _tell(desk, actor, case)),
    )


def _restrict(desk: Desk, actor: Actor, case: Case, reason: str) -> Job:
    placed = place(desk, actor, case, people_of(desk, case), reason)
    return _marked(1, "restriction.requested", actor, case, len(placed))


def _withdraw(desk: Desk, actor: Actor, case: Case, _reason: str) -> Job:
    """Withdraw everything for each record of the person, unless a crash came after that."""
    people = people_of(desk, case)
    with desk.reading() as db:
        done = {
            subject_id
            for subject_id, record in consent_store.of_subjects(db, people)
            if record.kind is RecordKind.WITHDRAWAL
            and (record.purpose, record.channel) == (EVERYTHING, EVERYTHING)
            and record.effective_at >= case.received_at
        }
    for subject in people:
        if subject not in done:
            consent_store.withdraw(desk, actor, subject, None, source=SOURCE)
    return _marked(1, "objection.upheld", actor, case, len(people))


def _tell(desk: Desk, actor: Actor, case: Case) -> Job:
    told = recipients.of(desk, people_of(desk, case))
    detail = json.dumps([each.document() for each in told])
    return _marked(2, "recipients.listed", actor, case, len(told), detail)


def _marked(
    number: int, action: str, actor: Actor, case: Case, count: int, detail: str = ""
) -> Callable[[Unit], Marks]:
    def job(unit: Unit) -> Marks:
        return {number: (unit.append(action, actor.id, request=case.id, count=count), detail)}

    return job
