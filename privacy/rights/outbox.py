"""The outbox: messages that survive a crash between being written and being sent.

queued ── claimed ──▶ sending ── accepted ──▶ sent
sending ── not now ──▶ queued (later), given up ──▶ failed
queued ── no longer wanted ──▶ cancelled

A message is put in by the transaction that decides to send it. Whoever sends
claims it first, durably. If a process dies between `sending` and `sent`, nobody
knows whether the mail server took it: after the lease the message is sent again
with the same Message-ID, and the log says so (`message.sent_again`). Never lost,
never doubled silently. Address and content are sealed under the case and go with
the end of the way, whichever it is. A letter whose mail it was moves with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.errors import BadInput, KeyMissing
from privacy.ids import public_id, row_id
from privacy.rights import letters_sent, mail_message, outbox_store
from privacy.rights.letters_sent import NOTHING, Tells
from privacy.rights.mail import Undelivered, domain_of
from privacy.rights.mail_message import Letter
from privacy.rights.outbox_store import Delivery, Message
from privacy.storage.unit import Unit
from privacy.terms import KeyClass, OpeningPurpose

LEASE = timedelta(minutes=5)
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 900, 3600, 14_400, 43_200))
# What is worth nothing after its time is not sent late: nobody can use a code then.
LIFE = {"code": timedelta(minutes=10)}

Transport = Callable[[EmailMessage], None]


@dataclass(frozen=True)
class Sent:
    """What one round did, by outcome."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.waiting} to be tried again, {self.failed} failed"


def prepare(
    desk: Desk,
    holder_id: int,
    request_id: str | None,
    kind: str,
    to: str,
    letter: Letter,
    tells: Tells = NOTHING,
) -> Message:
    """A message sealed under the case's key, to be put in by the transaction that decides.

    `tells`: what is recorded when the mail of a letter was taken.
    BadInput for an address, a subject or attachments of which no mail can be made.
    """
    mail_message.check(to, letter)
    now = desk.now()
    place_id = row_id(now)
    text = mail_message.sealed_text(letter, tells.document())
    to_place, content_place = outbox_store.places(holder_id, place_id)
    sealed_to, sealed_content = desk.vault.seal_parts(
        KeyClass.CASE, [(to_place, to.encode()), (content_place, text.encode())]
    )
    return Message(
        public_id("m"),
        holder_id,
        request_id,
        kind,
        place_id,
        Delivery.QUEUED,
        0,
        now,
        now,
        None,
        "",
        sealed_to.sealed,
        sealed_content.sealed,
    )


def never(message: Message, why: str) -> Message:
    """The same message as one that nobody will get: cancelled, without address and content."""
    return replace(
        message, state=Delivery.CANCELLED, error=why, to_sealed=None, content_sealed=None
    )


def send_due(desk: Desk, actor: Actor, transport: Transport, sender: str) -> Sent:
    """Send everything that is due, one message at a time; what failed waits for its next time."""
    actor.require(Act.HANDLE_REQUEST)
    with desk.reading() as db:
        waiting = outbox_store.due(db, desk.now())
    outcomes = [_send(desk, actor, each, transport, sender) for each in waiting]
    return Sent(
        outcomes.count(Delivery.SENT),
        outcomes.count(Delivery.QUEUED),
        outcomes.count(Delivery.FAILED),
    )


def _send(
    desk: Desk, actor: Actor, message_id: str, transport: Transport, sender: str
) -> Delivery | None:
    """The message's state afterwards; None if somebody else has it."""
    message = desk.write(lambda unit: _claim(unit, actor.id, message_id))
    if message is None:
        return None
    if _too_late(message, desk.now()):
        return _failed(desk, actor.id, message, "expired")
    try:
        mail, tells = _mail(desk, actor, message, sender)
    except KeyMissing:
        # The case ended and its key with it: there is nothing left that could be sent.
        return _failed(desk, actor.id, message, "key_gone")
    except BadInput:
        return _failed(desk, actor.id, message, "not_a_mail")
    try:
        transport(mail)
    except Undelivered as why:
        if why.for_good or message.tries > len(BACKOFF):
            return _failed(desk, actor.id, message, why.reason)
        return _later(desk, actor.id, message, why.reason)

    def job(unit: Unit) -> None:
        outbox_store.settle(unit, message.id, Delivery.SENT)
        _tell(unit, actor.id, "message.sent", message, "accepted")
        letters_sent.mail_taken(unit, desk.config.controller, actor.id, message.id, tells)

    desk.write(job)
    return Delivery.SENT


def _claim(unit: Unit, actor_id: str, message_id: str) -> Message | None:
    for state in outbox_store.WAITING:
        if outbox_store.claim(unit, message_id, state, unit.now + LEASE):
            message = outbox_store.message(unit.db, message_id)
            assert message is not None
            again = state is Delivery.SENDING
            _tell(
                unit,
                actor_id,
                "message.sent_again" if again else "message.sending",
                message,
                "not known whether it was sent" if again else "",
            )
            return message
    return None


def _mail(desk: Desk, actor: Actor, message: Message, sender: str) -> tuple[EmailMessage, Tells]:
    to, content = message.parts()
    opened = desk.vault.open(
        [to, content], actor.id, OpeningPurpose.RIGHTS_REQUEST, request=message.request_id
    )
    letter, told = mail_message.of_sealed(opened[content.place])
    mail = mail_message.compose(message.id, domain_of(sender), opened[to.place].decode(), letter)
    mail["From"] = sender
    mail["Date"] = format_datetime(message.created_at)
    return mail, letters_sent.of_document(told)


def _too_late(message: Message, now: datetime) -> bool:
    life = LIFE.get(message.kind)
    return life is not None and now > message.created_at + life


def _failed(desk: Desk, actor_id: str, message: Message, why: str) -> Delivery:
    def job(unit: Unit) -> None:
        outbox_store.settle(unit, message.id, Delivery.FAILED, why)
        _tell(unit, actor_id, "message.failed", message, why)
        letters_sent.came_back(unit, actor_id, message.id)

    desk.write(job)
    return Delivery.FAILED


def _later(desk: Desk, actor_id: str, message: Message, why: str) -> Delivery:
    wait = BACKOFF[min(message.tries, len(BACKOFF)) - 1]

    def job(unit: Unit) -> None:
        outbox_store.put_back(unit, message.id, unit.now + wait, why)
        _tell(unit, actor_id, "message.waiting", message, why)

    desk.write(job)
    return Delivery.QUEUED


def _tell(unit: Unit, actor_id: str, action: str, message: Message, outcome: str) -> None:
    unit.append(
        action,
        actor_id,
        request=message.request_id,
        object=f"{message.id} {message.kind}",
        count=message.tries,
        outcome=outcome or None,
    )
