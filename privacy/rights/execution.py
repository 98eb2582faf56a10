"""May this be executed? The one question before anything is disclosed, changed or destroyed.

Is identity proven at the level that the right needs, is whoever acts for somebody
else authorised, and has another person approved this very plan? No entrance is
the check: whoever executes asks here, inside the transaction that executes or
right before the announcement that cannot be taken back. The level is worked out
anew each time, so a harm or a law that was added after the proof counts.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection

from privacy.errors import Denied
from privacy.rights import approval, levels, store
from privacy.rights.case import Event, State, Step, moves
from privacy.rights.pack import Level
from privacy.rights.store import Case

PERSON = "person"


class Lack(StrEnum):
    """What is missing before a request may be executed."""

    IDENTITY = "identity"
    AUTHORITY = "authority"
    APPROVAL = "approval"


NEXT = {
    Lack.IDENTITY: "Prove who asks: `rightsdesk request verify`.",
    Lack.AUTHORITY: "Record the proof of authority: `rightsdesk request authority`.",
    Lack.APPROVAL: "Have another person approve the plan as it stands.",
}


def may_execute(db: Connection, request_id: str) -> Case:
    """The case, if it may be executed now; Denied names everything that is missing.

    `db` is the connection of the transaction that executes (`unit.db`). NotFound for an
    unknown request. Rights that need no proof (opt-out, objection to marketing, limit,
    withdrawal) pass at once.
    """
    case = store.case(db, request_id)
    missing = lacking(db, case)
    if missing:
        raise Denied(
            f"This request may not be executed: {', '.join(missing)} missing.",
            what=request_id,
            next=" ".join(NEXT[each] for each in missing),
        )
    return case


def lacking(db: Connection, case: Case) -> tuple[Lack, ...]:
    """What is missing before the case may be executed; empty when nothing is."""
    needed = levels.needed(case.kind.value, laws_of(case), case.harm).level
    found = []
    if needed > Level.NONE and not _proven(db, case, needed):
        found.append(Lack.IDENTITY)
    if needed > Level.NONE and case.asked_by != PERSON and not case.authority_ok:
        found.append(Lack.AUTHORITY)
    if (State.PLANNED, Step.APPROVE) in moves(case.kind) and not _approved(db, case):
        found.append(Lack.APPROVAL)
    return tuple(found)


def _proven(db: Connection, case: Case, needed: Level) -> bool:
    """Proven for a person, high enough, and told in the timeline."""
    told = any(event.type is Event.VERIFIED for event in store.timeline(db, case.id))
    level = Level.__members__.get(case.identity_level.upper(), Level.NONE)
    return told and case.subject_id is not None and level >= needed


def laws_of(case: Case) -> tuple[str, ...]:
    """Every law that applies to a case; the one named first leads."""
    return tuple(dict.fromkeys((case.law, *case.laws)))


def _approved(db: Connection, case: Case) -> bool:
    """By whom and how the log says; see approval.standing_approval."""
    try:
        approval.standing_approval(db, case)
    except Denied:
        return False
    return True
