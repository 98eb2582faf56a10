"""Opening compares, sweeps what belongs to nobody, and refuses a desk that lost keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from privacy.desk import Desk
from privacy.errors import Damaged, DeskSealed, MachineFailed, WrongDesk
from privacy.recovering import insert_guard
from privacy.storage.tables.base import table_of
from privacy.storage.tables.people import Subject
from privacy.storage.tables.vault import CallKey, ContactIndex, DeskKey
from privacy.terms import LedgerKind, SubjectState
from privacy.vault.recovery import check_pairing
from privacy.vault.store import NewPerson
from tests.desks import MadeDesk, make_desk
from tests.persons import Known, add_person


def two_people(desk: Desk) -> list[Known]:
    return [
        add_person(desk, f"+44207946012{n}", f"canarina{n}@canarison.example") for n in range(2)
    ]


def keys_in(desk: Desk, model: type[CallKey | DeskKey | ContactIndex]) -> set[int]:
    with desk.vault.reads.connect() as db:
        return set(db.execute(select(table_of(model).c.holder_id)).scalars())


def lose_keys(desk: Desk, model: type[CallKey | DeskKey], known: Known) -> None:
    table = table_of(model)
    with desk.vault.writes.engine.begin() as db:
        db.execute(delete(table).where(table.c.holder_id == known.subject_id))


def test_keys_that_main_does_not_know_are_swept(store: MadeDesk) -> None:
    known = two_people(store.desk)
    orphan = NewPerson(5, b"{}", ((6, b"{}"),), (("phone", "+442079460199", 6),))
    store.desk.vault.seal_people([orphan])
    store.reopen().close()
    expected = {person.subject_id for person in known}
    for model in (CallKey, DeskKey, ContactIndex):
        assert keys_in(store.desk, model) == expected


def test_keys_of_a_person_who_is_just_being_inserted_are_spared(store: MadeDesk) -> None:
    store_desk = store.desk
    orphan = NewPerson(5, b"{}", (), ())
    with store_desk.vault.inserting():
        store_desk.vault.seal_people([orphan])
        store.reopen().close()
        assert 5 in keys_in(store_desk, DeskKey)
    store.reopen().close()
    assert 5 not in keys_in(store_desk, DeskKey)


@pytest.mark.parametrize("model", [CallKey, DeskKey])
def test_a_desk_with_lost_keys_does_not_open_and_says_how_many(
    made: MadeDesk, model: type[CallKey | DeskKey]
) -> None:
    damage_is_refused(made, model)


def test_lost_keys_on_postgresql_are_damage_too(
    tmp_path: Path, postgres_tables: tuple[str, str]
) -> None:
    made = make_desk(tmp_path, urls=postgres_tables)
    try:
        damage_is_refused(made, DeskKey)
    finally:
        made.desk.close()


def damage_is_refused(made: MadeDesk, model: type[CallKey | DeskKey]) -> None:
    first, second = two_people(made.desk)
    lose_keys(made.desk, model, first)
    for _ in range(2):
        with pytest.raises(Damaged, match="keys of 1 persons are missing") as refusal:
            made.reopen()
        assert refusal.value.exit_code == 7
    for left in (CallKey, DeskKey):
        assert second.subject_id in keys_in(made.desk, left)
    with made.desk.reading() as db:
        assert db.execute(select(func.count()).select_from(table_of(Subject))).scalar_one() == 2


def test_as_many_orphans_as_lost_keys_are_still_damage(made: MadeDesk) -> None:
    first, _ = two_people(made.desk)
    with made.desk.vault.inserting():
        made.desk.vault.seal_people([NewPerson(5, b"{}", (), ())])
        for model in (CallKey, DeskKey):
            lose_keys(made.desk, model, first)
    with pytest.raises(Damaged):
        made.reopen()
    assert 5 in keys_in(made.desk, DeskKey), "nothing is deleted from a damaged desk"


def test_lost_keys_of_an_erasing_or_announced_person_are_no_damage(made: MadeDesk) -> None:
    first, second = two_people(made.desk)
    for person in (first, second):
        for model in (CallKey, DeskKey):
            lose_keys(made.desk, model, person)
    table = table_of(Subject)
    with made.desk.writes.engine.begin() as db:
        db.execute(
            update(table)
            .where(table.c.id == first.subject_id)
            .values(state=SubjectState.ERASING.value)
        )
    guard = insert_guard(made.desk.folder, made.desk.vault.reads)
    with pytest.raises(Damaged, match="keys of 1 persons"):
        check_pairing(made.desk.reads, made.desk.vault, guard, set())
    swept = check_pairing(made.desk.reads, made.desk.vault, guard, {second.subject_id})
    assert swept.keys == 0


def test_the_vault_of_another_desk_is_refused_before_anything_else(store: MadeDesk) -> None:
    two_people(store.desk)
    with store.desk.vault.writes.engine.begin() as db:
        db.execute(text("UPDATE vault_meta SET desk_id = 'd-other'"))
        db.execute(text("DELETE FROM desk_key"))
    with pytest.raises(WrongDesk, match="another desk") as refusal:
        store.reopen()
    assert refusal.value.exit_code == 7


def test_another_generation_is_refused(made: MadeDesk) -> None:
    with made.desk.vault.writes.engine.begin() as db:
        db.execute(text("UPDATE vault_meta SET generation = 2"))
    with pytest.raises(WrongDesk, match="generations"):
        made.reopen()


@pytest.mark.parametrize("name", ["main.db", "vault.db"])
def test_a_missing_database_is_not_made_anew(made: MadeDesk, name: str) -> None:
    two_people(made.desk)
    made.desk.close()
    for suffix in ("", "-wal", "-shm"):
        (made.desk.folder / (name + suffix)).unlink(missing_ok=True)
    with pytest.raises(DeskSealed) as refusal:
        made.reopen()
    assert refusal.value.exit_code == 7
    assert not (made.desk.folder / name).exists()


def test_a_ledger_line_without_its_person_is_no_damage(made: MadeDesk) -> None:
    """An erasure that was announced for somebody whom this copy of main never knew."""
    two_people(made.desk)
    with made.desk.reading() as db:
        size = made.desk.log.head(db).size
    made.desk.ledger.append(LedgerKind.ERASURE, made.desk.now(), size, subject=5)
    guard = insert_guard(made.desk.folder, made.desk.vault.reads)
    assert check_pairing(made.desk.reads, made.desk.vault, guard, {5}).keys == 0


def test_a_table_that_is_gone_is_a_failure_and_not_an_empty_desk(made: MadeDesk) -> None:
    two_people(made.desk)
    with made.desk.vault.writes.engine.begin() as db:
        db.execute(text("DROP TABLE desk_key"))
    with pytest.raises(MachineFailed):
        made.reopen()
