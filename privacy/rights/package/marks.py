"""What staff mark as somebody else's before an answer: a field, or words wherever they stand.

A mark is a line of the case's timeline: its ground stands open, what it names is sealed
under the case's key. It is part of the plan, so a second person approves it; a mark after
the approval makes the plan void.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, NotFound
from privacy.rights import redaction_marks, refusal_grounds, store
from privacy.rights.case import Event, NotNow, State
from privacy.rights.package.redaction import Marked
from privacy.rights.plan_items import ANSWERS
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose

DONE = (State.FULFILLED, State.REFUSED, State.CLOSED)


@dataclass(frozen=True)
class Opened:
    """The marks of a case with what they name, and the lines for what is withheld."""

    marked: Marked
    withheld: tuple[dict[str, str], ...]


def mark(
    desk: Desk, actor: Actor, request_id: str, *, field: str = "", words: str = "", ground: str
) -> int:
    """Mark a field by its label, or words, on a ground of the request's law; the mark's number.

    BadInput where not exactly one of the two is given, for a request that answers with no
    data, or a ground that refuses no part of it; NotNow when it was answered.
    """
    actor.require(Act.HANDLE_REQUEST)
    if bool(field.strip()) == bool(words.strip()):
        raise BadInput("A mark names a field or words.", what="--field", next="Give one of them.")
    with desk.reading() as db:
        case = store.case(db, request_id)
    if case.kind not in ANSWERS:
        raise BadInput("That request is answered with no data.", what=request_id)
    chosen = refusal_grounds.ground(ground, case.kind, case.law)
    if chosen.scope != "field":
        raise BadInput("That ground refuses a whole request.", what=ground, next="See its grounds.")
    named = {"field": field.strip(), "words": " ".join(words.split())}
    sealed = store.seal_note(desk, case.holder_id, json.dumps(named))

    def job(unit: Unit) -> int:
        _refuse_done(store.lock(unit, request_id))
        event = NewEvent(Event.REDACTED, None, {"ground": chosen.id})
        seq = store.tell(unit, request_id, actor.id, event, sealed)
        unit.append("request.redacted", actor.id, request=request_id, object=chosen.id, count=seq)
        return seq

    return desk.write(job)


def unmark(desk: Desk, actor: Actor, request_id: str, seq: int) -> None:
    """Take a mark back. NotFound where there is no such mark."""
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        _refuse_done(store.lock(unit, request_id))
        standing = redaction_marks.of_timeline(store.timeline(unit.db, request_id))
        if seq not in {each["mark"] for each in standing}:
            raise NotFound("There is no such mark.", what=f"{request_id} {seq}")
        event = NewEvent(Event.REDACTED, None, {"undone": seq})
        store.tell(unit, request_id, actor.id, event)
        unit.append("request.redacted", actor.id, request=request_id, outcome="undone", count=seq)

    desk.write(job)


def listed(desk: Desk, actor: Actor, request_id: str) -> list[dict[str, Any]]:
    """The marks of a case with what they name, opened; audited."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        marks = redaction_marks.of_timeline(store.timeline(db, request_id))
        parts = store.sealed_notes(db, request_id)
    if not marks:
        return []
    plain = desk.vault.open(
        [parts[each["mark"]] for each in marks],
        actor.id,
        OpeningPurpose.RIGHTS_REQUEST,
        request=request_id,
    )
    return [{**each, **json.loads(plain[parts[each["mark"]].place])} for each in marks]


def opened(desk: Desk, actor: Actor, case: Case) -> Opened:
    """The marks of a case, ready to be applied."""
    rows = listed(desk, actor, case.id)
    fields = [row for row in rows if row["field"]]
    return Opened(
        Marked(
            frozenset(str(row["field"]) for row in fields),
            tuple(str(row["words"]) for row in rows if row["words"]),
        ),
        tuple(_withheld(fields, case)),
    )


def _withheld(fields: Sequence[dict[str, Any]], case: Case) -> list[dict[str, str]]:
    rows = []
    for row in fields:
        ground = refusal_grounds.ground(row["ground"], case.kind, case.law)
        rows.append({"what": row["field"], "why": ground.what, "citation": ground.citation})
    return rows


def _refuse_done(case: Case) -> None:
    if case.state in DONE:
        raise NotNow("The request was answered.", what=case.id, next="Open a new one.")
