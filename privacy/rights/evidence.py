"""What somebody showed to prove who they are or for whom they ask: sealed, then destroyed.

Each piece is sealed under a key of its own (class case, holder: the piece), so
that its end does not wait for the end of the case: with the decision the content
goes in the same transaction, and then the key, without which no old copy of the
row opens either (11 CCR 7060(d), GDPR Article 5(1)(c), EDPB Guidelines 01/2022
paras 70-79). The row stays: what kind, when, deleted when. A signed declaration
alone is kept, under the case's own key (11 CCR 7062(c), 7101).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, MachineFailed, NotAllowedByLaw, NotFound
from privacy.ids import row_id
from privacy.rights import evidence_store, levels, store
from privacy.rights.case import Event, NotNow
from privacy.rights.evidence_store import Held
from privacy.rights.execution import laws_of
from privacy.rights.store import Case
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose
from privacy.vault.erase import delete_keys, keys_left
from privacy.vault.sealing import Part, Place

LARGEST_BYTES = 10 * 1024 * 1024


class Piece(StrEnum):
    """Kinds of evidence."""

    IDENTITY_DOCUMENT = "identity_document"
    DECLARATION = "declaration"
    AUTHORITY = "authority"


KEPT = (Piece.DECLARATION.value,)


def add(desk: Desk, actor: Actor, request_id: str, piece: Piece, content: bytes) -> int:
    """Seal a piece of evidence and keep it until the decision; its number in the case.

    NotAllowedByLaw for a copy of an identity document where no reasonable doubt was told
    (GDPR Article 12(6)); NotNow when the decision was made; BadInput for an empty or too
    large piece.
    """
    actor.require(Act.HANDLE_REQUEST)
    if not 0 < len(content) <= LARGEST_BYTES:
        raise BadInput(
            "Evidence has 1 byte to 10 MiB.", what=piece.value, next="Give a smaller copy."
        )
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    if case.state in evidence_store.DECIDED:
        raise NotNow("The request is decided.", what=request_id, next="Send the evidence back.")
    doubted = any(
        event.type is Event.IDENTITY_REQUESTED and event.facts.get("reasonable_doubt")
        for event in told
    )
    citation = levels.doubt_needed(laws_of(case))
    if piece is Piece.IDENTITY_DOCUMENT and citation and not doubted:
        raise NotAllowedByLaw(
            "A copy of an identity document may be taken on reasonable doubt only.",
            rule="identity.doubt",
            limit="reasonable doubt",
            citation=citation,
            next="Compare what the desk holds, or tell the doubt:"
            " `rightsdesk request tell ID identity_requested --reasonable-doubt`.",
        )
    place_id = row_id(desk.now())
    place = Place(Part.IDENTITY_EVIDENCE, _holder(case, piece.value, place_id), place_id)
    (sealed,) = desk.vault.seal_parts(KeyClass.CASE, [(place, content)])

    def job(unit: Unit) -> int:
        number = evidence_store.add(unit, request_id, place_id, piece.value, sealed.sealed)
        unit.append("evidence.added", actor.id, request=request_id, object=piece.value)
        return number

    return desk.write(job)


def read(desk: Desk, actor: Actor, request_id: str, number: int) -> bytes:
    """The content of a piece, for whoever decides; audited. NotFound when it was deleted."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        found = evidence_store.sealed(db, request_id, number)
        kinds = {each.number: each.kind for each in evidence_store.listed(db, request_id)}
    if found is None:
        raise NotFound(
            "That piece of evidence is not there, or was deleted after the decision.",
            what=request_id,
            next="Decide by what the timeline says.",
        )
    place_id, content = found
    part = evidence_store.part(_holder(case, kinds[number], place_id), place_id, content)
    opened = desk.vault.open([part], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=request_id)
    return opened[part.place]


def listed(desk: Desk, actor: Actor, request_id: str) -> list[Held]:
    """What was given, by kind and instant, and what of it was deleted when."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        store.case(db, request_id)
        return evidence_store.listed(db, request_id)


def delete_in(unit: Unit, actor_id: str, request_id: str) -> list[int]:
    """Delete the contents of a case in the transaction that decides; then call `shred`."""
    gone = evidence_store.delete_contents(unit, request_id, KEPT)
    if gone:
        unit.append("evidence.deleted", actor_id, request=request_id, count=len(gone))
    return gone


def shred(desk: Desk, gone: Sequence[int]) -> None:
    """Destroy the keys of what was deleted, so that an old copy of the row opens no more.

    What a busy vault leaves behind is destroyed by `sweep`.
    """
    if gone:
        with suppress(MachineFailed):
            delete_keys(desk.vault, gone, [KeyClass.CASE], busy_wait_s=1.0)


def due(desk: Desk) -> int:
    """How many cases and keys `sweep` would act on."""
    with desk.reading() as db:
        cases = evidence_store.undecided_over(db, KEPT)
        rows = evidence_store.deleted_rows(db)
    return len(cases) + keys_left(desk.vault, rows, [KeyClass.CASE])


def sweep(desk: Desk, actor: Actor) -> int:
    """Delete what a request that ended left, and keys that outlived their content; how many."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        cases = evidence_store.undecided_over(db, KEPT)
    for request_id in cases:
        _delete(desk, actor.id, request_id)
    with desk.reading() as db:
        rows = evidence_store.deleted_rows(db)
    left = keys_left(desk.vault, rows, [KeyClass.CASE])
    if left:
        delete_keys(desk.vault, rows, [KeyClass.CASE])
    return len(cases) + left


def _delete(desk: Desk, actor_id: str, request_id: str) -> None:
    desk.write(lambda unit: delete_in(unit, actor_id, request_id))


def _holder(case: Case, kind: str, place_id: int) -> int:
    """Whose key seals a piece: the case's where it is kept, else one of its own."""
    return case.holder_id if kind in KEPT else place_id
