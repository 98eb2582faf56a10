"""Giving an approved letter to the mail, and what may stand in a mail at all.

A mail is read by every server on its way. It carries the reference, the law, dates and
remedies, never the answer itself and never details of the person. A kind of letter that holds
such details goes by mail only where the desk's setting `mail.personal_letters` is `pdf`: then
the mail is a notice, and the letter is the PDF beside it. Else it is printed, handed over, or
read at the portal. The package of an answer never goes by mail.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, Denied
from privacy.law.pack import load_pack
from privacy.rights import letters_sent, outbox, outbox_store, sending_notice, sending_store
from privacy.rights.case import NotNow
from privacy.rights.letter_state import ByEmail, Form, LetterState
from privacy.rights.letters import looking
from privacy.rights.mail_message import PDF, Attachment, Letter
from privacy.rights.sending_store import OnItsWay
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose

PERSONAL_AS_PDF = "pdf"
# Give one letter by its id as PDF and as mail; the entrance composes them.
PdfOf = Callable[[str], bytes]
MailOf = Callable[[str], Letter]


def by_email(kind: str) -> ByEmail:
    """What of that kind of letter may stand in a mail, by the pack: a notice only, if not named."""
    named = load_pack("letters").data["by_email_text"]
    return ByEmail.TEXT if kind in named else ByEmail.NOTICE_ONLY


def queue(
    desk: Desk,
    actor: Actor,
    letter_id: str,
    mail_of: MailOf,
    pdf_of: PdfOf | None = None,
) -> str:
    """Put an approved letter into the outbox; the message's id. The letter is `queued` with it.

    `mail_of` gives the letter as mail. For a kind that is NOTICE_ONLY the mail is a notice
    with the letter as PDF, from `pdf_of`; Denied where the desk does not allow that.
    NotNow for a letter that is not approved, and for one whose case has changed since it was
    written; BadInput for one that goes another way or has no address.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        letter = sending_store.letter(db, letter_id)
    _refuse_other_ways(letter)
    if by_email(letter.kind) is ByEmail.TEXT:
        mail = mail_of(letter.id)
    else:
        mail = _notice(desk, letter, pdf_of)
    to, content = letter.parts()
    opened = desk.vault.open(
        [to, content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
    )
    looking.refuse_changed(desk, letter, opened[content.place])
    address = str(json.loads(opened[to.place]).get("email", ""))
    tells = letters_sent.told_by(opened[content.place])
    message = outbox.prepare(
        desk, letter.holder_id, letter.request_id, letter.kind, address, mail, tells
    )

    def job(unit: Unit) -> str:
        sending_store.move(
            unit, letter.id, [LetterState.APPROVED], LetterState.QUEUED, message_id=message.id
        )
        outbox_store.add(unit, message)
        unit.append(
            "letter.queued",
            actor.id,
            request=letter.request_id,
            object=f"{letter.id} {letter.kind}",
        )
        return message.id

    return desk.write(job)


def handed_over(desk: Desk, actor: Actor, letter_id: str) -> None:
    """An approved letter was given to the person by hand, now; its event is on the clock.

    Any letter may be: also one that would have gone by post. NotNow if it is not approved, or
    if its case has changed since it was written.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        letter = sending_store.letter(db, letter_id)
    if letter.state is not LetterState.APPROVED:
        raise _not_approved(letter)
    _, content = letter.parts()
    opened = desk.vault.open(
        [content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
    )
    looking.refuse_changed(desk, letter, opened[content.place])
    tells = letters_sent.told_by(opened[content.place])
    desk.write(
        lambda unit: letters_sent.sent(
            unit, desk.config.controller, actor.id, letter, unit.now, tells
        )
    )


def again(desk: Desk, actor: Actor, letter_id: str, form: Form) -> None:
    """A letter that came back may leave again, by that way; it is `approved` as before.

    NotNow for one that did not come back. BadInput if it has no address for that way.
    """
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        letter = sending_store.letter(db, letter_id)
    if letter.state is not LetterState.RETURNED:
        raise NotNow(
            "Only a letter that came back is sent again.",
            what=letter_id,
            next="See `rightsdesk letter outbox`.",
        )
    to, _ = letter.parts()
    opened = desk.vault.open(
        [to], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=letter.request_id
    )
    held = json.loads(opened[to.place])
    if not held.get({Form.EMAIL: "email", Form.POST: "lines"}.get(form, ""), form is Form.BY_HAND):
        raise BadInput(
            "This letter has no address for that way.",
            what=letter_id,
            next="Write it again for the other way, or hand it over: --by by_hand.",
        )

    def job(unit: Unit) -> None:
        sending_store.move(
            unit,
            letter.id,
            [LetterState.RETURNED],
            LetterState.APPROVED,
            form=form.value,
            message_id=None,
            print_run_id=None,
        )
        unit.append(
            "letter.again",
            actor.id,
            request=letter.request_id,
            object=f"{letter.id} {letter.kind}",
            outcome=form.value,
        )

    desk.write(job)


def _refuse_other_ways(letter: OnItsWay) -> None:
    if letter.form is not Form.EMAIL:
        raise BadInput(
            f"This letter goes another way: {letter.form.value}.",
            what=letter.id,
            next="Print it with `rightsdesk letter print`, or hand it over.",
        )
    if letter.state is not LetterState.APPROVED:
        raise _not_approved(letter)


def _not_approved(letter: OnItsWay) -> NotNow:
    return NotNow(
        f"Only an approved letter is sent; this one is {letter.state.value}.",
        what=letter.id,
        next=f"See `rightsdesk letter show {letter.id}`.",
    )


def _notice(desk: Desk, letter: OnItsWay, pdf_of: PdfOf | None) -> Letter:
    if desk.config.mail.personal_letters != PERSONAL_AS_PDF or pdf_of is None:
        raise Denied(
            "A letter of this kind holds details of the person and does not go by mail.",
            what=letter.id,
            next="Print it, hand it over or show it at the portal; or allow it as PDF:"
            " `rightsdesk config set mail.personal_letters pdf`.",
        )
    notice = sending_notice.of(
        letter.language, letter.request_id or letter.id, desk.config.controller.name
    )
    # Named by the letter's id: a file's name is seen by everybody who sees the mail's list.
    return replace(notice, attachments=(Attachment(f"{letter.id}.pdf", PDF, pdf_of(letter.id)),))
