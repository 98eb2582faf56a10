"""Who asks: how sure the desk is, by what was given, and never from what was only claimed.

What a person gives is compared with what the desk already holds (11 CCR 7060(c);
GDPR Article 12(6)): two data points, or a code sent to a contact point on file,
make it reasonably sure; three and a signed declaration, a login, or a document
that was seen make it highly sure. Somebody else's request id, a wrong code, a
number that a household shares, or too little prove nothing: NotProven, in the
same words and after the same work. What was compared is not stored; evidence
goes with the decision.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, NotProven
from privacy.rights import challenge_store, evidence, evidence_store, identity_code, levels, store
from privacy.rights.beat import on_the_beat
from privacy.rights.case import Event, Kind, NotNow, Step, after
from privacy.rights.evidence import Piece
from privacy.rights.execution import laws_of
from privacy.rights.identity_code import CODE_DIGITS, CODE_LIFE, CODE_TRIES, send_code
from privacy.rights.identity_match import CLAIMS, Claims, matched, without
from privacy.rights.pack import Level
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit

__all__ = ["CODE_DIGITS", "CODE_LIFE", "CODE_TRIES", "Claims", "Evidence", "send_code", "verify"]

NOTHING_SAID = Claims()
POINTS_REASONABLE = 2
POINTS_HIGH = 3
TRIES_A_DAY = 5
DAY = timedelta(days=1)


class Evidence(StrEnum):
    """What shows who asks."""

    MATCHING = "matching"
    MATCHING_DECLARED = "matching_declared"
    CODE = "code"
    LOGIN = "login"
    DOCUMENT_SEEN = "document_seen"


COMPARED = (Evidence.MATCHING, Evidence.MATCHING_DECLARED)


def verify(
    desk: Desk,
    actor: Actor,
    request_id: str,
    by: Evidence,
    claims: Claims = NOTHING_SAID,
    *,
    code: str = "",
    disputed: Collection[str] = (),
) -> Case:
    """Prove who asks and join the case with the person; NotProven otherwise.

    `claims` find the person by phone or e-mail; with a code they are not needed. `disputed`:
    names of claims whose correction is asked for; they find the person and prove nothing
    (11 CCR 7060(h)). NotAllowedByLaw for a right that is never verified.
    """
    actor.require(Act.HANDLE_REQUEST)
    with on_the_beat():
        return _verify(desk, actor, request_id, by, claims, code, disputed)


def _verify(
    desk: Desk,
    actor: Actor,
    request_id: str,
    by: Evidence,
    claims: Claims,
    code: str,
    disputed: Collection[str],
) -> Case:
    with desk.reading() as db:
        case = store.case(db, request_id)
        pieces = evidence_store.listed(db, request_id)
    needed = levels.needed(case.kind.value, laws_of(case), case.harm)
    levels.refuse_needless(request_id, case.kind.value, laws_of(case), case.harm)
    after(request_id, case.kind, case.state, Step.VERIFY)
    _refuse_undeclared(case, by, {each.kind for each in pieces})
    _refuse_undisputed(case, by, disputed)
    if by is Evidence.CODE:
        proved = identity_code.try_code(desk, actor, request_id, code)
        subject_id, level = proved, Level.NONE if proved is None else Level.REASONABLE
    else:
        if by in COMPARED:
            _count_try(desk, actor, request_id)
        subject_id, level = _by_claims(desk, actor, case, by, claims, disputed)
    if subject_id is None or level < needed.level:
        raise _failed(desk, actor, request_id, subject_id is None, needed.level)
    return _proven(desk, actor, case, subject_id, level, by)


def _count_try(desk: Desk, actor: Actor, request_id: str) -> None:
    """Claims are not guessed: five attempts a day, counted before anything is compared.

    Counted under the case's row lock, so that attempts in parallel count too.
    """

    def job(unit: Unit) -> None:
        store.move(unit, request_id, Step.TELL)
        if challenge_store.proofs_tried(unit.db, request_id, unit.now - DAY) >= TRIES_A_DAY:
            raise NotNow(
                f"{TRIES_A_DAY} attempts to prove who asks were made within a day.",
                what=request_id,
                next="Wait a day, or send a code.",
            )
        store.tell(unit, request_id, actor.id, NewEvent(Event.PROOF_TRIED))
        unit.append("request.proof_tried", actor.id, request=request_id)

    desk.write(job)


def _by_claims(
    desk: Desk,
    actor: Actor,
    case: Case,
    by: Evidence,
    claims: Claims,
    disputed: Collection[str],
) -> tuple[int | None, Level]:
    found = matched(desk, actor, case, claims)
    if len(found) != 1:
        return None, Level.NONE
    (person,) = found
    if by in (Evidence.LOGIN, Evidence.DOCUMENT_SEEN):
        return person.subject_id, Level.HIGH
    # What is left when the disputed values are taken out has to prove it by itself.
    points = person.points - _disputed_points(claims, disputed)
    left = without(claims, disputed)
    if not (left.phone or left.email):
        # Neighbours know a name and its postcode: they find a person and prove nothing.
        return person.subject_id, Level.NONE
    if by is Evidence.MATCHING_DECLARED and points >= POINTS_HIGH:
        return person.subject_id, Level.HIGH
    enough = points >= POINTS_REASONABLE
    return person.subject_id, Level.REASONABLE if enough else Level.NONE


def _disputed_points(claims: Claims, disputed: Collection[str]) -> int:
    """How many of the data points that were given are in dispute; a whole name is one."""
    given = {name for name in disputed if getattr(claims, name)}
    named = bool(given & {"given", "family"})
    return len(given - {"given", "family"}) + named


def _refuse_undisputed(case: Case, by: Evidence, disputed: Collection[str]) -> None:
    """A correction says what is in dispute before anything is compared."""
    unknown = sorted(set(disputed) - set(CLAIMS))
    if unknown or (case.kind is Kind.RECTIFICATION and by in COMPARED and not disputed):
        raise BadInput(
            "A correction is not proved by the very data that is disputed (11 CCR 7060(h)).",
            what="disputed",
            next=f"Name what is disputed: {', '.join(CLAIMS)}; or prove it by a code.",
        )


def _refuse_undeclared(case: Case, by: Evidence, kinds: set[str]) -> None:
    """A declaration counts when it is on file, because it has to be kept (11 CCR 7062(c))."""
    if by is Evidence.MATCHING_DECLARED and Piece.DECLARATION.value not in kinds:
        raise BadInput(
            "The signed declaration is not on file.",
            what=case.id,
            next="Add it: `rightsdesk request evidence ID --kind declaration --file FILE`.",
        )


def _proven(
    desk: Desk, actor: Actor, case: Case, subject_id: int, level: Level, by: Evidence
) -> Case:
    def job(unit: Unit) -> list[int]:
        told = store.timeline(unit.db, case.id)
        store.move(
            unit,
            case.id,
            Step.VERIFY,
            subject_id=subject_id,
            identity_level=level.name.lower(),
        )
        challenge_store.drop_challenge(unit, case.id)
        asked = any(event.type is Event.IDENTITY_REQUESTED for event in told)
        for event in (Event.IDENTITY_RECEIVED, Event.VERIFIED) if asked else (Event.VERIFIED,):
            store.tell(unit, case.id, actor.id, NewEvent(event))
        unit.append(
            "request.verified",
            actor.id,
            request=case.id,
            object=by.value,
            outcome=level.name.lower(),
        )
        return evidence.delete_in(unit, actor.id, case.id)

    evidence.shred(desk, desk.write(job))
    with desk.reading() as db:
        return store.case(db, case.id)


def _failed(desk: Desk, actor: Actor, request_id: str, nobody: bool, needed: Level) -> NotProven:
    """Logs the failure with its reason code; the answer is the same for all of them."""
    why = "no one person" if nobody else f"needs {needed.name.lower()}"
    desk.write(
        lambda unit: unit.append("request.not_proven", actor.id, request=request_id, outcome=why)
    )
    return identity_code.not_proven(request_id)
