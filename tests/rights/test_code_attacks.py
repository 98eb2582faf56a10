"""One-time codes under attack: guessed in parallel, borrowed, looked for on the disk."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from privacy.errors import NotProven
from privacy.rights import challenge_store, identity, identity_code, outbox
from privacy.rights.case import Kind, NotNow, State
from privacy.rights.identity import (
    CODE_DIGITS,
    CODE_LIFE,
    CODE_TRIES,
    TRIES_A_DAY,
    Claims,
    Evidence,
)
from privacy.rights.identity_code import CODES_A_DAY
from privacy.rights.outbox_store import Delivery
from privacy.rights.store import Case
from privacy.storage.tables.audit import AuditEntry
from privacy.storage.tables.base import table_of
from tests.canaries import find_leaks
from tests.desks import MadeDesk, make_desk
from tests.persons import add_person
from tests.rights import mailbox
from tests.rights.flows import MAIL, NUMBER, opened
from tests.rights.test_authority import now

GUESSERS = 24


def with_code(made: MadeDesk) -> tuple[Case, str]:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    identity.send_code(made.desk, made.handler, case.id, Claims(email=MAIL))
    return case, mailbox.code_of(made.desk, made.handler, case.id)


def compared(made: MadeDesk) -> int:
    """How often a code was compared, by the log."""
    table = table_of(AuditEntry)
    with made.desk.reading() as db:
        bodies = db.execute(
            select(table.c.body).where(table.c.action == "request.code_tried")
        ).scalars()
        return [json.loads(bytes(body))["outcome"] for body in bodies].count("compared")


def guess_at_once(made: MadeDesk, case: Case, guesses: list[str]) -> int:
    """All guesses in parallel, started together; how many were right."""
    start = threading.Barrier(len(guesses))

    def guess(code: str) -> int:
        start.wait()
        try:
            identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=code)
        except (NotProven, NotNow):
            return 0
        return 1

    with ThreadPoolExecutor(len(guesses)) as pool:
        return sum(pool.map(guess, guesses))


@pytest.mark.serial
def test_guesses_in_parallel_get_five_comparisons_and_not_one_more(store: MadeDesk) -> None:
    case, code = with_code(store)
    wrong = [f"{(int(code) + n) % 10**CODE_DIGITS:08d}" for n in range(1, GUESSERS + 1)]
    assert guess_at_once(store, case, wrong) == 0
    assert compared(store) == CODE_TRIES
    with pytest.raises(NotProven):
        identity.verify(store.desk, store.handler, case.id, Evidence.CODE, code=code)
    assert compared(store) == CODE_TRIES
    assert now(store, case).state is State.OPEN


@pytest.mark.serial
def test_the_right_code_given_many_times_at_once_is_taken_once(store: MadeDesk) -> None:
    case, code = with_code(store)
    assert guess_at_once(store, case, [code] * 8) == 1
    assert now(store, case).state is State.VERIFIED
    with store.desk.reading() as db:
        assert challenge_store.challenge(db, case.id) is None


def tried(made: MadeDesk, case: Case, claims: Claims) -> str:
    """What an attempt by claims ends with."""
    try:
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, claims)
    except (NotProven, NotNow) as ended:
        return ended.code
    return "proven"


@pytest.mark.serial
def test_claims_are_not_guessed_either_five_attempts_a_day(store: MadeDesk) -> None:
    """Whoever knows a number could else try postcode after postcode."""
    add_person(store.desk, NUMBER, MAIL)
    case = opened(store.desk, store.handler, Kind.ERASURE)
    guesses = [Claims(phone=NUMBER, postal_code=f"SW{n}A 1AB") for n in range(12)]
    with ThreadPoolExecutor(len(guesses)) as pool:
        ended = list(pool.map(lambda claims: tried(store, case, claims), guesses))
    assert (ended.count("not_proven"), ended.count("not_now")) == (TRIES_A_DAY, 7)
    right = Claims(phone=NUMBER, email=MAIL)
    assert tried(store, case, right) == "not_now"
    store.clock.advance(timedelta(days=1, seconds=1))
    assert tried(store, case, right) == "proven"


@settings(max_examples=25)
@given(st.text(max_size=12))
def test_nothing_but_the_code_is_the_code(desk_with_code: tuple[MadeDesk, str], text: str) -> None:
    made, request_id = desk_with_code
    right = identity_code.code_hash(made.desk, request_id, "01234567")
    assert (identity_code.code_hash(made.desk, request_id, text) == right) == (
        text.strip() == "01234567"
    )


@pytest.fixture(scope="module")
def desk_with_code(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeDesk, str]:
    made = make_desk(tmp_path_factory.mktemp("codes"))
    return made, opened(made.desk, made.handler, Kind.ERASURE).id


def test_a_code_has_eight_digits_and_is_new_each_time() -> None:
    codes = {identity_code.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == CODE_DIGITS and code.isdecimal() for code in codes)


def test_a_code_lives_to_the_last_instant_of_its_ten_minutes(made: MadeDesk) -> None:
    case, code = with_code(made)
    made.clock.advance(CODE_LIFE)
    proven = identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=code)
    assert proven.state is State.VERIFIED


def test_a_code_is_good_once(made: MadeDesk) -> None:
    case, code = with_code(made)
    assert identity_code.try_code(made.desk, made.handler, case.id, code) is not None
    assert identity_code.try_code(made.desk, made.handler, case.id, code) is None


def test_a_new_code_ends_the_one_before_and_takes_its_mail_back(made: MadeDesk) -> None:
    case, first = with_code(made)
    identity.send_code(made.desk, made.handler, case.id, Claims(email=MAIL))
    states = [each.state for each in mailbox.messages(made.desk, case.id)]
    assert sorted(states) == [Delivery.CANCELLED, Delivery.QUEUED]
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=first)


@pytest.mark.parametrize("mail", [MAIL, "nobody.at.all@example.com"])
def test_a_sixth_code_in_a_day_is_refused_for_known_and_unknown(made: MadeDesk, mail: str) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    for _ in range(CODES_A_DAY):
        identity.send_code(made.desk, made.handler, case.id, Claims(email=mail))
    with pytest.raises(NotNow):
        identity.send_code(made.desk, made.handler, case.id, Claims(email=mail))
    made.clock.advance(timedelta(days=1, seconds=1))
    identity.send_code(made.desk, made.handler, case.id, Claims(email=mail))


def test_nobody_unknown_is_ever_mailed_and_no_answer_proves_them(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ERASURE)
    identity.send_code(made.desk, made.handler, case.id, Claims(email=MAIL))
    (message,) = mailbox.messages(made.desk, case.id)
    assert (message.state, message.to_sealed, message.content_sealed) == (
        Delivery.CANCELLED,
        None,
        None,
    )
    sent: list[object] = []
    outbox.send_due(made.desk, made.handler, sent.append, "desk@retail.example")
    assert sent == []
    with made.desk.reading() as db:
        decoy = challenge_store.challenge(db, case.id)
    assert decoy is not None
    assert decoy.subject_id is None


def test_a_code_goes_to_the_address_on_file_and_never_to_one_that_was_claimed(
    made: MadeDesk,
) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    identity.send_code(made.desk, made.handler, case.id, Claims(phone=NUMBER))
    (message,) = mailbox.messages(made.desk, case.id)
    assert mailbox.opened(made.desk, made.handler, message)[0] == MAIL
    other = opened(made.desk, made.handler, Kind.ERASURE)
    claims = Claims(phone=NUMBER, email="attacker@example.com")
    identity.send_code(made.desk, made.handler, other.id, claims)
    (nobody,) = mailbox.messages(made.desk, other.id)
    assert nobody.state is Delivery.CANCELLED


def test_the_mail_holds_the_code_and_nothing_about_the_person(made: MadeDesk) -> None:
    case, code = with_code(made)
    (message,) = mailbox.messages(made.desk, case.id)
    _, subject, text = mailbox.opened(made.desk, made.handler, message)
    for told in ("Canarina", "Canarison", NUMBER, MAIL, case.id, "http", "erasure"):
        assert told not in subject + text
    assert text.count(code) == 1
    assert code not in subject


def test_no_file_row_or_log_line_holds_a_code(
    made: MadeDesk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Plain, in base64, in hexadecimal, or as the digest that could be tried one by one."""
    case, code = with_code(made)
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code="99999999")
    identity.verify(made.desk, made.handler, case.id, Evidence.CODE, code=code)
    made.desk.close()
    forms = [code, f"code|{case.id}|{code}"]
    for folder in (made.desk.folder, made.desk.state):
        assert find_leaks(folder, forms) == []
    shown = caplog.text + "".join(capfd.readouterr())
    for form in (code, base64.b64encode(code.encode()).decode(), code.encode().hex()):
        assert form not in shown
    assert hashlib.sha256(code.encode()).hexdigest()[:16] not in shown


def test_what_was_claimed_is_compared_and_stands_in_no_file(made: MadeDesk) -> None:
    add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, Kind.ERASURE)
    claims = Claims(
        phone=NUMBER,
        email="claimed.by.somebody@example.com",
        given="Claimedgiven",
        family="Claimedfamily",
        postal_code="ZZ99 9ZZ",
        birthday="1971-12-31",
    )
    with pytest.raises(NotProven):
        identity.verify(made.desk, made.handler, case.id, Evidence.MATCHING, claims)
    identity.send_code(made.desk, made.handler, case.id, claims)
    values = [claims.email, claims.given, claims.family, "1971-12-31", NUMBER, MAIL]
    values += [v.lower() for v in (claims.given, claims.family)] + ["CLAIMEDFAMILY"]
    for folder in (made.desk.folder, made.desk.state):
        assert find_leaks(folder, values) == []


def test_the_folder_of_a_desk_is_searched_at_all(made: MadeDesk, tmp_path: Path) -> None:
    (made.desk.folder / "note").write_text("12345678")
    assert find_leaks(made.desk.folder, ["12345678"])
