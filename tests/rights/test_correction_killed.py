"""SIGKILL at every durable act of a rectification: the same call goes on and ends the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from sqlalchemy import func, select

from privacy.actors import Actor
from privacy.consent import suppression
from privacy.contacts import store as contacts
from privacy.desk import Desk
from privacy.rights import approval, correcting, correction_run, identity, planning, store
from privacy.rights.case import Event, Kind, State
from privacy.rights.correction import Asked
from privacy.rights.identity import Evidence
from privacy.storage.tables.base import table_of
from privacy.storage.tables.cases import ProfileVersion
from privacy.terms import OpeningPurpose, Role
from privacy.vault.lookup import Query, find
from tests.desks import make_desk
from tests.persons import Known, add_person
from tests.rights.flows import CLAIMS, MAIL, NUMBER, opened
from tests.rights.test_erasure_killed import killed, reopened

NEW_NUMBER, NEW_NAME = "+442079460777", "Newcanarius"
LAST_ACT = 16
DPO = Actor("dpo", Role.DPO)


def prepared(folder: Path) -> tuple[Known, str]:
    """A person who opted out, with an approved correction of name and number; closed."""
    made = make_desk(folder)
    known = add_person(made.desk, NUMBER, MAIL)
    suppression.opt_out(made.desk, made.dpo, phone=NUMBER, source="phone")
    case = opened(made.desk, made.handler, Kind.RECTIFICATION)
    identity.verify(made.desk, made.handler, case.id, Evidence.LOGIN, CLAIMS)
    asked = (Asked("family", NEW_NAME), Asked("phone", NEW_NUMBER, NUMBER))
    correcting.propose(made.desk, made.handler, case.id, asked)
    planning.make_plan(made.desk, made.handler, case.id)
    approval.approve(made.desk, made.dpo, case.id)
    made.desk.close()
    return known, case.id


def check_whole(desk: Desk, known: Known, request_id: str) -> None:
    """Corrected once: found by the new number only, the old name in the history, refused still."""
    with desk.reading() as db:
        case = store.case(db, request_id)
        told = [event.type for event in store.timeline(db, request_id)]
        versions = db.execute(select(func.count()).select_from(table_of(ProfileVersion)))
        assert versions.scalar_one() == 1
        tag = desk.vault.keyring.tags.number_tag(NEW_NUMBER)
        assert suppression.suppressed(db, [tag])
        entries = [json.loads(body) for _, body in desk.log.bodies(db)]
    assert case.state is State.FULFILLED
    assert (told.count(Event.STARTED), told.count(Event.FULFILLED)) == (1, 1)
    assert [e["action"] for e in entries].count("request.approved") == 1
    assert find(desk.vault, [Query("phone", NUMBER)], "dpo", OpeningPurpose.LOOKUP) == []
    (match,) = find(desk.vault, [Query("phone", NEW_NUMBER)], "dpo", OpeningPurpose.LOOKUP)
    assert match.subject_id == known.subject_id
    (record,) = contacts.show(desk, DPO, known.subject_id, OpeningPurpose.RIGHTS_REQUEST)
    assert NEW_NAME in json.dumps(record.profile)


def test_a_kill_after_any_durable_act_of_a_correction_ends_the_same(tmp_path: Path) -> None:
    known, request_id = prepared(tmp_path / "origin")
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
    assert kills >= 5
    assert ends == ["killed"] * kills + ["ended 0"] * (LAST_ACT - kills)
    assert ends[-1] == "ended 0"
    for folder in folders:
        desk = reopened(folder)
        try:
            with desk.reading() as db:
                state = store.case(db, request_id).state
            if state is not State.FULFILLED:
                correction_run.run(desk, DPO, request_id)
            check_whole(desk, known, request_id)
        finally:
            desk.close()
