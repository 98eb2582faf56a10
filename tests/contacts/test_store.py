"""Finding, showing, splitting, and settling: the whole person, and audited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from privacy.actors import Actor
from privacy.audit.entry import parse
from privacy.contacts import store
from privacy.errors import BadInput, Denied, NotFound
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.unit import Unit
from privacy.terms import OpeningPurpose, Role, SubjectState
from tests.contacts.lists import imported, numbers, subjects, write_list
from tests.desks import MadeDesk

ANN = "Ann,Leeward,020 7946 0018,ann@example.com,SW1A 1AA"
MORE = "Ann,Leeward,020 7946 0018,ann@work.example,"
BOB = "Bob,Leeward,020 7946 0019,bob@example.com,SW1A 2AB"
ACCESS = OpeningPurpose.ACCESS_REQUEST


def entries(made: MadeDesk) -> list[dict[str, Any]]:
    with made.desk.reading() as db:
        return [parse(body) for _, body in made.desk.log.bodies(db)]


@pytest.fixture
def known(made: MadeDesk, tmp_path: Path) -> list[int]:
    """Ids of Ann, of Ann's second record, which is joined to the first, and of Bob."""
    imported(made, write_list(tmp_path, [ANN, MORE, BOB]))
    return [own for own, _ in subjects(made.desk)]


@pytest.fixture
def store_known(store: MadeDesk, tmp_path: Path) -> tuple[MadeDesk, list[int]]:
    """The same on each of the two stores."""
    imported(store, write_list(tmp_path, [ANN, MORE, BOB]))
    return store, [own for own, _ in subjects(store.desk)]


def test_a_person_is_found_by_number_mail_and_surname_with_postcode(
    store_known: tuple[MadeDesk, list[int]],
) -> None:
    made, (ann, more, bob) = store_known

    def find(**by: str) -> list[int]:
        return [r.subject_id for r in store.find(made.desk, made.handler, ACCESS, **by)]

    assert find(phone="020 7946 0018", region="GB") == [ann, more]
    assert find(phone="+442079460019") == [bob]
    assert find(email="ANN@work.example") == [more]
    assert find(surname="LEEWARD", postcode="sw1a1aa", region="GB") == [ann, bob]
    assert find(email="nobody@example.com") == []
    told = [entry for entry in entries(made) if entry["action"] == "contact.looked_up"]
    assert all(entry["actor"] in ("dpo", "handler") for entry in told)
    assert [entry["purpose"] for entry in told][-5:] == ["access_request"] * 5


@pytest.mark.parametrize(
    "by",
    [
        {},
        {"phone": "+442079460018", "email": "ann@example.com"},
        {"phone": "Canarina 911"},
        {"email": "canarina"},
        {"surname": "Canarina"},
        {"surname": "Canarina", "postcode": ""},
    ],
)
def test_what_cannot_be_looked_up_is_refused_without_being_named(
    made: MadeDesk, by: dict[str, str]
) -> None:
    with pytest.raises(BadInput) as refusal:
        store.find(made.desk, made.handler, ACCESS, **by)
    error = refusal.value
    assert "anarina" not in error.message + error.what + error.next


def test_a_person_is_shown_whole(made: MadeDesk, known: list[int]) -> None:
    ann, more, bob = known
    records = store.show(made.desk, made.handler, more, ACCESS)
    assert [record.subject_id for record in records] == [ann, more]
    assert [phone["number"] for phone in records[0].phones] == ["+442079460018"]
    assert records[1].profile["emails"][0]["address"] == "ann@work.example"
    with made.desk.reading() as db:
        assert store.persons(db, ann) == store.persons(db, more) == {ann, more}
        assert store.persons(db, bob) == {bob}
    assert entries(made)[-1]["action"] == "personal_data.opened"


def test_whoever_is_being_erased_is_nobody(made: MadeDesk, known: list[int]) -> None:
    table = table_of(Subject)

    def job(unit: Unit) -> None:
        unit.db.execute(
            update(table).where(table.c.id == known[2]).values(state=SubjectState.ERASING.value)
        )
        unit.append("test.closed", "dpo")

    made.desk.write(job)
    for subject_id in (known[2], 12345):
        with pytest.raises(NotFound) as refusal:
            store.show(made.desk, made.handler, subject_id, ACCESS)
        assert refusal.value.message == "There is no such person, or an erasure has begun."
    assert store.find(made.desk, made.handler, ACCESS, email="bob@example.com") == []


def test_a_merge_is_undone_and_stays_undone(
    store_known: tuple[MadeDesk, list[int]], tmp_path: Path
) -> None:
    made, (ann, more, bob) = store_known
    store.split(made.desk, made.dpo, more)
    assert subjects(made.desk) == [(ann, None), (more, None), (bob, None)]
    again = imported(made, write_list(tmp_path, [ANN, MORE, BOB], "again.csv"))
    assert numbers(again) == (0, 0, 3, 0)
    assert subjects(made.desk) == [(ann, None), (more, None), (bob, None)]
    with pytest.raises(BadInput, match="joined to nobody"):
        store.split(made.desk, made.dpo, more)
    with pytest.raises(NotFound):
        store.split(made.desk, made.dpo, 4711)


def test_a_split_root_leaves_the_others_together(
    made: MadeDesk, known: list[int], tmp_path: Path
) -> None:
    ann, more, _ = known
    third = "Ann,Leeward,020 7946 0018,ann@third.example,"
    imported(made, write_list(tmp_path, [third], "third.csv"))
    last = subjects(made.desk)[-1][0]
    store.split(made.desk, made.dpo, ann)
    joined = dict(subjects(made.desk))
    assert (joined[ann], joined[more], joined[last]) == (None, None, more)


def test_a_human_settles_a_pair(made: MadeDesk, tmp_path: Path) -> None:
    rows = ["Ann,Lee,020 7946 0018,,", "Bob,Lee,020 7946 0018,,", "Eve,Lee,020 7946 0018,,"]
    imported(made, write_list(tmp_path, rows))
    ann, bob, eve = (own for own, _ in subjects(made.desk))
    with made.desk.reading() as db:
        waiting = {(d.subject_id, d.other_id) for d in store.possible_duplicates(db)}
    assert waiting == {(bob, ann), (eve, ann), (eve, bob)}
    store.settle(made.desk, made.dpo, ann, bob, same=True)
    store.settle(made.desk, made.dpo, eve, ann, same=False)
    assert subjects(made.desk) == [(ann, None), (bob, ann), (eve, None)]
    with made.desk.reading() as db:
        assert [(d.subject_id, d.other_id) for d in store.possible_duplicates(db)] == [(eve, bob)]
    assert [entry["action"] for entry in entries(made)][-2:] == [
        "contact.joined",
        "contact.kept_apart",
    ]
    with pytest.raises(NotFound):
        store.settle(made.desk, made.dpo, ann, 4711, same=True)


def test_roles_that_may_not_are_refused(made: MadeDesk, known: list[int]) -> None:
    admin = Actor("admin", Role.ADMIN)
    with pytest.raises(Denied):
        store.find(made.desk, admin, ACCESS, phone="+442079460018")
    with pytest.raises(Denied):
        store.show(made.desk, admin, known[0], ACCESS)
    with pytest.raises(Denied):
        store.split(made.desk, admin, known[1])
