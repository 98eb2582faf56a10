"""What has not arrived: mail that waits, failed or came back, and what to do about each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from privacy.clock import rfc3339
from privacy.desk import Desk
from privacy.rights import outbox_store, sending_store, store
from privacy.rights.letter_state import LetterState
from privacy.rights.outbox_store import Delivery, Message
from privacy.rights.sending_store import OnItsWay

SHOWN_FOR = timedelta(days=30)
"""A code that failed is of no use any more; it is shown that long for whoever looks why."""

# What an error of a message means, and what to do. Codes of servers begin with smtp_.
NEXT: dict[str, str] = {
    "connection": "The mail server cannot be reached; see mail.host and mail.port.",
    "lost": "The connection broke while the mail was given; it may have been taken.",
    "certificate": "The server's certificate or name is not trusted; see mail.ca_file.",
    "no_starttls": "The server offers no encryption, so nothing was given to it.",
    "login": "The server refused the login; see mail.user and mail.password_file.",
    "recipient": "The server does not know the address; send it by post.",
    "smtputf8": "The server takes no address outside ASCII; send it by post.",
    "not_a_mail": "Address or subject are of a form that no mail can have; write it anew.",
    "expired": "It was worth nothing any more; make a new one.",
    "key_gone": "The case has ended, and its key with it: nothing is left to send.",
}
REFUSED_NOW = "The server refused it for now."
REFUSED = "The server refused it for good; send it by post."
TRIED_AGAIN = "It is tried again by itself."
WAITS = "It goes with the next `rightsdesk work`."
BACK = "It came back: send it by post, or with `rightsdesk letter resend`."


@dataclass(frozen=True)
class Unsent:
    """A message that has not arrived, and the letter whose mail it is."""

    message: Message
    letter: OnItsWay | None

    @property
    def next(self) -> str:
        """What to do about it, in a sentence."""
        message = self.message
        if message.bounced_at is not None:
            return BACK
        if message.state is Delivery.FAILED:
            return NEXT.get(message.error, REFUSED)
        if not message.error:
            return WAITS
        return f"{NEXT.get(message.error, REFUSED_NOW)} {TRIED_AGAIN}"

    def document(self) -> dict[str, Any]:
        """JSON-ready: ids, codes, instants."""
        message = self.message
        return {
            "message": message.id,
            "letter": None if self.letter is None else self.letter.id,
            "request": message.request_id,
            "kind": message.kind,
            "state": "bounced" if message.bounced_at else message.state.value,
            "tries": message.tries,
            "error": message.error,
            "bounce": message.bounce,
            "since": rfc3339(message.bounced_at or message.created_at),
            "next_at": rfc3339(message.next_at) if message.state in outbox_store.WAITING else None,
            "next": self.next,
        }


@dataclass(frozen=True)
class Returned:
    """A letter that came back. `told`: events of the clock that rest on its having arrived."""

    letter: OnItsWay
    code: str
    told: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """JSON-ready: ids and codes."""
        return {
            "letter": self.letter.id,
            "request": self.letter.request_id,
            "kind": self.letter.kind,
            "code": self.code,
            "recorded_as_told": list(self.told),
        }


def standing(desk: Desk) -> list[Unsent]:
    """Everything that waits, failed or came back and is not settled, oldest first."""
    since = desk.now() - SHOWN_FOR
    with desk.reading() as db:
        found = [
            Unsent(message, sending_store.of_message(db, message.id))
            for message in outbox_store.unfinished(db)
        ]
    return [each for each in found if _is_open(each) or _is_recent(each, since)]


def returned(db: Connection) -> list[Returned]:
    """Letters that came back and wait to be sent in another way, oldest first."""
    return [_returned(db, letter) for letter in sending_store.in_state(db, LetterState.RETURNED)]


def _returned(db: Connection, letter: OnItsWay) -> Returned:
    message = outbox_store.message(db, letter.message_id) if letter.message_id else None
    code = "" if message is None else message.bounce or message.error
    events = [] if letter.request_id is None else store.timeline(db, letter.request_id)
    told = tuple(each.type.value for each in events if each.facts.get("letter") == letter.id)
    return Returned(letter, code, told)


def _is_open(each: Unsent) -> bool:
    """It waits, or it is the mail of a letter that nobody has sent again."""
    if each.message.state in outbox_store.WAITING:
        return True
    return each.letter is not None and each.letter.state is LetterState.RETURNED


def _is_recent(each: Unsent, since: datetime) -> bool:
    return each.letter is None and each.message.created_at >= since
