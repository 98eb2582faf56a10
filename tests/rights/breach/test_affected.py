"""Who is affected: by the log, by import, source or list, joined into one set of persons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from privacy.actors import Actor
from privacy.contacts.store import opened_records
from privacy.errors import BadInput
from privacy.rights import erasure, selecting
from privacy.rights.breach import affected, register, store
from privacy.rights.breach.account import Account
from privacy.rights.breach.opened import Opened
from privacy.rights.breach.states import Event
from privacy.rights.breach.store import Breach
from privacy.rights.case import Kind
from privacy.rights.selecting import Listed, Where
from privacy.storage.tables.base import table_of
from privacy.storage.tables.breaches import BreachPerson
from privacy.terms import OpeningPurpose
from tests.canaries import find_leaks
from tests.desks import MadeDesk
from tests.persons import Known, add_person
from tests.rights.flows import MAIL, NUMBER, approved
from tests.rights.test_erasure import merge

HOUR = timedelta(hours=1)


def opened_breach(made: MadeDesk, **more: Any) -> Breach:
    return register.open_breach(made.desk, made.dpo, made.clock.now(), Account(), **more)


def person(made: MadeDesk, number: int) -> Known:
    return add_person(made.desk, f"+4420794602{number:02d}", f"q{number}@example.com")


def look(made: MadeDesk, actor: Actor, *known: Known) -> datetime:
    ids = [each.subject_id for each in known]
    opened_records(made.desk, actor, ids, OpeningPurpose.LOOKUP)
    return made.clock.now()


def rows(made: MadeDesk, breach: Breach) -> dict[int | None, Any]:
    table = table_of(BreachPerson)
    with made.desk.reading() as db:
        found = db.execute(select(table).where(table.c.breach_id == breach.id)).all()
    assert len({row.subject_id for row in found}) == len(found), "each person once"
    return {row.subject_id: row for row in found}


def test_whose_data_an_actor_opened_between_two_instants_both_included(store: MadeDesk) -> None:
    ann, bob, eve, dan = (person(store, n) for n in range(4))
    look(store, store.handler, dan)
    store.clock.advance(HOUR)
    first = look(store, store.handler, ann)
    look(store, store.dpo, eve)
    store.clock.advance(HOUR)
    last = look(store, store.handler, bob)
    store.clock.advance(HOUR)
    look(store, store.handler, dan)
    breach = opened_breach(store)
    asked = Opened(first, last, (store.handler.id,))
    found = affected.by_log(store.desk, store.dpo, breach.id, asked)
    assert set(rows(store, breach)) == {ann.subject_id, bob.subject_id}
    assert (found.people, found.added, found.erased_most, found.by_actor) == (
        2,
        2,
        0,
        {"handler": 2},
    )
    again = affected.by_log(store.desk, store.dpo, breach.id, asked)
    assert (again.people, again.added) == (2, 0)
    anybody = affected.by_log(store.desk, store.dpo, breach.id, Opened(first, last))
    assert (anybody.people, anybody.by_actor) == (3, {"dpo": 1, "handler": 2})
    assert set(rows(store, breach)[ann.subject_id].what.split()) >= {"name", "phone", "address"}
    with pytest.raises(BadInput, match="ends before"):
        affected.by_log(store.desk, store.dpo, breach.id, Opened(last, first))


def test_months_are_joined_and_a_merged_person_stands_there_once(made: MadeDesk) -> None:
    ann, other = person(made, 1), person(made, 2)
    merge(made.desk, other, ann)
    since = look(made, made.handler, ann)
    made.clock.at = datetime(2027, 1, 3, 9, tzinfo=UTC)
    until = look(made, made.handler, other, ann)
    breach = opened_breach(made)
    found = affected.by_log(made.desk, made.dpo, breach.id, Opened(since, until))
    assert (found.people, found.erased_most) == (1, 0)
    assert set(rows(made, breach)) == {min(ann.subject_id, other.subject_id)}


def test_who_was_erased_meanwhile_is_counted_and_not_named(store: MadeDesk) -> None:
    gone = add_person(store.desk, NUMBER, MAIL)
    since = look(store, store.handler, gone, person(store, 1))
    store.clock.at = datetime(2026, 12, 3, 9, tzinfo=UTC)
    until = look(store, store.handler, gone)
    store.clock.advance(timedelta(days=1))
    erasure.run(store.desk, store.dpo, approved(store, Kind.ERASURE).id)
    breach = opened_breach(store)
    found = affected.by_log(store.desk, store.dpo, breach.id, Opened(since, until, ("handler",)))
    assert (found.people, found.erased_least, found.erased_most) == (1, 1, 2)


def test_an_erasure_takes_the_person_from_the_register_and_not_the_count(made: MadeDesk) -> None:
    known = add_person(made.desk, NUMBER, MAIL)
    at = look(made, made.handler, known)
    breach = opened_breach(made)
    affected.by_log(made.desk, made.dpo, breach.id, Opened(at, at))
    erasure.run(made.desk, made.dpo, approved(made, Kind.ERASURE).id)
    assert set(rows(made, breach)) == {None}
    with made.desk.reading() as db:
        assert affected.people(db, breach.id) == 1
    assert find_leaks(made.desk.folder, {NUMBER, MAIL, "Canarison"}) == []


def test_everybody_of_a_source_and_of_a_list_is_added_once(made: MadeDesk, tmp_path: Path) -> None:
    ann, bob = person(made, 1), person(made, 2)
    breach = opened_breach(made)
    path = tmp_path / "list.csv"
    path.write_text("phone\n+442079460201\n+442079460299\n")
    told = Listed()
    pages = selecting.of_list(made.desk, made.dpo, path, OpeningPurpose.BREACH, told)
    by_list = affected.by_pages(made.desk, made.dpo, breach.id, pages, "list", "sha256", ("phone",))
    assert (by_list.people, told.unreadable, told.unknown) == (1, [1], [3])
    pages = selecting.people(made.desk, Where(source="test"))
    by_source = affected.by_pages(
        made.desk, made.dpo, breach.id, pages, "source", "test", ("email", "phone")
    )
    assert (by_source.people, by_source.added) == (2, 1)
    found = rows(made, breach)
    assert found[ann.subject_id].what == found[bob.subject_id].what == "email phone"
    with made.desk.reading() as db:
        lines = store.timeline(db, breach.id)
    told_of = [line.facts["by"] for line in lines if line.type is Event.AFFECTED]
    assert told_of == ["list", "source"]
    with pytest.raises(BadInput, match="no such id"):
        next(selecting.people(made.desk, Where(import_id="im-none")))
