"""A hundred thousand persons: who is affected is found page by page, in bounded memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from datetime import timedelta

import pytest

from privacy.clock import micros
from privacy.contacts.store import opened_records
from privacy.ids import row_ids
from privacy.rights.breach import affected, counting, register
from privacy.rights.breach.account import Account
from privacy.rights.breach.opened import Opened
from privacy.storage.bulk import in_chunks, insert_rows
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import ContactPoint, Subject
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose
from privacy.vault.people import NewPerson, SealedPerson
from tests.desks import MadeDesk
from tests.persons import POINT_COLUMNS, SUBJECT_COLUMNS

TICK = timedelta(milliseconds=1)
MIB = 1 << 20
MOST_MIB = 48


def many(made: MadeDesk, count: int) -> list[int]:
    """Persons with one number each, put into the desk in bulk; the clock runs, as ids ask."""
    found: list[int] = []
    desk = made.desk
    for start in range(0, count, 1000):
        made.clock.advance(TICK)
        size = min(1000, count - start)
        ids = row_ids(desk.now(), 2 * size)
        pairs = list(zip(ids[::2], ids[1::2], strict=True))
        people = [_person(subject, point, start + n) for n, (subject, point) in enumerate(pairs)]
        with desk.vault.inserting():
            sealed = desk.vault.seal_people(people)

            def job(unit: Unit, sealed: list[SealedPerson] = sealed) -> None:
                at = micros(unit.now)
                subjects = [
                    (p.subject_id, "active", "consent", "bulk", "2026-01-01", at, p.profile, 1)
                    for p in sealed
                ]
                insert_rows(unit.db, table_of(Subject), SUBJECT_COLUMNS, subjects)
                points = [
                    (point, p.subject_id, "phone", "", at, part, 1)
                    for p in sealed
                    for point, part in p.phones
                ]
                insert_rows(unit.db, table_of(ContactPoint), POINT_COLUMNS, points)
                unit.append("contact.added", "setup", count=len(sealed))

            desk.write(job)
        found += [subject for subject, _ in pairs]
    return found


def _person(subject: int, point: int, number: int) -> NewPerson:
    phone = f"+4420{number:08d}"
    profile = {"names": [{"full": f"P {number}"}], "emails": [], "addresses": []}
    call = {"number": phone, "region": "GB", "line": "unknown"}
    phones = ((point, json.dumps(call).encode()),)
    indexes = (("phone", phone, point),)
    return NewPerson(subject, json.dumps(profile).encode(), phones, indexes)


@pytest.mark.parametrize(
    "people",
    [1_200, pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.serial])],
)
def test_everybody_is_found_in_memory_that_does_not_grow(made: MadeDesk, people: int) -> None:
    ids = many(made, people)
    since = made.clock.now()
    for chunk in in_chunks(ids, 250):
        opened_records(made.desk, made.handler, chunk, OpeningPurpose.LOOKUP)
    until = made.clock.now()
    seen: list[int] = []

    def tick(count: int) -> None:
        seen.append(count)
        made.clock.advance(TICK)

    def look() -> affected.Result:
        breach = register.open_breach(made.desk, made.dpo, made.clock.now(), Account())
        asked = Opened(since, until)
        found = affected.by_log(made.desk, made.dpo, breach.id, asked, tick)
        assert counting.figures(made.desk, breach.id).by_data["phone"] == people
        return found

    began = time.perf_counter()
    found = look()
    took = time.perf_counter() - began
    assert (found.people, found.added, found.erased_most) == (people, people, 0)
    assert seen[-1] == people
    assert seen == sorted(seen), "progress is told on the way"
    tracemalloc.start()
    look()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MIB * MIB
    print(f"{people} persons in {took:.1f} s; traced once more, peak {peak / MIB:.1f} MiB")
