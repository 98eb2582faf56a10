"""What has not arrived is listed with its reason and what to do, as long as it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy.rights import outbox, sending, unsent
from privacy.rights.case import Kind
from privacy.rights.letter_state import Form
from privacy.rights.mail import Undelivered
from privacy.rights.mail_message import Letter
from tests.desks import MadeDesk
from tests.rights.flows import opened
from tests.rights.letter_rows import put_letter
from tests.rights.mailbox import put_message

SENDER = "privacy@retail.example"
# A code that a transport may give, or that the outbox gives itself, with a word of the advice.
CODES = {
    "connection": "mail.host",
    "lost": "may have been taken",
    "certificate": "mail.ca_file",
    "no_starttls": "no encryption",
    "login": "mail.password_file",
    "recipient": "by post",
    "smtputf8": "by post",
    "smtp_451": "for now",
    "not_a_mail": "write it anew",
    "expired": "make a new one",
    "key_gone": "nothing is left",
    "smtp_550": "by post",
}
FOR_GOOD = ("smtputf8", "smtp_550", "not_a_mail", "expired", "key_gone")


@pytest.fixture
def queued(made: MadeDesk) -> MadeDesk:
    """A desk with a letter in its outbox."""
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL)
    sending.queue(made.desk, made.handler, letter, lambda _: Letter("x", "y"))
    return made


@pytest.mark.parametrize("code", list(CODES))
def test_every_reason_says_what_to_do(queued: MadeDesk, code: str) -> None:
    def refuses(_mail: object) -> None:
        raise Undelivered(code, for_good=code in FOR_GOOD)

    (waits,) = unsent.standing(queued.desk)
    assert waits.next == unsent.WAITS
    outbox.send_due(queued.desk, queued.handler, refuses, SENDER)
    (found,) = unsent.standing(queued.desk)
    assert found.message.error == code
    assert CODES[code] in found.next
    assert (unsent.TRIED_AGAIN in found.next) is (code not in FOR_GOOD)


def test_a_failed_message_of_no_letter_is_shown_for_thirty_days(made: MadeDesk) -> None:
    def refuses(_mail: object) -> None:
        raise Undelivered("recipient", for_good=True)

    put_message(made)
    outbox.send_due(made.desk, made.handler, refuses, SENDER)
    made.clock.advance(unsent.SHOWN_FOR)
    assert len(unsent.standing(made.desk)) == 1
    made.clock.advance(timedelta(seconds=1))
    assert unsent.standing(made.desk) == []


def test_a_letter_that_came_back_is_shown_until_it_is_sent_again(queued: MadeDesk) -> None:
    def refuses(_mail: object) -> None:
        raise Undelivered("recipient", for_good=True)

    outbox.send_due(queued.desk, queued.handler, refuses, SENDER)
    queued.clock.advance(timedelta(days=400))
    (found,) = unsent.standing(queued.desk)
    assert found.letter is not None
    with queued.desk.reading() as db:
        (back,) = unsent.returned(db)
    assert (back.letter.id, back.code, back.told) == (found.letter.id, "recipient", ())
    sending.again(queued.desk, queued.handler, found.letter.id, Form.EMAIL)
    assert unsent.standing(queued.desk) == []
