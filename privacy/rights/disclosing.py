"""Lines of the ledger that a person adds: transfers made outside the desk, recipients told.

Whatever the desk itself gives away writes its own line (exports, packages). What was sent
by other means, and that a recipient was told of a correction, an erasure or a restriction
(GDPR Article 19), is recorded here, with the audit entry in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from privacy.actors import Act, Actor
from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.disclosures import store as disclosures
from privacy.disclosures.given import Disclosure, Given, Role, Way
from privacy.errors import BadInput, NotFound
from privacy.ids import public_id
from privacy.rights import execution, pack, people_store, recipients, store
from privacy.rights.case import Kind
from privacy.rights.store import Case
from privacy.storage.bulk import in_chunks
from privacy.storage.tables.base import table_of
from privacy.storage.tables.disclosures import Disclosure as DisclosureRow
from privacy.storage.unit import Unit

AT_ONCE = 500
ARTICLE_19 = "GDPR Art. 19"
# What a package holds.
PORTABLE = ("names", "phone", "email", "address", "consents")
EVERYTHING = (*PORTABLE, "other", "calls", "requests", "log")


@dataclass(frozen=True)
class Added:
    """A transfer that was recorded: its id, how many persons now, how many were there before."""

    ref: str
    people: int
    known: int


def add(
    desk: Desk,
    actor: Actor,
    given: Given,
    pages: Iterable[list[int]],
    at: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Added:
    """Record a transfer made outside the desk, one line a person.

    An interrupted one goes on with the same `given.ref`: who has its line gets no second
    one. BadInput for an instant to come, or where nobody is meant.
    """
    actor.require(Act.HANDLE_REQUEST)
    if at > desk.now():
        raise BadInput("A transfer to come is not recorded.", what="--at", next="Give when it was.")
    whole = replace(given, way=Way.BY_HAND, ref=given.ref or public_id("ds"))
    added = known = 0
    for chunk in (part for page in pages for part in in_chunks(page, AT_ONCE)):
        new = desk.write(_adding(desk, actor, whole, list(chunk), at))
        added, known = added + new, known + len(chunk) - new
        progress(added + known)
    if not added + known:
        raise BadInput("Nobody is meant by that.", what="people", next="Look the selection up.")
    return Added(whole.ref, added, known)


def _adding(
    desk: Desk, actor: Actor, given: Given, chunk: list[int], at: datetime
) -> Callable[[Unit], int]:
    def job(unit: Unit) -> int:
        new = set(chunk) - _of_ref(unit.db, given, chunk)
        if new:
            disclosures.record(unit, given, new, actor.id, at=at)
            unit.append(
                "disclosure.recorded",
                actor.id,
                object=given.ref,
                recipient=given.recipient,
                fields=[given.role.value, *given.what],
                subjects=desk.vault.pseudonyms(new, {}, unit.now),
                count=len(new),
                given_at=rfc3339(at),
            )
        return len(new)

    return job


def _of_ref(db: Connection, given: Given, people: list[int]) -> set[int]:
    table = table_of(DisclosureRow)
    rows = db.execute(
        select(table.c.subject_id).where(
            table.c.ref == given.ref,
            table.c.recipient == given.recipient,
            table.c.subject_id.in_(people),
        )
    )
    return set(rows.scalars())


def of_package(unit: Unit, case: Case, actor_id: str) -> None:
    """The line of a package, in the transaction of its release. It names nobody: the request
    says who got it."""
    moved = case.kind is Kind.PORTABILITY
    given = Given(
        "",
        Role.PERSON if case.asked_by == execution.PERSON else Role.AGENT,
        PORTABLE if moved else EVERYTHING,
        case.kind.value,
        pack.right_citation(case.kind, case.law),
        Way.PORTABILITY if moved else Way.PACKAGE,
        case.id,
    )
    disclosures.record(unit, given, [case.subject_id] if case.subject_id else [], actor_id)


def told(desk: Desk, actor: Actor, request_id: str, recipient: str) -> dict[str, Any]:
    """Record that a recipient was told of what a request changed (GDPR Article 19).

    Also after an erasure, without the person. NotFound for one that the request does not
    list; BadInput if it was recorded before.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        listed = recipients.told(db, request_id)
    named = next((each for each in listed if each["name"] == recipient), None)
    if named is None:
        raise NotFound(
            "This request does not list that recipient.",
            what=request_id,
            next=f"It lists: {', '.join(each['name'] for each in listed) or 'nobody'}.",
        )

    def job(unit: Unit) -> None:
        store.lock(unit, request_id)
        if notices(unit.db, request_id, recipient):
            raise BadInput("That is recorded already.", what=request_id, next="Nothing to do.")
        _record_told(unit, actor.id, case, named, unit.now)

    desk.write(job)
    return {**named, "told": True}


def by_letter(unit: Unit, actor_id: str, request_id: str, recipient: str, at: datetime) -> None:
    """A letter to that recipient left at `at`. Nothing more if it was recorded before.

    Refuses nothing: the letter is gone. One that the request does not list was told too.
    """
    if notices(unit.db, request_id, recipient):
        return
    listed = recipients.told(unit.db, request_id)
    unlisted = {"name": recipient, "role": Role.THIRD_PARTY.value}
    named = next((each for each in listed if each["name"] == recipient), unlisted)
    _record_told(unit, actor_id, store.case(unit.db, request_id), named, at)


def _record_told(
    unit: Unit, actor_id: str, case: Case, named: Mapping[str, Any], at: datetime
) -> None:
    known = named["role"] in {role.value for role in Role}
    european = case.law in ("EU_GDPR", "UK_GDPR", "UK_DPA2018")
    given = Given(
        str(named["name"]),
        Role(named["role"]) if known else Role.THIRD_PARTY,
        ("notice",),
        case.kind.value,
        ARTICLE_19 if european else pack.right_citation(case.kind, case.law),
        Way.NOTICE,
        case.id,
        str(named.get("country", "")),
    )
    subject = store.case(unit.db, case.id).subject_id
    people = [] if subject is None else people_store.merged_set(unit.db, subject)[:1]
    disclosures.record(unit, given, people, actor_id, nobody=True, at=at)
    unit.append("recipient.told", actor_id, request=case.id, recipient=given.recipient)


def notices(db: Connection, request_id: str, recipient: str = "") -> list[Disclosure]:
    """Recipients that were told of what a request changed."""
    found = disclosures.read(db, disclosures.Question(ref=request_id, recipient=recipient))
    return [line for line in found if line.given.way is Way.NOTICE]


def told_by(db: Connection, request_id: str) -> list[dict[str, Any]]:
    """Recipients that a request lists, each with when they were told, as reports show them."""
    when = {line.given.recipient: rfc3339(line.at) for line in notices(db, request_id)}
    return [
        {"name": each["name"], "told_at": when.get(each["name"]), "answer": ""}
        for each in recipients.told(db, request_id)
    ]


def pages_of(people: Iterable[int]) -> Iterator[list[int]]:
    """Persons that are named one by one, as one page."""
    yield sorted(set(people))
