"""A letter that waited leaves only while its case is still as its words say."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.clock import micros
from privacy.consent import restrictions
from privacy.errors import BadFacts, Denied, NotAllowedByLaw
from privacy.rights import (
    bounces,
    casework,
    intake,
    outbox,
    outbox_store,
    posting,
    print_runs,
    refusal,
    restricting,
    sending,
)
from privacy.rights.case import Kind, NotNow
from privacy.rights.intake import CaseFile
from privacy.rights.letter_state import LetterState
from privacy.rights.letters import mailing, writing
from privacy.rights.letters.store import Kept
from privacy.rights.letters.writing import Wanted
from privacy.rights.mail import Undelivered
from privacy.rights.outbox_store import Delivery
from privacy.rights.print_runs import Press
from privacy.storage.tables.base import table_of
from privacy.storage.tables.consent import RestrictionRow
from reports.joining import Joined
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.bounced_mail import standard
from tests.rights.flows import MAIL, NUMBER, opened, verified
from tests.rights.letter_rows import entries, letter_of, put_letter
from tests.rights.papers import paper

REASON = {"extension_reason": "your request concerns many systems"}
EXCESS = {"excess_facts": "Five requests of the same kind came within two months."}
SENDER = "privacy@retail.example"


class Killed(Exception):
    """The process dies here."""


@pytest.fixture(autouse=True)
def reachable(request: pytest.FixtureRequest) -> None:
    for name in {"made", "store"} & set(request.fixturenames):
        made: MadeDesk = request.getfixturevalue(name)
        controller = replace(
            made.desk.config.controller, contact="privacy@example.com", dpo_contact="d@example.com"
        )
        made.desk.config = replace(made.desk.config, controller=controller)


def write(made: MadeDesk, request_id: str, kind: str, **more: object) -> Kept:
    return writing.write(made.desk, made.handler, request_id, Wanted(kind, **more))  # type: ignore[arg-type]


def queue(made: MadeDesk, letter: Kept) -> str:
    return sending.queue(
        made.desk,
        made.handler,
        letter.id,
        lambda each: mailing.mail_of(made.desk, made.handler, each),
    )


def test_a_letter_whose_case_has_another_last_day_now_does_not_leave(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS, "US_VA")
    letter = write(store, case.id, "acknowledgement")
    casework.name_laws(store.desk, store.handler, case.id, laws=("EU_GDPR",))
    with pytest.raises(NotNow, match=r"no longer so: due_on\b"):
        queue(store, letter)
    with pytest.raises(NotNow, match="due_on"):
        sending.handed_over(store.desk, store.handler, letter.id)
    assert letter_of(store, letter.id).state is LetterState.APPROVED
    assert entries(store, "letter.queued") == entries(store, "letter.sent") == []
    writing.cancel(store.desk, store.handler, letter.id)
    queue(store, write(store, case.id, "acknowledgement"))


def test_a_letter_that_waited_leaves_while_nothing_changed(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letters = [write(made, case.id, "acknowledgement")]
    letters.append(write(made, case.id, "extension", given=REASON))
    made.clock.advance(timedelta(days=5))
    for letter in letters:
        queue(made, letter)
        assert letter_of(made, letter.id).state is LetterState.QUEUED


def test_a_letter_that_promises_a_day_that_is_over_does_not_leave(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = write(made, case.id, "acknowledgement")
    made.clock.advance(timedelta(days=31))
    with pytest.raises(NotNow, match="due_on"):
        queue(made, letter)


def test_an_extension_that_waited_too_long_does_not_leave(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = write(made, case.id, "extension", given=REASON)
    made.clock.advance(timedelta(days=40))
    with pytest.raises(NotAllowedByLaw):
        queue(made, letter)
    assert letter_of(made, letter.id).state is LetterState.APPROVED


def test_a_refusal_that_another_approved_leaves_on_a_later_day(made: MadeDesk) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    refusal.refuse(made.desk, made.handler, case.id, "excessive")
    letter = write(made, case.id, "refusal", given=EXCESS)
    writing.approve(made.desk, made.dpo, letter.id)
    made.clock.advance(timedelta(days=1))
    queue(made, letter)
    assert letter_of(made, letter.id).state is LetterState.QUEUED


def test_a_changed_case_stops_a_print_run_and_names_the_letter(
    made: MadeDesk, tmp_path: Path
) -> None:
    case = intake.open_request(
        made.desk,
        made.handler,
        Kind.ACCESS,
        channel="post",
        file=CaseFile("Canarina Canarison", "1 Canary Wharf Lane; London E14"),
        law="US_VA",
    )
    letter = write(made, case.id, "acknowledgement")
    casework.name_laws(made.desk, made.handler, case.id, laws=("EU_GDPR",))
    press = Press(lambda each: paper(1, each), lambda both: Joined(duplex=both))
    with pytest.raises(NotNow) as stopped:
        print_runs.make(made.desk, made.handler, tmp_path / "run.pdf", press)
    assert stopped.value.what == letter.id
    assert list(tmp_path.glob("run*")) == []
    assert letter_of(made, letter.id).state is LetterState.APPROVED


def test_a_letter_that_waits_in_the_outbox_is_cancelled_with_its_message(store: MadeDesk) -> None:
    case = opened(store.desk, store.handler, Kind.ACCESS)
    letter = write(store, case.id, "acknowledgement")
    message = queue(store, letter)
    assert writing.cancel(store.desk, store.handler, letter.id).state is LetterState.CANCELLED
    given: list[object] = []
    outbox.send_due(store.desk, store.handler, given.append, SENDER)
    assert given == []
    with store.desk.reading() as db:
        held = outbox_store.message(db, message)
    assert held is not None
    assert (held.state, held.to_sealed, held.content_sealed) == (Delivery.CANCELLED, None, None)


@pytest.mark.parametrize("why", ["killed", "lost"])
def test_a_letter_that_a_mail_server_may_have_is_not_cancelled(made: MadeDesk, why: str) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    letter = write(made, case.id, "acknowledgement")
    queue(made, letter)

    def transport(_mail: object) -> None:
        raise Undelivered("lost", for_good=False) if why == "lost" else Killed

    with nullcontext() if why == "lost" else pytest.raises(Killed):
        outbox.send_due(made.desk, made.handler, transport, SENDER)
    with pytest.raises(NotNow, match="may have been"):
        writing.cancel(made.desk, made.handler, letter.id)
    assert letter_of(made, letter.id).state is LetterState.QUEUED


def test_a_printed_letter_is_taken_out_of_its_run_until_that_is_posted(
    made: MadeDesk, tmp_path: Path
) -> None:
    case = opened(made.desk, made.handler, Kind.ACCESS)
    out, kept = put_letter(made, case), put_letter(made, case)
    press = Press(lambda each: paper(1, each), lambda both: Joined(duplex=both))
    run = print_runs.make(made.desk, made.handler, tmp_path / "run.pdf", press)
    writing.cancel(made.desk, made.handler, out)
    assert posting.post(made.desk, made.handler, run.id).letters == 1
    assert letter_of(made, out).state is LetterState.CANCELLED
    assert letter_of(made, kept).state is LetterState.SENT
    with pytest.raises(NotNow):
        writing.cancel(made.desk, made.handler, kept)


def lifted(made: MadeDesk) -> tuple[str, Kept]:
    """A restriction of an objection, and the approved letter that says that it will end."""
    known = add_person(made.desk, NUMBER, MAIL)
    case = verified(made, Kind.OBJECTION)
    (restriction,) = restricting.meanwhile(made.desk, made.handler, case.id)
    made.clock.advance(timedelta(days=1))
    other = restrictions.place(made.desk, made.handler, known.subject_id, "unlawful")
    assert other != restriction
    given = {"lift_reason": "the check showed that the data are right", "lifted_on": "2026-12-01"}
    with pytest.raises(BadFacts, match="before a restriction is lifted"):
        write(made, case.id, "restriction_lifted", given={**given, "lifted_on": "2026-11-18"})
    letter = write(made, case.id, "restriction_lifted", given=given)
    text, _ = writing.read(made.desk, made.handler, letter.id)
    assert "18 November 2026" in text.mail()
    return restriction, writing.approve(made.desk, made.dpo, letter.id)


def told_of(made: MadeDesk) -> dict[str, object]:
    table = table_of(RestrictionRow)
    with made.desk.reading() as db:
        rows = db.execute(select(table.c.id, table.c.informed_at)).all()
    return {row.id: row.informed_at for row in rows}


def test_who_got_the_letter_on_lifting_counts_as_told_and_then_it_is_lifted(
    store: MadeDesk,
) -> None:
    restriction, letter = lifted(store)
    with pytest.raises(Denied):
        restrictions.lift(store.desk, store.dpo, restriction)
    assert set(told_of(store).values()) == {None}
    sending.handed_over(store.desk, store.handler, letter.id)
    told = told_of(store)
    assert told.pop(restriction) == micros(store.clock.at)
    assert set(told.values()) == {None}
    restrictions.lift(store.desk, store.dpo, restriction)


def test_who_got_the_letter_on_lifting_not_does_not_count_as_told(made: MadeDesk) -> None:
    restriction, letter = lifted(made)
    made.desk.config = replace(
        made.desk.config, mail=replace(made.desk.config.mail, personal_letters="pdf")
    )
    message = sending.queue(
        made.desk,
        made.handler,
        letter.id,
        lambda each: mailing.mail_of(made.desk, made.handler, each),
        lambda each: paper(1, each),
    )
    outbox.send_due(made.desk, made.handler, lambda _: None, SENDER)
    assert told_of(made)[restriction] is not None
    bounces.take(made.desk, made.handler, standard(message))
    assert told_of(made)[restriction] is None
    with pytest.raises(Denied):
        restrictions.lift(made.desk, made.dpo, restriction)
