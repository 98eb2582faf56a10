"""The outbox with a real mail server: never lost, never doubled silently, never in clear."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.errors import BadInput
from privacy.rights import identity, outbox, outbox_store
from privacy.rights.case import Kind
from privacy.rights.identity import Claims
from privacy.rights.mail import Smtp, Undelivered, transport_of
from privacy.rights.mail_message import Letter
from privacy.rights.outbox import BACKOFF, LEASE
from privacy.rights.outbox_store import Delivery, Message
from privacy.rights.store import Case
from privacy.settings import MailServer
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.erase import delete_keys
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened
from tests.rights.smtp_certificates import certificate
from tests.rights.smtp_server import Serving, serving

SENDER = "privacy@retail.example"
LETTER = Letter("About your request", "canary-of-a-letter-text")


def server_of(serving: Serving, **more: str) -> MailServer:
    return replace(MailServer("127.0.0.1", str(serving.port), "none", SENDER), **more)


def send(made: MadeDesk, serving: Serving) -> outbox.Sent:
    transport = transport_of(server_of(serving), demo=True)
    return outbox.send_due(made.desk, made.handler, transport, SENDER)


def put(made: MadeDesk, kind: str = "letter", to: str = MAIL) -> tuple[Case, Message]:
    """A case with one message in the outbox."""
    case = opened(made.desk, made.handler, Kind.ACCESS)
    message = outbox.prepare(made.desk, case.holder_id, case.id, kind, to, LETTER)

    def job(unit: Unit) -> None:
        outbox_store.add(unit, message)
        unit.append("message.queued", "test", request=case.id)

    made.desk.write(job)
    return case, message


def state_of(made: MadeDesk, message: Message) -> Message:
    with made.desk.reading() as db:
        found = outbox_store.message(db, message.id)
    assert found is not None
    return found


def actions(made: MadeDesk) -> list[str]:
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        return list(db.execute(select(table.c.action).order_by(table.c.at, table.c.id)).scalars())


def test_a_message_goes_to_the_address_on_file_and_is_gone_from_the_desk(store: MadeDesk) -> None:
    _, message = put(store)
    with serving() as server:
        assert send(store, server) == outbox.Sent(sent=1)
    (mail,) = server.box.taken
    assert (mail["To"], mail["From"], server.box.to) == (MAIL, SENDER, [[MAIL]])
    assert mail["Message-ID"] == f"<{message.id}@retail.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().strip() == LETTER.text
    now = state_of(store, message)
    assert (now.state, now.to_sealed, now.content_sealed) == (Delivery.SENT, None, None)
    assert now.sent_at == store.clock.at


def test_what_was_sent_is_not_sent_again(made: MadeDesk) -> None:
    put(made)
    with serving() as server:
        send(made, server)
        made.clock.advance(timedelta(days=2))
        assert send(made, server) == outbox.Sent()
    assert len(server.box.taken) == 1


def test_a_server_that_is_busy_is_asked_again_later_and_later(made: MadeDesk) -> None:
    _, message = put(made)
    with serving() as server:
        server.box.answers = ["451 try again", "421 too busy"]
        for wait in BACKOFF[:2]:
            assert send(made, server) == outbox.Sent(waiting=1)
            assert state_of(made, message).next_at == made.clock.at + wait
            made.clock.advance(wait - timedelta(seconds=1))
            assert send(made, server) == outbox.Sent()
            made.clock.advance(timedelta(seconds=1))
        assert send(made, server) == outbox.Sent(sent=1)
    assert len(server.box.taken) == 1


@pytest.mark.parametrize("where", ["answers", "recipient_answers"])
def test_what_the_server_never_takes_has_failed_and_keeps_no_address(
    made: MadeDesk, where: str
) -> None:
    _, message = put(made)
    with serving() as server:
        setattr(server.box, where, [f"550 no such user {MAIL}"])
        assert send(made, server) == outbox.Sent(failed=1)
    now = state_of(made, message)
    assert (now.state, now.to_sealed, now.content_sealed) == (Delivery.FAILED, None, None)
    assert now.error in ("recipient", "smtp_550")
    assert find_leaks(made.desk.folder, [MAIL]) == []


def test_a_server_that_is_not_there_is_given_up_after_the_last_wait(made: MadeDesk) -> None:
    _, message = put(made)

    def nobody(_mail: EmailMessage) -> None:
        raise Undelivered("connection")

    for wait in BACKOFF:
        outbox.send_due(made.desk, made.handler, nobody, SENDER)
        assert state_of(made, message).state is Delivery.QUEUED
        made.clock.advance(wait)
    assert outbox.send_due(made.desk, made.handler, nobody, SENDER) == outbox.Sent(failed=1)
    assert state_of(made, message).error == "connection"


def test_a_port_on_which_nobody_listens_is_a_failure_to_connect(made: MadeDesk) -> None:
    _, message = put(made)
    with serving() as server:
        pass
    assert send(made, server) == outbox.Sent(waiting=1)
    assert state_of(made, message).error == "connection"


def test_a_process_killed_after_the_server_took_it_sends_it_again_with_the_same_id(
    made: MadeDesk,
) -> None:
    _, message = put(made)
    with serving() as server:
        sender = _sender(made, server)
        server.box.kill_after_taking = sender.pid
        assert sender.wait(60) == -9
        server.box.kill_after_taking = 0
        assert state_of(made, message).state is Delivery.SENDING
        assert send(made, server) == outbox.Sent()
        made.clock.advance(LEASE)
        assert send(made, server) == outbox.Sent(sent=1)
    first, second = server.box.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert server.box.raw[0] == server.box.raw[1]
    assert actions(made).count("message.sent_again") == 1
    assert state_of(made, message).state is Delivery.SENT


def _sender(made: MadeDesk, server: Serving) -> subprocess.Popen[bytes]:
    """A process of its own that sends what is due."""
    assert made.settings.state_base is not None
    arguments = (str(made.settings.desk_dir), str(made.settings.state_base), str(server.port))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rights.killed_sender", *arguments],
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
    )


def test_two_that_send_at_once_send_a_message_once(store: MadeDesk) -> None:
    put(store)
    other = store.reopen()
    taken: list[outbox.Sent] = []
    with serving() as server:
        transport = transport_of(server_of(server), demo=True)

        def meanwhile(mail: EmailMessage) -> None:
            taken.append(outbox.send_due(other, store.handler, transport, SENDER))
            transport(mail)

        assert outbox.send_due(store.desk, store.handler, meanwhile, SENDER).sent == 1
    other.close()
    assert (taken, len(server.box.taken)) == ([outbox.Sent()], 1)


def test_a_code_that_is_over_is_not_mailed(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    identity.send_code(made.desk, made.handler, case.id, Claims(email=MAIL))
    made.clock.advance(timedelta(minutes=10, seconds=1))
    with serving() as server:
        assert send(made, server) == outbox.Sent(failed=1)
    assert server.box.taken == []


def test_a_message_whose_key_is_gone_fails_and_does_not_hold_up_the_others(
    made: MadeDesk,
) -> None:
    case, gone = put(made)
    _, other = put(made)
    delete_keys(made.desk.vault, [case.holder_id], [KeyClass.CASE])
    with serving() as server:
        assert send(made, server) == outbox.Sent(sent=1, failed=1)
    assert (state_of(made, gone).error, state_of(made, other).state) == ("key_gone", Delivery.SENT)


def test_no_file_holds_address_or_text_of_what_waits(made: MadeDesk) -> None:
    put(made)
    assert find_leaks(made.desk.folder, [MAIL, LETTER.text, LETTER.subject]) == []
    assert find_leaks(made.desk.state, [MAIL, LETTER.text]) == []


def test_tls_is_checked_and_never_left_out(made: MadeDesk, tmp_path: Path) -> None:
    good, ca = certificate(tmp_path)
    for security, named in (("tls", {"tls": good}), ("starttls", {"starttls": good})):
        with serving(**named) as server:  # type: ignore[arg-type]
            trusted = server_of(server, security=security, ca_file=str(ca))
            untrusted = server_of(server, security=security)
            _, message = put(made)
            for each, outcome in ((untrusted, Delivery.QUEUED), (trusted, Delivery.SENT)):
                made.clock.advance(timedelta(hours=1))
                outbox.send_due(made.desk, made.handler, Smtp(each), SENDER)
                assert state_of(made, message).state is outcome
            assert server.box.encrypted == [True]
    with serving() as plain:
        _, message = put(made)
        stripped = Smtp(server_of(plain, security="starttls", ca_file=str(ca)))
        outbox.send_due(made.desk, made.handler, stripped, SENDER)
        assert state_of(made, message).state is Delivery.QUEUED
        assert plain.box.taken == []


def test_the_desk_logs_in_with_a_password_from_a_file(made: MadeDesk, tmp_path: Path) -> None:
    secret = tmp_path / "mail.secret"
    good, ca = certificate(tmp_path)
    with serving(login=True, starttls=good) as server:
        for password, sent in (("wrong", 0), ("a mail password", 1)):
            secret.write_text(f"{password}\n")
            named = server_of(
                server,
                security="starttls",
                ca_file=str(ca),
                user="desk",
                password_file=str(secret),
            )
            _, message = put(made)
            transport = transport_of(named, demo=True)
            assert outbox.send_due(made.desk, made.handler, transport, SENDER).sent == sent
            assert state_of(made, message).error == ("" if sent else "login")
    assert set(server.box.logins) == {"desk"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"sender": ""},
        {"sender": "no address"},
        {"sender": "a@b.example\nBcc: c@d.example"},
        {"port": "0"},
        {"port": "many"},
        {"security": "maybe"},
        {"host": "mail.example.com"},
        {"user": "desk"},
    ],
)
def test_settings_that_are_not_safe_are_refused(wrong: dict[str, str]) -> None:
    whole = MailServer("127.0.0.1", "25", "none", SENDER)
    transport_of(whole, demo=True)
    with pytest.raises(BadInput):
        transport_of(replace(whole, **wrong), demo=False)


def test_a_demo_desk_mails_to_this_machine_only() -> None:
    outside = MailServer("mail.example.com", "587", "starttls", SENDER)
    transport_of(outside, demo=False)
    with pytest.raises(BadInput):
        transport_of(outside, demo=True)
