"""Legal holds stop a destruction, of three scopes, and what they stopped goes on by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from privacy.errors import BadInput, Denied, NotFound
from privacy.rights import approval, erasure, handling, holds, keeping, planning, standing, store
from privacy.rights.case import Event, Kind, State
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.tables.rights import LegalHold
from privacy.storage.unit import Unit
from privacy.terms import KeyClass
from privacy.vault.erase import keys_left
from tests.desks import MadeDesk
from tests.persons import add_person
from tests.rights.flows import MAIL, NUMBER, approved, person_with

DAY = timedelta(days=1)


def test_an_erasure_that_a_hold_stopped_goes_on_when_the_hold_ends(store: MadeDesk) -> None:
    desk = store.desk
    brought = person_with(store, Kind.ERASURE)
    hold = holds.place(desk, store.dpo, brought.known.subject_id, "file-17")
    with pytest.raises(holds.Held):
        erasure.run(desk, store.dpo, brought.case.id)
    with pytest.raises(Denied):
        erasure.run(desk, store.dpo, brought.case.id)
    told = [e.type for e in standing.standing(desk, brought.case.id).events]
    assert told.count(Event.HELD) == 1
    assert erasure.lines_of(desk, brought.case.id) == []
    assert erasure.released(desk) == []
    holds.release(desk, store.dpo, hold)
    assert erasure.released(desk) == [brought.case.id]
    assert erasure.run(desk, store.dpo, brought.case.id).state is State.FULFILLED
    assert erasure.released(desk) == []


def test_a_hold_ends_after_its_last_day_in_the_controllers_zone(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    # 18 November, 16:00 UTC; the controller is in Berlin.
    until = date(2026, 11, 19)
    holds.place(made.desk, made.dpo, brought.known.subject_id, "file-17", until_on=until)
    with pytest.raises(holds.Held):
        erasure.run(made.desk, made.dpo, brought.case.id)
    made.clock.at = made.clock.at.replace(day=19, hour=22, minute=59)
    assert erasure.released(made.desk) == []
    made.clock.at = made.clock.at.replace(hour=23, minute=0)
    assert erasure.released(made.desk) == [brought.case.id]


def test_a_hold_on_a_case_holds_its_person_and_its_file(made: MadeDesk) -> None:
    desk = made.desk
    brought = person_with(made, Kind.ERASURE)
    hold = holds.place_on_case(desk, made.dpo, brought.case.id, "claim-1")
    with pytest.raises(holds.Held, match=hold):
        erasure.run(desk, made.dpo, brought.case.id)
    holds.release(desk, made.dpo, hold)
    erasure.run(desk, made.dpo, brought.case.id)
    handling.close(desk, made.handler, brought.case.id)
    hold = holds.place_on_case(desk, made.dpo, brought.case.id, "claim-1")
    made.clock.advance(timedelta(days=365 * 12))
    holder = brought.case.holder_id
    assert keeping.expired(desk) == []
    assert keeping.sweep(desk, made.dpo) == 0
    assert keys_left(desk.vault, [holder], [KeyClass.CASE]) == 1
    holds.release(desk, made.dpo, hold)
    assert keeping.sweep(desk, made.dpo) == 1
    assert keys_left(desk.vault, [holder], [KeyClass.CASE]) == 0


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("source=test", True),
        ("source=other", False),
        ("country=gb", True),
        ("country=DE", False),
        ("import=im-1", True),
        ("import=im-2", False),
        ("source=test country=GB import=im-1", True),
        ("source=test country=FR", False),
    ],
)
def test_a_hold_on_a_query_holds_whom_it_finds(made: MadeDesk, query: str, held: bool) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    subjects = table_of(Subject)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(subjects).where(subjects.c.id == known.subject_id).values(import_id="im-1")
        )
        unit.append("test.imported", "test")

    made.desk.write(job)
    hold = holds.place_on_query(made.desk, made.dpo, query, "file-17")
    assert holds.of_people(made.desk, [known.subject_id]) == ([hold] if held else [])


@pytest.mark.parametrize("query", ["", "name=Anna", "source=", "+442079460123", "source=a b"])
def test_a_query_is_made_of_codes(made: MadeDesk, query: str) -> None:
    with pytest.raises(BadInput):
        holds.place_on_query(made.desk, made.dpo, query, "file-17")


def test_a_hold_is_placed_and_released_by_whom_and_what_there_is(made: MadeDesk) -> None:
    with pytest.raises(NotFound):
        holds.place_on_case(made.desk, made.dpo, "rq-nothing", "file-17")
    with pytest.raises(NotFound):
        holds.release(made.desk, made.dpo, "ho-nothing")
    with pytest.raises(BadInput):
        holds.place(made.desk, made.dpo, 1, "Anna Schmidt")


def test_a_hold_that_ended_loses_the_person_with_the_erasure(made: MadeDesk) -> None:
    brought = person_with(made, Kind.ERASURE)
    hold = holds.place(made.desk, made.dpo, brought.known.subject_id, "file-17")
    holds.release(made.desk, made.dpo, hold)
    erasure.run(made.desk, made.dpo, brought.case.id)
    table = table_of(LegalHold)
    with made.desk.reading() as db:
        (row,) = db.execute(select(table)).all()
    assert (row.id, row.subject_id, row.reason) == (hold, None, "file-17")


def test_a_plan_that_became_void_under_the_hold_is_not_run_by_itself(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    case = approved(made, Kind.ERASURE)
    hold = holds.place(made.desk, made.dpo, known.subject_id, "file-17")
    with pytest.raises(holds.Held):
        erasure.run(made.desk, made.dpo, case.id)
    holds.release(made.desk, made.dpo, hold)
    planning.make_plan(made.desk, made.handler, case.id)
    assert erasure.released(made.desk) == []
    approval.approve(made.desk, made.dpo, case.id)
    # Approved anew: nothing stopped this one, so a person runs it.
    assert erasure.released(made.desk) == []
    with made.desk.reading() as db:
        assert store.case(db, case.id).state is State.APPROVED
