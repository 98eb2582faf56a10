"""Requests that ask the same: found early, joined only after each has proved itself.

Before identity two requests look alike by the keyed tag of what they want the answer
sent to: a hint to the handler and nothing more. They are joined when both are proven to
be of the same person; the one received first stays, with its earlier date. Proof never
passes from one request to another.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import Denied
from privacy.numbers import BadEmail, BadNumber, fold_email, parse_phone
from privacy.rights import ending, evidence, people_store, store
from privacy.rights.case import Event, Kind, NotNow, State, Step
from privacy.rights.store import Case, NewEvent
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import RequestTag
from privacy.storage.unit import Unit

UNFINISHED = (State.OPEN, State.VERIFIED, State.PLANNED, State.APPROVED, State.RUNNING)


def tags_of(desk: Desk, contact: str) -> tuple[bytes, ...]:
    """The keyed tag of a contact that is an e-mail or a number; none for anything else."""
    tags = desk.vault.keyring.tags
    try:
        return (tags.mail_tag(fold_email(contact)),)
    except BadEmail:
        pass
    try:
        return (tags.number_tag(parse_phone(contact, desk.config.region or None)),)
    except BadNumber:
        return ()


def add_tags(unit: Unit, request_id: str, tags: Iterable[bytes]) -> None:
    """Remember by what a request wants to be answered."""
    rows = [{"request_id": request_id, "tag": tag} for tag in set(tags)]
    if rows:
        unit.db.execute(insert(table_of(RequestTag)), rows)


def found(db: Connection, case: Case) -> tuple[Case, ...]:
    """Unfinished requests of the same kind, of the same proven person or the same contact."""
    if case.state not in UNFINISHED:
        return ()
    ids = _same_contact(db, case.id) | _same_person(db, case)
    others = [store.case(db, other) for other in sorted(ids - {case.id})]
    return tuple(each for each in others if each.kind is case.kind and each.state in UNFINISHED)


def merge(desk: Desk, actor: Actor, request_id: str, into: str) -> Case:
    """End a request that asks what an older one asks; the older one as it stands.

    Denied unless both are proven to be of the same person, each by itself; NotNow for
    another kind, for a finished one, or if `into` was received later: the earlier date
    stays. Laws that only the merged one was under are added to the older one.
    """
    actor.require(Act.HANDLE_REQUEST)
    gone: list[int] = []

    def job(unit: Unit) -> None:
        # In one order, so that two merges never wait for each other.
        for one in sorted({request_id, into}):
            store.lock(unit, one)
        mine, older = store.case(unit.db, request_id), store.case(unit.db, into)
        _refuse_unlike(mine, older)
        _refuse_unproven(unit.db, mine, older)
        store.move(unit, request_id, Step.MERGE, outcome="merged", parent_id=into, link="merged")
        store.tell(unit, request_id, actor.id, NewEvent(Event.MERGED, None, {"parent_id": into}))
        gone[:] = ending.end(unit, actor.id, mine, desk.config.controller.zone)
        laws = tuple(dict.fromkeys((*older.laws, *mine.laws)))
        if laws != older.laws:
            store.set_values(unit, into, laws=" ".join(laws))
            named = NewEvent(Event.LAWS_NAMED, None, {"laws": " ".join(laws)})
            store.tell(unit, into, actor.id, named)
        unit.append("request.merged", actor.id, request=request_id, object=into)

    desk.write(job)
    evidence.shred(desk, gone)
    with desk.reading() as db:
        return store.case(db, into)


def _same_contact(db: Connection, request_id: str) -> set[str]:
    table = table_of(RequestTag)
    mine = select(table.c.tag).where(table.c.request_id == request_id)
    return set(db.execute(select(table.c.request_id).where(table.c.tag.in_(mine))).scalars())


def _same_person(db: Connection, case: Case) -> set[str]:
    if case.subject_id is None:
        return set()
    people = people_store.merged_set(db, case.subject_id)
    return {each.id for each in store.of_subjects(db, people)}


def _refuse_unlike(mine: Case, older: Case) -> None:
    if mine.id == older.id or mine.kind is not older.kind or older.state not in UNFINISHED:
        raise NotNow(
            "A request is merged into another one of its kind that is not finished.",
            what=mine.id,
            next=f"See `rightsdesk request duplicates {mine.id}`.",
        )
    if mine.kind is Kind.RECTIFICATION or older.state is State.RUNNING:
        raise NotNow(
            "What these two requests ask for is not the same, or is being carried out already.",
            what=mine.id,
            next="Answer each of them.",
        )
    if older.received_at > mine.received_at:
        raise NotNow(
            "The request that was received first stays, with its earlier date.",
            what=mine.id,
            next=f"Merge {older.id} into {mine.id} instead.",
        )


def _refuse_unproven(db: Connection, mine: Case, older: Case) -> None:
    """Each has its own proof of the same person, or nothing is joined."""
    people = [
        set(people_store.merged_set(db, case.subject_id)) if case.subject_id else set()
        for case in (mine, older)
    ]
    if not people[0] or not people[1] or people[0] != people[1]:
        raise Denied(
            "The two requests are not proven to be of one person, each by itself.",
            what=mine.id,
            next="Verify each of them; proof never passes from one request to another.",
        )
