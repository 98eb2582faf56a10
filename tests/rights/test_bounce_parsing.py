"""What a returned mail says: standard and other bounces, replies of programs, any bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from privacy.rights import bounce_parsing
from privacy.rights.bounce_parsing import Reading, What, read
from tests.rights import bounced_mail
from tests.rights.bounced_mail import OURS, standard

OTHER = "m-zzzzzzzzzzzzzzzzzzzzzzzzzz"
EVERY = (
    bounced_mail.qmail,
    bounced_mail.exchange,
    bounced_mail.exim,
    bounced_mail.vacation,
    bounced_mail.receipt,
    bounced_mail.answer,
    standard,
)


@pytest.mark.parametrize("whole", [True, False])
def test_a_standard_bounce_names_our_message_and_its_code(whole: bool) -> None:
    found = read(standard(OURS, whole=whole))
    assert found == Reading(What.FAILED, (OURS,), "5.1.1")
    assert found.for_good


@pytest.mark.parametrize(
    ("action", "status", "what", "code"),
    [
        ("failed", "5.2.2", What.FAILED, "5.2.2"),
        ("FAILED", "4.4.7", What.FAILED, "4.4.7"),
        ("failed", "2.0.0", What.FAILED, "5.0.0"),
        ("delayed", "4.4.1", What.DELAYED, "4.4.1"),
        ("delayed", "nothing", What.DELAYED, "4.0.0"),
        ("delivered", "2.1.5", What.NO_BOUNCE, "2.1.5"),
        ("relayed", "2.1.9", What.NO_BOUNCE, "2.1.9"),
    ],
)
def test_final_passing_and_good_news_are_told_apart(
    action: str, status: str, what: What, code: str
) -> None:
    found = read(standard(OURS, action, status))
    assert (found.what, found.code) == (what, code)


@pytest.mark.parametrize(
    ("made", "code"),
    [(bounced_mail.qmail, "5.2.1"), (bounced_mail.exchange, "5.4.1"), (bounced_mail.exim, "4.0.0")],
    ids=["qmail", "exchange", "exim"],
)
def test_a_bounce_of_no_standard_counts_by_our_own_id(
    made: Callable[[str], bytes], code: str
) -> None:
    assert read(made(OURS)) == Reading(What.FAILED, (OURS,), code)


@pytest.mark.parametrize(
    ("subject", "what"),
    [
        ("=?utf-8?b?w4ljaGVjIGRlIGxhIHJlbWlzZQ==?=", What.FAILED),
        ("=?iso-8859-1?q?Unzustellbar?=", What.FAILED),
        ("Warning: message 1abc delayed 24 hours", What.DELAYED),
        ("=?nothing?b?!!?= Undeliverable", What.FAILED),
        ("Monthly figures", What.NO_BOUNCE),
    ],
)
def test_the_subject_of_a_server_tells_failed_from_delayed(subject: str, what: What) -> None:
    raw = f"""From: MicrosoftExchange329e71ec88ae4615@corp.example.com
Subject: {subject}
In-Reply-To: <{OURS}@retail.example>

it was not possible"""
    assert read(raw.encode()).what is what


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (bounced_mail.vacation, What.AUTO_REPLY),
        (bounced_mail.receipt, What.AUTO_REPLY),
        (bounced_mail.answer, What.NO_BOUNCE),
    ],
    ids=["vacation", "receipt", "answer"],
)
def test_what_people_and_their_programs_answer_is_no_bounce(
    made: Callable[[str], bytes], what: What
) -> None:
    assert read(made(OURS)) == Reading(what)


def test_the_returned_mail_counts_before_what_the_bounce_answers() -> None:
    answers = f"In-Reply-To: <{OTHER}@retail.example>\r\n".encode()
    assert read(answers + standard(OURS)).message_ids == (OURS,)


def test_an_address_alone_names_nobody() -> None:
    assert read(standard("no-id-of-ours")) == Reading(What.FAILED, (), "5.1.1")


def test_a_mail_that_is_too_large_or_deep_or_empty_is_not_read() -> None:
    large = standard(OURS) + b"x" * bounce_parsing.LARGEST_BYTES
    deep = b"Content-Type: message/rfc822\r\n\r\n" * 5000
    wide = b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n' + b"--B\r\n\r\nx\r\n" * 5000
    for each in (large, deep, wide, b"", b" \r\n\r\n"):
        assert read(each).what is What.UNREADABLE


@given(st.binary(max_size=3000))
@example(b"\x00")
@example(b"Content-Type: multipart/report; report-type=delivery-status\n\n")
@example(b"Return-Path: <>\nSubject: =?x?b?\xff?=\n\n")
def test_any_bytes_are_read_or_are_unreadable(raw: bytes) -> None:
    assert read(raw).what in What


@given(
    st.sampled_from(EVERY),
    st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 60), st.binary(max_size=40)), max_size=5
    ),
)
def test_a_damaged_bounce_is_read_and_never_names_another_message(
    made: Callable[[str], bytes], cuts: list[tuple[int, int, bytes]]
) -> None:
    raw = made(OURS)
    for start, length, instead in cuts:
        raw = raw[:start] + instead + raw[start + length :]
    found = read(raw)
    assert set(found.message_ids) <= {OURS}
    assert found.code == "" or bounce_parsing.STATUS.fullmatch(found.code)


HEADERS = st.sampled_from(
    [
        "Return-Path: <>",
        "From: MAILER-DAEMON",
        "Subject: failure notice",
        "Subject: =?utf-8?b?!?=",
        "Subject: =?utf-8?b?abcde?= =?nothing?q?=ff?= undeliverable",
        'Content-Type: multipart/report; boundary="B"; report-type=delivery-status',
        "Content-Type: message/delivery-status",
        "Content-Type: message/rfc822",
        'Content-Type: text/plain; charset="nothing"',
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: x-uuencode",
        "Auto-Submitted: auto-replied",
        "Action: failed",
        "Status: 5.1.1",
        "Status: 999999999999.1.1",
        f"Message-ID: <{OURS}@x>",
        "--B",
        "--B--",
        "",
        "5.1.1 550 text",
        "begin 666 x",
        " folded",
        "\udcff\udcfe",
    ]
)


@given(st.lists(HEADERS, max_size=40))
def test_any_order_of_the_lines_of_bounces_is_read(lines: list[str]) -> None:
    found = read("\n".join(lines).encode("utf-8", "surrogateescape"))
    assert set(found.message_ids) <= {OURS}
