"""Who asks: how sure the desk is, by what was given, and never from what was only claimed.

What a person gives is compared with what the desk already holds (11 CCR 7060(c);
GDPR Article 12(6)): two data points, or a code sent to a contact point on file,
make it reasonably sure; three and a signed declaration, a login, or a document
that was seen make it highly sure. Somebody else's request id, a wrong code, a
number that a household shares, or too little prove nothing: NotProven, in the
same words. A document is noted as seen; no copy is kept.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from privacy.actors import Act, Actor
from privacy.contacts.places import surname_key
from privacy.desk import Desk
from privacy.errors import BadInput, NotProven
from privacy.numbers import BadEmail, BadNumber, fold_email, fold_name, parse_phone
from privacy.rights import pack, people_store, store
from privacy.rights.case import Event, Step, after
from privacy.rights.pack import Level
from privacy.rights.store import Case, Challenge, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from privacy.vault.lookup import Match, Query, find

CODE_DIGITS = 8
CODE_LIFE = timedelta(hours=24)
CODE_TRIES = 5


class Evidence(StrEnum):
    """What shows who asks."""

    MATCHING = "matching"
    MATCHING_DECLARED = "matching_declared"
    CODE = "code"
    LOGIN = "login"
    DOCUMENT_SEEN = "document_seen"


@dataclass(frozen=True)
class Claims:
    """What the person says of himself; "" where nothing was said."""

    phone: str = ""
    email: str = ""
    given: str = ""
    family: str = ""
    postal_code: str = ""
    birthday: str = ""


def verify(
    desk: Desk,
    actor: Actor,
    request_id: str,
    evidence: Evidence,
    claims: Claims = Claims(),
    *,
    code: str = "",
) -> Case:
    """Prove who asks and join the case with the person; NotProven otherwise.

    `claims` find the person by phone or e-mail; with a code they are not needed.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
    after(request_id, case.kind, case.state, Step.VERIFY)
    if evidence is Evidence.CODE:
        subject_id, level = _by_code(desk, actor, request_id, code), Level.REASONABLE
    else:
        subject_id, level = _by_claims(desk, actor, case, evidence, claims)
    needed = pack.needed_level(case.kind, case.law)
    if level < needed:
        raise _failed(desk, actor, request_id, f"needs {needed.name.lower()}")
    return _proven(desk, actor, case, subject_id, level, evidence)


