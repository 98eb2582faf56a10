"""Writing a letter for a request: read the case, try the law, compose, seal, keep.

What the letter would tell the clock is tried on the law first: an extension after its
last day is refused before a word is written. Nothing is sent here. A letter of refusal
waits for another pair of eyes unless somebody approved the plan that it tells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.disclosures.given import check_recipient
from privacy.errors import BadFacts, BadInput, Denied
from privacy.rights import (
    intake,
    levels,
    lifting,
    outbox_store,
    people_store,
    sending_store,
    store,
)
from privacy.rights.case import NotNow
from privacy.rights.clock import Law, statute
from privacy.rights.execution import laws_of
from privacy.rights.intake import CaseFile
from privacy.rights.letter_state import LetterState
from privacy.rights.letters import facts, kinds, looking, overrides
from privacy.rights.letters import store as letter_store
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.letterhead import today
from privacy.rights.letters.store import Addressee, Draft, Kept
from privacy.rights.letters.text import LetterText, from_document
from privacy.rights.letters_sent import Tells
from privacy.rights.mail_message import is_address
from privacy.rights.store import Case, NewEvent, TimelineEvent
from privacy.storage.unit import Unit
from privacy.terms import Language, OpeningPurpose

EVENT = "event"
REASONS = ("complexity", "number")
UNWANTED = "unwanted"
LIFTED_ON = "lifted_on"
CANCELLABLE = (
    LetterState.DRAFT,
    LetterState.APPROVED,
    LetterState.QUEUED,
    LetterState.PRINTED,
    LetterState.RETURNED,
)


@dataclass(frozen=True)
class Wanted:
    """Which letter. `law` "" is the request's first; `language` "" is the person's.

    `given`: facts of staff by the names of the pack, besides `event` with `reason` and
    `until` of an extension. `to`: another addressee than whoever asked; a letter to
    recipients has one always.
    """

    kind: str
    law: str = ""
    language: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    to: Addressee | None = None


def preview(desk: Desk, actor: Actor, request_id: str, wanted: Wanted) -> Draft:
    """The letter as it would be kept, and nothing kept. Opens the case file; audited."""
    return _draft(desk, actor, request_id, wanted, statute)


def write(desk: Desk, actor: Actor, request_id: str, wanted: Wanted, *, law: Law = statute) -> Kept:
    """Write a letter and keep it sealed, as approved or as a draft for another's eyes.

    NotAllowedByLaw for what the law does not allow to tell (a late extension, proof where
    none is asked); BadFacts names facts that are missing; NotFound where the law knows no
    such letter.
    """
    actor.require(Act.HANDLE_REQUEST)
    draft = _draft(desk, actor, request_id, wanted, law)
    new = letter_store.sealed(desk, draft)
    desk.write(lambda unit: letter_store.add(unit, actor.id, new))
    with desk.reading() as db:
        return letter_store.kept(db, new.id)


def approve(desk: Desk, actor: Actor, letter_id: str) -> Kept:
    """Let a draft go. Denied for whoever wrote it."""
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        letter = letter_store.kept(unit.db, letter_id)
        if letter.made_by == actor.id:
            raise Denied(
                "Whoever wrote this letter does not approve it.",
                what=letter_id,
                next="Let another actor look at it: `rightsdesk letter show`, then approve.",
            )
        sending_store.move(
            unit, letter_id, [LetterState.DRAFT], LetterState.APPROVED, approved_by=actor.id
        )
        unit.append(
            "letter.approved",
            actor.id,
            request=letter.request_id,
            object=f"{letter_id} {letter.kind}",
            digest=letter.sha256,
        )

    desk.write(job)
    with desk.reading() as db:
        return letter_store.kept(db, letter_id)


def cancel(desk: Desk, actor: Actor, letter_id: str) -> Kept:
    """A letter that is no longer wanted and has not left, or came back: words and addressee go.

    One that waits in the outbox goes with its message; NotNow if a mail server may have it.
    One that was printed is taken out of its run; NotNow once the run was posted.
    """
    actor.require(Act.HANDLE_REQUEST)

    def job(unit: Unit) -> None:
        letter = letter_store.kept(unit.db, letter_id)
        if letter.state is LetterState.QUEUED:
            _take_back(unit, actor, letter)
        if letter.print_run_id and sending_store.run(unit.db, letter.print_run_id).posted_at:
            raise NotNow("The print run of this letter was posted.", what=letter_id)
        sending_store.move(
            unit,
            letter_id,
            CANCELLABLE,
            LetterState.CANCELLED,
            to_sealed=None,
            content_sealed=None,
        )
        unit.append(
            "letter.cancelled",
            actor.id,
            request=letter.request_id,
            object=f"{letter_id} {letter.kind}",
        )

    desk.write(job)
    with desk.reading() as db:
        return letter_store.kept(db, letter_id)


def _take_back(unit: Unit, actor: Actor, letter: Kept) -> None:
    """The message of a queued letter is sent no more."""
    if letter.message_id is None or not outbox_store.cancel(unit, letter.message_id, UNWANTED):
        raise NotNow(
            "The mail of this letter is being given to the mail server, or may have been.",
            what=letter.id,
            next="See `rightsdesk letter outbox`; write to the person again if it left.",
        )
    unit.append(
        "message.cancelled",
        actor.id,
        request=letter.request_id,
        object=f"{letter.message_id} {letter.kind}",
    )


def read(desk: Desk, actor: Actor, letter_id: str) -> tuple[LetterText, Addressee]:
    """The words and the addressee of a kept letter, opened; audited. NotNow when gone."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        letter = sending_store.letter(db, letter_id)
    to, content = letter.parts()
    opened = desk.vault.open(
        [to, content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
    )
    addressed: dict[str, Any] = json.loads(opened[to.place])
    document: dict[str, Any] = json.loads(opened[content.place])
    document.pop(EVENT, None)
    document.pop(looking.STANDS_ON, None)
    return from_document(document), Addressee(
        str(addressed.get("name", "")),
        str(addressed.get("email", "")),
        tuple(addressed.get("lines", ())),
    )


def _draft(desk: Desk, actor: Actor, request_id: str, wanted: Wanted, law: Law) -> Draft:
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = store.timeline(db, request_id)
    name = _law(case, wanted.law)
    catalogue().letter(wanted.kind, name)
    kinds.refuse_other(wanted.kind, case.kind, request_id)
    if wanted.kind == kinds.PROVES:
        levels.refuse_needless(request_id, case.kind.value, laws_of(case), case.harm)
    _refuse_undecided(case, wanted.kind)
    given = dict(wanted.given)
    event = _event(desk, case, told, name, wanted.kind, given.pop(EVENT, {}), law)
    file = intake.read_file(desk, actor, request_id)
    to = _to(wanted, file, request_id)
    looked = replace(looking.looked(desk, case, told, event, law), person=to.name)
    known = facts.of_case(desk.config.controller, name, looked, today(desk))
    found = {**known, **facts.of_staff(given, catalogue())}
    if wanted.kind == lifting.KIND and str(found.get(LIFTED_ON, "9")) < today(desk).isoformat():
        raise BadFacts("The person is told before a restriction is lifted.", field=LIFTED_ON)
    language = language_of(desk, actor, case, wanted.language)
    words = overrides.words(desk, language)
    text = compose(wanted.kind, name, found, words, catalogue())
    return Draft(
        text=text,
        to=to,
        holder_id=case.holder_id,
        templates_sha256=words.sha256,
        approved=_seen_by_two(case, wanted, actor),
        request_id=case.id,
        tells=Tells(event, _recipient(wanted, to)),
        stands_on=looking.stands_on(wanted.kind, name, known),
    )


def _refuse_undecided(case: Case, kind: str) -> None:
    """NotNow for a letter that tells what nobody has decided yet."""
    if kind in kinds.TELL_OUTCOME and not case.outcome:
        raise NotNow(
            "The outcome that this letter tells is not recorded yet.",
            what=case.id,
            next="Record it first: `rightsdesk request settle`.",
        )
    if kind == kinds.GIVES and case.state not in kinds.DECIDED:
        raise NotNow(
            "What the answer gives is not approved yet, and this letter says that it is with it.",
            what=case.id,
            next="Plan and approve first: `rightsdesk request plan`, `request approve`.",
        )


def _law(case: Case, wanted: str) -> str:
    """A law of the case. BadInput for another one: its letter would promise what does not bind."""
    if not wanted:
        return case.law
    if wanted not in laws_of(case):
        raise BadInput(
            "The request is not under this law.",
            what=case.id,
            next=f"One of {', '.join(laws_of(case))}; add it with `rightsdesk request laws`.",
        )
    return wanted


def _event(
    desk: Desk,
    case: Case,
    told: list[TimelineEvent],
    name: str,
    kind: str,
    given: Any,
    law: Law,
) -> NewEvent | None:
    """What the letter tells when it is sent, tried on the law of the letter now."""
    if kind not in kinds.TELLS:
        return None
    if not isinstance(given, Mapping) or set(given) - {"reason", "until"}:
        raise BadFacts("The event of a letter has a reason and a day.", field=EVENT)
    told_facts = {key: str(value) for key, value in given.items()}
    if kind == kinds.EXTENDS:
        told_facts.setdefault("reason", REASONS[0])
        if told_facts["reason"] not in REASONS:
            raise BadFacts(
                "That is no reason of an extension.",
                field="event.reason",
                next=f"One of: {', '.join(REASONS)}.",
            )
    event = NewEvent(kinds.TELLS[kind], None, told_facts)
    looking.try_event(desk, case, told, name, event, law)
    return event


def _recipient(wanted: Wanted, to: Addressee) -> str:
    """The recipient whom the letter tells of a change: the name stands in the ledger in clear.

    BadInput for a name that may not, such as one with a number or an address.
    """
    if wanted.kind != kinds.TELLS_RECIPIENT:
        return ""
    check_recipient(to.name)
    return to.name


def _to(wanted: Wanted, file: CaseFile, request_id: str) -> Addressee:
    """Whoever asked, unless the letter goes to somebody else."""
    if wanted.to is not None:
        return wanted.to
    if wanted.kind in kinds.TO_OTHERS:
        raise BadInput(
            "This letter goes to somebody else than who asked: say to whom.",
            what=request_id,
            next="Give --to FILE with a JSON object of name, email or lines.",
        )
    return addressee(file)


def language_of(desk: Desk, actor: Actor, case: Case, wanted: str = "") -> Language:
    """The one asked for, else the case's, else the person's on file, else the controller's,
    else English. BadInput for one asked for in which no letter is written."""
    for each in (wanted, case.language):
        if each:
            try:
                return Language(each)
            except ValueError:
                raise BadInput(
                    "Letters are not written in that language.",
                    what="language",
                    next=f"One of: {', '.join(Language)}.",
                ) from None
    for known in (*_on_file(desk, actor, case), desk.config.controller.language):
        if known[:2].lower() in set(Language):
            return Language(known[:2].lower())
    return Language.ENGLISH


def _on_file(desk: Desk, actor: Actor, case: Case) -> list[str]:
    """Languages of the person's profiles; opening them is audited."""
    if case.subject_id is None:
        return []
    with desk.reading() as db:
        parts = people_store.profile_parts(db, people_store.merged_set(db, case.subject_id))
    if not parts:
        return []
    opened = desk.vault.open(parts, actor.id, OpeningPurpose.RIGHTS_REQUEST, request=case.id)
    profiles: list[dict[str, Any]] = [json.loads(opened[part.place]) for part in parts]
    return [str(profile.get("language") or "") for profile in profiles]


def addressee(file: CaseFile) -> Addressee:
    """Where whoever asked wants the answer: a mail address, or the lines of a postal one."""
    contact = file.contact.strip()
    if is_address(contact):
        return Addressee(file.name, contact)
    lines = tuple(line.strip() for line in contact.replace(";", "\n").split("\n") if line.strip())
    return Addressee(file.name, "", lines if len(lines) > 1 else ())


def given_addressee(document: Mapping[str, Any]) -> Addressee:
    """An addressee from a file of staff. BadFacts for another form, or an address that no
    mail can be sent to."""
    lines = document.get("lines", [])
    texts = [document.get("name", ""), document.get("email", "")]
    plain = isinstance(lines, list) and all(isinstance(each, str) for each in (*texts, *lines))
    if not plain or set(document) - {"name", "email", "lines"}:
        raise BadFacts("An addressee has a name, an email and lines.", field="--to")
    if texts[1] and not is_address(texts[1]):
        raise BadFacts("That is no address of a mailbox.", field="email", next="Give one address.")
    if not (texts[1] or lines):
        raise BadFacts("An addressee has an email or lines.", field="--to")
    return Addressee(texts[0], texts[1], tuple(lines))


def _seen_by_two(case: Case, wanted: Wanted, actor: Actor) -> bool:
    if wanted.to is not None and wanted.kind not in kinds.TO_OTHERS:
        # What is the person's goes to an address that only the writer has seen.
        return False
    if wanted.kind not in kinds.SECOND_LOOK:
        return True
    approved = case.approved_seq is not None and bool(case.approved_by)
    return approved and case.approved_by != actor.id and case.planned_by != case.approved_by
