"""Fulfilling an access request: collect, render, seal into a package, release once.

A release is logged before the package has its name: `package.released` with its
digest, and the case is fulfilled in the same transaction. One approval releases
one package; another one needs another request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.rights import (
    access,
    answer_data,
    answer_limits,
    clock,
    execution,
    intake,
    package,
    people_store,
    planning,
    store,
)
from privacy.rights.access import Found
from privacy.rights.answer_data import Context, Renderer
from privacy.rights.case import Event, Kind, NotNow, Step, after
from privacy.rights.clock import Law, statute
from privacy.rights.plan_items import ANSWERS
from privacy.rights.refusal import refused_fields
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit

# The person's further rights and where to complain, by law; from the entrance.
Wording = Callable[[str], tuple[list[dict[str, Any]], dict[str, Any]]]


@dataclass(frozen=True)
class Released:
    """A package that was written. `passphrase` is told once and kept nowhere."""

    case: Case
    path: Path
    sha256: str
    entry_id: str
    passphrase: str


def fulfil(
    desk: Desk,
    actor: Actor,
    request_id: str,
    out: Path,
    *,
    renderer: Renderer,
    wording: Wording,
    law: Law = statute,
    passphrase: str = "",
) -> Released:
    """Write the package of an approved access request to `out` (new file, mode 0600).

    Denied if this approval has released one already; NotNow before the approval, or if a
    merge changed whose data it is; Denied where identity, authority or approval does not
    stand; BadInput if `out` exists.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        if case.kind in ANSWERS and store.released(db, request_id, case.approved_seq):
            raise _already(request_id)
    if case.kind not in ANSWERS:
        raise BadInput("That request asks for no data.", what=request_id)
    after(request_id, case.kind, case.state, Step.FULFIL)
    with desk.reading() as db:
        execution.may_execute(db, request_id)
    package.refuse_existing(out)
    package.refuse_existing(package.part_of(out))
    planning.refuse_changed(desk, actor, case)
    secret = passphrase or package.new_passphrase()
    content = _content(desk, actor, case, renderer, wording, law, secret)
    package.write_private(package.part_of(out), content)
    try:
        entry = _release(desk, actor, case, package.digest(content))
    except BaseException:
        package.part_of(out).unlink(missing_ok=True)
        raise
    package.complete(out)
    with desk.reading() as db:
        return Released(store.case(db, request_id), out, package.digest(content), entry, secret)


def _content(
    desk: Desk,
    actor: Actor,
    case: Case,
    renderer: Renderer,
    wording: Wording,
    law: Law,
    passphrase: str,
) -> bytes:
    now = desk.now()
    with desk.reading() as db:
        told = store.timeline(db, case.id)
    rights, complaint = wording(case.law)
    person = intake.read_file(desk, actor, case.id).name
    answered = clock.answer(desk.config.controller, case, told, now, law=law)
    refused = refused_fields(case.plan)
    withheld = answer_limits.refusals(refused)
    found = answer_limits.without(access.collect(desk, actor, case), refused)
    moved = case.kind is Kind.PORTABILITY
    if moved:
        found = answer_limits.portable(found, _bought(desk, found))
        withheld.append(answer_limits.REST)
    context = Context(
        desk.config,
        case,
        now,
        answered,
        told,
        person or "the person",
        rights,
        complaint,
        withheld=tuple(withheld),
    )
    laws = execution.laws_of(case)
    document = answer_limits.screened_answer(answer_data.access_answer(found, context), laws)
    machine = answer_data.machine_document(found, document)
    if moved:
        # A format for programs (EDPB Guidelines 01/2022, para. 156: no PDF for portability).
        return package.make(None, answer_limits.machine_portable(machine), passphrase)
    return package.make(renderer("access-answer", document), machine, passphrase)


def _bought(desk: Desk, found: Found) -> set[int]:
    """Subjects of lists that were bought: somebody else provided them (Article 14)."""
    with desk.reading() as db:
        return people_store.of_bought_lists(db, [subject.id for subject in found.subjects])


def _release(desk: Desk, actor: Actor, case: Case, sha256: str) -> str:
    def job(unit: Unit) -> str:
        if store.released(unit.db, case.id, case.approved_seq):
            raise _already(case.id)
        execution.may_execute(unit.db, case.id)
        before = store.move(unit, case.id, Step.FULFIL, outcome="answered")
        if before.approved_seq != case.approved_seq:
            raise NotNow("The plan was changed meanwhile.", what=case.id, next="See the request.")
        for event in (Event.DATA_PROVIDED, Event.FULFILLED):
            store.tell(unit, case.id, actor.id, NewEvent(event))
        entry = unit.append("package.released", actor.id, request=case.id, digest=sha256)
        store.add_release(unit, case.id, case.approved_seq or 0, sha256, entry)
        return entry

    return desk.write(job)


def _already(request_id: str) -> Denied:
    return Denied(
        "This approval has released its package already.",
        what=request_id,
        next="If it was lost, open a new request.",
    )