def send_code(desk: Desk, actor: Actor, request_id: str, claims: Claims) -> str:
    """A code for the contact point on file that the claims name; whoever calls sends it there.

    NotProven if the claims do not lead to exactly one person. Earlier codes of the case end.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
    after(request_id, case.kind, case.state, Step.VERIFY)
    points = _matched(desk, actor, case, claims)
    if len(points) != 1:
        raise _failed(desk, actor, request_id, "no one contact point")
    (subject_id,) = points
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    new = Challenge(
        _code_hash(desk, request_id, code), subject_id, desk.now() + CODE_LIFE, CODE_TRIES
    )

    def job(unit: Unit) -> None:
        store.set_challenge(unit, request_id, new)
        unit.append("request.code_made", actor.id, request=request_id)

    desk.write(job)
    return code


def _by_code(desk: Desk, actor: Actor, request_id: str, code: str) -> int:
    """The person to whose contact point the code was sent; each try is counted first."""

    def take(unit: Unit) -> Challenge | None:
        found = store.challenge(unit.db, request_id)
        unit.append("request.code_tried", actor.id, request=request_id)
        if found is not None:
            store.use_try(unit, request_id)
        return found

    found = desk.write(take)
    expected = found.code_hash if found is not None else b""
    right = hmac.compare_digest(expected, _code_hash(desk, request_id, code))
    usable = found is not None and found.tries_left > 0 and desk.now() <= found.expires_at
    if not right or not usable or found is None or found.subject_id is None:
        raise _failed(desk, actor, request_id, "code")
    return found.subject_id


def _by_claims(
    desk: Desk, actor: Actor, case: Case, evidence: Evidence, claims: Claims
) -> tuple[int, Level]:
    points = _matched(desk, actor, case, claims)
    if len(points) != 1:
        raise _failed(desk, actor, case.id, "no one person")
    ((subject_id, count),) = points.items()
    if evidence in (Evidence.LOGIN, Evidence.DOCUMENT_SEEN):
        return subject_id, Level.HIGH
    if not (claims.phone or claims.email):
        # Neighbours know a name and its postcode: they find a person and prove nothing.
        return subject_id, Level.NONE
    if evidence is Evidence.MATCHING_DECLARED and count >= 3:
        return subject_id, Level.HIGH
    return subject_id, Level.REASONABLE if count >= 2 else Level.NONE


def _matched(desk: Desk, actor: Actor, case: Case, claims: Claims) -> dict[int, int]:
    """Persons (the first subject of each merged set) whom no claim contradicts, with the
    number of data points that match."""
    said = _normalised(claims, desk.config.region)
    queries = [
        Query(kind, value)
        for kind, value in (("phone", said.phone), ("email", said.email))
        if value
    ]
    key = surname_key(said.family, said.postal_code, desk.config.region)
    if not queries and key:
        queries = [Query("surname", key)]
    if not queries:
        raise BadInput(
            "A person is found by number, e-mail, or surname with postcode.",
            what="phone, email or name",
            next="Ask for one that may be on file.",
        )
    matches = find(desk.vault, queries, actor.id, OpeningPurpose.RIGHTS_REQUEST, request=case.id)
    groups: dict[tuple[int, ...], list[Match]] = {}
    with desk.reading() as db:
        for match in matches:
            people = people_store.merged_set(db, match.subject_id)
            groups.setdefault(people, []).append(match)
    counted = {people[0]: _count(group, said) for people, group in groups.items()}
    found = {person: count for person, count in counted.items() if count}
    best = max(found.values(), default=0)
    # A household's number leads to several; only what is known of one of them decides.
    return {person: count for person, count in found.items() if count == best}


def _count(group: list[Match], said: Claims) -> int:
    """Data points that match; 0 where something given contradicts what is held."""
    # How a surname found them is no data point: name and postcode count by themselves.
    points = {match.query.kind for match in group} - {"surname"}
    if len(points) < bool(said.phone) + bool(said.email):
        return 0
    for claim, held in (
        (_name(said), {_folded(n) for m in group for n in m.profile["names"]}),
        (said.postal_code, {_plain(a.get("postal_code")) for m in group for a in _of(m)}),
        (said.birthday, {str(m.profile.get("birthday") or "") for m in group}),
    ):
        if claim:
            if claim not in held:
                return 0
            points.add(claim)
    return len(points)


def _of(match: Match) -> list[Mapping[str, Any]]:
    return list(match.profile.get("addresses") or [])


def _name(said: Claims) -> str:
    return f"{said.given} {said.family}".strip()


def _folded(name: Mapping[str, Any]) -> str:
    given, family = str(name.get("given") or ""), str(name.get("family") or "")
    text = f"{fold_name(given)} {fold_name(family)}".strip()
    return text or fold_name(str(name.get("full") or ""))


def _plain(value: object) -> str:
    return str(value or "").replace(" ", "").upper()


def _normalised(claims: Claims, region: str) -> Claims:
    try:
        return replace(
            claims,
            phone=parse_phone(claims.phone, region or None) if claims.phone else "",
            email=fold_email(claims.email) if claims.email else "",
            given=fold_name(claims.given),
            family=fold_name(claims.family),
            postal_code=_plain(claims.postal_code),
        )
    except BadNumber as bad:
        raise BadInput(f"The number cannot be read ({bad.reason}).", what="phone") from None
    except BadEmail as bad:
        raise BadInput(f"The e-mail cannot be read ({bad.reason}).", what="email") from None


def _proven(
    desk: Desk, actor: Actor, case: Case, subject_id: int, level: Level, evidence: Evidence
) -> Case:
    def job(unit: Unit) -> None:
        told = store.timeline(unit.db, case.id)
        store.move(
            unit,
            case.id,
            Step.VERIFY,
            subject_id=subject_id,
            identity_level=level.name.lower(),
        )
        store.drop_challenge(unit, case.id)
        asked = any(event.type is Event.IDENTITY_REQUESTED for event in told)
        for event in (Event.IDENTITY_RECEIVED, Event.VERIFIED) if asked else (Event.VERIFIED,):
            store.tell(unit, case.id, actor.id, NewEvent(event))
        unit.append(
            "request.verified",
            actor.id,
            request=case.id,
            object=evidence.value,
            outcome=level.name.lower(),
        )

    desk.write(job)
    with desk.reading() as db:
        return store.case(db, case.id)


def _failed(desk: Desk, actor: Actor, request_id: str, why: str) -> NotProven:
    """Logs the failure with its reason code; the answer is the same for all of them."""
    desk.write(
        lambda unit: unit.append("request.not_proven", actor.id, request=request_id, outcome=why)
    )
    return NotProven(
        "What was given does not prove who asks.",
        what=request_id,
        next="Nothing was disclosed. Ask for more that the desk can compare, or send a code.",
    )


def _code_hash(desk: Desk, request_id: str, code: str) -> bytes:
    """Bound to the case: the code of another request proves nothing here."""
    return desk.vault.keyring.tags.evidence_tag(f"code|{request_id}|{code.strip()}")
