"""Mail that came back changes what it may change, once, and only for who knew the message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy.actors import Actor
from privacy.errors import Denied
from privacy.rights import bounces, outbox, outbox_store, sending, store
from privacy.rights.bounces import Ended
from privacy.rights.case import Event, Kind
from privacy.rights.letter_state import Form, LetterState
from privacy.rights.mail_message import Letter
from privacy.rights.outbox_store import Delivery, Message
from privacy.rights.store import Case
from privacy.terms import Role
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.rights import bounced_mail
from tests.rights.bounced_mail import ADDRESS, standard
from tests.rights.flows import opened
from tests.rights.letter_rows import entries, letter_of, put_letter

SENDER = "privacy@retail.example"
MAIL = Letter("About your request", "reference, law, dates and remedies")
IDENTITY = {"type": "identity_requested"}


def sent(made: MadeDesk) -> tuple[Case, str, str]:
    """A letter whose mail was taken: its case, its id, its message's."""
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, kind="identity_request", form=Form.EMAIL, event=IDENTITY)
    message = sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    outbox.send_due(made.desk, made.handler, lambda _mail: None, SENDER)
    return case, letter, message


def state_of(made: MadeDesk, message: str) -> Message:
    with made.desk.reading() as db:
        found = outbox_store.message(db, message)
    assert found is not None
    return found


def test_a_bounce_returns_the_letter_and_undoes_nothing(store: MadeDesk) -> None:
    case, letter, message = sent(store)
    store.clock.advance(timedelta(hours=2))
    found = bounces.take(store.desk, store.handler, standard(message))
    assert (found.what, found.letter_id, found.code) == (Ended.BOUNCED, letter, "5.1.1")
    now = state_of(store, message)
    assert (now.state, now.bounce, now.bounced_at) == (Delivery.SENT, "5.1.1", store.clock.at)
    assert letter_of(store, letter).state is LetterState.RETURNED
    assert Event.IDENTITY_REQUESTED in told(store, case.id)
    (entry,) = entries(store, "message.bounced")
    assert (entry["object"], entry["outcome"]) == (f"{message} identity_request", "5.1.1")


def told(made: MadeDesk, request_id: str) -> list[Event]:
    with made.desk.reading() as db:
        return [event.type for event in store.timeline(db, request_id)]


def test_the_same_bounce_again_changes_nothing(made: MadeDesk) -> None:
    _, _, message = sent(made)
    bounces.take(made.desk, made.handler, standard(message))
    first = state_of(made, message)
    made.clock.advance(timedelta(days=1))
    for again in (standard(message), standard(message, status="5.7.1")):
        assert bounces.take(made.desk, made.handler, again).what is Ended.KNOWN
    assert state_of(made, message) == first
    assert len(entries(made, "message.bounced")) == 1


def test_a_delay_changes_nothing(made: MadeDesk) -> None:
    _, letter, message = sent(made)
    found = bounces.take(made.desk, made.handler, standard(message, "delayed", "4.4.1"))
    assert (found.what, found.for_good) == (Ended.DELAYED, False)
    assert letter_of(made, letter).state is LetterState.SENT


@pytest.mark.parametrize("made_as", [bounced_mail.qmail, bounced_mail.exchange, bounced_mail.exim])
def test_a_bounce_of_no_standard_returns_the_letter(made: MadeDesk, made_as: object) -> None:
    _, letter, message = sent(made)
    assert callable(made_as)
    assert bounces.take(made.desk, made.handler, made_as(message)).what is Ended.BOUNCED
    assert letter_of(made, letter).state is LetterState.RETURNED


def test_a_forged_bounce_for_the_right_address_changes_nothing(made: MadeDesk) -> None:
    _, letter, message = sent(made)
    guessed = "m-" + "a" * 26
    forged = standard(guessed)
    assert ADDRESS.encode() in forged
    assert bounces.take(made.desk, made.handler, forged).what is Ended.UNKNOWN
    cut = standard(message[:-1])
    assert bounces.take(made.desk, made.handler, cut).what is Ended.UNKNOWN
    assert letter_of(made, letter).state is LetterState.SENT


def test_a_bounce_for_several_of_our_messages_is_taken_for_none(made: MadeDesk) -> None:
    _, first, one = sent(made)
    _, second, two = sent(made)
    both = bounced_mail.qmail(one) + f"\nMessage-ID: <{two}@retail.example>\n".encode()
    assert bounces.take(made.desk, made.handler, both).what is Ended.UNKNOWN
    for letter in (first, second):
        assert letter_of(made, letter).state is LetterState.SENT


def test_a_bounce_for_what_was_not_sent_says_so(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL)
    message = sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    assert bounces.take(made.desk, made.handler, standard(message)).what is Ended.NOT_SENT
    assert letter_of(made, letter).state is LetterState.QUEUED


def test_a_bounce_of_an_earlier_mail_leaves_the_later_one_alone(made: MadeDesk) -> None:
    case, letter, first = sent(made)
    bounces.take(made.desk, made.handler, standard(first))
    sending.again(made.desk, made.handler, letter, Form.EMAIL)
    second = sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    outbox.send_due(made.desk, made.handler, lambda _mail: None, SENDER)
    assert bounces.take(made.desk, made.handler, standard(first)).what is Ended.KNOWN
    assert letter_of(made, letter).state is LetterState.SENT
    assert bounces.take(made.desk, made.handler, standard(second)).what is Ended.BOUNCED
    assert told(made, case.id).count(Event.IDENTITY_REQUESTED) == 1


def test_what_programs_answer_changes_nothing(made: MadeDesk) -> None:
    _, letter, message = sent(made)
    for raw in (bounced_mail.vacation(message), bounced_mail.receipt(message)):
        assert bounces.take(made.desk, made.handler, raw).what is Ended.AUTO_REPLY
    assert bounces.take(made.desk, made.handler, b"").what is Ended.UNREADABLE
    assert letter_of(made, letter).state is LetterState.SENT


def test_nothing_of_a_bounce_is_kept(made: MadeDesk) -> None:
    _, _, message = sent(made)
    bounces.take(made.desk, made.handler, standard(message))
    told = [ADDRESS, "canary of a returned text", "Recipient address rejected"]
    assert find_leaks(made.desk.folder, told) == []


def test_only_who_handles_requests_takes_bounces(made: MadeDesk) -> None:
    with pytest.raises(Denied):
        bounces.take(made.desk, Actor("auditor", Role.AUDITOR), standard("m-x"))
