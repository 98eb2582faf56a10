"""A letter has left the desk or has come back: its state, its day, and what the clock hears.

This is the one place that makes a letter `sent`. What its sending tells the law (asked for
identity, extended, …), and which recipient was told of a change (GDPR Article 19), is recorded
in the same transaction. What the law does not allow, such
as a notice that left too late, is not recorded: the log says so and the date stays as it was.
A letter that came back undoes no event of a clock: whoever had to be told was not, and that is
shown. But nobody counts as told of a restriction's end by a letter that came back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privacy.clock import micros
from privacy.errors import BadInput, NotAllowedByLaw
from privacy.rights import clock, disclosing, lifting, sending_store, store
from privacy.rights.case import TELLABLE, Event, NotNow, Step
from privacy.rights.clock import Law, statute
from privacy.rights.letter_state import LetterState
from privacy.rights.sending_store import OnItsWay
from privacy.rights.store import NewEvent
from privacy.settings import Controller
from privacy.storage.unit import Unit

LEAVING = (LetterState.QUEUED, LetterState.PRINTED, LetterState.APPROVED)
FACTS = ("reason", "until")


@dataclass(frozen=True)
class Tells:
    """What is recorded when a letter leaves: an event of the clock, the recipient it told."""

    event: NewEvent | None = None
    recipient: str = ""

    def document(self) -> dict[str, Any] | None:
        """As it is sealed with the letter; None for nothing."""
        document: dict[str, Any] = {}
        if self.event is not None:
            document.update(type=self.event.type.value, facts=dict(self.event.facts))
        if self.recipient:
            document["recipient"] = self.recipient
        return document or None


NOTHING = Tells()


def told_by(content: bytes) -> Tells:
    """What a letter tells when it leaves, from its sealed JSON."""
    document: dict[str, Any] = json.loads(content)
    return of_document(document.get("event"))


def of_document(document: dict[str, Any] | None) -> Tells:
    """From the form in which it is sealed. BadInput for an event that is not told."""
    if not document:
        return NOTHING
    recipient = str(document.get("recipient", ""))
    if "type" not in document:
        return Tells(None, recipient)
    if document["type"] not in {each.value for each in TELLABLE}:
        raise BadInput("No letter tells this to the clock.", what="event")
    facts = {key: str(value) for key, value in document.get("facts", {}).items() if key in FACTS}
    return Tells(NewEvent(Event(document["type"]), None, facts), recipient)


def sent(
    unit: Unit,
    controller: Controller,
    actor_id: str,
    letter: OnItsWay,
    at: datetime,
    tells: Tells,
    *,
    law: Law = statute,
) -> None:
    """The letter left at `at`: mailed, posted or handed over; the clock hears of it.

    NotNow if it is not on its way.
    """
    sending_store.move(unit, letter.id, LEAVING, LetterState.SENT, sent_at=micros(at))
    unit.append("letter.sent", actor_id, request=letter.request_id, object=_named(letter))
    lifting.gone(unit, actor_id, letter, at)
    # A letter that leaves for the second time told the clock at its first.
    if letter.request_id is None or letter.sent_at is not None:
        return
    if tells.event is not None:
        _record(unit, controller, actor_id, letter, at, tells.event, law)
    if tells.recipient:
        disclosing.by_letter(unit, actor_id, letter.request_id, tells.recipient, at)


def mail_taken(
    unit: Unit,
    controller: Controller,
    actor_id: str,
    message_id: str,
    tells: Tells,
    *,
    law: Law = statute,
) -> None:
    """The mail server took that message: the letter whose mail it is has left.

    Refuses nothing: the mail is gone, and a refusal would send it a second time.
    """
    letter = sending_store.of_message(unit.db, message_id)
    if letter is not None and letter.state is LetterState.QUEUED:
        sent(unit, controller, actor_id, letter, unit.now, tells, law=law)


def came_back(unit: Unit, actor_id: str, message_id: str) -> OnItsWay | None:
    """The mail of a letter did not arrive: it is to be sent in another way."""
    letter = sending_store.of_message(unit.db, message_id)
    if letter is None or letter.state not in (LetterState.QUEUED, LetterState.SENT):
        return None
    sending_store.move(unit, letter.id, [letter.state], LetterState.RETURNED)
    unit.append("letter.returned", actor_id, request=letter.request_id, object=_named(letter))
    lifting.came_back(unit, actor_id, letter)
    return letter


def _record(
    unit: Unit,
    controller: Controller,
    actor_id: str,
    letter: OnItsWay,
    at: datetime,
    event: NewEvent,
    law: Law,
) -> None:
    assert letter.request_id is not None
    facts = {**event.facts, "letter": letter.id}
    try:
        case = store.move(unit, letter.request_id, Step.TELL)
        told = store.timeline(unit.db, letter.request_id)
        dated = NewEvent(event.type, at, facts)
        new = clock.allowed(controller, case, told, unit.now, [dated], law=law)
    except (NotAllowedByLaw, BadInput, NotNow) as refused:
        # The letter has left all the same: its state is true, the clock stays as it was.
        unit.append(
            "letter.event_refused",
            actor_id,
            request=letter.request_id,
            object=f"{letter.id} {event.type.value}",
            outcome=refused.rule if isinstance(refused, NotAllowedByLaw) else refused.code,
        )
        return
    store.tell(unit, letter.request_id, actor_id, new[0])
    unit.append("request.told", actor_id, request=letter.request_id, object=event.type.value)


def _named(letter: OnItsWay) -> str:
    return f"{letter.id} {letter.kind}"
