"""Fulfilling an access request: collect, redact, render, seal into a package, release once.

A release is logged before the package has its name: `package.released` with its
digest, and the case is fulfilled in the same transaction, together with the desk's own
sealed copy. One approval releases one package; another one needs another request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from privacy.actors import Act, Actor
from privacy.datamap import store as datamap
from privacy.datamap.agreement import Stated, stated
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.rights import (
    access,
    answer_data,
    answer_limits,
    clock,
    disclosing,
    execution,
    intake,
    law_words,
    people_store,
    planning,
    recipients,
    store,
)
from privacy.rights.access import Found
from privacy.rights.answer_data import Context, Renderer
from privacy.rights.case import Event, Kind, NotNow, Step, after
from privacy.rights.clock import Law, statute
from privacy.rights.letters import store as letter_store
from privacy.rights.package import (
    archive,
    contents,
    copies,
    copy_store,
    marks,
    passphrase_letter,
    writing,
)
from privacy.rights.package.copy_store import Copy
from privacy.rights.package.handing import DEFAULT, Handing, Way
from privacy.rights.package.others import known_others, regions
from privacy.rights.package.redaction import without_others
from privacy.rights.plan_items import ANSWERS
from privacy.rights.refusal import refused_fields
from privacy.rights.store import Case, NewEvent
from privacy.storage.unit import Unit

# The person's further rights and where to complain, by law; from the entrance. No rights for a
# law without a text of its own: the packs speak then.
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
    handing: Handing = DEFAULT,
) -> Released:
    """Write the package of an approved access request to `out` (new file, mode 0600).

    `handing`: by which ways package and pass phrase go; a pass phrase by post becomes a
    letter of the next print run in the same transaction.

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
    handing.refuse_same()
    writing.refuse_existing(out)
    writing.refuse_existing(writing.part_of(out))
    planning.refuse_changed(desk, actor, case)
    secret = passphrase or archive.new_passphrase()
    found, withheld = _answered(desk, actor, case)
    context = _context(desk, actor, case, wording, law, withheld)
    content = archive.sealed(_files(desk, case, renderer, found, context), secret)
    copy = copies.sealed(desk, case, content)
    letter = None
    if handing.passphrase is Way.POST:
        draft = passphrase_letter.draft(desk, case, copy.holder_id, found, secret)
        letter = letter_store.sealed(desk, draft)
    writing.write_private(writing.part_of(out), content)
    try:
        entry = _release(desk, actor, case, copy, handing, letter)
    except BaseException:
        writing.part_of(out).unlink(missing_ok=True)
        raise
    writing.complete(out)
    with desk.reading() as db:
        return Released(store.case(db, request_id), out, copy.sha256, entry, secret)


def _files(
    desk: Desk, case: Case, renderer: Renderer, found: Found, context: Context
) -> dict[str, bytes]:
    """The files of the package by name, in the order in which a person meets them."""
    laws = execution.laws_of(case)
    if case.kind is not Kind.PORTABILITY:
        today = context.now.astimezone(context.zone).date()
        lists = recipients.owed_lists(laws, today, found.recipients)
        context = replace(context, third_parties=tuple(lists))
    document = answer_limits.screened_answer(answer_data.access_answer(found, context), laws)
    machine = contents.machine_document(found, document, laws)
    if case.kind is Kind.PORTABILITY:
        # A format for programs (EDPB Guidelines 01/2022, para. 156: no PDF for portability).
        return contents.machine_files(contents.machine_portable(machine))
    return {
        "answer.pdf": renderer("access-answer", document),
        "answer.html": renderer("access-view", document),
        **contents.machine_files(machine),
    }


def _answered(desk: Desk, actor: Actor, case: Case) -> tuple[Found, list[answer_limits.Row]]:
    """What this request is given, and a line for everything that it is not."""
    refused = refused_fields(case.plan)
    withheld = answer_limits.refusals(refused)
    found = answer_limits.without(access.collect(desk, actor, case), refused)
    if case.kind is Kind.PORTABILITY:
        found = answer_limits.portable(found, _bought(desk, found))
        withheld.append(answer_limits.REST)
    else:
        withheld += answer_limits.not_given(found, case.law)
    marked = marks.opened(desk, actor, case)
    others = known_others(desk, actor, case, found)
    redacted = without_others(found, others, regions(desk, found), marked.marked)
    withheld += marked.withheld
    if redacted.places:
        withheld.append(answer_limits.other_people(redacted.places, case.law))
    return redacted.found, withheld


def _context(
    desk: Desk,
    actor: Actor,
    case: Case,
    wording: Wording,
    law: Law,
    withheld: list[answer_limits.Row],
) -> Context:
    now = desk.now()
    with desk.reading() as db:
        told = store.timeline(db, case.id)
    rights, complaint = wording(case.law)
    if not rights:
        zone = ZoneInfo(desk.config.controller.zone)
        rights, complaint = law_words.of(case.law, now.astimezone(zone).date())
    person = intake.read_file(desk, actor, case.id).name
    return Context(
        desk.config,
        case,
        now,
        clock.answer(desk.config.controller, case, told, now, law=law),
        told,
        person or "the person",
        rights,
        complaint,
        withheld=tuple(withheld),
        stated=_stated(desk),
    )


def _stated(desk: Desk) -> dict[str, Stated]:
    """What the accepted data map says of each purpose; a sample says nothing of this desk."""
    held = datamap.newest(desk)
    return {} if held is None or held.sample else stated(held.map)


def _bought(desk: Desk, found: Found) -> set[int]:
    """Subjects of lists that were bought: somebody else provided them (Article 14)."""
    with desk.reading() as db:
        return people_store.of_bought_lists(db, [subject.id for subject in found.subjects])


def _release(
    desk: Desk,
    actor: Actor,
    case: Case,
    copy: Copy,
    handing: Handing,
    letter: letter_store.Sealed | None,
) -> str:
    def job(unit: Unit) -> str:
        if store.released(unit.db, case.id, case.approved_seq):
            raise _already(case.id)
        execution.may_execute(unit.db, case.id)
        before = store.move(unit, case.id, Step.FULFIL, outcome="answered")
        if before.approved_seq != case.approved_seq:
            raise NotNow("The plan was changed meanwhile.", what=case.id, next="See the request.")
        for event in (Event.DATA_PROVIDED, Event.FULFILLED):
            store.tell(unit, case.id, actor.id, NewEvent(event))
        entry = unit.append(
            "package.released",
            actor.id,
            request=case.id,
            digest=copy.sha256,
            fields=[f"package:{handing.package}", f"passphrase:{handing.passphrase}"],
        )
        disclosing.of_package(unit, case, actor.id)
        store.add_release(unit, case.id, copy.approved_seq, copy.sha256, entry)
        copy_store.add(unit, copy)
        if letter is not None:
            letter_store.add(unit, actor.id, letter)
        return entry

    return desk.write(job)


def _already(request_id: str) -> Denied:
    return Denied(
        "This approval has released its package already.",
        what=request_id,
        next="If it was lost: `rightsdesk request package ID --again --out FILE`, for 30 days.",
    )
