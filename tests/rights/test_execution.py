"""Nothing is executed without proof and approval, whichever way somebody comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from privacy.app import open_desk
from privacy.cli.main import run as command
from privacy.errors import AnswerIsNo, Denied
from privacy.rights import (
    answering,
    approval,
    casework,
    correction_run,
    erasure,
    execution,
    planning,
    restricting,
)
from privacy.rights.case import WAY_OF, Kind, State, Way
from privacy.rights.execution import Lack
from privacy.rights.store import Case
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.terms import SubjectState
from tests.desks import PASSPHRASE, SECRET, MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, opened, person_with, verified
from tests.rights.test_access import pdf, wording
from tests.rights.test_authority import lacking, now, set_values

Forgery = Callable[[MadeDesk], Case]


def never_proven(made: MadeDesk, kind: Kind) -> Case:
    """Moved to approved in the database: nobody ever proved anything."""
    known = add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, kind)
    set_values(made, case, state="verified", subject_id=known.subject_id)
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    return now(made, case)


def claimed_proven(made: MadeDesk, kind: Kind) -> Case:
    """The level too was written into the row; the timeline tells of no proof."""
    case = never_proven(made, kind)
    set_values(made, case, identity_level="high")
    return now(made, case)


def never_approved(made: MadeDesk, kind: Kind) -> Case:
    add_person(made.desk, NUMBER, MAIL)
    case = verified(made, kind)
    planning.make_plan(made.desk, made.handler, case.id)
    set_values(made, case, state="approved")
    return now(made, case)


def approved_by_the_preparer(made: MadeDesk, kind: Kind) -> Case:
    case = never_approved(made, kind)
    set_values(made, case, approved_by=made.handler.id, approved_seq=1)
    return now(made, case)


def another_plan(made: MadeDesk, kind: Kind) -> Case:
    """The text was exchanged after the approval."""
    case = person_with(made, kind).case
    other = json.loads(case.plan) | {"people": 2}
    set_values(made, case, plan=json.dumps(other))
    return now(made, case)


def harm_raised(made: MadeDesk, kind: Kind) -> Case:
    """Proven to the level that was enough before the harm was known."""
    case = person_with(made, kind).case
    set_values(made, case, harm="sensitive")
    return now(made, case)


def law_added(made: MadeDesk, kind: Kind) -> Case:
    case = person_with(made, kind).case
    set_values(made, case, laws="EU_GDPR US_CA", harm="sensitive")
    return now(made, case)


def an_agent_without_authority(made: MadeDesk, kind: Kind) -> Case:
    case = person_with(made, kind).case
    set_values(made, case, asked_by="agent")
    return now(made, case)


FORGERIES = {
    "never proven": (never_proven, Lack.IDENTITY),
    "claimed proven": (claimed_proven, Lack.IDENTITY),
    "never approved": (never_approved, Lack.APPROVAL),
    "approved by the preparer": (approved_by_the_preparer, Lack.APPROVAL),
    "another plan": (another_plan, Lack.APPROVAL),
    "harm raised": (harm_raised, Lack.IDENTITY),
    "law added": (law_added, Lack.IDENTITY),
    "an agent without authority": (an_agent_without_authority, Lack.AUTHORITY),
}


@pytest.fixture(params=FORGERIES)
def forgery(request: pytest.FixtureRequest) -> tuple[Callable[[MadeDesk, Kind], Case], Lack]:
    return FORGERIES[request.param]


def untouched(made: MadeDesk) -> bool:
    """Nobody was closed, erased or given anything."""
    table = table_of(Subject)
    with made.desk.reading() as db:
        states = set(db.execute(table.select().with_only_columns(table.c.state)).scalars())
    return states == {SubjectState.ACTIVE.value} and erasure.lines_of(made.desk, "") == []


def test_the_core_names_what_is_missing(
    made: MadeDesk, forgery: tuple[Callable[[MadeDesk, Kind], Case], Lack]
) -> None:
    make, lack = forgery
    case = make(made, Kind.ERASURE)
    assert lack in lacking(made, case)
    with made.desk.reading() as db, pytest.raises(Denied) as refused:
        execution.may_execute(db, case.id)
    assert lack.value in refused.value.message


def test_no_erasure_runs_by_the_library_the_command_or_the_timer(
    made: MadeDesk,
    forgery: tuple[Callable[[MadeDesk, Kind], Case], Lack],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make, _ = forgery
    case = make(made, Kind.ERASURE)
    with pytest.raises(AnswerIsNo):
        erasure.run(made.desk, made.dpo, case.id)
    entrances(made, tmp_path, monkeypatch)
    assert command(["--json", "request", "fulfil", case.id]) == 1
    command(["--json", "work"])
    capsys.readouterr()
    open_desk(made.settings, made.clock, PASSPHRASE).close()
    assert now(made, case).state is State.APPROVED
    assert untouched(made)
    assert erasure.lines_of(made.desk, case.id) == []


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.PORTABILITY])
def test_no_answer_leaves_by_the_library_or_the_command(
    made: MadeDesk,
    kind: Kind,
    forgery: tuple[Callable[[MadeDesk, Kind], Case], Lack],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make, _ = forgery
    case = make(made, kind)
    out = tmp_path / "answer.zip"
    with pytest.raises(Denied):
        answering.fulfil(made.desk, made.handler, case.id, out, renderer=pdf, wording=wording)
    entrances(made, tmp_path, monkeypatch)
    assert command(["--json", "request", "fulfil", case.id, "--out", str(out)]) == 1
    capsys.readouterr()
    assert list(tmp_path.glob("answer*")) == []
    assert now(made, case).state is State.APPROVED


RUNNERS: dict[Kind, Callable[[MadeDesk, Case], object]] = {
    Kind.RECTIFICATION: lambda made, case: correction_run.run(made.desk, made.dpo, case.id),
    Kind.RESTRICTION: lambda made, case: restricting.run(made.desk, made.dpo, case.id),
    Kind.OBJECTION: lambda made, case: restricting.run(made.desk, made.dpo, case.id),
    Kind.ERASURE: lambda made, case: erasure.run(made.desk, made.dpo, case.id),
    Kind.HUMAN_REVIEW: lambda made, case: casework.settle(
        made.desk, made.handler, case.id, "upheld"
    ),
}


@pytest.mark.parametrize("kind", RUNNERS)
def test_no_right_of_a_person_is_carried_out_from_a_row_that_says_approved(
    made: MadeDesk, kind: Kind
) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    case = opened(made.desk, made.handler, kind)
    set_values(
        made,
        case,
        state="approved",
        subject_id=known.subject_id,
        identity_level="high",
        approved_by="dpo",
        planned_by="handler",
        plan="{}",
    )
    with pytest.raises(Denied):
        RUNNERS[kind](made, now(made, case))
    assert now(made, case).state is State.APPROVED
    assert untouched(made)


def test_every_kind_that_is_proven_has_its_executor_tried_here() -> None:
    proven = {kind for kind, way in WAY_OF.items() if way in (Way.PROVEN, Way.RUN)}
    assert proven - set(RUNNERS) == {Kind.ACCESS, Kind.PORTABILITY}


def test_what_is_proven_and_approved_lacks_nothing(made: MadeDesk) -> None:
    case = person_with(made, Kind.ERASURE).case
    assert lacking(made, case) == ()
    with made.desk.reading() as db:
        assert execution.may_execute(db, case.id).id == case.id


def entrances(made: MadeDesk, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command needs to open this desk as the data protection officer."""
    (folder / "passphrase").write_bytes(PASSPHRASE)
    (folder / "secret").write_text(SECRET)
    monkeypatch.setenv("RIGHTSDESK_DESK", str(made.settings.desk_dir))
    monkeypatch.setenv("RIGHTSDESK_STATE", str(made.settings.state_base))
    monkeypatch.setenv("RIGHTSDESK_ACTOR", "dpo")
    monkeypatch.setenv("RIGHTSDESK_PASSPHRASE_FILE", str(folder / "passphrase"))
    monkeypatch.setenv("RIGHTSDESK_ACTOR_SECRET_FILE", str(folder / "secret"))
