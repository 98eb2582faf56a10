"""Rectification (GDPR Article 16; Civ. Code 1798.106): proposed, looked at, approved, run.

The proposal is sealed under the person's own key and dies with it. Old and new
are shown to whoever may approve and did not plan; the plan itself names fields and
a keyed digest. `privacy.rights.correction_run` carries it out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.actors import Act, Actor
from privacy.consent import restrictions
from privacy.desk import Desk
from privacy.errors import Denied
from privacy.ids import row_id, row_ids
from privacy.rights import correction, correction_store, people_store, recipients, store
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.correction import Asked, Change, Held
from privacy.rights.store import Case
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.sealing import Part, Place
from privacy.vault.store import SealedPart

CONTESTED = "contested"
# Rights whose outcome each recipient is told.
TELLING = frozenset({Kind.RECTIFICATION, Kind.RESTRICTION, Kind.OBJECTION})
PROPOSABLE = (State.VERIFIED, State.PLANNED, State.APPROVED)


@dataclass(frozen=True)
class Proposed:
    """What a rectification would do: names of fields, and the restriction placed meanwhile."""

    fields: tuple[str, ...]
    digest: str
    restrictions: tuple[str, ...]


def propose(
    desk: Desk,
    actor: Actor,
    request_id: str,
    asked: Sequence[Asked],
    *,
    contested: bool = False,
    agreed: bool = False,
) -> Proposed:
    """Seal what is to be corrected; it must be planned after that.

    `contested`: the person disputes the accuracy, so the data is only stored until that is
    settled (Article 18(1)(a)); that acts first. `agreed`: the person
    agrees although their data is restricted on another ground; Denied without that.
    """
    actor.require(Act.HANDLE_REQUEST)
    case = _case(desk, request_id)
    people = people_of(desk, case)
    _refuse_restricted(desk, people, agreed)
    wanted = correction.read(asked, desk.config.region)
    placed = place(desk, actor, case, people, CONTESTED) if contested else ()
    held = held_of(desk, actor, case, people)
    fresh = row_ids(desk.now(), len(wanted) * max(len(people), 1))
    changes = correction.resolve(wanted, held, fresh)
    for each in held:
        correction.apply(each, changes, desk.config.region)
    text = json.dumps({"changes": correction.documents(changes), "agreed": agreed}, sort_keys=True)
    digest = _digest(desk, case.id, text)
    where = Place(Part.CORRECTION, people[0], row_id(desk.now()))
    (part,) = desk.vault.seal_parts(KeyClass.DESK, [(where, text.encode())])
    fields = tuple(sorted({change.field for change in changes}))

    def job(unit: Unit) -> None:
        if store.case(unit.db, case.id).state not in PROPOSABLE:
            raise _not_now(case)
        correction_store.put(unit, case.id, part, digest, actor.id)
        unit.append(
            "correction.proposed", actor.id, request=case.id, fields=codes_of(fields), digest=digest
        )

    desk.write(job)
    return Proposed(fields, digest, placed)


def preview(desk: Desk, actor: Actor, request_id: str) -> list[Change]:
    """Old and new of every change, for whoever is to approve; audited.

    Denied for whoever proposed or planned it: they approve nothing.
    """
    actor.require(Act.APPROVE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        found = correction_store.proposal(db, request_id)
    if actor.id in (found.made_by, case.planned_by):
        raise Denied(
            "Old and new are shown to whoever approves, not to whoever proposed them.",
            what=request_id,
            next="Ask a second person to look at it and approve it.",
        )
    return changes_of(desk, actor, case, found)


def plan_part(desk: Desk, case: Case) -> dict[str, Any]:
    """What the plan adds for these rights: who is to be told (GDPR Article 19), and the
    keyed digest of what a rectification proposes. NotNow without a proposal."""
    with desk.reading() as db:
        people = people_store.merged_set(db, case.subject_id or 0)
        digest = (
            correction_store.proposal(db, case.id).digest if case.kind is Kind.RECTIFICATION else ""
        )
    told = [each.document() for each in recipients.of(desk, people)]
    return {"recipients": told, **({"correction": digest} if digest else {})}


def _case(desk: Desk, request_id: str) -> Case:
    with desk.reading() as db:
        case = store.case(db, request_id)
    if case.kind is not Kind.RECTIFICATION or case.state not in PROPOSABLE:
        raise _not_now(case)
    return case


def _not_now(case: Case) -> NotNow:
    return NotNow(
        "A correction is proposed for a rectification whose person is proven, before it runs.",
        what=case.id,
        next="See `rightsdesk request show`.",
    )


def people_of(desk: Desk, case: Case) -> tuple[int, ...]:
    with desk.reading() as db:
        people = people_store.merged_set(db, case.subject_id or 0)
    if not people:
        raise NotNow(
            "The person of this request is no longer there.",
            what=case.id,
            next="They were erased meanwhile. Refuse the request, or answer that.",
        )
    return people


def _refuse_restricted(desk: Desk, people: Sequence[int], agreed: bool) -> None:
    """Denied where another restriction stands against it and the person did not agree."""
    with desk.reading() as db:
        standing = [
            each for each in restrictions.of_person(db, people[0]) if each.reason != CONTESTED
        ]
    if standing and not agreed:
        raise Denied(
            "This person's data is restricted to storage; it is not changed meanwhile.",
            what=", ".join(each.id for each in standing),
            next="Ask the person, and say so with --agreed (GDPR Article 18(2)).",
        )


def place(
    desk: Desk, actor: Actor, case: Case, people: Sequence[int], reason: str
) -> tuple[str, ...]:
    """Restrict every record of the case's person for this case, once each; their ids."""
    with desk.reading() as db:
        held = restrictions.of_person(db, people[0])
    mine = {each.subject_id: each.id for each in held if each.request_id == case.id}
    for subject in people:
        if subject not in mine:
            mine[subject] = restrictions.place(desk, actor, subject, reason, request_id=case.id)
    return tuple(mine[subject] for subject in people)


def held_of(desk: Desk, actor: Actor, case: Case, people: Sequence[int]) -> list[Held]:
    with desk.reading() as db:
        profiles = people_store.profile_parts(db, people)
        phones = people_store.phone_parts(db, people)
    parts: list[SealedPart] = [*profiles, *phones]
    opened = desk.vault.open(parts, actor.id, OpeningPurpose.RIGHTS_REQUEST, request=case.id)
    return [
        Held(
            part.place.holder_id,
            json.loads(opened[part.place]),
            {
                phone.place.row_id: json.loads(opened[phone.place])
                for phone in phones
                if phone.place.holder_id == part.place.holder_id
            },
        )
        for part in profiles
    ]


def changes_of(
    desk: Desk, actor: Actor, case: Case, found: correction_store.Proposal
) -> list[Change]:
    opened = desk.vault.open([found.part], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=case.id)
    text = opened[found.part.place].decode()
    if _digest(desk, case.id, text) != found.digest:
        raise NotNow("The proposal is not the one that was made.", what=case.id, next="See doctor.")
    return correction.from_documents(json.loads(text)["changes"])


def _digest(desk: Desk, request_id: str, text: str) -> str:
    """Keyed: names and numbers are too few to hide behind a plain hash."""
    return desk.vault.keyring.tags.evidence_tag(f"correction|{request_id}|{text}").hex()


def codes_of(fields: Sequence[str]) -> list[str]:
    """Field names for the log. A heading of a list may name anybody: it is left out."""
    return sorted({"other" if field.startswith("other.") else field for field in fields})
