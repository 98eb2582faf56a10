"""A letter that waited leaves only while its case is still as its words say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from privacy.errors import NotAllowedByLaw
from privacy.rights import casework, intake, print_runs, refusal, sending
from privacy.rights.case import Kind, NotNow
from privacy.rights.intake import CaseFile
from privacy.rights.letter_state import LetterState
from privacy.rights.letters import mailing, writing
from privacy.rights.letters.store import Kept
from privacy.rights.letters.writing import Wanted
from privacy.rights.print_runs import Press
from reports.joining import Joined
from tests.desks import MadeDesk
from tests.rights.flows import opened
from tests.rights.letter_rows import entries, letter_of
from tests.rights.papers import paper

REASON = {"extension_reason": "your request concerns many systems"}
EXCESS = {"excess_facts": "Five requests of the same kind came within two months."}


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
