"""SIGKILL at every durable act of an erasure: the desk that opens next finishes it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from privacy.actors import Actor
from privacy.app import open_desk
from privacy.consent import suppression
from privacy.desk import Desk
from privacy.rights import erasing_store, erasure, people_store, standing
from privacy.rights.case import Kind, State
from privacy.settings import Settings
from privacy.terms import KeyClass, OpeningPurpose, Role, SubjectState
from privacy.vault.erase import keys_left
from privacy.vault.lookup import Query, find
from tests.desks import PASSPHRASE, TestClock, make_desk
from tests.persons import Known, add_person
from tests.rights.calls import add_consent
from tests.rights.flows import MAIL, NUMBER, approved

ROOT = Path(__file__).parents[2]
SECOND = "+442079460777"
CLASSES = [KeyClass.CALL, KeyClass.DESK, KeyClass.CONSENT, KeyClass.CALLS]
# One more than the durable acts of this person's erasure: the last one ends by itself.
LAST_ACT = 24


def prepared(folder: Path, urls: tuple[str, str] | None = None) -> tuple[Known, Known, str]:
    """A desk with two people, of whom one has an approved erasure; closed."""
    made = make_desk(folder, urls=urls)
    known = add_person(made.desk, NUMBER, MAIL)
    add_consent(made, known)
    case = approved(made, Kind.ERASURE)
    other = add_person(made.desk, SECOND, "second@example.com", family="Other")
    made.desk.close()
    return known, other, case.id


def killed(jobs: list[str]) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.rights.killed_erasure", *jobs],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split("\n")[:-1]


def reopened(folder: Path) -> Desk:
    settings = Settings(folder / "desk", folder / "state", None, "dpo", None)
    return open_desk(settings, TestClock(), PASSPHRASE)


def count(desk: Desk, action: str) -> int:
    with desk.reading() as db:
        return sum(json.loads(body)["action"] == action for _, body in desk.log.bodies(db))


def check_whole(desk: Desk, known: Known, other: Known, request_id: str) -> None:
    """The erasure is complete, told once, and nobody else is touched."""
    each = standing.standing(desk, request_id)
    assert each.case.state is State.FULFILLED
    assert each.case.certificate_sha256
    assert keys_left(desk.vault, [known.subject_id], CLASSES) == 0
    with desk.reading() as db:
        (subject,) = people_store.known(db, [known.subject_id])
        assert erasing_store.rows_left(db, [known.subject_id], ()) == 0
        lines = [line.id for line in erasure.lines_of(desk, request_id)]
        assert sorted(erasing_store.done_lines(db, lines)) == sorted(lines) != []
        tag = desk.vault.keyring.tags.number_tag(NUMBER)
        assert suppression.suppressed(db, [tag])
    assert subject.state is SubjectState.ERASED
    for action in ("erasure.intended", "erasure.keys_deleted", "erasure.verified"):
        assert count(desk, action) == 1
    query = [Query("phone", SECOND), Query("email", MAIL)]
    found = find(desk.vault, query, "dpo", OpeningPurpose.LOOKUP)
    assert [match.subject_id for match in found] == [other.subject_id]


def test_a_kill_after_any_durable_act_is_finished_by_the_next_opening(tmp_path: Path) -> None:
    known, other, request_id = prepared(tmp_path / "origin")
    folders = []
    for act in range(1, LAST_ACT + 1):
        folders.append(tmp_path / f"after-{act}")
        shutil.copytree(tmp_path / "origin", folders[-1])
    ends = killed(
        [
            f"{act}|{folder / 'desk'}|{folder / 'state'}|{request_id}"
            for act, folder in enumerate(folders, 1)
        ]
    )
    kills = ends.count("killed")
    assert kills >= 10
    assert ends[-1] == "ended 0"
    assert set(ends[kills:]) == {"ended 0"}
    untouched = 0
    for end, folder in zip(ends, folders, strict=True):
        desk = reopened(folder)
        try:
            if end == "killed" and not erasure.lines_of(desk, request_id):
                # Killed before it was announced: as before, and it can be run.
                untouched += 1
                erasure.run(desk, Actor("dpo", Role.DPO), request_id)
            check_whole(desk, known, other, request_id)
        finally:
            desk.close()
    assert untouched < kills


def test_on_postgresql_too_a_killed_erasure_is_finished_by_the_next_opening(
    tmp_path: Path, postgres_tables: tuple[str, str]
) -> None:
    known, other, request_id = prepared(tmp_path, postgres_tables)
    ends = killed([f"7|{tmp_path / 'desk'}|{tmp_path / 'state'}|{request_id}"])
    assert ends == ["killed"]
    desk = reopened(tmp_path)
    check_whole(desk, known, other, request_id)
    desk.close()


def test_processes_that_die_again_and_again_still_finish_it(tmp_path: Path) -> None:
    known, other, request_id = prepared(tmp_path)
    place = f"{tmp_path / 'desk'}|{tmp_path / 'state'}|{request_id}"
    ends = killed([f"{act}|{place}" for act in (3, 1, 2, 4, 6, 8, 9, 0)])
    assert ends == ["killed"] * 7 + ["ended 0"]
    desk = reopened(tmp_path)
    check_whole(desk, known, other, request_id)
    desk.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_runners_at_once_do_the_work_once(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    urls = request.getfixturevalue("postgres_tables") if kind == "postgresql" else None
    known, other, request_id = prepared(tmp_path, urls)
    place = f"0|{tmp_path / 'desk'}|{tmp_path / 'state'}|{request_id}"
    runners = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.rights.killed_erasure", place],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    ends = [runner.communicate(timeout=120)[0].strip() for runner in runners]
    assert "ended 0" in ends
    desk = reopened(tmp_path)
    check_whole(desk, known, other, request_id)
    desk.close()
