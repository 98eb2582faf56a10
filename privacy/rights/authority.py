"""Whoever asks for somebody else: what each has to show by law before anything is executed.

The pack says, for an agent, a parent, a guardian or an estate, which proofs make
which way under which law; all proofs of one way are needed, under every law that
applies. What was shown is told by codes; the papers themselves are sealed
evidence and go with the decision. A right that is never verified needs no proof
of authority either: an opt-out through an agent acts at once.

Of the dead the GDPR says nothing (recital 27): only the law of a named place does,
and without one nothing is executed for an estate.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, NotProven
from privacy.law.pack import load_pack
from privacy.rights import evidence, evidence_store, store
from privacy.rights.case import Event, Step, after
from privacy.rights.evidence import Piece
from privacy.rights.execution import PERSON, laws_of
from privacy.rights.pack import PACK
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit


@dataclass(frozen=True)
class Way:
    """One way to show authority: all `proofs`, by that paragraph."""

    law: str
    place: str
    proofs: tuple[str, ...]
    citation: str
    status: str


def ways(asked_by: str, law: str, place: str = "") -> list[Way]:
    """The ways under one law; the narrowest law that has any. `place` adds its own law's."""
    rows = [row for row in load_pack(PACK).data["authority"] if row["asked_by"] == asked_by]
    for name in (law, "US_*", "*") if law.startswith("US_") else (law, "*"):
        found = [
            Way(law, row.get("place", ""), tuple(row["proofs"]), row["citation"], row["status"])
            for row in rows
            if row["law"] == name and row.get("place", "") in ("", place)
        ]
        if found:
            return found
    return []


def prove(
    desk: Desk,
    actor: Actor,
    request_id: str,
    proofs: Collection[str],
    *,
    place: str = "",
) -> Case:
    """Record that authority was shown, by these codes; NotProven if they make no whole way.

    A paper has to be on file as sealed evidence of kind authority; it is destroyed with
    this decision. BadInput for a person who asks for himself.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        pieces = evidence_store.listed(db, request_id)
    after(request_id, case.kind, case.state, Step.TELL)
    if case.asked_by == PERSON:
        raise BadInput("The person asks for himself: no authority is needed.", what=request_id)
    if not any(p.kind == Piece.AUTHORITY.value and p.deleted_at is None for p in pieces):
        raise BadInput(
            "No paper is on file that shows authority.",
            what=request_id,
            next="Add it: `rightsdesk request evidence ID --kind authority --file FILE`.",
        )
    _refuse_part(case, _taken(case, proofs, place), place)

    def job(unit: Unit) -> list[int]:
        store.move(unit, request_id, Step.TELL, authority_ok=1)
        facts = {"asked_by": case.asked_by, "proofs": sorted(proofs), "place": place}
        store.tell(unit, request_id, actor.id, NewEvent(Event.AUTHORITY_PROVEN, facts=facts))
        unit.append(
            "request.authority_proven",
            actor.id,
            request=request_id,
            object=case.asked_by,
            fields=sorted(proofs),
            outcome=place or None,
        )
        return evidence.delete_in(unit, actor.id, request_id)

    evidence.shred(desk, desk.write(job))
    with desk.reading() as db:
        return store.case(db, request_id)


def _taken(case: Case, proofs: Collection[str], place: str) -> dict[str, Sequence[Way]]:
    """By law: the ways that those proofs make whole."""
    given = set(proofs)
    known = {
        proof
        for law in laws_of(case)
        for way in ways(case.asked_by, law, place)
        for proof in way.proofs
    }
    if given - known:
        raise BadInput(
            "That is no proof that one of the laws of this request knows.",
            what=case.id,
            next=f"One or more of: {', '.join(sorted(known)) or 'none; name the place'}.",
        )
    return {
        law: [way for way in ways(case.asked_by, law, place) if given >= set(way.proofs)]
        for law in laws_of(case)
    }


def _refuse_part(case: Case, taken: dict[str, Sequence[Way]], place: str) -> None:
    for law, found in taken.items():
        if not found:
            asked = [" and ".join(way.proofs) for way in ways(case.asked_by, law, place)]
            raise NotProven(
                f"What was shown is no proof of authority under {law}.",
                what=case.id,
                next=f"Needed: {'; or '.join(asked)}."
                if asked
                else "No rule lets somebody ask for the person there: nothing is executed.",
            )
