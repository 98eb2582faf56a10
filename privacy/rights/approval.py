"""Who approves a plan: never whoever prepared it alone, and always the text as it stands.

second_person  another active actor whose role allows it.
waited         a one-person desk: 24 hours after the planning, the preparer again. Planning
               again starts the wait anew; a desk that had a second person then has to ask him.
outside        somebody outside the desk, by a file signed with a key that was registered
               before (approval_file.py).
break_glass    the data protection officer alone, with a reason code; marked wherever the
               case is shown.

What counts is the audit log, not the rows: a plan or an approval that was swapped in the
database does not stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from privacy.actors import ALLOWED, Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.rights import approval_file, approval_store, plan, store
from privacy.rights.approval_store import Planned
from privacy.rights.case import Event, NotNow, Step
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import Role

WAIT = timedelta(hours=24)
REASON = re.compile(r"[a-z0-9][a-z0-9_.-]{1,40}")


class How(StrEnum):
    """How a plan was approved."""

    SECOND_PERSON = "second_person"
    WAITED = "waited"
    OUTSIDE = "outside"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class Approval:
    """An approval that stands. `detail`: an outside key's id, or the reason of a break-glass."""

    kind: How
    actor: str
    plan_sha256: str
    at: datetime
    detail: str = ""

    def document(self) -> dict[str, str]:
        """For whatever shows the case."""
        return {
            "kind": self.kind.value,
            "actor": self.actor,
            "at": rfc3339(self.at),
            "plan_sha256": self.plan_sha256,
            "detail": self.detail,
        }


def approve(desk: Desk, actor: Actor, request_id: str) -> Case:
    """Approve the plan as it stands, as a second person.

    Denied for whoever planned it, for an actor who is no longer active, and for an account
    that the preparer made within the last 24 hours.
    """
    actor.require(Act.APPROVE_REQUEST)

    def check(unit: Unit, case: Case, planned: Planned) -> str:
        if actor.id in (planned.actor, case.planned_by):
            raise _own(request_id)
        made = approval_store.added(unit.db, actor.id)
        if made is not None and made.by == planned.actor and unit.now - made.at < WAIT:
            raise Denied(
                "Whoever planned this request made the account that would approve it, less than"
                " 24 hours ago.",
                what=request_id,
                next="Let another second person approve it, or wait.",
            )
        return ""

    return _approved(desk, actor, request_id, How.SECOND_PERSON, check)


def approve_after_wait(desk: Desk, actor: Actor, request_id: str) -> Case:
    """On a desk of one person: approve one's own plan, 24 hours after it was planned.

    Denied while another actor could approve, or could when it was planned; NotNow before.
    """
    actor.require(Act.APPROVE_REQUEST)

    def check(unit: Unit, case: Case, planned: Planned) -> str:
        others = approval_store.approvers(unit.db, _approving_roles()) - {actor.id}
        gone = approval_store.deactivated_since(unit.db, planned.at) - {actor.id}
        if others or gone:
            raise Denied(
                "This desk has, or had when this was planned, another person who may approve.",
                what=request_id,
                next="Ask that person; waiting is for a desk of one person.",
            )
        ready = planned.at + WAIT
        if unit.now < ready:
            raise NotNow(
                "A desk of one person waits 24 hours between planning and approving.",
                what=request_id,
                next=f"Approve it from {ready:%Y-%m-%d %H:%M} UTC; planning again starts anew.",
            )
        return ""

    return _approved(desk, actor, request_id, How.WAITED, check)


def approve_outside(desk: Desk, actor: Actor, request_id: str, content: bytes) -> Case:
    """Take an outside approver's signed file. VerificationError for one that does not hold."""
    actor.require(Act.HANDLE_REQUEST)

    def check(unit: Unit, case: Case, planned: Planned) -> str:
        claim = approval_file.parsed(content)
        key = approval_store.key(unit.db, claim.key_id)
        approval_file.refuse_unfit(
            claim,
            key,
            desk_id=desk.config.desk_id,
            request_id=request_id,
            plan_sha256=case.plan_sha256,
            planned_at=planned.at,
            now=unit.now,
        )
        return claim.key_id

    return _approved(desk, actor, request_id, How.OUTSIDE, check)


