"""E-mail files: read, dated, opted out at once, and never guessed about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.consent import suppression
from privacy.errors import BadInput
from privacy.numbers import fold_email, parse_phone
from privacy.rights import casework, files, intake, keeping, optout, standing
from privacy.rights import store as requests
from privacy.rights.arriving import mails, opening, staff, store, taking
from privacy.rights.arriving.automatic import automatic
from privacy.rights.arriving.mail import Hop, Mail, file_name, one_line, read_mail
from privacy.rights.arriving.mails import Taken, Told
from privacy.rights.arriving.named import named_in
from privacy.rights.arriving.receipt import receipt_of
from privacy.rights.arriving.ways import ArrivalState, Aside, Known, Source
from privacy.rights.case import Kind, NotNow, State
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from tests.desks import WEDNESDAY, MadeDesk
from tests.rights.arriving.letters import NAME, SENDER, WORDS, eml
from tests.rights.flows import opened

OWN = "from mail.example.com by mx.shop.example with ESMTP id 1; Tue, 17 Nov 2026 09:31:00 +0100"
# A quarantine held it behind the first own server; a stranger wrote a header in its name.
INNER = "from mx.shop.example by in.shop.example with LMTP; Wed, 18 Nov 2026 08:00:00 +0100"
FORGED = "from a by in.shop.example with ESMTP; Mon, 16 Nov 2026 08:00:00 +0100"
OTHERS = "from a by b.example.com with SMTP; Tue, 17 Nov 2026 09:29:00 +0100"


def take(made: MadeDesk, raw: bytes, **told: object) -> Taken:
    return mails.take_mail(made.desk, made.handler, raw, told=Told(**told))  # type: ignore[arg-type]


def suppressed(made: MadeDesk, address: str) -> bool:
    tag = made.desk.vault.keyring.tags.mail_tag(address)
    with made.desk.reading() as db:
        return bool(suppression.suppressed(db, [tag]))


def entries(made: MadeDesk) -> Sequence[str]:
    with made.desk.reading() as db:
        return list(db.execute(select(table_of(AuditEntry).c.action)).scalars())


# -- what stands in the ledger -------------------------------------------------------------


def test_a_mail_is_taken_sealed_and_waits_with_what_it_may_ask(store: MadeDesk) -> None:
    taken = take(store, eml())
    arrival = taken.arrival
    assert (arrival.source, arrival.channel) == (Source.EMAIL, "email")
    assert (arrival.state, arrival.reason) == (ArrivalState.WAITING, "to_look_at")
    assert (arrival.kinds, arrival.language, arrival.language_by) == (("access",), "en", "detected")
    assert taking.local(arrival) == "2026-11-17T09:30:00+01:00[Europe/Berlin]"
    assert taking.read_original(store.desk, store.handler, arrival.id)[1] == eml()
    assert standing.listed(store.desk) == []


def test_the_same_mail_again_changes_nothing_whatever_its_line_ends(made: MadeDesk) -> None:
    first = take(made, eml())
    before = entries(made)
    for raw in (eml(), eml().replace(b"\n", b"\r\n")):
        again = take(made, raw)
        assert (again.again, again.arrival.id) == (True, first.arrival.id)
    assert entries(made) == before


def test_a_mail_becomes_requests_with_its_files_from_the_day_of_its_receipt(
    store: MadeDesk,
) -> None:
    raw = eml(files=(("../../id\u202ecard.pdf", "application/pdf", b"%PDF-1"),))
    arrival = take(store, raw).arrival
    kinds = [Kind.ACCESS, Kind.ERASURE]
    done, ready = staff.assign(store.desk, store.handler, arrival.id, kinds, place="US-CA")
    assert (done.state, len(ready.requests)) == (ArrivalState.OPENED, 2)
    with store.desk.reading() as db:
        cases = [requests.case(db, each) for each in ready.requests]
    assert {case.kind for case in cases} == set(kinds)
    assert {case.received_at for case in cases} == {arrival.received_at}
    assert {(case.language, case.channel) for case in cases} == {("en", "email")}
    assert "US_CA" in cases[0].laws
    file = intake.read_file(store.desk, store.handler, cases[0].id)
    assert (file.name, file.contact) == (NAME, SENDER)
    assert WORDS in file.words
    assert files.read(store.desk, store.handler, cases[0].id, 1) == ("idcard.pdf", b"%PDF-1")


def test_assigning_twice_opens_one_request_of_each_kind(made: MadeDesk) -> None:
    arrival = take(made, eml()).arrival
    first = staff.assign(made.desk, made.handler, arrival.id, [Kind.ACCESS])[1]
    second = staff.assign(made.desk, made.handler, arrival.id, [Kind.ACCESS])[1]
    assert first.requests == second.requests
    assert len(standing.listed(made.desk)) == 1


# -- opt-outs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "STOP",
        "Unsubscribe me please",
        "Bitte keine Werbung mehr",
        "Ne m'appelez plus",
        "No me llamen más",
        "Non chiamatemi più",
    ],
)
def test_a_plain_stop_suppresses_the_sender_and_is_done(made: MadeDesk, words: str) -> None:
    taken = take(made, eml(words, subject=""))
    assert taken.arrival.state is ArrivalState.OPENED
    assert suppressed(made, SENDER)
    (case,) = [each.case for each in standing.listed(made.desk)]
    assert (case.state, case.outcome) == (State.FULFILLED, "suppressed")


@pytest.mark.parametrize(
    "words",
    [
        "On Mon, 16 Nov 2026 the shop wrote:\n> Our new prices\n> are here\n\nSTOP",
        "From: canarina@example.com\nMessage: please unsubscribe me from all of it",
    ],
)
def test_a_stop_below_what_is_quoted_or_in_a_mailers_text_acts(made: MadeDesk, words: str) -> None:
    take(made, eml(words, subject="Re: Our new prices"))
    assert suppressed(made, SENDER)


ABOUT = [
    "Please take zwetschge@example.org off your list",
    "Bitte keine Anrufe mehr unter +49 30 901820!",
]


@pytest.mark.parametrize("words", ABOUT)
def test_an_opt_out_is_also_for_the_address_and_the_number_that_it_names(
    made: MadeDesk, words: str
) -> None:
    tags = made.desk.vault.keyring.tags
    take(made, eml(words, subject="STOP", sender="other@example.net"))
    assert suppressed(made, "other@example.net")
    assert suppressed(made, "zwetschge@example.org") is ("zwetschge" in words)
    with made.desk.reading() as db:
        number = suppression.suppressed(db, [tags.number_tag("+4930901820")])
    assert bool(number) is ("901820" in words)


def test_an_opt_out_that_names_a_number_nobody_can_read_acts_and_waits(made: MadeDesk) -> None:
    made.desk.config = replace(made.desk.config, region="")
    taken = take(made, eml("Bitte keine Anrufe mehr unter 030 901820!", subject=""))
    assert suppressed(made, SENDER)
    assert (taken.arrival.state, taken.arrival.reason) == (ArrivalState.WAITING, "to_look_at")


def test_addresses_and_numbers_that_are_only_quoted_are_not_opted_out(made: MadeDesk) -> None:
    quoted = "On Mon, 16 Nov 2026 shop@example.org wrote:\n> call us: +49 30 901820, a@example.org"
    content = mails.content_of(read_mail(eml(f"STOP\n\n{quoted}")), "DE")
    assert (content.phones, content.emails) == ((), (SENDER,))


@given(st.text(max_size=200), st.sampled_from([None, "DE", "US"]))
@example("+49 30 901820 +49 30 901820 mailto:a@example.org. <b@example.org>", "DE")
def test_any_text_names_numbers_and_addresses_that_can_be_suppressed(
    text: str, region: str | None
) -> None:
    phones, emails = named_in(text, region)
    assert all(parse_phone(each, None) == each for each in phones)
    assert all(fold_email(each) == each for each in emails)


@pytest.mark.parametrize("subtype", ["alternative", "mixed"])
def test_a_stop_that_stands_in_the_html_alone_acts(made: MadeDesk, subtype: str) -> None:
    raw = (
        f"From: {SENDER}\nContent-Type: multipart/{subtype}; boundary=b\n\n"
        "--b\nContent-Type: text/html; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n\n<p>Bitte ab=\nbestellen =F0</p>\n"
        "--b\nContent-Type: text/plain\n\nSent by the mail of Example Ltd.\n--b--\n"
    )
    take(made, raw.encode())
    assert suppressed(made, SENDER)


def test_what_the_html_quotes_asks_for_nothing(made: MadeDesk) -> None:
    html = "<div>Thank you</div><blockquote>Our offers<br>unsubscribe: shop</blockquote>"
    take(made, eml(html=html, subject=""))
    assert not suppressed(made, SENDER)
    mixed = (
        "From: a@example.com\nContent-Type: multipart/alternative; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nThank you\n\n> unsubscribe\n"
        f"--b\nContent-Type: text/html\n\n{html}\n--b--\n"
    )
    take(made, mixed.encode())
    assert not suppressed(made, "a@example.com")


def test_an_opt_out_beside_something_else_acts_and_the_rest_waits(made: MadeDesk) -> None:
    taken = take(made, eml("Send me a copy of everything. And stop sending me mail!"))
    assert suppressed(made, SENDER)
    assert taken.arrival.state is ArrivalState.WAITING
    assert set(taken.arrival.kinds) >= {"access", "opt_out"}
    done, _ = staff.assign(made.desk, made.handler, taken.arrival.id, [Kind.ACCESS])
    assert done.state is ArrivalState.OPENED
    assert {each.case.kind for each in standing.listed(made.desk)} == {Kind.ACCESS, Kind.OPT_OUT}


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 16 Nov 2026 the shop wrote:\nunsubscribe",
        "Am 16.11.2026 um 09:00 schrieb der Laden:\nabbestellen",
        "> unsubscribe at any time",
        "-- \nUnsubscribe here",
        "Von: shop@shop.example\nabbestellen",
    ],
)
def test_our_own_quoted_mail_asks_for_nothing(made: MadeDesk, quoted: str) -> None:
    words = f"I will come on Monday.\n\n{quoted}"
    take(made, eml(words, subject="Re: No more waiting, stop by"))
    assert not suppressed(made, SENDER)


def test_a_stop_without_a_readable_sender_is_told_loudly(made: MadeDesk) -> None:
    taken = take(made, eml("STOP", subject="", sender="undisclosed"))
    assert "opt_out_without_address" in taken.warnings
    assert (taken.arrival.state, taken.arrival.reason) == (ArrivalState.WAITING, "no_sender")


def test_a_stop_acts_though_a_machine_seems_to_have_written_it(made: MadeDesk) -> None:
    taken = take(made, eml("STOP", subject="", headers={"Precedence": "bulk"}))
    assert taken.arrival.state is ArrivalState.OPENED
    assert suppressed(made, SENDER)


def test_an_opt_out_that_a_crash_left_behind_is_done_by_the_next_work(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(optout, "act", dies)
    with pytest.raises(KeyboardInterrupt):
        take(made, eml("STOP", subject=""))
    assert not suppressed(made, SENDER)
    monkeypatch.undo()
    assert len(staff.unfinished(made.desk)) == 1
    assert staff.go_on(made.desk, made.handler) == 1
    assert suppressed(made, SENDER)
    assert staff.unfinished(made.desk) == []
    assert take(made, eml("STOP", subject="")).again


def test_it_is_in_the_ledger_before_anything_is_done_about_it(
    made: MadeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[str]] = []
    real = optout.act

    def watched(*args: object, **more: object) -> object:
        seen.append(entries(made))
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(optout, "act", watched)
    take(made, eml("STOP", subject=""))
    assert "arrival.taken" in seen[0]
    assert "optout.recorded" not in seen[0]
    assert "optout.recorded" in entries(made)


def test_a_place_is_a_code_and_never_somebodys_words(made: MadeDesk) -> None:
    with pytest.raises(BadInput) as wrong:
        take(made, eml(), place="at Canarina's")
    assert "Canarina" not in f"{wrong.value}{wrong.value.what}"


# -- machines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "aside"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto_reply"),
        ({"List-Unsubscribe": "<https://news.example/u>"}, "newsletter"),
        ({"X-Failed-Recipients": "x@example.com"}, "bounce"),
    ],
)
def test_what_machines_write_is_set_aside_and_counted(
    made: MadeDesk, headers: dict[str, str], aside: str
) -> None:
    long = "Our offers of this week, unsubscribe at any time by the link below. " * 3
    handed: list[bytes] = []
    raw = eml(long, headers=headers)
    taken = mails.take_mail(made.desk, made.handler, raw, on_bounce=handed.append)
    assert (taken.arrival.state, taken.arrival.reason) == (ArrivalState.SET_ASIDE, aside)
    assert handed == ([raw] if aside == "bounce" else [])
    with made.desk.reading() as db:
        assert store.counts(db) == {("email", "set_aside", aside): 1}
    assert not suppressed(made, SENDER)


def test_what_a_service_sends_for_its_member_waits_for_staff(made: MadeDesk) -> None:
    raw = eml(headers={"Auto-Submitted": "auto-generated"})
    assert take(made, raw).arrival.state is ArrivalState.WAITING
    answer = eml(headers={"Auto-Submitted": "auto-replied"}, subject="Out of office")
    assert take(made, answer).arrival.state is ArrivalState.SET_ASIDE


def test_what_was_set_aside_dies_after_its_days_and_can_be_taken_back_before(
    store: MadeDesk,
) -> None:
    gone, kept = take(store, eml()).arrival, take(store, eml("Something else entirely")).arrival
    for each in (gone, kept):
        opening.set_aside(store.desk, store.handler, each.id, Aside.NOT_A_REQUEST)
    staff.assign(store.desk, store.handler, kept.id, [Kind.ACCESS])
    store.clock.advance(timedelta(days=30))
    assert keeping.sweep(store.desk, store.dpo) == 0
    store.clock.advance(timedelta(days=1))
    assert keeping.sweep(store.desk, store.dpo) == 1
    with pytest.raises(Exception, match="kept no longer"):
        taking.read_original(store.desk, store.handler, gone.id)
    with pytest.raises(NotNow):
        staff.assign(store.desk, store.handler, gone.id, [Kind.ACCESS])
    assert staff.show(store.desk, store.handler, kept.id).content.file.contact == SENDER


def test_a_winmail_or_an_encrypted_mail_waits_and_says_so(made: MadeDesk) -> None:
    outlook = eml(files=(("winmail.dat", "application/ms-tnef", b"x"),))
    sealed = eml(files=(("smime.p7m", "application/pkcs7-mime", b"y"),))
    assert take(made, outlook).warnings[0] == "unreadable_outlook"
    taken = take(made, sealed)
    assert (taken.arrival.reason, taken.warnings[0]) == ("unreadable_part", "unreadable_encrypted")


def test_a_mail_inside_a_mail_and_a_signature_stay_files_as_they_are(made: MadeDesk) -> None:
    signed = (
        b"From: a@example.com\nContent-Type: multipart/signed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nwhat data you hold about me\n"
        b"--b\nContent-Type: application/pgp-signature; name=s.asc\n\n-----BEGIN\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: b@example.com\n\nSTOP\n--b--\n"
    )
    mail = read_mail(signed)
    assert mail.text == "what data you hold about me"
    assert [each.media_type for each in mail.files] == [
        "application/pgp-signature", "message/rfc822",
    ]  # fmt: skip
    assert mail.files[1].content.startswith(b"From: b@example.com")
    taken = take(made, signed)
    assert (taken.arrival.kinds, suppressed(made, "a@example.com")) == (("access",), False)


# -- when it was received ------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "stated", "sent", "expected", "known"),
    [
        ([OWN, OTHERS], None, "2026-11-17T09:28:00+01:00",
         "2026-11-17T09:31:00+01:00", "own_server"),
        ([OTHERS], "2026-11-16T08:00:00+00:00", "2026-11-15T00:00:00+00:00",
         "2026-11-16T08:00:00+00:00", "stated"),
        ([OWN], "2026-11-16T08:00:00+00:00", None, "2026-11-16T08:00:00+00:00", "stated"),
        ([INNER, OWN, OTHERS], None, None, "2026-11-17T09:31:00+01:00", "own_server"),
        ([OWN, FORGED], None, None, "2026-11-17T09:31:00+01:00", "own_server"),
        ([OTHERS], None, "2026-11-17T09:28:00+01:00", "2026-11-17T09:28:00+01:00", "claimed"),
        ([OTHERS], None, "2027-01-01T00:00:00+00:00", "2026-11-17T09:29:00+01:00", "claimed"),
        ([], None, "2027-01-01T00:00:00+00:00", WEDNESDAY.isoformat(), "clock"),
        ([], None, "1999-01-01T00:00:00+00:00", WEDNESDAY.isoformat(), "clock"),
    ],
)  # fmt: skip
def test_the_receipt_is_our_servers_then_staffs_then_the_earliest_plausible_claim(
    received: list[str], stated: str | None, sent: str | None, expected: str, known: str
) -> None:
    raw = "".join(f"Received: {each}\n" for each in received) + "From: a@example.com\n\nx"
    mail = replace(read_mail(raw.encode()), sent_at=at(sent) if sent else None)
    found = receipt_of(
        mail, {"mx.shop.example", "in.shop.example"}, at(stated) if stated else None, WEDNESDAY
    )
    assert (found.at, found.known) == (at(expected), Known(known))


@given(
    claimed=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=4),
    sent=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_no_mail_is_received_in_the_future_or_later_than_it_may_have_been(
    claimed: list[datetime], sent: datetime | None
) -> None:
    mail = Mail(sent_at=sent, received=tuple(Hop("elsewhere", each) for each in claimed))
    found = receipt_of(mail, {"ours"}, None, WEDNESDAY)
    assert found.at <= WEDNESDAY
    past = [each for each in (*claimed, sent) if each and each <= WEDNESDAY]
    if past and min(past) >= WEDNESDAY - timedelta(days=400):
        assert found.at == min(past)


def test_staff_state_when_a_mail_came_that_only_claims_it(made: MadeDesk) -> None:
    arrival = take(made, eml()).arrival
    stated = WEDNESDAY - timedelta(days=3)
    staff.assign(made.desk, made.handler, arrival.id, [Kind.ACCESS], received=stated)
    (case,) = [each.case for each in standing.listed(made.desk)]
    assert case.received_at == stated
    known = take(made, eml("other"), received=stated).arrival
    with pytest.raises(NotNow):
        staff.assign(made.desk, made.handler, known.id, [Kind.ACCESS], received=stated)


# -- joining -------------------------------------------------------------------------------


def test_a_second_letter_joins_the_request_that_stands_and_keeps_its_words(made: MadeDesk) -> None:
    old = take(made, eml("x y", date="Tue, 17 Nov 2026 08:00:00 +0100")).arrival
    case = opened(made.desk, made.handler, Kind.ACCESS)
    with pytest.raises(NotNow):
        staff.join(made.desk, made.handler, old.id, case.id)
    made.clock.advance(timedelta(days=1))
    raw = eml(date="Thu, 19 Nov 2026 10:00:00 +0100", files=(("a.txt", "text/plain", b"a"),))
    late = take(made, raw, received=made.clock.at).arrival
    joined = staff.join(made.desk, made.handler, late.id, case.id)
    assert joined.state is ArrivalState.JOINED
    assert WORDS in "".join(casework.read_notes(made.desk, made.handler, case.id).values())
    with made.desk.reading() as db:
        assert files.count(db, case.id) == 1


# -- reading any bytes ---------------------------------------------------------------------


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_or_a_refusal(raw: bytes) -> None:
    try:
        mail = read_mail(raw)
    except BadInput:
        return
    assert isinstance(mail, Mail)
    automatic(mail)


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            ["From", "Date", "Received", "Subject", "Content-Type", "Content-Disposition",
             "Content-Transfer-Encoding", "MIME-Version", "List-Id"]
        ),
        st.text(max_size=60) | st.sampled_from(
            ["multipart/mixed; boundary=b", "text/plain; charset=utf-99", "message/rfc822",
             "=?utf-8?q?=", "attachment; filename*=utf-8''%ff", "a@b.example, <", "base64",
             "from x by y; Mon, 99 Foo 2026", "multipart/report; boundary="]
        ),
    ),
    max_size=8,
)  # fmt: skip


@given(HEADERS, st.text(max_size=200))
def test_headers_that_follow_no_standard_are_read_or_refused(
    headers: list[tuple[str, str]], body: str
) -> None:
    head = "".join(f"{name}: {value}\n" for name, value in headers)
    raw = f"From: a@example.com\n{head}\n{body}\n--b\n\nx\n--b--".encode("utf-8", "surrogatepass")
    try:
        mail = read_mail(raw)
    except BadInput:
        return
    assert "\n" not in mail.subject + mail.sender_name


def test_a_mail_nested_a_thousand_times_ends_in_a_value_or_a_refusal() -> None:
    raw = b"From: a@example.com\n"
    for number in range(1000):
        raw += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number)
    with suppress(BadInput):
        assert read_mail(raw).unreadable


def test_html_is_read_as_its_words_and_nothing_of_it_is_kept_as_markup() -> None:
    html = (
        "<html><head><title>t</title><style>p{color:red}</style></head><body><p>Delete&nbsp;"
        "my <b>data</b></p><script>alert(1)</script><img src='https://x.example/p.gif'>"
        "<div>{{ 7*7 }}</div></body></html>"
    )
    assert read_mail(eml(html=html)).text == "Delete my data\n\n{{ 7*7 }}"


@example("../a\u202e\r\n\x1b[2Jb")
@given(st.text(max_size=300))
def test_a_files_name_is_one_plain_name_and_a_line_is_one_line(text: str) -> None:
    name = file_name(text, 1)
    assert name
    assert not set(name) & set('/\\\r\n\0\x1b:*?"<>|\u202e')
    assert len(one_line(text).splitlines()) <= 1
