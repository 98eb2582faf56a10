"""Mail that came back: whose it was, and what the desk now knows.

A bounce counts only for a message that this desk sent, named by its own Message-ID. Its
content is neither kept nor logged; of it the status code is recorded. The letter whose mail
it was is `returned`: it is to be sent in another way. What the clock heard when it was sent
is not undone; the day's list shows that the person was not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from privacy.actors import Act, Actor
from privacy.desk import Desk
from privacy.rights import bounce_parsing, letters_sent, outbox_store
from privacy.rights.bounce_parsing import What
from privacy.rights.outbox_store import Delivery, Message
from privacy.storage.unit import Unit


class Ended(StrEnum):
    """What taking a mail did. Only `bounced` changes anything.

    `known`: that message had come back before. `unknown`: names no message of this desk,
    or several. `not_sent`: names one that was not sent (yet).
    """

    BOUNCED = "bounced"
    KNOWN = "known"
    DELAYED = "delayed"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    AUTO_REPLY = "auto_reply"
    NO_BOUNCE = "no_bounce"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Outcome:
    """What one mail was, and whose: ids and codes."""

    what: Ended
    message_id: str = ""
    request_id: str = ""
    letter_id: str = ""
    code: str = ""
    for_good: bool = False


_WITHOUT_MESSAGE = {
    What.AUTO_REPLY: Ended.AUTO_REPLY,
    What.NO_BOUNCE: Ended.NO_BOUNCE,
    What.UNREADABLE: Ended.UNREADABLE,
}


def take(desk: Desk, actor: Actor, raw: bytes) -> Outcome:
    """Read one mail and record it if it is a bounce of ours. The same again changes nothing."""
    actor.require(Act.HANDLE_REQUEST)
    reading = bounce_parsing.read(raw)
    if reading.what in _WITHOUT_MESSAGE:
        return Outcome(_WITHOUT_MESSAGE[reading.what])
    with desk.reading() as db:
        message = _named(db, reading.message_ids)
    if message is None:
        return Outcome(Ended.UNKNOWN, code=reading.code)
    found = Outcome(
        Ended.DELAYED,
        message.id,
        message.request_id or "",
        code=reading.code,
        for_good=reading.for_good,
    )
    if reading.what is What.DELAYED:
        return found
    return desk.write(lambda unit: _record(unit, actor.id, message, found))


def _record(unit: Unit, actor_id: str, message: Message, found: Outcome) -> Outcome:
    now = outbox_store.locked(unit, message.id)
    if now is None or now.state is not Delivery.SENT:
        return _ended(found, Ended.NOT_SENT)
    if now.bounced_at is not None:
        return _ended(found, Ended.KNOWN)
    outbox_store.set_bounced(unit, message.id, found.code)
    unit.append(
        "message.bounced",
        actor_id,
        request=message.request_id,
        object=f"{message.id} {message.kind}",
        outcome=found.code,
    )
    letter = letters_sent.came_back(unit, actor_id, message.id)
    return _ended(found, Ended.BOUNCED, letter.id if letter else "")


def _ended(found: Outcome, what: Ended, letter_id: str = "") -> Outcome:
    return Outcome(what, found.message_id, found.request_id, letter_id, found.code, found.for_good)


def _named(db: Connection, ids: Sequence[str]) -> Message | None:
    """The one message of this desk that is named; None for none, and for several."""
    known = [message for each in ids if (message := outbox_store.message(db, each)) is not None]
    return known[0] if len(known) == 1 else None
