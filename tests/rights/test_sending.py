"""Letters by mail: what may stand in a mail, and what the desk knows when one has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy.errors import BadFacts, BadInput, Denied, NotAllowedByLaw
from privacy.law.pack import load_pack
from privacy.rights import mail_message, outbox, outbox_store, sending, sending_notice, store
from privacy.rights.case import Event, Kind, NotNow
from privacy.rights.letter_state import ByEmail, Form, LetterState
from privacy.rights.letters import mailing, sample
from privacy.rights.letters.catalogue import catalogue
from privacy.rights.letters.compose import compose
from privacy.rights.letters.words import words_of
from privacy.rights.mail import Undelivered, transport_of
from privacy.rights.mail_message import PDF, Attachment, Letter
from privacy.settings import MailServer
from privacy.terms import Language
from tests.canaries import find_leaks, forms
from tests.desks import MadeDesk
from tests.rights.flows import opened
from tests.rights.letter_rows import MAILBOX, WORDS, entries, letter_of, put_letter
from tests.rights.smtp_server import Serving, serving

SENDER = "privacy@retail.example"
MAIL = Letter("About your request", "reference, law, dates and remedies", "de")
EXTENDED = {"type": "extension_notice", "facts": {"reason": "complexity"}}


def send(made: MadeDesk, server: Serving) -> outbox.Sent:
    settings = MailServer("127.0.0.1", str(server.port), "none", SENDER)
    transport = transport_of(settings, demo=True)
    return outbox.send_due(made.desk, made.handler, transport, SENDER)


def allow_pdf(made: MadeDesk) -> None:
    config = made.desk.config
    made.desk.config = replace(config, mail=replace(config.mail, personal_letters="pdf"))


def told(made: MadeDesk, request_id: str) -> list[Event]:
    with made.desk.reading() as db:
        return [event.type for event in store.timeline(db, request_id)]


def test_a_letter_that_the_server_took_is_sent_and_its_event_is_on_the_clock(
    store: MadeDesk,
) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    letter = put_letter(store, case, kind="extension", form=Form.EMAIL, event=EXTENDED)
    message = sending.queue(store.desk, store.handler, letter, lambda _: MAIL)
    queued = letter_of(store, letter)
    assert (queued.state, queued.message_id, queued.sent_at) == (LetterState.QUEUED, message, None)
    assert Event.EXTENSION_NOTICE not in told(store, case.id)
    store.clock.advance(timedelta(hours=1))
    with serving() as server:
        assert send(store, server) == outbox.Sent(sent=1)
    sent = letter_of(store, letter)
    assert (sent.state, sent.sent_at) == (LetterState.SENT, store.clock.at)
    assert told(store, case.id)[-1] is Event.EXTENSION_NOTICE
    (mail,) = server.box.taken
    assert (mail["To"], mail["Content-Language"]) == (MAILBOX["email"], "de")


def test_a_notice_that_left_too_late_is_sent_and_moves_no_clock(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, kind="extension", form=Form.EMAIL, event=EXTENDED)
    sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    made.clock.advance(timedelta(days=60))
    with serving() as server:
        send(made, server)
    assert letter_of(made, letter).state is LetterState.SENT
    assert Event.EXTENSION_NOTICE not in told(made, case.id)
    (refused,) = entries(made, "letter.event_refused")
    assert refused["object"] == f"{letter} extension_notice"


@pytest.mark.parametrize(
    "refusal",
    [
        NotAllowedByLaw("no", rule="a.rule", limit="", citation=""),
        BadFacts("no", field="events"),
        NotNow("no"),
    ],
    ids=["law", "facts", "state"],
)
def test_no_refusal_of_an_event_makes_a_mail_go_twice(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL, event=EXTENDED)
    sending.queue(made.desk, made.handler, letter, lambda _: MAIL)

    def refused(*_: object, **__: object) -> None:
        raise refusal

    monkeypatch.setattr("privacy.rights.letters_sent.clock.allowed", refused)
    taken: list[object] = []
    assert outbox.send_due(made.desk, made.handler, taken.append, SENDER).sent == 1
    made.clock.advance(timedelta(days=1))
    assert outbox.send_due(made.desk, made.handler, taken.append, SENDER) == outbox.Sent()
    assert (len(taken), len(entries(made, "letter.event_refused"))) == (1, 1)


def test_a_letter_whose_mail_failed_for_good_came_back(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL)
    sending.queue(made.desk, made.handler, letter, lambda _: MAIL)

    def never(_mail: object) -> None:
        raise Undelivered("recipient", for_good=True)

    assert outbox.send_due(made.desk, made.handler, never, SENDER).failed == 1
    assert letter_of(made, letter).state is LetterState.RETURNED


def test_a_letter_with_details_of_the_person_never_goes_by_mail_unasked(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, kind="access_answer", form=Form.EMAIL)
    full = Letter("Your answer", WORDS)
    with pytest.raises(Denied, match="does not go by mail"):
        sending.queue(made.desk, made.handler, letter, lambda _: full, lambda _: b"%PDF")
    assert letter_of(made, letter).state is LetterState.APPROVED
    with made.desk.reading() as db:
        assert outbox_store.counts(db) == {}


def test_where_the_desk_allows_it_the_mail_is_a_notice_and_the_letter_a_pdf(
    made: MadeDesk,
) -> None:
    allow_pdf(made)
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, kind="access_answer", form=Form.EMAIL)
    full = Letter(f"Your answer {WORDS}", f"{WORDS} Canarina Canarison")
    sending.queue(made.desk, made.handler, letter, lambda _: full, lambda _: b"%PDF-sealed-away")
    with serving() as server:
        assert send(made, server).sent == 1
    (mail,), (raw,) = server.box.taken, server.box.raw
    text, pdf = mail.iter_parts()
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", f"{letter}.pdf")
    assert pdf.get_content() == b"%PDF-sealed-away"
    assert case.id in text.get_content()
    for canary in (WORDS, "Canarina", "Canarison", "please tell me everything"):
        assert not any(form in raw for _, form in forms(canary))


@pytest.mark.parametrize("language", list(Language))
def test_the_notice_stands_in_every_language_and_says_nothing_of_the_person(
    language: Language,
) -> None:
    notice = sending_notice.of(language.value, "rq-reference", "Shop {0} {{x}}")
    assert notice.language == language.value
    assert "rq-reference" in notice.subject
    assert "Shop {0} {{x}}" in notice.text
    assert not any(mark in notice.text for mark in ("<", "{r", "{o"))
    others = [sending_notice.of(each.value, "", "").text for each in Language if each != language]
    assert notice.text not in others


def test_only_an_approved_letter_that_goes_by_mail_is_queued(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    draft = put_letter(made, case, form=Form.EMAIL, state=LetterState.DRAFT)
    post = put_letter(made, case, form=Form.POST)
    for letter, error in ((draft, NotNow), (post, BadInput)):
        with pytest.raises(error):
            sending.queue(made.desk, made.handler, letter, lambda _: MAIL)


def test_a_letter_is_queued_once(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL)
    sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    with pytest.raises(NotNow):
        sending.queue(made.desk, made.handler, letter, lambda _: MAIL)
    with made.desk.reading() as db:
        assert outbox_store.counts(db) == {"queued": 1}


def test_a_letter_that_came_back_leaves_again_by_a_way_for_which_it_has_an_address(
    made: MadeDesk,
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL, state=LetterState.RETURNED)
    with pytest.raises(BadInput, match="no address for that way"):
        sending.again(made.desk, made.handler, letter, Form.POST)
    sending.again(made.desk, made.handler, letter, Form.EMAIL)
    assert letter_of(made, letter).state is LetterState.APPROVED
    with pytest.raises(NotNow):
        sending.again(made.desk, made.handler, letter, Form.EMAIL)


def test_no_file_of_the_desk_holds_words_or_address_of_a_queued_letter(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.EMAIL)
    pdf = Attachment("lt.pdf", PDF, b"%PDF canary-of-an-attached-letter")
    mail = Letter("canary-of-a-subject", WORDS, "en", (pdf,))
    sending.queue(made.desk, made.handler, letter, lambda _: mail)
    values = [MAILBOX["email"], WORDS, mail.subject, "canary-of-an-attached-letter"]
    assert find_leaks(made.desk.folder, values) == []
    assert find_leaks(made.desk.state, values) == []


def test_a_letter_that_is_handed_over_is_sent_and_tells_the_clock(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = put_letter(made, case, form=Form.BY_HAND, event={"type": "identity_requested"})
    sending.handed_over(made.desk, made.handler, letter)
    assert letter_of(made, letter).state is LetterState.SENT
    assert Event.IDENTITY_REQUESTED in told(made, case.id)
    with pytest.raises(NotNow):
        sending.handed_over(made.desk, made.handler, letter)


def test_every_letter_has_a_mark_and_what_holds_details_is_never_text() -> None:
    kinds = set(catalogue().kinds)
    named = set(load_pack("letters").data["by_email_text"])
    assert named <= kinds
    assert {kind for kind in kinds if sending.by_email(kind) is ByEmail.TEXT} == named
    for kind in ("access_answer", "correction", "partial_refusal", "breach_persons", "unheard_of"):
        assert sending.by_email(kind) is ByEmail.NOTICE_ONLY


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", load_pack("letters").data["by_email_text"])
def test_a_mail_names_nobody_in_any_language(kind: str, language: Language) -> None:
    words, day = words_of(language), sample.DAY
    found = sample.facts(catalogue(), words, "EU_GDPR", day, "DE-BE")
    text = compose(kind, "EU_GDPR", found, words, catalogue())
    named = " ".join(line for part in text.paragraphs for line in part.texts)
    mail = mailing.mail(text, words)
    assert sample.PERSON in named
    assert sample.PERSON not in f"{mail.subject} {mail.text}"
    # A code may reach somebody who made no request: it carries no reference.
    assert (sample.REFERENCE in f"{mail.subject} {mail.text}") is (kind != "identity_code")
    mail_message.check(MAILBOX["email"], mail)
