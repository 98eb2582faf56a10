"""A mail is one mail to one address, whatever stands in its parts; at a real server too."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.errors import BadInput, RightsdeskError
from privacy.rights import mail_message, outbox, outbox_store
from privacy.rights.mail import Smtp, Undelivered
from privacy.rights.mail_message import PDF, Attachment, Letter, compose
from privacy.rights.outbox_store import Delivery, Message
from privacy.settings import MailServer
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import Outbox
from tests.desks import MadeDesk
from tests.rights.flows import MAIL
from tests.rights.letter_rows import entries
from tests.rights.mailbox import put_message
from tests.rights.smtp_certificates import certificate
from tests.rights.smtp_server import HANG_UP, Serving, serving

SENDER = "privacy@retail.example"
ID = "m-abcdefghijklmnopqrstuvwxyz"
HOSTILE = {
    "html": "<img src=x onerror=alert(1)><b>bold</b>",
    "css": "}</style><style>*{display:none}",
    "jinja": "{{ 7 * 7 }}{% for x in y %}{{ config }}",
    "crlf": "x\r\nBcc: thief@example.org\r\n\r\nbody",
    "lf": "x\nBcc: thief@example.org",
    "cr": "x\rBcc: thief@example.org",
    "folded": "x\r\n folded",
    "separator": "x\u2028Bcc: thief@example.org",
    "formula": "=HYPERLINK(1)",
    "right-to-left": "x\u202egnp.exe",
    "isolate": "\u2066x\u2069",
    "encoded": "=?utf-8?q?x=0ABcc=3A_thief=40example=2Eorg?=",
    "encoded address": "=?utf-8?q?thief?=@example.org",
    "null": "x\x00y",
    "list": "a@example.com, thief@example.org",
    "named": "Thief <thief@example.org>",
    "comment": "thief@example.org (a@example.com)",
    "surrogate": "x\udce4",
    "dot": "\r\n.\r\nMAIL FROM:<thief@example.org>",
}
HEADERS = {
    "to", "subject", "message-id", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding", "content-language",
}  # fmt: skip


def parsed(mail: EmailMessage) -> EmailMessage:
    """The mail as a reader gets it."""
    again = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert isinstance(again, EmailMessage)
    return again


def recipients(mail: EmailMessage) -> list[str]:
    return [address.addr_spec for address in mail["To"].addresses]


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("field", ["to", "subject", "text", "language", "name", "media_type"])
def test_no_part_of_a_mail_makes_it_another_one(field: str, hostile: str) -> None:
    values: dict[str, Any] = {"to": MAIL, "subject": "About you", "text": "Words"}
    values |= {"language": "de", "name": "lt-1.pdf", "media_type": PDF, field: hostile}
    attached = Attachment(values["name"], values["media_type"], b"%PDF")
    letter = Letter(values["subject"], values["text"], values["language"], (attached,))
    try:
        mail = compose(ID, "retail.example", values["to"], letter)
    except BadInput as error:
        refused = f"{error} {error.what}"
    else:
        refused = ""
        _is_one_mail_to_one_address(mail)
    assert hostile not in refused
    assert "thief" not in refused


def _is_one_mail_to_one_address(mail: EmailMessage) -> None:
    read = parsed(mail)
    assert {name.lower() for name in read} <= HEADERS
    assert recipients(read) == [MAIL]
    text, pdf = read.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert pdf.get_content_type() == PDF
    shown = str(read["Subject"]) + text.get_content()
    assert not mail_message.TURNING & set(shown)
    assert "\x00" not in shown


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
def test_no_hostile_text_is_an_address(hostile: str) -> None:
    assert not mail_message.is_address(hostile)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=300))
@example("a@b.example", "=?utf-8?b?Cg==?=", "")
@example('"a b"@c.example', "x", "x")
def test_any_text_is_one_mail_or_a_refusal_of_ours(to: str, subject: str, text: str) -> None:
    try:
        mail = compose(ID, "retail.example", to, Letter(subject, text))
    except RightsdeskError:
        return
    raw = mail.as_bytes(policy=policy.SMTP.clone(utf8=True))
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = {line.partition(b":")[0].decode().lower() for line in head if line[:1] not in b" \t"}
    assert names <= HEADERS
    assert len(mail["To"].addresses) == 1


def test_a_mail_says_its_language_its_charset_and_its_files() -> None:
    letter = Letter(
        "Ihre Anfrage – Übersicht", "Grüße\n.\nFrom hier", "de",
        (Attachment("réponse-1.pdf", PDF, b"%PDF-1"),),
    )  # fmt: skip
    mail = compose(ID, "retail.example", MAIL, letter)
    raw = mail.as_bytes(policy=policy.SMTP)
    assert raw.isascii()
    assert b"filename*=utf-8''r%C3%A9ponse-1.pdf" in raw
    read = parsed(mail)
    assert read["Subject"] == "Ihre Anfrage – Übersicht"
    text, pdf = read.iter_parts()
    assert (text["Content-Language"], text.get_content_charset()) == ("de", "utf-8")
    assert text.get_content().splitlines() == ["Grüße", ".", "From hier"]
    assert (pdf.get_filename(), pdf.get_content()) == ("réponse-1.pdf", b"%PDF-1")
    assert raw == compose(ID, "retail.example", MAIL, letter).as_bytes(policy=policy.SMTP)


def test_a_package_or_too_much_never_goes_by_mail() -> None:
    for media_type in ("application/zip", "text/html", "application/octet-stream"):
        with pytest.raises(BadInput, match="application/pdf"):
            mail_message.check(MAIL, Letter("x", "y", "", (Attachment("a.zip", media_type, b""),)))
    large = Attachment("a.pdf", PDF, bytes(mail_message.LARGEST_BYTES // 2 + 1))
    mail_message.check(MAIL, Letter("x", "y", "", (large,)))
    with pytest.raises(BadInput, match="at most 10485760 bytes"):
        mail_message.check(MAIL, Letter("x", "y", "", (large, large)))


# -- at a real server ----------------------------------------------------------------------


def sent(made: MadeDesk, server: Serving, **settings: str) -> outbox.Sent:
    given = {"security": "none", "sender": SENDER} | settings
    smtp = Smtp(MailServer("127.0.0.1", str(server.port), **given))
    return outbox.send_due(made.desk, made.handler, smtp, SENDER)


def error_of(made: MadeDesk, message: Message) -> tuple[Delivery, str]:
    with made.desk.reading() as db:
        found = outbox_store.message(db, message.id)
    assert found is not None
    return found.state, found.error


def test_hostile_words_arrive_as_words_at_a_real_server(made: MadeDesk) -> None:
    words = "\n".join(HOSTILE[name] for name in HOSTILE if name != "surrogate")
    subject = f"{HOSTILE['html']} {HOSTILE['jinja']} {HOSTILE['encoded']}"
    pdf = Attachment("lt-1.pdf", PDF, bytes(range(256)) * 400)
    put_message(made, letter=Letter(subject, words, "en", (pdf,)))
    with serving() as server:
        assert sent(made, server) == outbox.Sent(sent=1)
    assert server.box.to == [[MAIL]]
    (mail,) = server.box.taken
    assert mail["Bcc"] is None
    assert mail["Subject"] == subject.replace("=?", "= ?")
    text, attached = mail.iter_parts()
    assert text.get_content().splitlines() == mail_message.plain(words).split("\n")
    assert attached.get_content() == pdf.content


def test_an_address_outside_ascii_needs_a_server_that_knows_it(made: MadeDesk) -> None:
    to = "jörg@example.com"
    with serving(utf8=True) as server:
        put_message(made, to)
        assert sent(made, server) == outbox.Sent(sent=1)
        assert server.box.to == [[to]]
    with serving() as server:
        message = put_message(made, to)
        assert sent(made, server) == outbox.Sent(failed=1)
        assert server.box.taken == []
    assert error_of(made, message) == (Delivery.FAILED, "smtputf8")


def test_a_line_cut_after_the_server_took_it_is_tried_again_with_the_same_id(
    made: MadeDesk,
) -> None:
    message = put_message(made, letter=Letter("x", "y", "", (Attachment("a.pdf", PDF, b"%PDF"),)))
    with serving() as server:
        server.box.drop_after_taking = 1
        assert sent(made, server) == outbox.Sent(waiting=1)
        assert error_of(made, message) == (Delivery.QUEUED, "lost")
        made.clock.advance(timedelta(minutes=1))
        assert sent(made, server) == outbox.Sent(sent=1)
    first, second = server.box.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert server.box.raw[0] == server.box.raw[1]
    assert [entry["outcome"] for entry in entries(made, "message.waiting")] == ["lost"]


@pytest.mark.parametrize("farewell", ["421 too busy to say good bye", HANG_UP])
def test_what_the_server_took_is_sent_whatever_it_says_at_the_farewell(
    made: MadeDesk, farewell: str
) -> None:
    message = put_message(made)
    with serving() as server:
        server.box.farewells = [farewell]
        assert sent(made, server) == outbox.Sent(sent=1)
    assert error_of(made, message) == (Delivery.SENT, "")
    assert len(server.box.taken) == 1


def test_a_grey_list_is_waited_for(made: MadeDesk) -> None:
    message = put_message(made)
    with serving() as server:
        server.box.recipient_answers = ["451 4.7.1 Greylisted, come back later"]
        assert sent(made, server) == outbox.Sent(waiting=1)
        assert error_of(made, message) == (Delivery.QUEUED, "recipient")
        made.clock.advance(timedelta(seconds=30))
        assert sent(made, server) == outbox.Sent(sent=1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_host_is_refused(
    made: MadeDesk, tmp_path: Path, security: str
) -> None:
    other, ca = certificate(tmp_path, "127.0.0.2")
    message = put_message(made)
    contexts: dict[str, ssl.SSLContext] = {security: other}
    with serving(**contexts) as server:  # type: ignore[arg-type]
        assert sent(made, server, security=security, ca_file=str(ca)) == outbox.Sent(waiting=1)
        assert server.box.taken == []
    assert error_of(made, message) == (Delivery.QUEUED, "certificate")


def test_a_self_signed_certificate_is_refused(made: MadeDesk, tmp_path: Path) -> None:
    good, _ = certificate(tmp_path)
    message = put_message(made)
    with serving(starttls=good) as server:
        assert sent(made, server, security="starttls") == outbox.Sent(waiting=1)
        assert server.box.taken == []
    assert error_of(made, message) == (Delivery.QUEUED, "certificate")


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(made: MadeDesk) -> None:
    message = put_message(made)
    with serving() as server:
        assert sent(made, server, security="starttls") == outbox.Sent(waiting=1)
        assert server.box.taken == []
    assert error_of(made, message) == (Delivery.QUEUED, "no_starttls")


def test_a_sealed_message_of_which_no_mail_can_be_made_fails_and_stops_nobody(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: Callable[[str, Letter], None] = lambda _to, _letter: None  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(mail_message, "check", nothing)
        bad = put_message(made, "a@example.com\r\nBcc: b@example.com")
    good = put_message(made)
    taken: list[EmailMessage] = []
    assert outbox.send_due(made.desk, made.handler, taken.append, SENDER).failed == 1
    assert error_of(made, bad) == (Delivery.FAILED, "not_a_mail")
    assert error_of(made, good) == (Delivery.SENT, "")
    with made.desk.reading() as db:
        kept = db.execute(select(table_of(Outbox).c.to_sealed)).scalars().all()
    assert kept == [None, None]


def test_an_unreachable_server_is_named_as_such() -> None:
    with pytest.raises(Undelivered, match="connection"):
        Smtp(MailServer("127.0.0.1", "9", "none", SENDER), timeout_s=2)(EmailMessage())
