"""Legal holds: what stops a destruction until it ends (GDPR Article 17(3)(e)).

A hold is on a person, on a case and its person, or on everybody whom a query of codes
finds (an import, a source, a country of their numbers); never on a name or number. It ends
when it is released, or after its last day in the controller's zone. It stops the plan
and the run of an erasure for the whole merged set, the end of kept keys, and retention;
what it stopped goes on by itself when it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.clock import instant
from privacy.desk import Desk
from privacy.errors import BadInput, Denied, NotFound
from privacy.ids import public_id
from privacy.rights import holds_store, people_store, store
from privacy.rights.places import regions_of
from privacy.storage.unit import Unit

REASON = re.compile(r"[a-z0-9][a-z0-9_.-]{1,40}")
TERM = re.compile(r"(import|source|country)=([A-Za-z0-9][A-Za-z0-9_.:-]{0,80})")
PERSON, CASE, QUERY = "person", "case", "query"


class Held(Denied):
    """A legal hold stops this."""

    code = "held"


@dataclass(frozen=True)
class Hold:
    """A hold; ended ones stay as a record. `until_on`: its last day, or None."""

    id: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_at: datetime | None
    scope: str = PERSON
    subject_id: int | None = None
    request_id: str | None = None
    query: str = ""
    until_on: date | None = None

    def in_force(self, today: date) -> bool:
        """On that day; its last day counts."""
        ended = self.until_on is not None and self.until_on < today
        return self.released_at is None and not ended


def place(
    desk: Desk, actor: Actor, subject_id: int, reason: str, *, until_on: date | None = None
) -> str:
    """Place a hold on a person; its id. `reason` is a code such as a file number."""
    return _place(desk, actor, reason, until_on, scope=PERSON, subject_id=subject_id)


def place_on_case(
    desk: Desk, actor: Actor, request_id: str, reason: str, *, until_on: date | None = None
) -> str:
    """Place a hold on a case, its file and its person. NotFound for an unknown case."""
    with desk.reading() as db:
        store.case(db, request_id)
    return _place(desk, actor, reason, until_on, scope=CASE, request_id=request_id)


def place_on_query(
    desk: Desk, actor: Actor, query: str, reason: str, *, until_on: date | None = None
) -> str:
    """Place a hold on everybody whom the query finds, now and later.

    `query`: terms `import=…`, `source=…`, `country=CC`, separated by spaces; all must hold.
    """
    if not query.split() or not all(TERM.fullmatch(term) for term in query.split()):
        raise BadInput(
            "A query is made of import=ID, source=CODE and country=CC.",
            what="query",
            next="Give codes only, never a name, number or address.",
        )
    return _place(desk, actor, reason, until_on, scope=QUERY, query=" ".join(query.split()))


def _place(desk: Desk, actor: Actor, reason: str, until_on: date | None, **columns: object) -> str:
    actor.require(Act.APPROVE_REQUEST)
    if not REASON.fullmatch(reason):
        raise BadInput(
            "A reason is a code: 2 to 41 of a-z, 0-9, dot, dash, underscore.",
            what="reason",
            next="Give a file number, never a name.",
        )
    hold_id = public_id("ho")
    until = "" if until_on is None else until_on.isoformat()

    def job(unit: Unit) -> None:
        holds_store.add(unit, hold_id, reason, actor.id, until_on=until, **columns)
        unit.append("hold.placed", actor.id, object=hold_id, outcome=reason)

    desk.write(job)
    return hold_id


def release(desk: Desk, actor: Actor, hold_id: str) -> None:
    """Release a hold. NotFound if it is not in force."""
    actor.require(Act.APPROVE_REQUEST)

    def job(unit: Unit) -> None:
        if not holds_store.release(unit, hold_id):
            raise NotFound("There is no such hold in force.", what=hold_id, next="See the holds.")
        unit.append("hold.released", actor.id, object=hold_id)

    desk.write(job)


def listed(desk: Desk) -> list[Hold]:
    """All holds, oldest first."""
    with desk.reading() as db:
        return [_hold(row) for row in holds_store.rows(db)]


def in_force(desk: Desk) -> list[Hold]:
    """Those that hold today, in the controller's zone."""
    today = desk.now().astimezone(ZoneInfo(desk.config.controller.zone)).date()
    return [hold for hold in listed(desk) if hold.in_force(today)]


def refuse_held(
    desk: Desk, subject_ids: Collection[int], request_id: str, actor_id: str = "rightsdesk"
) -> None:
    """Held if a hold is in force for one of those persons, or for the case."""
    found = of_people(desk, subject_ids, request_id, actor_id)
    if found:
        raise Held(
            f"A legal hold stops this erasure ({', '.join(found)}).",
            what=request_id,
            next="It goes on by itself when the hold ends; or refuse the request on GDPR"
            " Article 17(3)(e).",
        )


def of_people(
    desk: Desk, subject_ids: Collection[int], request_id: str = "", actor_id: str = "rightsdesk"
) -> list[str]:
    """Ids of the holds in force for those persons (each with their merged set) or that case.

    A query by country opens their numbers; that is audited.
    """
    current = in_force(desk)
    if not current:
        return []
    with desk.reading() as db:
        people = {one for each in subject_ids for one in people_store.merged_set(db, each)}
        people |= set(subject_ids)
        cases = {case.id for case in store.of_subjects(db, sorted(people))} | {request_id}
        known = people_store.known(db, people)
        imports = holds_store.imports(db, people)

    def regions() -> Iterable[str]:
        return regions_of(desk, actor_id, sorted(people), request_id or "hold")

    sources = {each.source for each in known}
    return [
        hold.id
        for hold in current
        if (hold.scope == PERSON and hold.subject_id in people)
        or (hold.scope == CASE and hold.request_id in cases)
        or (hold.scope == QUERY and people and _finds(hold.query, imports, sources, regions))
    ]


def of_cases(desk: Desk, request_ids: Collection[str]) -> set[str]:
    """Those of the cases that a hold in force is on."""
    on = {hold.request_id for hold in in_force(desk) if hold.request_id is not None}
    return on & set(request_ids)


def _finds(
    query: str,
    imports: Collection[str],
    sources: Collection[str],
    regions: Callable[[], Iterable[str]],
) -> bool:
    """Whether all terms hold. A country that nobody knows counts as found: what is
    destroyed does not come back."""
    for term in query.split():
        name, _, value = term.partition("=")
        if name == "import" and value not in imports:
            return False
        if name == "source" and value not in sources:
            return False
        if name == "country":
            known = set(regions())
            if known and value.upper() not in known:
                return False
    return True


def _hold(row: Any) -> Hold:
    released = row.released_at
    return Hold(
        row.id,
        row.reason,
        row.placed_by,
        instant(row.placed_at),
        None if released is None else instant(released),
        row.scope,
        row.subject_id,
        row.request_id,
        row.query,
        date.fromisoformat(row.until_on) if row.until_on else None,
    )