def break_glass(desk: Desk, actor: Actor, request_id: str, reason: str) -> Case:
    """Approve alone, as data protection officer, for a reason that is a code.

    It stands in the log, in the case's document and in every list as `break_glass`.
    """
    if actor.role is not Role.DPO:
        raise Denied(
            "Only a data protection officer may approve alone.",
            what=actor.id,
            next="Ask a second person to approve the plan.",
        )
    if not REASON.fullmatch(reason):
        raise BadInput(
            "A reason is a code: 2 to 41 of a-z, 0-9, dot, dash, underscore.",
            what="reason",
            next="Give a code such as `court_order`, never a name.",
        )
    return _approved(desk, actor, request_id, How.BREAK_GLASS, lambda *_: reason)


def standing_approval(db: Connection, case: Case) -> Approval:
    """The approval of the plan as it stands. Denied where text, rows and log do not agree.

    The plan's text has the digest that the log says was planned last and approved after
    that; the approver is not the preparer, unless the log says how else.
    """
    sha256 = plan.digest(case.plan)
    planned = approval_store.planned(db, case.id)
    logged = approval_store.approved(db, case.id)
    row = approval_store.row(db, case.id, case.approved_seq)
    agreed = (
        case.plan
        and planned is not None
        and logged is not None
        and row is not None
        and sha256 == case.plan_sha256 == planned.sha256 == logged.sha256 == row.plan_sha256
        and planned.actor == case.planned_by
        and logged.seq == row.seq > planned.seq
        and (logged.how, logged.detail) == (row.kind, row.detail)
        and logged.actor == row.actor == case.approved_by
    )
    if not agreed or planned is None or row is None:
        raise Denied(
            "The plan as it stands is approved by nobody, by what the audit log says.",
            what=case.id,
            next="Have it approved by a second person; if it was, run `rightsdesk audit verify`.",
        )
    how = How(row.kind)
    if how is How.SECOND_PERSON and row.actor == planned.actor:
        raise _own(case.id)
    return Approval(how, row.actor, sha256, row.at, row.detail)


def shown(db: Connection, case: Case) -> dict[str, str] | None:
    """The approval for whatever shows the case; None while none stands."""
    if not case.approved_by:
        return None
    try:
        return standing_approval(db, case).document()
    except Denied:
        return None


Check = Callable[[Unit, Case, Planned], str]


def _approved(desk: Desk, actor: Actor, request_id: str, how: How, check: Check) -> Case:
    def job(unit: Unit) -> None:
        case = store.move(unit, request_id, Step.APPROVE, approved_by=actor.id)
        _refuse_inactive(unit, actor)
        planned = approval_store.planned(unit.db, request_id)
        if planned is None or planned.sha256 != plan.digest(case.plan):
            raise Denied(
                "This plan is not the one that the audit log says was made.",
                what=request_id,
                next="Plan it again, and run `rightsdesk audit verify`.",
            )
        detail = check(unit, case, planned)
        facts: dict[str, Any] = {"how": how.value, **({"detail": detail} if detail else {})}
        seq = store.tell(unit, request_id, actor.id, NewEvent(Event.APPROVED, None, facts))
        store.set_values(unit, request_id, approved_seq=seq)
        approval_store.add(unit, request_id, seq, how.value, actor.id, planned.sha256, detail)
        unit.append(
            "request.approved",
            actor.id,
            request=request_id,
            object=planned.sha256,
            outcome=f"{how.value}:{detail}" if detail else how.value,
            count=seq,
        )

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, request_id)


def _refuse_inactive(unit: Unit, actor: Actor) -> None:
    """A value in memory outlives a deactivation; the row does not."""
    if not approval_store.is_active(unit.db, actor.id, actor.role):
        raise Denied(
            "That actor is not active in that role.",
            what=actor.id,
            next="See `rightsdesk actor list`.",
        )


def _approving_roles() -> tuple[Role, ...]:
    return tuple(role for role in Role if Act.APPROVE_REQUEST in ALLOWED[role])


def _own(request_id: str) -> Denied:
    return Denied(
        "Whoever planned a request may not approve it.",
        what=request_id,
        next="Ask a second person to look at the plan and approve it.",
    )
